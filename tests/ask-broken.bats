#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Each way in which a half-close spoils a reply has a word of its own.

load helpers/common
load helpers/services

teardown() {
	stop_all
}

@test "cut in its body: truncated" {
	start_odd cuts-at-eof
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked truncated 1
	assert_variant behind truncated "940 of the 5056 bytes of its body, then EOF"
}

@test "cut between two chunks: truncated" {
	start_odd chunked-at-eof 57
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked truncated 1
	assert_variant behind truncated "HTTP 200 with 5 bytes of a body without its end"
}

@test "another status: reply-differs" {
	start_odd differs-at-eof
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked reply-differs 1
	assert_variant behind reply-differs "^HTTP 400, 114 bytes, instead of HTTP 200, 5116 bytes"
}

@test "RST in mid-reply: reset" {
	start_odd resets-at-eof
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked reset 1
	assert_variant behind reset "then ECONNRESET"
}

@test "no EOF: eof-lost" {
	start_odd eof-lost
	run_ask --repeat 1 "http://$SERVICE_ADDRESS/"
	assert_asked eof-lost 1
}

@test "no reply and no EOF: stalled" {
	start_odd stalls-at-eof
	run_ask --repeat 1 "http://$SERVICE_ADDRESS/"
	assert_asked stalled 1
	assert_variant behind stalled "FIN_WAIT2"
}
