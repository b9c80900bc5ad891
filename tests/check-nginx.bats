#!/usr/bin/env bats
# nginx' stream proxy between both ends.

load helpers/common
load helpers/check
load boxes/boxes

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "its default: full-close" {
	start_nginx
	check_json --scenario baseline,download --size 256k --chunk 4k --interval 20ms
	assert_scenario baseline preserved
	assert_scenario download full-close
	assert_status 1
}

@test "proxy_half_close on: preserved" {
	start_nginx "proxy_half_close on"
	check_json
	# An abort reaches the client as nginx closes: RST or not is its choice.
	jq -e 'all(.scenarios[] | select(.name | test("abort") | not); .verdict == "preserved")' "$CHECK_OUT" ||
		fail "not all preserved" "$CHECK_OUT"
}
