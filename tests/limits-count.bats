#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --count: so many connections, then a clean end that waits for the last one.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "the service ends with 0 after that many connections" {
	start_server --count 3 --size 2k -c 0
	run_peer 3 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 3 reset 0 bytes 6144"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	assert_line "$SERVER_LOG" drained '.server."children-ended" == 0'
}

@test "the last connection takes its time, whatever --drain-timeout says" {
	start_server --count 1 --size 20 -c 1 -i 50ms --drain-timeout 0s
	run_peer 1 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 20"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
}

@test "one more is not served" {
	start_server --count 1 --size 10k -i 1h --drain-timeout 0s
	start_peer 1 wait
	wait_for_lines "$SERVER_LOG" "stop accepting" 1
	find_peer
	refute "$PEER" "$SERVER_ADDRESS" 1
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
}
