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
	wait_for_line "$dir.away/the.log" "cannot reopen\|cannot open the log"
	kill -0 "$SERVER_PID"
	refute grep -q "log reopened" "$dir.away/the.log"
}
