#!/usr/bin/env bats
# What the path makes is not what the other end did: a FIN of its own, an RST of its
# own.

load helpers/common
load helpers/check

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "a FIN that was there before the closer sent one is not the closer's" {
	start_relay forward --fault fin:client@open+30
	run_check --format json --scenario download
	assert_scenario download fin-lost
	assert_status 1
}

@test "an RST that came before the other end aborted is not its abort" {
	start_relay forward --fault reset:client@fin:client+100
	run_check --format json --scenario abort
	assert_scenario abort reset
	assert_status 1
}
