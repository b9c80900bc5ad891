#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# What an older kernel, or one built with less, does not have is noticed at run time and
# logged at debug; nothing fails for it.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

# check_without WORD [ARG...]: a whole check in such a world preserves all, its log is in
# LOG.
check_without() {
	shim "$1"
	shift
	LOG=$BATS_TEST_TMPDIR/log
	"${SHIM_IN[@]}" "$PROGRAM" check --config none --hold 50ms --log-level debug "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>"$LOG" 3>&- 4>&- ||
		fail "exit status $?" "$LOG" "$BATS_TEST_TMPDIR/out"
	refute grep -e '"level":"\(WARN\|ERROR\)"' "$LOG"
}

# said_at_debug PATTERN: in LOG, and only there.
said_at_debug() {
	grep -q "\"DEBUG\".*$1" "$LOG" || fail "nothing about $1" "$LOG"
}

@test "a TCP_INFO that ends early" {
	check_without old-info
	said_at_debug "TCP_INFO has only 160 bytes here"
}

@test "no TCP_INFO" {
	# Whether bytes were in flight when the FINs crossed is not known then.
	check_without no-info --scenario download,upload,echo,late,slow-reader,abort
	said_at_debug "TCP_INFO is not available here"
}

@test "no TCP_NODELAY, TCP_CORK and SO_RCVLOWAT" {
	check_without no-options
	said_at_debug "the kernel does not have TCP_NODELAY: Protocol not available"
	said_at_debug "the kernel does not have TCP_CORK"
}

@test "no close_range(2)" {
	check_without no-ranges
}

@test "no seccomp filters" {
	! has_sanitizer || skip "built with a sanitizer"
	has_filter || cannot_run "built without the filter"
	check_without no-filter
	said_at_debug "sandbox: the kernel has no seccomp filters: Invalid argument"
}

@test "a filter that may not be installed is still an error" {
	! has_sanitizer || skip "built with a sanitizer"
	has_filter || cannot_run "built without the filter"
	inject prctl:error=EACCES
	run "${INJECT_IN[@]}" "$PROGRAM" server --config none -l 127.0.0.1:0 --size 1
	assert_equal "$status" 3
	[[ $output == *"cannot install the seccomp filter: Permission denied; use --sandbox off"* ]]
}

@test "a server and its client without any of it" {
	shim no-filter,no-info,no-options,no-ranges
	SERVER_IN=("${SHIM_IN[@]}") CLIENT_IN=("${SHIM_IN[@]}")
	start_server --size 100k -i 1ms -c 10k
	run_client -w 5ms --expect-size 100k
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
}
