#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Services of no protocol in particular, that survive a half-close or not.

load helpers/common
load boxes/boxes
load helpers/services

teardown() {
	stop_all
}

@test "an echo: complete" {
	start_odd echo
	run_ask --send 'ping\n' "$SERVICE_ADDRESS"
	assert_asked complete 0
	assert_variant behind complete "^5 bytes as without"
}

@test "node's net with allowHalfOpen, which answers late: complete" {
	start_odd late-open
	run_ask --send 'ping\n' "tcp://$SERVICE_ADDRESS"
	assert_asked complete 0
}

@test "node's net at its default, which answers late: truncated" {
	start_odd late-default
	run_ask --send 'ping\n' "$SERVICE_ADDRESS"
	assert_asked truncated 1
	assert_variant behind truncated "no byte of a reply of 10"
}

@test "one that closes at EOF: truncated" {
	start_odd closes-at-eof
	run_ask --send 'ping\n' "$SERVICE_ADDRESS"
	assert_asked truncated 1
}

@test "a line server: complete" {
	start_line_server 'read x; sleep 0.1; echo you said $x'
	run_ask --send 'hello\n' "$SERVICE_ADDRESS"
	assert_asked complete 0
}

@test "one that speaks first: complete" {
	start_odd banner
	run_ask --send 'QUIT\r\n' "$SERVICE_ADDRESS"
	assert_asked complete 0
}

@test "one that answers an EOF only: complete" {
	start_odd at-eof
	run_ask --send '123' --patience 500ms "$SERVICE_ADDRESS"
	assert_asked complete 0
	assert_variant open preserved "the service answers an EOF"
	jq -e '.scenarios[] | select(.name == "reading").skipped' "$ASK_OUT"
}

@test "a size within what was seen is complete" {
	start_odd varies
	run_ask --send 'x' "$SERVICE_ADDRESS"
	assert_asked complete 0
}

@test "fewer bytes than were seen: inconclusive, and --expect-size settles it" {
	start_odd cuts-at-eof
	run_ask --send 'x' "$SERVICE_ADDRESS"
	assert_asked inconclusive 4
	assert_variant behind inconclusive "--expect-size"
	run_ask --send 'x' --expect-size 5116 "$SERVICE_ADDRESS"
	assert_asked truncated 1
	assert_variant behind truncated "1000 of 5116 bytes"
}

@test "the request comes from a file, with every byte" {
	start_odd at-eof
	head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/request"
	run_ask --send-file "$BATS_TEST_TMPDIR/request" --patience 500ms --show "$SERVICE_ADDRESS" --format text
	grep -q '100000 bytes' "$ASK_OUT"
	[ "$ASK_STATUS" = 0 ]
}
