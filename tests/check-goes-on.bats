#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A path on which the baseline fails still shows what else it does; only where
# nothing comes through the rest is not played.

load helpers/common
load helpers/check

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "nothing comes through: nothing is played" {
	start_relay forward --fault blackhole --all
	check_json
	assert_status 3
	assert_scenario baseline inconclusive '^no reply from a responder: Connection timed out$'
	jq -e '[.scenarios[] | select(.name != "baseline")] | length > 10 and all(.[];
		.reason == "not played, because nothing came through")' "$CHECK_OUT"
	jq -e '.path.rtt == null and .path.size == null' "$CHECK_OUT"
}

@test "a limit of bytes, soon: the baseline tells the count, shorter streams what else there is" {
	start_relay forward --fault reset@byte=50000
	check_json --scenario baseline,download,request
	assert_status 1
	assert_scenario baseline truncated '^[0-9]+ of 65536 bytes arrived'
	assert_scenario download preserved
	assert_scenario request preserved
}

@test "a limit of bytes, late: those that it broke are played once more" {
	start_relay forward --fault close:both@byte=300000
	check_json --scenario baseline,download,request
	assert_status 1
	assert_scenario baseline truncated '^[0-9]+ of [0-9]+ bytes arrived'
	assert_scenario download preserved
	assert_scenario request preserved
}

@test "the last EOF is lost: the rest is played, and says the same" {
	start_relay forward --fault swallow@fin:last
	check_json --scenario baseline,request,abort --timeout 3s
	assert_status 1
	assert_scenario baseline eof-lost
	assert_scenario request eof-lost
	assert_scenario abort preserved
}

@test "one of many stalled, once: it is played again, and the reason says so" {
	start_relay forward --once --fault blackhole@byte:client=100000
	check_json --scenario baseline,download,request,fin-with-data --size 256k --timeout 4s
	assert_status 0
	assert_scenario baseline preserved '; at the second attempt: the first was stalled$'
	assert_scenario download preserved 'there at once$|there within [0-9.]* .s$'
}
