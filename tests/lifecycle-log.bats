#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# SIGHUP opens --log-file again, after logrotate has moved it away.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "a client opens it again as well" {
	local log=$BATS_TEST_TMPDIR/the.log
	start_server --size 2k -c 1 -i 1ms
	start_client -w 100ms --log-file "$log" --expect-size 2k
	wait_for_line "$log" "write timeout is expired"
	mv "$log" "$log.1"
	kill -HUP "$CLIENT_PID"
	wait_client
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$log.1" "$CLIENT_ERR"
	assert_equal "$(messages "$log.1")" "new client start to read write timeout is expired"
	assert_equal "$(messages "$log")" "got EOF finish handling"
}

messages() {
	jq -r .msg "$1" | paste -sd ' '
}

@test "without a log file SIGHUP ends a client" {
	start_server --size 2 -c 1 -i 10m
	start_client
	wait_for_lines "$CLIENT_LOG" "start to read" 1
	kill -HUP "$CLIENT_PID"
	wait_client
	assert_equal "$CLIENT_STATUS" 129 "exit status" "$CLIENT_LOG"
}

@test "lines go to the new file, and the old one stays whole" {
	local log=$BATS_TEST_TMPDIR/the.log
	background /dev/null "$BATS_TEST_TMPDIR/err" "$PROGRAM" server --config none \
		--listen 127.0.0.1:0 --size 1k --log-file "$log"
	SERVER_PID=$PID
	wait_for_line "$log" "start the server"
	SERVER_ADDRESS=$(log_line "$log" "start the server" | jq -r .server.listen)
	mv "$log" "$log.1"
	run_peer 1 shut drain
	wait_for_lines "$log.1" "close server side connection" 1
	kill -HUP "$SERVER_PID"
	wait_for_line "$log" "log reopened"
	run_peer 1 shut drain
	wait_for_lines "$log" "close server side connection" 1
	assert_equal "$(count_lines "$log.1" "close server side connection")" 1
}

@test "a name that cannot be opened any more keeps the old file in use" {
	local dir=$BATS_TEST_TMPDIR/logs
	mkdir "$dir"
	background /dev/null "$BATS_TEST_TMPDIR/err" "$PROGRAM" server --config none \
		--listen 127.0.0.1:0 --size 1k --log-file "$dir/the.log"
	SERVER_PID=$PID
	wait_for_line "$dir/the.log" "start the server"
	mv "$dir" "$dir.away"
	kill -HUP "$SERVER_PID"
	wait_for_line "$dir.away/the.log" "cannot reopen\|cannot open log file"
	kill -0 "$SERVER_PID"
	refute grep -q "log reopened" "$dir.away/the.log"
}

@test "a new name in the file that cannot be opened keeps the old name in use" {
	local log=$BATS_TEST_TMPDIR/the.log conf=$BATS_TEST_TMPDIR/the.conf name
	printf 'server: { listen = "127.0.0.1:0"; size = "1k"; };\n' >"$conf"
	background "$BATS_TEST_TMPDIR/first.log" "$BATS_TEST_TMPDIR/err" "$PROGRAM" server --config "$conf"
	SERVER_PID=$PID
	wait_for_line "$BATS_TEST_TMPDIR/first.log" "start the server"
	# By SIGHUP too, so that its name is the one that a reload has read.
	for name in "$log" "$BATS_TEST_TMPDIR/absent/the.log"; do
		printf 'server: { listen = "127.0.0.1:0"; size = "1k"; log-file = "%s"; };\n' "$name" >"$conf"
		kill -HUP "$SERVER_PID"
		wait_for_line "$log" "reloaded configuration"
	done
	wait_for_line "$log" "cannot open log file .*/absent/the.log.*; still using the old one"
	mv "$log" "$log.1"
	kill -HUP "$SERVER_PID"
	wait_for_line "$log" "log reopened"
	kill -0 "$SERVER_PID"
}
