#!/usr/bin/env bats
# socat between both ends: after an EOF it waits for half a second of silence,
# or for what -t says.

load helpers/common
load helpers/check
load boxes/boxes

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "its default ends a silence after half a second: idle-expired-close" {
	start_socat
	check_json --scenario late --hold 2s
	assert_scenario late idle-expired-close "(49[0-9]|[5-9][0-9][0-9])\\.[0-9] ms after the FIN"
	assert_status 1
}

@test "-t 30: preserved" {
	start_socat -t 30
	check_json --scenario download,late --hold 2s
	assert_all_preserved 2
}
