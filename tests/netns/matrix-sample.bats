#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A few of the paths of tests/long/matrix.bats, others every time. A failure prints
# the seed; TESTS_MATRIX_SEED plays the same again.

load ../helpers/common
load ../helpers/matrix

@test "check over six faultless paths: all preserved" {
	local seed=${TESTS_MATRIX_SEED:-$RANDOM} profiles
	mapfile -t profiles < <(wan_profiles |
		awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
		sort | head -n 6 | cut -f 2)
	assert_equal "${#profiles[@]}" 6
	run_matrix "$seed" "${profiles[@]}"
}
