#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# Crowds: thousands at once before few places, thousands that vanish.

load ../helpers/common
load ../helpers/service

PATIENCE=300

teardown() {
	stop_all
}

@test "2,000 clients at once share 100 places, and all are served" {
	ulimit -n "$(ulimit -Hn)"
	start_server --max-connections 100 --size 10k -c 1k --log-level info
	run_peer 2000 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 2000 reset 0 bytes 20480000"
	wait_for_children "$SERVER_PID" 0
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.accepted == 2000 and .server.refused == 0'
	# Never more children than places: those that started and have not ended.
	[ "$(jq -r .msg "$SERVER_LOG" | awk '
		/^start to stream/ { n++ } /^close server side/ { n-- } n > most { most = n }
		END { print most }')" -le 100 ]
}

@test "10,000 that connect and vanish leave nothing behind" {
	ulimit -n "$(ulimit -Hn)"
	start_server --size 64k --max-connections 50
	local i
	for ((i = 0; i < 20; i++)); do
		run_peer 500 reset
	done
	wait_for_children "$SERVER_PID" 0
	refute has_lines "$SERVER_LOG" "child was killed" 1
	served 65536
	local fds=("/proc/$SERVER_PID/fd"/*)
	[ "${#fds[@]}" -lt 12 ] || fail "${#fds[@]} descriptors are open"
}

@test "a thousand floods end by --linger-timeout" {
	ulimit -n "$(ulimit -Hn)"
	start_server --size 1k --linger-timeout 2s
	run_peer 1000 flood
	wait_for_children "$SERVER_PID" 0
	served 1024
}
