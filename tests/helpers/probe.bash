# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of `probe`: running it, and the bounds that come out. Load after
# common.bash; start_far_end of check.bash makes the path's other end.

# start_probe ARGS...: in the background, against the responder or what stands in
# front of it, unless ARGS name a path. Sets PROBE_PID, PROBE_OUT and PROBE_ERR.
start_probe() {
	path_to_test "$@"
	SERIAL=$((SERIAL + 1))
	PROBE_OUT=$BATS_TEST_TMPDIR/probe-$SERIAL.out PROBE_ERR=$BATS_TEST_TMPDIR/probe-$SERIAL.err
	background "$PROBE_OUT" "$PROBE_ERR" "${CLIENT_IN[@]}" "$PROGRAM" probe --config none \
		"${WHERE[@]}" "$@"
	PROBE_PID=$PID
}

# wait_probe: until it ended; sets PROBE_STATUS.
wait_probe() {
	wait_for_end "$PROBE_PID" $((PATIENCE * 4)) ||
		fail "probe goes on" "$PROBE_OUT" "$PROBE_ERR" || return
	# shellcheck disable=SC2034
	PROBE_STATUS=$STATUS
}

run_probe() {
	start_probe "$@"
	wait_probe
}

# probe_json ARGS...: run_probe with a report that assert_probe reads.
probe_json() {
	run_probe --format json "$@"
	jq -e . "$PROBE_OUT" >/dev/null || fail "no JSON" "$PROBE_OUT" "$PROBE_ERR"
}

# assert_probe FILTER [JQ-ARGS...]: the report satisfies the jq filter.
assert_probe() {
	local filter=$1
	shift
	jq -e "$@" "$filter" "$PROBE_OUT" >/dev/null || {
		echo "the report does not satisfy: $filter $*"
		jq 'del(.trials[].local, .trials[].remote)' "$PROBE_OUT"
		tail -n 5 "$PROBE_ERR"
		return 1
	}
}

# assert_timer MS RESOLUTION-MS: the bounds are the resolution apart at most and
# enclose the timer, give or take a tenth of a second: it may be the path's clock
# that is late, or ours.
assert_timer() {
	assert_probe '."lives-at-least" <= $t + 1e8 and ."dies-before" >= $t - 1e8
		and ."dies-before" - ."lives-at-least" <= $r' \
		--argjson t "${1}000000" --argjson r "${2}000000"
}

assert_status() {
	assert_equal "$PROBE_STATUS" "$1" "exit status" "$PROBE_OUT" "$PROBE_ERR"
}
