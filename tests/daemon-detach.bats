#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --daemon: the starter returns when, and only when, the service runs.

load helpers/common
load helpers/service

setup() {
	PIDFILE=$BATS_TEST_TMPDIR/pid LOG=$BATS_TEST_TMPDIR/log OUT=$BATS_TEST_TMPDIR/out
	DAEMON=
}

teardown() {
	[ -z "$DAEMON" ] || stop_daemon "$DAEMON"
	stop_all
}

# start_daemon: sets STATUS of the starter and DAEMON.
start_daemon() {
	STATUS=0
	timeout "$PATIENCE" "$PROGRAM" server --config none --listen 127.0.0.1:0 --size 1k --daemon \
		--pid-file "$PIDFILE" --log-file "$LOG" \
		>"$OUT" 2>"$OUT.err" </dev/null 3>&- 4>&- || STATUS=$?
	DAEMON=$(cat "$PIDFILE" 2>/dev/null) || true
}

@test "the starter ends with 0, and by then the service serves" {
	start_daemon
	assert_equal "$STATUS" 0 "exit status" "$OUT" "$OUT.err"
	kill -0 "$DAEMON"
	SERVER_ADDRESS=$(log_line "$LOG" "start the server" | jq -r .server.listen)
	run_peer 1 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 1024"
}

@test "the daemon has a session of its own, no terminal, and /dev/null for its output" {
	start_daemon
	assert_equal "$(sed 's/.*) //' "/proc/$DAEMON/stat" | cut -d ' ' -f 4)" "$DAEMON" session
	assert_equal "$(sed 's/.*) //' "/proc/$DAEMON/stat" | cut -d ' ' -f 5)" 0 terminal
	local fd
	for fd in 0 1 2; do
		assert_equal "$(readlink "/proc/$DAEMON/fd/$fd")" /dev/null "descriptor $fd"
	done
}

@test "what hinders the start is told, and is the starter's status" {
	start_server
	STATUS=0
	timeout "$PATIENCE" "$PROGRAM" server --config none --listen "$SERVER_ADDRESS" --daemon --pid-file "$PIDFILE" \
		>"$OUT" 2>"$OUT.err" </dev/null 3>&- 4>&- || STATUS=$?
	assert_equal "$STATUS" 3 "exit status" "$OUT.err"
	grep -q "$SERVER_ADDRESS.*in use" "$OUT.err" || fail "no reason" "$OUT.err"
	[ ! -e "$PIDFILE" ]
}

@test "so is what goes wrong after the fork" {
	echo something else >"$PIDFILE"
	start_daemon
	DAEMON=
	assert_equal "$STATUS" 3 "exit status" "$OUT.err"
	grep -q "pid file $PIDFILE: " "$OUT.err" || fail "no reason" "$OUT.err"
}

@test "SIGTERM ends it and removes the pid file" {
	start_daemon
	kill -TERM "$DAEMON"
	wait_for "$PATIENCE" gone "$DAEMON"
	[ ! -e "$PIDFILE" ]
	DAEMON=
}
