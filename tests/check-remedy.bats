#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# check --remedy: what either end can do about what the path does is tried once, and
# reported, and nothing is where nothing is wrong or nothing helps.

load helpers/common
load helpers/check

teardown() {
	stop_all
}

short=(--remedy --scenario "baseline,download" --size 64k --after-fin 300ms --timeout 5s)

# remedied FILTER: it holds for the member remedy.
remedied() {
	jq -e "has(\"remedy\") and (.remedy | $1)" "$CHECK_OUT" >/dev/null ||
		fail "not $1" "$CHECK_OUT" "$CHECK_ERR"
}

@test "a limit of bytes: a size below it is tried, and the verdict stays" {
	start_far_end
	start_relay forward --fault close@byte:server=30000
	check_json "${short[@]}"
	remedied '.tried == "size" and .size > 6000 and .size < 9000 and .verdict == "preserved"
		and .scenario == "download"'
	assert_scenario download truncated
	assert_status 1
}

@test "a timer that counts data: keepalives are tried, and do not help" {
	start_far_end
	start_relay forward --fault close@half-idle=1200
	check_json --remedy --scenario late --hold 2s
	assert_scenario late idle-expired-close
	remedied '. == {tried: "keepalive", keepalive: 1000000000, scenario: "late", verdict: "idle-expired-close"}'
}

@test "it closes both directions: neither end has a remedy" {
	start_far_end
	start_relay close
	run_check "${short[@]}"
	grep -q "^Remedy: none that could be tried from here[.]$" "$CHECK_OUT" || fail "text" "$CHECK_OUT"
}

@test "a path that preserves: nothing is tried" {
	start_far_end
	check_json "${short[@]}"
	assert_status 0
	remedied '. == null'
	run_check "${short[@]}"
	refute grep -q Remedy "$CHECK_OUT"
}

@test "without --remedy nothing is tried" {
	start_far_end
	start_relay close
	check_json --scenario download --size 64k --after-fin 300ms --timeout 5s
	jq -e 'has("remedy") | not' "$CHECK_OUT"
}
