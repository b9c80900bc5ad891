#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# SIGTERM and SIGINT: nobody new, those who are served may finish, then the end.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "SIGTERM lets a stream finish, and the service ends with 0" {
	start_server --size 40 -c 1 -i 50ms
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 40"
	assert_line "$SERVER_LOG" "stop accepting" '.server.signal == "SIGTERM" and .server.children == 1'
	assert_line "$SERVER_LOG" drained '.level == "INFO" and .server."children-ended" == 0'
}

@test "SIGINT to the whole group, as Ctrl-C sends it, does so too" {
	start_server --size 40 -c 1 -i 50ms
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -INT -- "-$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 40"
	assert_line "$SERVER_LOG" "stop accepting" '.server.signal == "SIGINT"'
}

@test "nobody new is accepted meanwhile" {
	start_server --size 1k -i 1h
	start_peer 1 wait
	wait_for_children "$SERVER_PID" 1
	kill -TERM "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "stop accepting" 1
	refute "$PEER" "$SERVER_ADDRESS" 1
	refute has_lines "$SERVER_LOG" "start to stream with chunk" 2
}

@test "after --drain-timeout those who remain are ended, write their last line, and are counted" {
	start_server --size 10k -i 1h --drain-timeout 300ms
	start_peer 3 wait
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 3
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	assert_line "$SERVER_LOG" drained '.level == "WARN" and .server."children-ended" == 3'
	assert_equal "$(count_lines "$SERVER_LOG" "close server side connection")" 3 "last lines" "$SERVER_LOG"
	refute has_lines "$SERVER_LOG" "child was killed" 1
}

@test "a second signal ends it at once" {
	start_server --size 10k -i 1h --drain-timeout 1h
	start_peer 1 wait
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -TERM "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "stop accepting" 1
	kill -INT "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	assert_line "$SERVER_LOG" drained '.server."children-ended" == 1'
}

@test "a stopped child does not hold it up" {
	start_server --size 10k -i 1h --drain-timeout 100ms
	start_peer 1 wait
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -STOP "$(children_of "$SERVER_PID")"
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
	assert_line "$SERVER_LOG" drained '.server."children-ended" == 1'
}

@test "no child outlives the service" {
	start_server --size 10k -i 1h --drain-timeout 0s
	start_peer 5 wait
	wait_for_children "$SERVER_PID" 5
	local child children
	children=$(children_of "$SERVER_PID")
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	for child in $children; do
		gone "$child" || fail "child $child goes on"
	done
}
