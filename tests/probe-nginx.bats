#!/usr/bin/env bats
# nginx as a stream proxy: its timer, where half-closes survive at all.

load helpers/common
load helpers/check
load boxes/boxes
load helpers/probe

setup() {
	start_far_end
}

teardown() {
	stop_all
}

@test "proxy_timeout 3s with proxy_half_close on: found within the resolution" {
	start_nginx "proxy_timeout 3s" "proxy_half_close on"
	probe_json --min 1500ms --max 6s
	assert_status 1
	assert_timer 3000 1000
	assert_probe '.verdict == "idle-expired-close"'
}

@test "proxy_half_close off: the half-close does not even survive a moment" {
	start_nginx
	probe_json --max 2s
	assert_status 1
	# What the sender learns of it is a matter of chance.
	assert_probe '(.verdict == "full-close" or .verdict == "silent-discard")
		and (.reason | test("^even without an idle time: "))'
}

@test "proxy_timeout 3s: an established connection" {
	start_nginx "proxy_timeout 3s"
	probe_json --min 1500ms --max 6s --state established
	assert_status 1
	assert_timer 3000 1000
	assert_probe '.verdict == "idle-expired-close"'
}
