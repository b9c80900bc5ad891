#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --max-connections: as many children at once and no more; who comes later waits
# in the backlog, is served in turn, and costs nothing while waiting.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "at the limit the next client waits, and is served when a place is free" {
	start_server --max-connections 2 --size 10k -i 1h
	start_peer 2 wait reset
	wait_for_children "$SERVER_PID" 2
	local first=$PEER_PID
	start_peer 1 wait
	wait_for_backlog 1
	wait_for_children "$SERVER_PID" 2
	assert_equal "$(count_lines "$SERVER_LOG" "start to stream with chunk")" 2 connections
	go_on "$first"
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 3
	wait_for_backlog 0
}

@test "a full server sleeps, however many wait" {
	start_server --max-connections 1 --size 10k -i 1h
	start_peer 20 wait
	wait_for_backlog 19
	assert_asleep "$SERVER_PID"
}

@test "signals are heard while the server is full" {
	start_server --max-connections 1 --size 10k -i 1h --drain-timeout 0s
	start_peer 2 wait
	wait_for_backlog 1
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.children == 1 and .server.accepted == 1'
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
}

@test "many more clients than places are all served" {
	start_server --max-connections 5 --size 2k -c 0
	run_peer 200 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 200 reset 0 bytes 409600"
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.accepted == 200 and .server.refused == 0'
}
