#!/usr/bin/env bats
# client --expect-size, --expect-file, --expect-pattern: what must arrive.

load helpers/common

setup() {
	make_file "$BATS_TEST_TMPDIR/data" 20011
}

teardown() {
	stop_all
}

serve_file() {
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1k -i 25ms
}

@test "the size that arrives is the size expected: preserved" {
	serve_file
	run_client -w 200ms --expect-size 20011
	assert_verdict complete 0
}

@test "one byte fewer than expected: truncated" {
	serve_file
	run_client -w 200ms --expect-size 20012
	assert_verdict truncated 1
	assert_reason "20011 of 20012 bytes: 1 are missing"
}

@test "one byte more than expected: corrupted" {
	serve_file
	run_client -w 200ms --expect-size 20010
	assert_verdict corrupted 1
	assert_reason "20011.*20010"
}

@test "the file that arrives is the file expected: preserved" {
	serve_file
	run_client -w 200ms --expect-file "$BATS_TEST_TMPDIR/data"
	assert_verdict complete 0
}

@test "a byte that differs: corrupted, with offset, expected and got" {
	cp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/other"
	printf A | dd of="$BATS_TEST_TMPDIR/data" bs=1 seek=7777 conv=notrunc status=none
	printf B | dd of="$BATS_TEST_TMPDIR/other" bs=1 seek=7777 conv=notrunc status=none
	serve_file
	run_client -w 200ms --expect-file "$BATS_TEST_TMPDIR/other"
	assert_verdict corrupted 1
	assert_reason "offset 7777 .*expected 0x42, got 0x41"
}

@test "a file that is longer than what arrives: truncated" {
	cat "$BATS_TEST_TMPDIR/data" - <<<more >"$BATS_TEST_TMPDIR/longer"
	serve_file
	run_client -w 200ms --expect-file "$BATS_TEST_TMPDIR/longer"
	assert_verdict truncated 1
}

@test "a file that is shorter than what arrives: corrupted at its end" {
	head -c 20000 "$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/shorter"
	serve_file
	run_client -w 200ms --expect-file "$BATS_TEST_TMPDIR/shorter"
	assert_verdict corrupted 1
	assert_reason "20000"
}

@test "the pattern: preserved" {
	start_server --size 20011 -c 1k -i 25ms
	run_client -w 200ms --expect-pattern --expect-size 20011
	assert_verdict complete 0
}

@test "a file where the pattern is expected: corrupted at once" {
	serve_file
	run_client -w 200ms --expect-pattern --expect-size 20011
	assert_verdict corrupted 1
}

@test "all bytes before the half-close: inconclusive, although they are the expected ones" {
	start_server --size 1k
	run_client -w 1s --expect-pattern --expect-size 1k
	assert_verdict inconclusive 4
}

@test "a file that cannot be compared with: the test cannot be run" {
	serve_file
	run_client -w 200ms --expect-file "$BATS_TEST_TMPDIR/absent"
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "absent.*No such file or directory"
}

@test "memory does not depend on the size compared" {
	start_server --size 200m -c 1m
	start_client -w 50ms --expect-pattern --expect-size 200m -b 64k
	local high=0 now
	while now=$(awk '/^RssAnon:/ { print $2 }' "/proc/$CLIENT_PID/status" 2>/dev/null) &&
		[ -n "$now" ]; do
		[ "$now" -le "$high" ] || high=$now
		sleep 0.02
	done
	wait_client
	assert_verdict complete 0
	[ "$high" -gt 0 ]
	[ "$high" -lt 102400 ]
}
