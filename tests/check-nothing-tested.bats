#!/usr/bin/env bats
# Where nothing can be sent behind the FIN, nothing was tested.

load helpers/common
load helpers/check

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "--size 0: no scenario of a half-close is preserved" {
	check_json --size 0
	jq -e 'all(.scenarios[] | select(.name != "baseline"); .verdict != "preserved")
		and .verdict != "preserved"' "$CHECK_OUT" >/dev/null || fail "claims too much" "$CHECK_OUT"
	[ "$CHECK_STATUS" != 0 ]
}

@test "--size 1: what is preserved has had bytes behind the FIN" {
	check_json --size 1
	jq -e 'all(.scenarios[] | select(.verdict == "preserved" and (.name | IN("baseline", "echo") | not));
		(.local."bytes-received-after-fin" // 0) + (.remote."bytes-received-after-fin" // 0)
		+ (.local."bytes-sent-after-fin" // 0) + (.remote."bytes-sent-after-fin" // 0) > 0)' \
		"$CHECK_OUT" >/dev/null || {
		jq '.scenarios[] | {name, verdict, reason}' "$CHECK_OUT"
		return 1
	}
}

@test "without a half-close nothing is said to work" {
	run_check --size 0 --scenario simultaneous
	refute grep -q "Half-close works" "$CHECK_OUT"
	[ "$CHECK_STATUS" != 0 ]
}
