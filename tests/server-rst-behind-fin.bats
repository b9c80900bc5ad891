#!/usr/bin/env bats
# A FIN and, right behind it, an RST: the FIN did come, although a server that is
# about to send may see EPIPE before it reads of either.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "EPIPE in CLOSE_WAIT is not a FIN that never came" {
	start_server --size 100m -c 100 -i 1ms --max-connections 200
	start_peer 100 sleep=300 fin-rst
	wait_for_end "$PEER_PID"
	wait_for_lines "$SERVER_LOG" "close server side connection" 100
	assert_line "$SERVER_LOG" "close server side connection" \
		'.server.reason | test("never came") | not'
}
