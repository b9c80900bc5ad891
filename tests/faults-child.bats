#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# A child that is stopped and goes on, and a wall clock that jumps, change
# nothing but the time it takes.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "a child that was stopped goes on where it was" {
	start_server --size 40 -c 1 -i 20ms
	# Until the peer shuts down, the child waits for that: it is there to be stopped.
	start_peer 1 wait shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	local child peer=$PEER_PID log=$PEER_LOG
	child=$(children_of "$SERVER_PID")
	kill -STOP "$child"
	# The parent and other children do not mind.
	served 40
	kill -CONT "$child"
	go_on "$peer"
	wait_for_end "$peer"
	assert_equal "$(grep ^eof "$log")" "eof 1 reset 0 bytes 40"
	refute has_lines "$SERVER_LOG" "child was killed" 1
}

@test "a client that was stopped across its write timeout half-closes when it goes on" {
	start_server --size 60 -c 1 -i 50ms
	start_client -w 500ms --expect-size 60
	wait_for_lines "$CLIENT_LOG" "start to read" 1
	kill -STOP "$CLIENT_PID"
	sleep 1
	kill -CONT "$CLIENT_PID"
	wait_client
	assert_verdict complete 0
}

@test "jumps of the wall clock change no timer" {
	shim clock
	CLIENT_IN=("${SHIM_IN[@]}") SERVER_IN=("${SHIM_IN[@]}")
	start_server --size 30 -c 1 -i 20ms
	run_client -w 100ms -r 1m --idle-timeout 30s --expect-size 30
	assert_verdict complete 0
	wait_for_lines "$SERVER_LOG" "finish streaming with chunk" 1
	# The lines' own times did jump: the shim was there.
	[ "$(jq -r '.time[11:13]' "$SERVER_LOG" | sort -u | wc -l)" -ge 2 ]
	assert_line "$SERVER_LOG" "finish streaming with chunk" '.server.duration < 60e9 and .server.duration > 5e8'
}
