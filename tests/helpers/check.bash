# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of `check`: a responder, whatever stands in front of it, and the
# verdicts that come out. Load after common.bash.

# start_far_end ARGS...: a responder; relays and middleboxes go in front of it.
start_far_end() {
	start_responder "$@"
	# shellcheck disable=SC2034
	SERVER_ADDRESS=$RESPONDER_ADDRESS
}

# run_check ARGS...: against the responder or what stands in front of it, unless
# ARGS name a path. Sets CHECK_STATUS, CHECK_OUT and CHECK_ERR.
run_check() {
	path_to_test "$@"
	SERIAL=$((SERIAL + 1))
	CHECK_OUT=$BATS_TEST_TMPDIR/check-$SERIAL.out CHECK_ERR=$BATS_TEST_TMPDIR/check-$SERIAL.err
	background "$CHECK_OUT" "$CHECK_ERR" "${CLIENT_IN[@]}" "$PROGRAM" check --config none \
		"${WHERE[@]}" "$@"
	wait_for_end "$PID" $((PATIENCE * 4)) || fail "check goes on" "$CHECK_OUT" "$CHECK_ERR" || return
	# shellcheck disable=SC2034
	CHECK_STATUS=$STATUS
}

# check_json ARGS...: run_check with a report that assert_scenario reads.
check_json() {
	run_check --format json "$@"
	if ! [ -s "$CHECK_OUT" ] || ! jq -e . "$CHECK_OUT" >/dev/null; then
		fail "no JSON" "$CHECK_OUT" "$CHECK_ERR"
	fi
}

# assert_scenario NAME VERDICT [REASON]: and its reason matches.
assert_scenario() {
	jq -e --arg name "$1" --arg verdict "$2" --arg reason "${3:-}" \
		'[.scenarios[] | select(.name == $name)]
		| length > 0 and all(.[]; .verdict == $verdict and (.reason | test($reason)))' \
		"$CHECK_OUT" >/dev/null || {
		echo "scenario $1 is not $2 ${3:-}"
		jq '.scenarios[] | del(.local.tcp, .remote.tcp)' "$CHECK_OUT"
		cat "$CHECK_ERR"
		return 1
	}
}

assert_status() {
	assert_equal "$CHECK_STATUS" "$1" "exit status" "$CHECK_OUT" "$CHECK_ERR"
}

# assert_all_preserved: every scenario, at least COUNT of them.
assert_all_preserved() {
	jq -e --argjson n "$1" '(.scenarios | length) >= $n
		and all(.scenarios[]; .verdict == "preserved") and .verdict == "preserved"' \
		"$CHECK_OUT" >/dev/null || {
		jq '.scenarios[] | {name, verdict, reason}' "$CHECK_OUT"
		cat "$CHECK_ERR"
		return 1
	}
	assert_status 0
}
