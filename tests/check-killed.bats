#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A check that dies of a signal leaves nothing behind: the responder that it
# brought along ends as well.

load helpers/common

teardown() {
	stop_all
}

# killed_by SIGNAL TARGET-PREFIX: amid a silence of two seconds, once it has begun.
killed_by() {
	background /dev/null "$BATS_TEST_TMPDIR/err" "$PROGRAM" check --config none \
		--scenario late --hold 2s --log-level debug
	wait_for_line "$BATS_TEST_TMPDIR/err" "start to play"
	kill "-$1" -- "$2$PID"
	wait_for "$PATIENCE" gone_with_group || fail "goes on: $(living_of "$PID" | paste -sd " ")"
}

gone_with_group() {
	[ -z "$(living_of "$PID")" ]
}

@test "SIGKILL" {
	killed_by KILL ""
}

@test "SIGHUP to the whole group, as a terminal sends it that is closed" {
	killed_by HUP -
}
