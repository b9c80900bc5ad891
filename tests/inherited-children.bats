#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034 # the inner shell's; for the helpers
#
# A shell that has started something else before `exec` leaves it as a child:
# nothing here waits for it.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

setup() {
	BESIDE=(sh -c 'sleep 1000 & exec "$@"' sh)
}

@test "a server starts and ends beside such a child" {
	SERVER_IN=("${BESIDE[@]}")
	start_server --size 3k -c 0
	served 3072
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0 "exit status" "$SERVER_LOG"
}

@test "check ends beside it" {
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "${BESIDE[@]}" \
		"$PROGRAM" check --config none --scenario request
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
}
