#!/usr/bin/env bats
# The usual two pipes of Node.js between both ends, allowHalfOpen at its default.

load helpers/common
load helpers/check
load boxes/boxes

teardown() {
	stop_all
}

@test "two pipes: silent-discard" {
	start_far_end
	start_node_pipe
	check_json --scenario download --size 256k --chunk 4k --interval 20ms
	assert_scenario download silent-discard
	assert_status 1
}
