#!/usr/bin/env bats
# Limits of a path, and what check says of them: the relay's log is the truth.

load helpers/common
load helpers/check-truth

@test "so many bytes, half-closed or not: closed" {
	truth_of close@byte:server=50000
	assert_truth 3
	assert_scenario baseline truncated
}

@test "so many bytes, half-closed or not: reset" {
	truth_of reset@byte:server=50000
	assert_truth 3
	assert_scenario baseline truncated
}

@test "so long a time, half-closed or not: closed" {
	truth_of close@open+400
	assert_truth 6
}

@test "so long a time, half-closed or not: reset" {
	truth_of reset@open+400
	assert_truth 6
}

@test "an idle half-closed connection is closed" {
	truth_of close@half-idle=500
	assert_truth 1
	assert_scenario late idle-expired-close
	assert_scenario download preserved
}

@test "an idle half-closed connection is reset" {
	truth_of reset@half-idle=500
	assert_truth 1
	assert_scenario late idle-expired-reset
}

@test "an idle half-closed connection is reset at the server alone" {
	truth_of reset:server@half-idle=500
	assert_truth 1
	assert_scenario late idle-expired-reset
}

@test "an idle half-closed connection goes dead" {
	truth_of blackhole@half-idle=500
	assert_truth 1
}

@test "an idle connection is closed, half-closed or not" {
	truth_of close@idle=500
	assert_truth 1
	assert_scenario late idle-expired-close
}
