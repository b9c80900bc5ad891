#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Paths that are slow, far, lossy or jumpy but keep a half-close: not one alarm, and
# nothing that could not be tested. TESTS_MATRIX_PROFILES names some of them,
# TESTS_MATRIX_SEED repeats a run.

load ../helpers/common
load ../helpers/matrix

@test "check over every faultless path: all preserved" {
	local profiles
	read -r -d '' -a profiles <<<"${TESTS_MATRIX_PROFILES:-$(wan_profiles)}" || true
	[ "${#profiles[@]}" -gt 0 ]
	run_matrix "${TESTS_MATRIX_SEED:-$RANDOM}" "${profiles[@]}"
}

@test "check over forty paths that nobody thought of: all preserved" {
	local seed=${TESTS_MATRIX_SEED:-$RANDOM} profiles=() number
	[ -z "${TESTS_MATRIX_PROFILES:-}" ] || skip "only $TESTS_MATRIX_PROFILES"
	for ((number = 1; number <= ${TESTS_MATRIX_DRAWN:-40}; number++)); do
		profiles+=("drawn-$((seed * 1000 + number))")
	done
	run_matrix "$seed" "${profiles[@]}"
}
