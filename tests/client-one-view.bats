#!/usr/bin/env bats
# One end alone claims no more than it can know.

load helpers/common

teardown() {
	stop_all
}

@test "a client without an expectation: a stream that was cut is not preserved" {
	start_server --size 100m -c 1000 -i 20ms
	start_relay forward --fault close@byte:server=40000
	run_client -w 200ms
	assert_line "$CLIENT_LOG" "finish handling" '.client.verdict | IN("orderly", "inconclusive")'
	assert_reason "expect-size"
}

@test "a client that got all it expected: complete, whatever became of the FIN" {
	start_server --size 40k -c 1k -i 25ms --linger-timeout 1s
	start_relay forward --swallow-fin
	run_client -w 300ms --idle-timeout 5s --expect-size 40k --expect-pattern
	assert_verdict complete 0
}

@test "a client without an expectation, and a faultless path: orderly" {
	start_server --size 40k -c 1k -i 25ms --linger-timeout 1s
	run_client -w 300ms
	assert_verdict orderly 0
	assert_reason "expect-size"
}

@test "an EOF right behind the FIN is inconclusive" {
	start_server --size 100m -c 1000 -i 20ms
	start_relay close
	run_client -w 200ms
	assert_verdict inconclusive 4
}

@test "a server whose bytes were all thrown away does not say preserved" {
	start_server --size 1m -c 10k -i 10ms --linger-timeout 1s
	start_relay forward --read-all-then-close
	run_client -w 200ms
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "close server side connection" \
		'.server.verdict | IN("complete", "orderly", "inconclusive")'
}
