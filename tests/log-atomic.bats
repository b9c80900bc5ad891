#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A log line is one write(2) of at most PIPE_BUF bytes: processes that share a
# pipe never mix their lines (pipe(7)).

load helpers/common

teardown() {
	stop_all
}

# The server's log goes through a pipe; start_server cannot do that.
start_piped_server() {
	local pipe=$BATS_TEST_TMPDIR/pipe
	SERVER_LOG=$BATS_TEST_TMPDIR/server.log
	mkfifo "$pipe"
	background "$SERVER_LOG" /dev/null cat "$pipe"
	background "$pipe" "$BATS_TEST_TMPDIR/server.err" \
		"$PROGRAM" server --config none --listen 127.0.0.1:0 "$@"
	SERVER_PID=$PID
	wait_for_line "$SERVER_LOG" '"start the server"'
	SERVER_ADDRESS=$(jq -r 'select(.msg == "start the server").server.listen' "$SERVER_LOG")
}

@test "children that share a pipe never mix their lines" {
	need jq
	start_piped_server --size 3 -c 1 --log-level debug
	for _ in 1 2 3 4; do
		run_client -P 50 -w 0s --log-level error
	done
	wait_for_lines "$SERVER_LOG" "close server side connection" 200
	stop "$SERVER_PID"
	# Each line is one whole object, and there are as many as there must be.
	while IFS= read -r line; do
		jq -e '.time and .level and .msg' <<<"$line" >/dev/null || fail "torn: $line"
	done < <(awk 'NR % 20 == 0' "$SERVER_LOG")
	jq -c . "$SERVER_LOG" >"$BATS_TEST_TMPDIR/parsed"
	diff "$SERVER_LOG" "$BATS_TEST_TMPDIR/parsed" >/dev/null || fail "lines are mixed" "$SERVER_LOG"
	assert_equal "$(count_lines "$SERVER_LOG" "start to stream with chunk")" 200 "lines"
}

@test "a line that would be longer is shortened" {
	need jq
	local path=$BATS_TEST_TMPDIR file LC_ALL=C # lengths are bytes
	# Each of the levels is allowed 255 bytes, all of them 4095 (path_resolution(7)).
	cd "$path"
	while [ "${#path}" -lt 3800 ]; do
		path=$path/$(printf 'ä%.0s' {1..125})
		mkdir "${path##*/}"
		cd "${path##*/}"
	done
	file=$(printf 'f%.0s' $(seq $((4090 - ${#path}))))
	echo data >"$file"
	cd "$BATS_TEST_TMPDIR"
	start_server -f "$path/$file"
	LC_ALL=C awk 'length($0) > 4095 { exit 1 }' "$SERVER_LOG" || fail "longer than 4096 bytes"
	assert_line "$SERVER_LOG" "new server" \
		".server.file | startswith(\$path[0:200]) and endswith(\"…\")" --arg path "$path"
	assert_line "$SERVER_LOG" "new server" '.server.chunk == 1024'
}

@test "a line is one write" {
	need jq strace
	strace -o /dev/null true 2>/dev/null || cannot_run "processes cannot be traced here"
	start_server --size 3
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" \
		strace -f -e trace=write,writev,pwrite64 -e write=1 -o "$BATS_TEST_TMPDIR/trace" \
		"$PROGRAM" client --config none -s "$SERVER_ADDRESS" -w 10ms --progress never
	wait_for_end "$PID"
	local lines
	lines=$(wc -l <"$BATS_TEST_TMPDIR/out")
	[ "$lines" -ge 4 ]
	assert_equal "$(grep -c 'write[v64]*(1, ' "$BATS_TEST_TMPDIR/trace")" "$lines" "writes" \
		"$BATS_TEST_TMPDIR/trace"
}
