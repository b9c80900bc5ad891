#!/usr/bin/env bats
# Many connections at once, a child each.

load helpers/common

setup() {
	start_server --size 40k -c 1k -i 25ms
	run_client -P 60 -w 200ms --expect-size 40k --expect-pattern
	wait_for_lines "$SERVER_LOG" "close server side connection" 60
}

teardown() {
	stop_all
}

children_of() {
	awk -v p="$1" '{ sub(/.*\) /, "") } $2 == p' /proc/[0-9]*/stat 2>/dev/null
}

no_children_of() {
	[ -z "$(children_of "$1")" ]
}

@test "every connection gets all bytes and a child of its own" {
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG"
	jq -se '[.[] | select(.msg == "finish streaming with chunk")]
		| length == 60 and all(.[]; .server.size == 40960)' "$SERVER_LOG"
	jq -se '[.[] | select(.msg == "start to stream with chunk") | .server.pid]
		| (unique | length) == 60' "$SERVER_LOG"
}

@test "the children worked at the same time" {
	# All start to stream before the first one has finished.
	jq -se 'map(.msg) | index("finish streaming with chunk") as $f
		| .[:$f] | map(select(. == "start to stream with chunk")) | length > 30' "$SERVER_LOG"
}

@test "no line is mixed with another" {
	jq -e . "$SERVER_LOG" >/dev/null
	assert_equal "$(jq -s length "$SERVER_LOG")" "$(wc -l <"$SERVER_LOG")" lines "$SERVER_LOG"
}

@test "no child and no zombie stays" {
	wait_for "$PATIENCE" no_children_of "$SERVER_PID" || fail "$(children_of "$SERVER_PID")"
	kill -0 "$SERVER_PID"
}
