#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --send-timeout and --linger-timeout: a peer cannot hold a place forever.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "a peer that never reads is aborted after --send-timeout, and told" {
	start_server --size 50m -c 0 --send-timeout 700ms
	start_peer 1 rcvbuf=4096 wait drain
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "connection ended early" '.server.event == "send-timeout"'
	wait_for_children "$SERVER_PID" 0
	go_on "$PEER_PID"
	wait_for_end "$PEER_PID"
	grep -q "^eof 0 reset 1" "$PEER_LOG" || fail "no RST" "$PEER_LOG"
}

@test "a slow peer that reads now and then is not" {
	start_server --size 400k -c 0 --send-timeout 3s
	find_peer
	start_peer 1 rcvbuf=4096 wait read=100000 wait shut drain
	sleep 1
	go_on "$PEER_PID"
	wait_for_line "$PEER_LOG" "did read"
	sleep 1
	go_on "$PEER_PID"
	wait_for_end "$PEER_PID"
	grep -q "^eof 1 reset 0" "$PEER_LOG" || fail "aborted" "$PEER_LOG" "$SERVER_LOG"
}

@test "a peer that never sends its FIN is left after --linger-timeout" {
	start_server --size 1k --linger-timeout 500ms
	start_peer 1 read=2000 wait
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "connection ended early" '.server.event == "linger-timeout"'
	wait_for_children "$SERVER_PID" 0
}
