#!/usr/bin/env bats
# client --parallel: many connections, one process each, one summary.

load helpers/common

teardown() {
	stop_all
}

summary() {
	jq -s '.[-1]' "$CLIENT_LOG"
}

@test "all preserved: exit 0, and the summary counts them" {
	start_server --size 40k -c 1k -i 25ms
	run_client -P 8 -w 300ms --expect-size 40k --expect-pattern
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	summary | jq -e '.client.complete == 8'
	assert_equal "$(count_lines "$CLIENT_LOG" "finish handling")" 8 "lines"
}

@test "the worst verdict decides the exit status" {
	# Two of three connections go through a relay that breaks them.
	start_server --size 40k -c 1k -i 25ms
	start_relay close
	run_client -P 3 -w 300ms --expect-size 40k --expect-pattern
	assert_equal "$CLIENT_STATUS" 1 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	summary | jq -e '.client.truncated == 3'
}

@test "every line of a connection carries its number, and its ports can be told" {
	start_server --size 40k -c 1k -i 25ms
	run_client -P 3 -w 300ms --log-level debug
	jq -se 'map(select(.msg != "summary")) | length > 15 and all(.[]; .client.connection >= 1)' "$CLIENT_LOG" ||
		fail "lines without a number" "$CLIENT_LOG"
	assert_equal "$(jq -r 'select(.msg == "start to read").client.connection' "$CLIENT_LOG" | sort)" \
		"$(printf '1\n2\n3')"
	run_client -w 0
	assert_line "$CLIENT_LOG" "start to read" '.client | has("connection") | not'
}

@test "connections are made at the same time" {
	start_server --size 40k -c 1k -i 25ms
	run_client -P 5 -w 300ms
	jq -se 'map(.msg) | index("got EOF") as $e
		| .[:$e] | map(select(. == "start to read")) | length == 5' "$CLIENT_LOG"
}

@test "every connection is a process of its own, and the lines are whole" {
	start_server --size 20k -c 1k -i 25ms
	run_client -P 20 -w 200ms
	assert_equal "$(jq -s length "$CLIENT_LOG")" "$(wc -l <"$CLIENT_LOG")" lines "$CLIENT_LOG"
	[ "$(count_lines "$CLIENT_LOG" "finish handling")" = 20 ]
}

@test "one that cannot connect is told, and the exit status is 3" {
	start_server --size 20k
	stop "$SERVER_PID"
	run_client -P 3
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
}

@test "with one that was not tested the summary is not preserved" {
	start_server --size 40 -c 1 -i 25ms
	start_client -P 2 -w 300ms --expect-size 40
	wait_for_lines "$CLIENT_LOG" "start to read" 2
	kill -KILL "$(children_of "$CLIENT_PID" | tail -n 1)"
	wait_client
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	assert_line "$CLIENT_LOG" summary \
		'.client | .verdict == "inconclusive" and .complete == 1 and ."not-tested" == 1'
}

@test "SIGINT ends all of them" {
	start_server --size 2 -c 1 -i 10m
	start_client -P 4 -w 100ms
	wait_for_lines "$CLIENT_LOG" "write timeout is expired" 4
	kill -INT "$CLIENT_PID"
	wait_client
	assert_equal "$CLIENT_STATUS" 130 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	assert_equal "$(living_of "$CLIENT_PID")" "" "still alive"
}
