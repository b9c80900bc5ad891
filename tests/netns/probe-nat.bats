#!/usr/bin/env bats
# A NAT that forgets silent connections: the timer is found, named, and shown to
# be repaired by keepalive.

load ../helpers/common
load ../helpers/check
load ../helpers/netns
load ../helpers/probe

setup() {
	need_netns
	netns_up
}

teardown() {
	stop_all
	netns_down
}

# nat SECONDS: for half-closed connections, before and after the FIN is
# acknowledged.
nat() {
	netns_nat
	router_sysctl "net.netfilter.nf_conntrack_tcp_timeout_close_wait=$1" \
		"net.netfilter.nf_conntrack_tcp_timeout_fin_wait=$1"
	start_far_end --listen 198.51.100.2:4001
}

@test "a timer of 5 s: found to within 1 s, in time, as both ends saw it, named and repaired" {
	nat 5
	# The table of timers as if conntrack's minute were 5 s.
	export TCP_HALF_CLOSE_TIMER_SCALE=0.0833
	probe_json --max 20s
	assert_status 1
	assert_timer 5000 1000
	assert_probe '.duration < 40e9'
	assert_probe '.verdict == "idle-expired-reset" and (.reason | test("EPIPE there, nothing here"))'
	# The client hears nothing; the sender is reset when it speaks at last.
	assert_probe '[.trials[] | select(.verdict == "idle-expired-reset")] | length > 0 and all(.[];
		.remote.error == "EPIPE" and .local.error == null and .local.tcp.state == "FIN_WAIT2"
		and (.local.events | any(.event == "eof") | not))'
	assert_probe '.culprits[0] | .system == "Linux conntrack"
		and .timer == "nf_conntrack_tcp_timeout_close_wait" and .default == 60e9'
	assert_probe '.remedy.keepalive == 2e9 and .remedy.verdict == "preserved"'
	assert_probe '.grade | test("violates RFC 5382 REQ-5")'
}

@test "a timer of 3 s: the same in text" {
	nat 3
	run_probe --min 1500ms --max 6s
	assert_status 1
	grep -q "An idle half-closed connection survives at least [0-9.]*s and fails before [0-9.]*s" "$PROBE_OUT"
	grep -q "here  *timeout without data.*FIN_WAIT2" "$PROBE_OUT"
	grep -q "there  *RST (EPIPE)" "$PROBE_OUT"
	grep -q "keepalive every 1s keeps the connection alive (verified)" "$PROBE_OUT"
}

@test "with --keepalive below the timer it lives" {
	nat 3
	probe_json --min 3500ms --max 4s --keepalive 1s
	assert_status 0
	assert_probe '.verdict == "preserved" and ."lives-at-least" == 4e9'
}

@test "an established connection has another timer" {
	nat 2
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_established=4
	probe_json --min 2500ms --max 6s --state established
	assert_status 1
	assert_timer 4000 1000
	assert_probe '.verdict == "idle-expired-reset" and .state == "established"
		and .remedy.verdict == "preserved"'
}

@test "the client inside the NAT sends: that makes the NAT remember" {
	nat 2
	probe_json --min 2500ms --max 4s --closer server
	assert_status 0
	assert_probe '.verdict == "preserved"'
}

@test "packets of forgotten connections are dropped: idle-expired-blackhole" {
	netns_nat "ct state invalid drop"
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=2 \
		net.netfilter.nf_conntrack_tcp_timeout_fin_wait=2 net.netfilter.nf_conntrack_tcp_loose=0
	start_far_end --listen 198.51.100.2:4001
	probe_json --min 1500ms --max 4s
	assert_status 1
	assert_timer 2000 1000
	assert_probe '.verdict == "idle-expired-blackhole" and .remedy.verdict == "preserved"'
}
