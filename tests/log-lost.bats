#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A log that cannot be written: the work goes on, stderr hears of it at once, and
# the log tells how many lines it misses as soon as it can.

load helpers/common

STATUS= # of what wait_for_end and stop have waited for

teardown() {
	stop_all
}

@test "a client whose log is full still judges, and says so on stderr" {
	start_server --size 3 -c 1 -i 50ms
	background /dev/full "$BATS_TEST_TMPDIR/err" \
		"$PROGRAM" client --config none -s "$SERVER_ADDRESS" -w 70ms --expect-size 3
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status" "$BATS_TEST_TMPDIR/err"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/err")" \
		"tcp-half-close-tester: cannot write the log: No space left on device" "stderr"
}

@test "where standard output is closed no line gets into the connection" {
	start_server --size 3 -c 1 -i 50ms --count 2
	# shellcheck disable=SC2016 # for the inner shell
	background /dev/null /dev/null sh -c 'exec "$@" >&-' sh \
		"$PROGRAM" client --config none -s "$SERVER_ADDRESS" -w 70ms --expect-size 3
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status"
	# shellcheck disable=SC2016
	background /dev/null /dev/null sh -c 'exec "$@" <&- >&- 2>&-' sh \
		"$PROGRAM" client --config none -s "$SERVER_ADDRESS" -w 70ms --expect-size 3
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status"
	wait_for_end "$SERVER_PID"
	assert_line "$SERVER_LOG" "close server side connection" '.server."bytes-received" == 0'
}

@test "a server whose log's reader is gone goes on serving" {
	need jq
	local pipe=$BATS_TEST_TMPDIR/pipe log=$BATS_TEST_TMPDIR/log reader
	mkfifo "$pipe"
	background "$log" /dev/null sed '/"start the server"/q' "$pipe"
	reader=$PID
	background "$pipe" "$BATS_TEST_TMPDIR/err" \
		"$PROGRAM" server --config none --listen 127.0.0.1:0 --size 3 -c 1 -i 50ms
	SERVER_PID=$PID
	wait_for_end "$reader"
	SERVER_ADDRESS=$(jq -r 'select(.msg == "start the server").server.listen' "$log")
	run_client -w 70ms --expect-size 3
	assert_verdict complete 0
	run_client -w 70ms --expect-size 3
	assert_verdict complete 0
	stop "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$BATS_TEST_TMPDIR/err"
	grep -qx "tcp-half-close-tester: cannot write the log: Broken pipe" "$BATS_TEST_TMPDIR/err" ||
		fail "stderr" "$BATS_TEST_TMPDIR/err"
}

@test "lines that were lost are counted in the log" {
	need jq
	local log=$BATS_TEST_TMPDIR/log
	background /dev/null "$BATS_TEST_TMPDIR/err" \
		"$PROGRAM" server --config none --listen 127.0.0.1:0 --log-file "$log"
	SERVER_PID=$PID
	wait_for_line "$log" '"start the server"'
	ln -sf /dev/full "$log"
	kill -HUP "$SERVER_PID"
	wait_for_line "$BATS_TEST_TMPDIR/err" "cannot write the log: No space left on device"
	rm "$log"
	kill -HUP "$SERVER_PID"
	wait_for_line "$log" .
	run jq -c '[.level, .msg, .server.error, .server.count > 0]' <(head -n 1 "$log")
	assert_equal "$output" '["WARN","log lines were lost","No space left on device",true]' "first line" "$log"
	assert_equal "$(count_lines "$log" "log lines were lost")" 1 "lines that tell" "$log"
}

@test "many children with a full disk are one line on stderr, and one when it is over" {
	local log=$BATS_TEST_TMPDIR/log i err=$BATS_TEST_TMPDIR/err
	need jq
	background /dev/null "$err" "$PROGRAM" server --config none --listen 127.0.0.1:0 --size 3 -c 1 \
		-i 50ms --log-file "$log"
	SERVER_PID=$PID
	wait_for_line "$log" '"start the server"'
	SERVER_ADDRESS=$(jq -r 'select(.msg == "start the server").server.listen' "$log")
	ln -sf /dev/full "$log"
	kill -HUP "$SERVER_PID"
	wait_for_line "$err" "cannot write the log: No space left on device"
	for ((i = 0; i < 5; i++)); do
		run_client -P 4 -w 70ms --expect-size 3
		assert_verdict complete 0
	done
	assert_equal "$(wc -l <"$err")" 1 "lines on stderr" "$err"
	rm "$log"
	kill -HUP "$SERVER_PID"
	wait_for_line "$log" "log lines were lost"
	# 20 connections of at least three lines each.
	assert_line "$log" "log lines were lost" '.server.count >= 60'
	assert_equal "$(count_lines "$log" "log lines were lost")" 1 "lines that tell" "$log"
	wait_for_line "$err" "the log can be written again; it lacks [0-9]* lines"
	assert_equal "$(wc -l <"$err")" 2 "lines on stderr" "$err"
}

@test "a service that ends with a full disk says on stderr how many lines the log lacks" {
	local err=$BATS_TEST_TMPDIR/err
	background /dev/null "$err" "$PROGRAM" server --config none --listen 127.0.0.1:0 --log-file /dev/full
	wait_for_line "$err" "cannot write the log: No space left on device"
	kill -TERM "$PID"
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status" "$err"
	wait_for_line "$err" "the log lacks [0-9]* lines: No space left on device"
}
