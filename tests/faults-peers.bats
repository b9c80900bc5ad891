#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Peers without manners: RST at every stage, floods, those who vanish, those who
# never read. The server lives on and serves the next one.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

# survives STEP...: ten peers do that; nothing crashes; a child each ends.
survives() {
	start_server --size 64k -c 1000 --linger-timeout 1s "${OPTIONS[@]}"
	run_peer 10 "$@"
	wait_for_children "$SERVER_PID" 0
	refute has_lines "$SERVER_LOG" "child was killed" 1
	refute has_lines "$SERVER_LOG" "child exited with unexpected status" 1
	served 65536
	kill -0 "$SERVER_PID"
}

@test "RST at once" {
	survives reset
}

@test "RST behind some data" {
	survives send=1000 reset
}

@test "RST amid the stream" {
	survives read=1000 reset
}

@test "RST behind the half-close" {
	survives shut reset
}

@test "RST amid the stream behind the half-close" {
	survives shut read=1000 reset
}

@test "RST behind the last byte" {
	survives read=65536 reset
}

@test "RST behind the last byte and the half-close" {
	survives shut read=70000 reset
}

@test "a full close amid the stream" {
	survives read=1000 close
}

@test "a full close amid a paced stream is told as such" {
	OPTIONS=(-c 10 -i 10ms)
	start_server --size 1k "${OPTIONS[@]}"
	run_peer 1 read=100 close
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "connection ended early" '.server.event == "reset" or .server.event == "broken-pipe"'
	refute has_lines "$SERVER_LOG" "finish streaming with chunk" 1
}

@test "a peer that sends without end is left after --linger-timeout, at no cost of memory" {
	local linger child peak=0 now
	# A busy machine may not look at it in time; then there is more of that.
	for linger in 3s 20s; do
		start_server --size 1k --linger-timeout "$linger"
		start_peer 1 flood
		wait_for_children "$SERVER_PID" 1 || continue
		child=$(children_of "$SERVER_PID")
		# Looked at as long as it lives.
		while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ -n "$now" ]; do
			peak=$now
			sleep 0.1
		done
		[ "$peak" = 0 ] || break
	done
	[ "$peak" -gt 0 ] && [ "$peak" -lt 200000 ] || fail "$peak kB"
	wait_for_end "$PEER_PID"
	wait_for_children "$SERVER_PID" 0
	served 1024
}

@test "hundreds that connect and vanish" {
	start_server --size 64k
	run_peer 300 reset
	# Served when all before it were accepted: only then are no children the last.
	served 65536
	wait_for_children "$SERVER_PID" 0
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.children == 0 and .server.accepted <= 301'
}

@test "peers that never read do not hinder one that does" {
	start_server --size 10m -c 0
	start_peer 20 rcvbuf=4096 wait
	wait_for_children "$SERVER_PID" 20
	served 10485760
}
