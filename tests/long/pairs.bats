#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Boxes that break a half-close, or do not, behind links that are slow, far, lossy or
# jumpy, both drawn from a seed: no verdict says what the relay did not do.
# TESTS_MATRIX_SEED repeats a run, TESTS_PAIRS_SEEDS="141001 141002" some of its pairs.

load ../helpers/common
load ../helpers/service
load ../helpers/check
load ../helpers/relay
load ../helpers/truth
load ../helpers/wan
load ../helpers/pairs

setup() {
	need_wan
}

teardown() {
	stop_all
	wan_down
}

@test "check of random boxes behind random links: the truth" {
	run_pairs "${TESTS_MATRIX_SEED:-$RANDOM}" "${TESTS_PAIRS:-200}"
}
