#!/usr/bin/env bats
# Files that cannot be served: a clear error, never a crash, and a server that
# runs lives on.

load helpers/common

teardown() {
	stop_all
}

# refuses FILE TEXT: the server does not start and says why in one line.
refuses() {
	local rc=0
	"$PROGRAM" server --config none --listen 127.0.0.1:0 -f "$1" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || rc=$?
	assert_equal "$rc" 3 "exit status" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	grep -F -e "$1" "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/out" | grep -F -q -e "$2" ||
		fail "no line names $1 and \"$2\"" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
}

@test "a missing file" {
	refuses "$BATS_TEST_TMPDIR/absent" "No such file or directory"
}

@test "a directory" {
	refuses "$BATS_TEST_TMPDIR" "directory"
}

@test "a file that may not be read" {
	without_root
	make_file "$OPEN_DIR/secret" 10
	chmod 000 "$OPEN_DIR/secret"
	refuses "$OPEN_DIR/secret" "Permission denied"
}

@test "a device is no file" {
	refuses /dev/null "regular file"
}

@test "a file that shrinks while it is sent is an error that is named" {
	make_file "$BATS_TEST_TMPDIR/data" 200
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1 -i 20ms
	start_client -w 50ms
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	truncate -s 50 "$BATS_TEST_TMPDIR/data"
	wait_client
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	jq -se 'any(.[]; (.level == "ERROR" or .level == "WARN") and
		(tojson | test("shrank|shorter|shrunk|ended early")))' "$SERVER_LOG" >/dev/null ||
		fail "no line tells that the file shrank" "$SERVER_LOG" "$SERVER_ERR"
	# A truncated stream is never logged as finished.
	[ "$(count_lines "$SERVER_LOG" "finish streaming with chunk")" = 0 ]
}

@test "the server lives on after a file shrank" {
	make_file "$BATS_TEST_TMPDIR/data" 100
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1 -i 10ms
	start_client -w 50ms
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	truncate -s 20 "$BATS_TEST_TMPDIR/data"
	wait_client
	make_file "$BATS_TEST_TMPDIR/data" 60
	run_client -w 50ms -o "$BATS_TEST_TMPDIR/got"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	kill -0 "$SERVER_PID"
}

@test "a file that was removed is an error for the connection, not for the server" {
	make_file "$BATS_TEST_TMPDIR/data" 100
	start_server -f "$BATS_TEST_TMPDIR/data"
	rm "$BATS_TEST_TMPDIR/data"
	run_client -w 50ms
	make_file "$BATS_TEST_TMPDIR/data" 60
	run_client -w 50ms
	kill -0 "$SERVER_PID"
	assert_line "$CLIENT_LOG" "finish handling" '.client.verdict != null'
}
