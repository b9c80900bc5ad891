#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --pid-file: its lock says whether somebody lives there; what it says does not.

load helpers/common
load helpers/service

setup() {
	PIDFILE=$BATS_TEST_TMPDIR/pid
}

teardown() {
	stop_all
}

# refused PATTERN ARGS...: a second server with the pid file does not start.
refused() {
	local rc=0 pattern=$1
	shift
	timeout "$PATIENCE" "$PROGRAM" server --config none --listen 127.0.0.1:0 --pid-file "$PIDFILE" "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || rc=$?
	assert_equal "$rc" 3 "exit status" "$BATS_TEST_TMPDIR/out"
	grep -q "$pattern" "$BATS_TEST_TMPDIR/err" || fail "no \"$pattern\"" "$BATS_TEST_TMPDIR/err"
}

@test "it holds the pid, and is gone after the end" {
	start_server --pid-file "$PIDFILE"
	assert_equal "$(cat "$PIDFILE")" "$SERVER_PID"
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	[ ! -e "$PIDFILE" ]
}

@test "a live one is refused, with the process that holds it" {
	start_server --pid-file "$PIDFILE"
	refused "pid file $PIDFILE: locked by process $SERVER_PID"
	assert_equal "$(cat "$PIDFILE")" "$SERVER_PID"
}

@test "a stale one is taken over, even if its number lives" {
	echo $$ >"$PIDFILE"
	start_server --pid-file "$PIDFILE"
	assert_equal "$(cat "$PIDFILE")" "$SERVER_PID"
}

@test "what a killed server left is taken over, although its children live" {
	start_server --pid-file "$PIDFILE" --size 10k -i 1h
	start_peer 1 wait
	wait_for_children "$SERVER_PID" 1
	kill -KILL "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	[ -e "$PIDFILE" ]
	start_server --pid-file "$PIDFILE"
	assert_equal "$(cat "$PIDFILE")" "$SERVER_PID"
	go_on "$PEER_PID"
}

@test "a file that is no pid file is left alone" {
	echo "precious: yes" >"$PIDFILE"
	refused "pid file $PIDFILE: exists but is not a pid file"
	assert_equal "$(cat "$PIDFILE")" "precious: yes"
}

@test "nor is a symbolic link followed" {
	ln -s "$BATS_TEST_TMPDIR/target" "$PIDFILE"
	refused "pid file $PIDFILE: "
	[ ! -e "$BATS_TEST_TMPDIR/target" ]
}

@test "a folder that is not there is told" {
	PIDFILE=$BATS_TEST_TMPDIR/absent/pid
	refused "pid file $PIDFILE: No such file or directory"
}

@test "a start that fails behind it leaves none" {
	refused 'user "no-such-user": does not exist' --user no-such-user
	[ ! -e "$PIDFILE" ]
}
