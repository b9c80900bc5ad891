#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A few of the pairs of tests/long/pairs.bats, behind quick links, others every time. A
# failure prints the seeds; TESTS_PAIRS_SEEDS plays the same again.

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

@test "check of four random boxes behind random links: the truth" {
	# Short of time, since a broken path makes it wait.
	# shellcheck disable=SC2034 # for run_pairs
	PAIR_CHECK=(--timeout 3s)
	run_pairs "${TESTS_MATRIX_SEED:-$RANDOM}" 4 lan rtt-10ms rtt-50ms rate-10m rate-50m jitter-20 \
		duplicate-1 vdsl lte wifi
}
