#!/usr/bin/env bats
# client --output: what arrives is saved as it arrives.

load helpers/common

setup() {
	make_file "$BATS_TEST_TMPDIR/data" 20011
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1k -i 25ms
}

teardown() {
	stop_all
}

@test "a whole stream is saved" {
	run_client -w 200ms -o "$BATS_TEST_TMPDIR/got"
	assert_verdict orderly 0
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "of a stream that was cut, what arrived is saved" {
	start_relay close
	run_client -w 200ms -o "$BATS_TEST_TMPDIR/got" --expect-size 20011
	assert_verdict truncated 1
	local size
	size=$(wc -c <"$BATS_TEST_TMPDIR/got")
	assert_line "$CLIENT_LOG" "finish handling" ".client.total == $size"
	head -c "$size" "$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "an older, longer file is replaced" {
	make_file "$BATS_TEST_TMPDIR/got" 50000
	run_client -w 200ms -o "$BATS_TEST_TMPDIR/got"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "a file that cannot be written: the test cannot be run" {
	run_client -w 200ms -o "$BATS_TEST_TMPDIR/absent/got"
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "absent/got.*No such file or directory"
}

@test "a full disk is an error, not a verdict about the path" {
	[ -c /dev/full ] || cannot_run "no /dev/full"
	run_client -w 200ms -o /dev/full
	[ "$CLIENT_STATUS" != 0 ]
	[ "$CLIENT_STATUS" != 1 ]
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "No space left on device"
}
