#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A child that dies of a signal is told by its parent, and is nobody else's loss.
# Its client gets RST: a clean EOF would make the stream look complete.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

killed_by() {
	start_server --size 30 -c 1 -i 100ms
	start_peer 1 drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	local victim first=$PEER_PID first_log=$PEER_LOG
	victim=$(children_of "$SERVER_PID")
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 2
	kill "-$1" "$victim"
	wait_for_lines "$SERVER_LOG" "child was killed" 1
	assert_line "$SERVER_LOG" "child was killed" '.level == "WARN" and .server.pid == $pid
		and .server.signal == $signal and .server.source == "127.0.0.1"' \
		--argjson pid "$victim" --arg signal "SIG$1"
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 30"
	wait_for_end "$first"
	[[ $(grep ^eof "$first_log") == "eof 0 reset 1 "* ]] || fail "no RST" "$first_log"
	wait_for_children "$SERVER_PID" 0
}

@test "SIGKILL" {
	killed_by KILL
}

@test "SIGABRT" {
	killed_by ABRT
}
