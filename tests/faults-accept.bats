#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# accept(2) and fork(2) that fail: what passes is passed over, what is short is
# waited for without a busy loop, and nobody is lost.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

# spoiled RULE: a server whose calls fail so, for three times in the middle.
spoiled() {
	inject "$@"
	SERVER_IN=("${INJECT_IN[@]}")
	# The filter is made in a child at the start: that fork is not meant here.
	start_server --size 2k -c 0 --sandbox off
}

all_served() {
	run_peer 10 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 10 reset 0 bytes 20480" "what arrived" "$SERVER_LOG"
	grep -q INJECTED "$BATS_TEST_TMPDIR/strace" || fail "nothing was injected"
}

@test "EINTR from accept" {
	spoiled accept4:error=EINTR:when=2..4
	all_served
	refute has_lines "$SERVER_LOG" "accept failed" 1
}

@test "ECONNABORTED from accept" {
	spoiled accept4:error=ECONNABORTED:when=2..4
	all_served
	refute has_lines "$SERVER_LOG" "accept failed" 1
}

@test "a network error from accept" {
	spoiled accept4:error=EHOSTUNREACH:when=1..3
	all_served
	refute has_lines "$SERVER_LOG" "accept failed" 1
}

short_of() {
	spoiled "accept4:error=$1:when=2..4"
	all_served
	assert_equal "$(count_lines "$SERVER_LOG" "accept failed")" 1 "lines" "$SERVER_LOG"
	assert_line "$SERVER_LOG" "accept failed" '.level == "WARN" and (.server.error | length > 0)
		and (.server | keys_unsorted[0]) == "listen"'
}

@test "EMFILE from accept" {
	short_of EMFILE
}

@test "ENFILE from accept" {
	short_of ENFILE
}

@test "ENOBUFS from accept" {
	short_of ENOBUFS
}

@test "ENOMEM from accept" {
	short_of ENOMEM
}

# stays ERROR: told once, and costs nothing.
stays() {
	spoiled "accept4:error=$1"
	start_peer 3 wait
	wait_for_lines "$SERVER_LOG" "accept failed" 1
	sleep 2.5
	assert_equal "$(count_lines "$SERVER_LOG" "accept failed")" 1 "lines" "$SERVER_LOG"
	# 0.1, 0.3, 0.7, 1.5, 2.5 s: a handful of attempts.
	[ "$(grep -c INJECTED "$BATS_TEST_TMPDIR/strace")" -lt 10 ] || fail "spins" "$BATS_TEST_TMPDIR/strace"
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
}

@test "EMFILE that stays" {
	stays EMFILE
}

@test "EPERM that stays, as from a system call filter" {
	stays EPERM
}

@test "a socket that is always ready keeps no signal out" {
	spoiled accept4:error=ECONNABORTED
	start_peer 1 wait
	wait_for "$PATIENCE" grep -q INJECTED "$BATS_TEST_TMPDIR/strace"
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
}

@test "EAGAIN from fork: the connection waits for its child" {
	spoiled clone:error=EAGAIN:when=2..4
	all_served
	assert_equal "$(count_lines "$SERVER_LOG" "fork failed")" 1 "lines" "$SERVER_LOG"
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.accepted == 10 and .server.refused == 0'
}

@test "ENOMEM from fork" {
	spoiled clone:error=ENOMEM:when=1..2
	all_served
	assert_equal "$(count_lines "$SERVER_LOG" "fork failed")" 1 "lines" "$SERVER_LOG"
}

@test "fork that stays impossible does not hinder the end" {
	spoiled clone:error=EAGAIN
	start_peer 1 drain
	wait_for_lines "$SERVER_LOG" "fork failed" 1
	kill -TERM "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "stop accepting" 1
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
}
