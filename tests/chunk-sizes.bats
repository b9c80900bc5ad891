#!/usr/bin/env bats
# shellcheck disable=SC2034,SC2153 # variables of common.bash
# server --chunk: the stream is the same whatever the chunk; one chunk is one
# sendfile(2).

load helpers/common

teardown() {
	stop_all
}

# streams_whole CHUNK BYTES: a prime file arrives unchanged.
streams_whole() {
	make_file "$BATS_TEST_TMPDIR/data" 30011
	start_server -f "$BATS_TEST_TMPDIR/data" -c "$1" --count 1
	run_client -w 50ms -o "$BATS_TEST_TMPDIR/got"
	wait_for_end "$SERVER_PID"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	assert_line "$SERVER_LOG" "start to stream with chunk" ".server.chunk == $2"
	assert_line "$SERVER_LOG" "finish streaming with chunk" '.server.size == 30011'
}

@test "chunks of 1 byte" {
	streams_whole 1 1
}

@test "chunks of 7 bytes" {
	streams_whole 7 7
}

@test "chunks of 10 bytes" {
	streams_whole 10 10
}

@test "chunks of 1024 bytes" {
	streams_whole 1024 1024
}

@test "chunks of 1 MiB" {
	streams_whole 1m 1048576
}

@test "chunk 0: as much as the kernel takes" {
	streams_whole 0 0
}

@test "one sendfile a chunk" {
	need strace
	strace -o /dev/null true || cannot_run "strace may not trace here"
	make_file "$BATS_TEST_TMPDIR/data" 10007
	SERVER_IN=(strace -f -qq -e trace=sendfile -o "$BATS_TEST_TMPDIR/trace")
	start_server -f "$BATS_TEST_TMPDIR/data" -c 10 --count 1
	run_client -w 10ms
	wait_for_end "$SERVER_PID"
	# 1000 whole chunks and a short one.
	assert_equal "$(grep -c 'sendfile(.*, 10) *= 10$' "$BATS_TEST_TMPDIR/trace")" 1000 \
		"whole chunks" 
	assert_equal "$(grep -c 'sendfile(' "$BATS_TEST_TMPDIR/trace")" 1001 "chunks"
}
