#!/usr/bin/env bats
# How a path ends a half-closed connection, and what check says of it: the relay's log
# is the truth.

load helpers/common
load helpers/check-truth

@test "closed both ways at the first FIN" {
	truth_of close@passed:first
	told closed both '.scenario == "simultaneous"'
	assert_truth 9
	assert_scenario download full-close
}

@test "closed both ways 0.3 s after the first FIN: in every scenario" {
	truth_of close@fin:first+300
	assert_truth 9
	assert_scenario download linger-cutoff
	assert_scenario echo linger-cutoff
}

@test "reset both ways 0.3 s after the first FIN: in every scenario" {
	truth_of reset@fin:first+300
	assert_truth 9
	assert_scenario abort reset
}

@test "RST to the client 0.3 s after its FIN, and not a word to the server" {
	truth_of reset:client@fin:client+300
	told bytes-discarded server '.scenario == "abort"'
	assert_truth 7
	assert_scenario abort reset
	assert_scenario upload preserved
}

@test "RST to the server 0.3 s after the client's FIN, and not a word to the client" {
	truth_of reset:server@fin:client+300
	assert_truth 7
	assert_scenario download reset
}

@test "RST to the client 0.3 s after the server's FIN" {
	truth_of reset:client@fin:server+300
	assert_truth 2
	assert_scenario client-abort reset
}

@test "nothing passes any more 0.3 s after the first FIN" {
	truth_of blackhole@fin:first+300
	assert_truth 9
}

@test "the server's stream vanishes 0.3 s after the client's FIN" {
	truth_of discard:server@fin:client+300
	assert_truth 6
	assert_scenario download silent-discard
}

@test "every byte is altered 0.3 s after the first FIN" {
	truth_of corrupt@fin:first+300
	assert_truth 9
	assert_scenario download corrupted
	assert_scenario upload corrupted
}
