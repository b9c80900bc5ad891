#!/usr/bin/env bats
# probe through a relay: how each kind of death is told, and paths that fail
# without any silence.

load helpers/common
load helpers/check
load helpers/probe

setup() {
	start_far_end --linger-timeout 3s
}

teardown() {
	stop_all
}

@test "closes 700 ms after the FIN: found within the resolution" {
	start_relay forward --cut-after 700
	probe_json --min 200ms --max 3s --resolution 200ms
	assert_status 1
	assert_timer 700 200
	assert_probe '.verdict == "idle-expired-close" and (.reason | test("EOF here"))'
}

@test "the time of a close that is seen during a longer silence is used" {
	start_relay forward --cut-after 700
	probe_json --min 2s --max 3s
	assert_status 1
	assert_probe '."lives-at-least" == 0 and ."dies-before" >= 6e8 and ."dies-before" < 2e9'
	assert_probe '.reason | test("^the path closed the idle connection [67][0-9][0-9]\\.[0-9] ms")'
}

@test "trials that were ended because the answer was known are not told" {
	start_relay forward --cut-after 300
	probe_json --min 1s --max 30s
	assert_status 1
	assert_probe 'all(.trials[]; .verdict != "inconclusive")'
	# It did not wait for the longest silence.
	assert_probe '.duration < 30e9'
}

@test "one connection that dies by chance is noise, and no timer" {
	start_relay forward --cut-after 300 --once
	probe_json --min 1s --max 30s --jobs 1
	assert_status 1
	assert_probe '.verdict == "idle-expired-close" and .remedy == null
		and (.reason | test("^the path is noisy: an idle time of .*ms failed, one of 1[.]12s survived$"))'
	# No timer is to blame for it, and no standard is broken.
	assert_probe '.noisy == true and .culprits == [] and .grade == ""'
	start_relay forward --cut-after 300 --once
	run_probe --min 1s --max 30s --jobs 1
	grep -q "An idle half-closed connection may fail before 3[0-9]*ms" "$PROBE_OUT"
}

@test "--closer server: it is the responder whose half-closed connection dies" {
	start_relay forward --cut-after 700 --direction server
	probe_json --min 200ms --max 3s --resolution 200ms --closer server
	assert_status 1
	assert_timer 700 200
	assert_probe '.verdict == "idle-expired-close" and (.reason | test("EOF there"))'
}

@test "a path that closes both ways at the FIN fails without a silence" {
	start_relay close
	probe_json --max 2s
	assert_status 1
	# What the sender learns of it is a matter of chance.
	assert_probe '(.verdict == "full-close" or .verdict == "silent-discard")
		and (.reason | test("^even without an idle time: "))'
	assert_probe '."lives-at-least" == 0 and ."dies-before" == null and .remedy == null
		and (.trials | length == 1 and .[0].silence == 0)'
	run_probe --max 2s
	grep -q "not tested" "$PROBE_OUT"
}

@test "but may carry an established connection" {
	start_relay close
	probe_json --max 1s --state established
	assert_status 0
}

@test "a path that swallows the FIN fails without a silence" {
	start_relay forward --swallow-fin
	probe_json --max 2s
	assert_status 1
	assert_probe '.verdict == "fin-lost" and (.reason | test("^even without an idle time: "))'
}

@test "nobody there: the probe cannot be run, and says why" {
	stop "$RESPONDER_PID"
	run_probe --max 2s
	assert_status 3
	grep -q "$SERVER_ADDRESS.*Connection refused" "$PROBE_OUT"
}

@test "a responder that refuses so long a silence: not called preserved" {
	start_far_end --max-hold 500ms
	probe_json --min 200ms --max 2s
	assert_status 4
	assert_probe '.verdict == "inconclusive" and ."dies-before" == null
		and ."lives-at-least" == 2e8 and (.reason | test("no longer one was tested: .*hold"))'
	# What was tried again has a number of its own.
	assert_probe '[.trials[] | [.silence, .run]] | sort == unique and any(.[]; .[1] == 3)'
}

@test "--closer server: the silence asked for is not the responder's --linger-timeout" {
	start_far_end --linger-timeout 300ms
	probe_json --min 600ms --max 1s --closer server
	assert_status 0
}
