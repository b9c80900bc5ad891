#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# SIGUSR1: one line that says how the service is.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "the status line counts children, connections and bytes" {
	start_server --size 3k -c 1k -i 20ms
	run_peer 2 send=10 shut drain
	wait_for_lines "$SERVER_LOG" "close server side connection" 2
	wait_for_children "$SERVER_PID" 0
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.level == "INFO" and .server.children == 0
		and .server.accepted == 2 and .server.refused == 0
		and .server."bytes-sent" == 6144 and .server."bytes-received" == 20
		and .server.uptime > 40000000 and (.server | keys_unsorted[0]) == "listen"'
}

@test "asking the whole group, as killall does, ends nobody who is served" {
	start_server --size 30 -c 1 -i 50ms
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -USR1 -- "-$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 30"
}
