#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# A log that cannot be written does not stop a stream.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

# The address of a server that cannot tell it.
find_address() {
	need ss
	wait_for "$PATIENCE" listening "$1" || fail "does not listen"
	SERVER_ADDRESS=$(ss -Hltnp | sed -n "s/.* \(127[0-9.:]*\) .*pid=$1,.*/\1/p")
}

reading() {
	[ "$(readlink "/proc/$1/fd/0")" = "$2" ]
}

listening() {
	ss -Hltnp | grep -q "pid=$1,"
}

@test "disk full" {
	[ -c /dev/full ] || cannot_run "no /dev/full"
	background /dev/null /dev/null "$PROGRAM" server --config none --listen 127.0.0.1:0 \
		--size 20k --log-file /dev/full
	find_address "$PID"
	SERVER_PID=$PID SERVER_LOG=/dev/null
	served 20480
	served 20480
	kill -0 "$SERVER_PID"
}

@test "a pipe whose reader is gone" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	background "$BATS_TEST_TMPDIR/lines" /dev/null head -n 3 "$BATS_TEST_TMPDIR/pipe"
	local reader=$PID
	background "$BATS_TEST_TMPDIR/pipe" /dev/null "$PROGRAM" server --config none \
		--listen 127.0.0.1:0 --size 20k
	SERVER_PID=$PID SERVER_LOG=/dev/null
	wait_for_end "$reader"
	SERVER_ADDRESS=$(log_line "$BATS_TEST_TMPDIR/lines" "start the server" | jq -r .server.listen)
	served 20480
	served 20480
	kill -0 "$SERVER_PID"
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
}

# A pipe that is open, and never read: it fills.
stuck_pipe() {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	background /dev/null /dev/null sh -c 'exec <>"$1"; exec sleep 1000' sh "$BATS_TEST_TMPDIR/pipe"
	wait_for "$PATIENCE" reading "$PID" "$BATS_TEST_TMPDIR/pipe"
}

# The server that was started with it.
held_up_by_nothing() {
	SERVER_PID=$PID SERVER_LOG=/dev/null
	find_address "$SERVER_PID"
	run_peer 100 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 100 reset 0 bytes 102400"
	grep -q "cannot write the log: Resource temporarily unavailable" "$BATS_TEST_TMPDIR/err" ||
		fail "the pipe was not full" "$BATS_TEST_TMPDIR/err"
	served 1024
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
}

@test "a pipe that nobody reads any more does not hold up a stream for long" {
	stuck_pipe
	background /dev/null "$BATS_TEST_TMPDIR/err" "$PROGRAM" server --config none \
		--listen 127.0.0.1:0 --size 1k --log-level debug --log-file "$BATS_TEST_TMPDIR/pipe"
	held_up_by_nothing
}

@test "nor does one that is standard output" {
	stuck_pipe
	background "$BATS_TEST_TMPDIR/pipe" "$BATS_TEST_TMPDIR/err" "$PROGRAM" server --config none \
		--listen 127.0.0.1:0 --size 1k --log-level debug
	held_up_by_nothing
}

@test "a file that is full for a while: streams go on, and later the log does too" {
	# A file system of one page, if there may be one.
	need_root
	need unshare mount
	unshare --mount true 2>/dev/null || cannot_run "no mount namespaces here"
	local dir=$BATS_TEST_TMPDIR/small
	mkdir "$dir"
	# shellcheck disable=SC2016 # the inner shell's
	background /dev/null "$BATS_TEST_TMPDIR/err" unshare --mount sh -c '
		mount -t tmpfs -o size=8k tmpfs "$1" && exec "$2" server --config none \
			--listen 127.0.0.1:0 --size 1k --log-file "$1/log"' sh "$dir" "$PROGRAM"
	SERVER_PID=$PID SERVER_LOG=/dev/null
	find_address "$SERVER_PID"
	local log=/proc/$SERVER_PID/root$dir/log i
	for ((i = 0; i < 12; i++)); do
		served 1024
	done
	wait_for_children "$SERVER_PID" 0
	: >"$log"
	kill -USR1 "$SERVER_PID"
	wait_for_line "$log" '"status"'
	grep '"status"' "$log" | tail -n 1 | jq -e .server.accepted >/dev/null
	kill -0 "$SERVER_PID"
}
