#!/usr/bin/env bats
# A probe that is interrupted reports what it knows by then, and ends by the
# signal.

load helpers/common
load helpers/check
load helpers/probe

teardown() {
	stop_all
}

# Interrupted once a silence of a second has lived, of a probe that takes minutes.
interrupted() {
	start_probe --format "$2" --max 10m --log-level debug
	wait_for_line "$PROBE_ERR" '"trial ended".*"silence":1000000000,'
	kill "-$1" -- "$3$PROBE_PID"
	wait_probe
}

known() {
	assert_probe '.interrupted == true and .verdict == "inconclusive" and ."dies-before" == null'
	assert_probe '."lives-at-least" >= 1e9 and (.reason | test("survived an idle time of "))'
	assert_probe 'all(.trials[]; .verdict == "preserved")'
}

@test "SIGINT" {
	interrupted INT json ""
	assert_status 130
	known
}

@test "SIGINT to the whole group, as a terminal sends it" {
	interrupted INT json -
	assert_status 130
	known
}

@test "SIGTERM" {
	interrupted TERM json ""
	assert_status 143
	known
}

@test "the text says so" {
	interrupted INT text ""
	assert_status 130
	grep -q "survives at least [0-9.]*s (the longest time tested)" "$PROBE_OUT"
	grep -q "interrupted, these are the results so far" "$PROBE_OUT"
}

@test "TAP and JUnit: not passed, though all that was tried lived" {
	need prove
	need xmllint
	interrupted INT tap ""
	grep -q "^not ok .* - answer: inconclusive" "$PROBE_OUT"
	refute prove -e cat "$PROBE_OUT"
	interrupted INT junit ""
	assert_equal "$(xmllint --xpath 'string(//testsuite/@errors)' "$PROBE_OUT")" 1 errors
	assert_equal "$(xmllint --xpath 'string(//testcase[error]/@name)' "$PROBE_OUT")" answer name
}

@test "before anything is known" {
	start_probe --format json --min 5m --max 10m
	wait_for_line "$PROBE_ERR" '"start to probe"'
	kill -INT "$PROBE_PID"
	wait_probe
	assert_status 130
	assert_probe '.interrupted == true and .verdict == "inconclusive" and ."lives-at-least" == 0
		and ."dies-before" == null and .grade == ""'
}

@test "nothing is left behind" {
	interrupted INT json ""
	assert_equal "$(living_of "$PROBE_PID")" "" "still alive"
}

all_played() {
	[ "$(count_lines "$RESPONDER_LOG" "finish playing")" = "$(count_lines "$RESPONDER_LOG" "start to play")" ]
}

@test "nor at a remote responder, for as long as the silence would have lasted" {
	start_far_end
	interrupted INT json ""
	wait_for "$PATIENCE" all_played || fail "trials go on" "$RESPONDER_LOG"
}
