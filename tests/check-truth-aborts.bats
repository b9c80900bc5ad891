#!/usr/bin/env bats
# What becomes of an abort, and what check says of it: the relay's log is the truth.

load helpers/common
load helpers/check-truth

@test "the server's RST becomes an EOF" {
	truth_of rst-to-fin:server
	assert_truth 1
	assert_scenario abort abort-masked
	assert_scenario client-abort preserved
}

@test "every RST becomes an EOF" {
	truth_of rst-to-fin
	assert_truth 2
	assert_scenario client-abort abort-masked
}

@test "the client's FIN becomes an RST at the server" {
	truth_of reset:server@fin:client
	assert_truth 7
}

@test "the last FIN becomes an RST at the client" {
	truth_of reset:client@fin:server
	assert_truth 5
}

@test "the server's stream ends when the client aborts, and not before" {
	truth_of delay=20
	assert_truth 0
	assert_status 0
}
