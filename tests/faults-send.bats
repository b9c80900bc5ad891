#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# A sendfile(2) that fails here, not on the way, resets the connection: a clean
# EOF would make the stream look complete.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

failing() {
	# To the filter an injected call is one that it does not know.
	inject "sendfile:error=$1:when=3"
	SERVER_IN=("${INJECT_IN[@]}")
	start_server --size 3k -c 100 --sandbox off
	run_peer 1 "${@:2}" drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 200" "what arrived" "$SERVER_LOG"
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "connection ended early" '.server.event == "error"'
	assert_line "$SERVER_LOG" "close server side connection" '.server.verdict == "inconclusive"'
	refute has_lines "$SERVER_LOG" "finish streaming with chunk" 1
}

@test "ENOMEM" {
	failing ENOMEM
}

@test "ENOMEM behind the half-close" {
	failing ENOMEM shut
}
