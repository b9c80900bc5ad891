#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# System calls that do less than asked, or nothing because a signal came, lose
# no byte and no connection.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "a server whose sendfile and recv come short sends all" {
	shim short,eintr
	SERVER_IN=("${SHIM_IN[@]}")
	start_server --size 300k -c 5000 -i 1ms
	run_client -w 10ms --expect-size 300k --expect-pattern
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG" "$SERVER_LOG"
	assert_verdict complete 0
	wait_for_lines "$SERVER_LOG" "finish streaming with chunk" 1
	assert_line "$SERVER_LOG" "finish streaming with chunk" '.server.size == 307200'
}

@test "a client whose recv and send come short receives, echoes and saves all" {
	make_file "$BATS_TEST_TMPDIR/data" 100000
	start_server -f "$BATS_TEST_TMPDIR/data" -c 1000 -i 1ms
	shim short,eintr
	CLIENT_IN=("${SHIM_IN[@]}")
	run_client -w 10ms -b 700 -o "$BATS_TEST_TMPDIR/got" --expect-file "$BATS_TEST_TMPDIR/data"
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "no log line is lost or torn by EINTR" {
	shim eintr
	SERVER_IN=("${SHIM_IN[@]}")
	start_server --size 1k
	run_peer 20 shut drain
	wait_for_lines "$SERVER_LOG" "close server side connection" 20
	jq -e . "$SERVER_LOG" >/dev/null
	assert_equal "$(count_lines "$SERVER_LOG" "start to stream with chunk")" 20 lines "$SERVER_LOG"
}

@test "check is right when calls come short on its own end and on the responder's" {
	shim short,eintr
	"${SHIM_IN[@]}" "$PROGRAM" check --config none --scenario baseline,download,echo \
		--format json -o "$BATS_TEST_TMPDIR/report" >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- ||
		fail "not preserved" "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/report"
	assert_equal "$(jq -r .verdict "$BATS_TEST_TMPDIR/report")" preserved
}
