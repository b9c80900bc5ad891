#!/usr/bin/env bats
# What is streamed: files and the built-in pattern of size 0, 1 and prime.

load helpers/common

teardown() {
	stop_all
}

streams_file() {
	make_file "$BATS_TEST_TMPDIR/data" "$1"
	start_server -f "$BATS_TEST_TMPDIR/data" --count 1
	run_client -w 50ms -o "$BATS_TEST_TMPDIR/got"
	wait_for_end "$SERVER_PID"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	assert_line "$SERVER_LOG" "ready to send data" ".server.size == $1"
	assert_line "$SERVER_LOG" "finish streaming with chunk" ".server.size == $1"
	assert_line "$CLIENT_LOG" "got EOF" ".client.total == $1"
}

streams_pattern() {
	start_server --size "$1" -c "${2:-1024}" --count 1
	run_client -w 50ms --expect-size "$1" --expect-pattern -b 64k
	wait_for_end "$SERVER_PID"
	assert_line "$CLIENT_LOG" "got EOF" ".client.total == $1"
	# Nothing was left to send when the client half-closed, or all was well.
	assert_line "$CLIENT_LOG" "finish handling" \
		'.client.verdict == "complete" or .client.verdict == "inconclusive"'
}

@test "an empty file is an immediate orderly FIN" {
	streams_file 0
	assert_verdict inconclusive 4
}

@test "a file of 1 byte" {
	streams_file 1
}

@test "a file of prime size" {
	streams_file 65537
}

@test "no bytes of the pattern" {
	streams_pattern 0
}

@test "1 byte of the pattern" {
	streams_pattern 1
}

@test "the pattern past its block, in prime size" {
	streams_pattern 2100001 64k
}

@test "the pattern is the same for every connection, and no run of zeros" {
	start_server --size 70001 -c 0
	run_client -w 0 -o "$BATS_TEST_TMPDIR/one"
	run_client -w 0 -o "$BATS_TEST_TMPDIR/two"
	cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/one")" = 70001 ]
	[ "$(tr -d '\0' <"$BATS_TEST_TMPDIR/one" | wc -c)" -gt 69000 ]
}

@test "a file that grows while it is served is sent as it was" {
	make_file "$BATS_TEST_TMPDIR/data" 40
	cp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/then"
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1 -i 20ms --count 1
	start_client -w 50ms -o "$BATS_TEST_TMPDIR/got"
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	echo more >>"$BATS_TEST_TMPDIR/data"
	wait_client
	cmp "$BATS_TEST_TMPDIR/then" "$BATS_TEST_TMPDIR/got"
}
