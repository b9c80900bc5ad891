#!/usr/bin/env bats
# What happens to a FIN, and what check says of it: the relay's log is the truth.

load helpers/common
load helpers/check-truth

@test "the client's FIN held back until the other stream has ended: never preserved" {
	truth_of hold@fin:client
	told fin-held client '.scenario == "slow-reader"'
	assert_truth 8
	assert_scenario upload preserved
}

@test "the server's FIN held back" {
	truth_of hold@fin:server
	assert_truth 2
	assert_scenario upload fin-lost
	assert_scenario download preserved
}

@test "the first FIN swallowed" {
	truth_of swallow@fin:first
	assert_truth 11
	assert_scenario download fin-lost
	assert_scenario upload fin-lost
}

@test "the last EOF never passed on: the rest is played all the same" {
	truth_of swallow@fin:last
	told fin-swallowed server '.scenario == "download"'
	assert_truth 9
	assert_scenario download eof-lost
}

@test "every FIN swallowed" {
	truth_of swallow@fin
	assert_truth 9
	assert_scenario download fin-lost
}

@test "a FIN that is late by more than is allowed" {
	TRUTH_CHECK+=(--max-fin-delay 200ms)
	truth_of late=500@fin:first
	assert_truth 8
	assert_scenario download fin-delayed
	assert_scenario upload fin-delayed
}

@test "a FIN that is late by less" {
	# shellcheck disable=SC2034 # for truth_of
	TRUTH_CHECK+=(--max-fin-delay 2s)
	truth_of late=150@fin:first
	assert_truth 0
	assert_status 0
}

@test "a FIN that is late by some bytes of the other stream" {
	truth_of late-bytes=100000@fin:client
	assert_truth 0
}

@test "a FIN of the path's own, early, in place of the client's" {
	TRUTH_CHECK+=(--scenario "download,slow-reader,abort")
	truth_of fin:client@open+20
	told fin-forged client '.scenario == "download"'
	assert_truth 2
	assert_scenario download fin-lost
}

@test "a FIN of the path's own in place of the server's, at the client's FIN" {
	truth_of fin:server@fin:client
	assert_truth 6
	assert_scenario download silent-discard
}
