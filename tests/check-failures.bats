#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# What fails on this machine is told as that, and never passes for a verdict on
# the path.

bats_require_minimum_version 1.5.0
load helpers/common
load helpers/check
load helpers/service

teardown() {
	stop_all
}

@test "check: a child that exits with 3 leaves no verdict" {
	shim exit
	CLIENT_IN=("${SHIM_IN[@]}")
	run_check --format json --scenario download,upload
	assert_status 3
	assert_scenario download inconclusive '^its process failed \(exit status 3\)$'
	assert_scenario upload inconclusive '^not played, because nothing came through$'
	[ "$(jq -r .verdict "$CHECK_OUT")" = inconclusive ]
}

@test "probe: a child that exits with 3 leaves no verdict" {
	shim exit
	run --separate-stderr "${SHIM_IN[@]}" "$PROGRAM" probe --config none --max 1s --format json
	assert_equal "$status" 3 "exit status"
	[ "$(jq -r .verdict <<<"$output")" = inconclusive ]
	[ "$(jq -r .reason <<<"$output")" = "its process failed (exit status 3)" ]
}

# The responder of check itself dies while the baseline is played: its pid may
# then be another process's.
@test "check: a responder that is gone is not signalled any more" {
	need strace
	strace -qqq -o /dev/null true 2>/dev/null || cannot_run "strace may not trace here"
	# LeakSanitizer traces as well, and two cannot.
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" env \
		"ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -qqq -o "$BATS_TEST_TMPDIR/strace" \
		-e trace=kill,wait4 -e signal=none "$PROGRAM" check --config none --scenario late --hold 1s \
		--log-level debug
	wait_for_line "$BATS_TEST_TMPDIR/err" "start to play"
	local responder
	responder=$(children_of "$(children_of "$PID")" | head -n 1)
	kill -KILL "$responder"
	wait_for_end "$PID" $((PATIENCE * 4))
	grep -q "^wait4.* = $responder\$" "$BATS_TEST_TMPDIR/strace"
	refute grep "kill($responder," "$BATS_TEST_TMPDIR/strace"
}
