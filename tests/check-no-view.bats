#!/usr/bin/env bats
# Without the other end's view no row claims what one end cannot know.

load helpers/common
load helpers/check
load helpers/relay

setup() {
	start_far_end
	start_relay forward --only report --fault reset@byte:client=1
}

teardown() {
	stop_all
}

@test "the reports are cut off: what one end knows, and the reason says so" {
	run_check --format json
	told rst-sent client '.scenario == ""'
	jq -e '(.scenarios | length >= 10)
		and all(.scenarios[]; (.verdict | IN("complete", "orderly", "inconclusive"))
			and (.reason | test("no view")))' "$CHECK_OUT" >/dev/null || {
		jq -c '.scenarios[] | {name, verdict, reason}' "$CHECK_OUT"
		return 1
	}
	[ "$CHECK_STATUS" = 4 ]
}

@test "an abort without a view is inconclusive" {
	run_check --format json --scenario abort
	assert_scenario abort inconclusive
	assert_status 4
}
