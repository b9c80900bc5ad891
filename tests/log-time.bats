#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Stamps of log lines: RFC 3339 in UTC, with nanoseconds, trailing zeros trimmed.

load helpers/common

teardown() {
	stop_all
}

@test "stamps are RFC 3339, UTC, now, without trailing zeros" {
	need jq
	local before after
	before=$(date +%s)
	TZ=Asia/Kathmandu start_server --size 1
	# One stamp in ten would end in a zero.
	run_client -P 60 -w 0s
	wait_for_lines "$SERVER_LOG" "close server side connection" 60
	after=$(date +%s)
	[ "$(wc -l <"$SERVER_LOG")" -gt 200 ]
	jq -e '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{0,8}[1-9])?Z$")' \
		"$SERVER_LOG" "$CLIENT_LOG" | sort -u >"$BATS_TEST_TMPDIR/matches"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/matches")" true "every stamp matches" "$SERVER_LOG"
	jq -se --argjson before "$before" --argjson after "$after" "$JQ_TIME"'
		map(.time | ns / 1e9) | all(.[]; . >= $before - 0.1 and . <= $after + 1)' "$SERVER_LOG" \
		>/dev/null || fail "not between $before and $after" "$SERVER_LOG"
	jq -se 'map(.time | length) | max == 30 and min < 30' "$SERVER_LOG" >/dev/null ||
		fail "no stamp was trimmed, or none has nanoseconds" "$SERVER_LOG"
}
