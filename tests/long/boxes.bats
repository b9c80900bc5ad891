#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every middlebox of tests/boxes/table that is installed here: it can be started, and
# what is said of it is the same every time. `make matrix` runs this and keeps what
# comes out. TESTS_BOXES names some of them, TESTS_BOXES_RUNS says how often each is
# played, TESTS_BOXES_DIR where the results stay.

load ../helpers/common
load ../helpers/service
load ../helpers/check
load ../helpers/probe
load ../helpers/netns
load ../boxes/boxes
load ../helpers/services
load ../boxes/play

teardown() {
	stop_all
}

@test "every box that is installed is among its first three suspects" {
	local names
	# shellcheck disable=SC2034 # for play_boxes
	BOXES_DIR=${TESTS_BOXES_DIR:-$BATS_TEST_TMPDIR/boxes}
	read -r -d '' -a names <<<"${TESTS_BOXES:-$(box_rows | cut -f 1)}" || true
	play_boxes "${TESTS_BOXES_RUNS:-1}" "${names[@]}"
	# Of some alone it is not known which cannot be told apart.
	[ -n "${TESTS_BOXES:-}" ] || assert_equal "$(misdiagnosed)" "" "misdiagnosed"
}
