#!/usr/bin/env bats
# A NAT between both ends, with hosts of their own: connections that it forgets,
# and packets that it drops.

load ../helpers/common
load ../helpers/check
load ../helpers/netns

setup() {
	need_netns
	netns_up
}

teardown() {
	stop_all
	netns_down
}

far_end() {
	start_far_end --listen 198.51.100.2:4001 --linger-timeout 3s
}

slow=(--size 256k --chunk 4k --interval 20ms --timeout 4s)

@test "a NAT that forgets nothing: all preserved" {
	netns_nat
	far_end
	check_json
	assert_all_preserved 10
}

@test "IPv6, routed: all preserved" {
	start_far_end --listen '[2001:db8:2::2]:4001'
	check_json -6
	assert_all_preserved 10
}

@test "forgets a silent half-closed connection: idle-expired-reset" {
	netns_nat
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=2
	far_end
	check_json --scenario late --hold 4s --timeout 5s
	assert_scenario late idle-expired-reset
	assert_status 1
}

@test "forgets it, and drops what it does not know: idle-expired-blackhole" {
	netns_nat "ct state invalid drop"
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=2 \
		net.netfilter.nf_conntrack_tcp_loose=0
	far_end
	check_json --scenario late --hold 4s --timeout 5s
	assert_scenario late idle-expired-blackhole
	assert_status 1
}

@test "keepalives shorter than the timer repair it: preserved" {
	netns_nat
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=3
	far_end
	check_json --scenario late --hold 5s --keepalive 1s
	assert_scenario late preserved
	assert_status 0
}

@test "drops the client's FIN: fin-lost, or stalled in FIN_WAIT1" {
	netns_nat "ip saddr 192.0.2.2 tcp flags & fin == fin drop"
	far_end
	check_json --scenario download "${slow[@]}"
	jq -e '.scenarios[0] | .verdict == "fin-lost"
		or (.verdict == "stalled" and (.reason | test("FIN_WAIT1")))' "$CHECK_OUT"
	assert_status 1
}

@test "lets no second connection through: the one-sided verdict, before long" {
	netns_nat "tcp flags & (syn | ack) == syn limit rate over 1/hour burst 3 packets drop"
	far_end
	check_json --scenario download --size 64k --interval 1ms --timeout 1s --connect-timeout 3s
	assert_scenario download orderly "no view of the other end"
	jq -e '.scenarios[0] | .remote == null and .duration < 20000000000' "$CHECK_OUT"
}

@test "answers the FIN with a reset: reset" {
	netns_nat "ip saddr 192.0.2.2 tcp flags & fin == fin reject with tcp reset"
	far_end
	check_json --scenario download,upload,late "${slow[@]}"
	assert_scenario download reset
	assert_scenario upload reset
	assert_scenario late reset
	assert_status 1
}

@test "with --remedy: keepalives are tried, and repair it" {
	netns_nat
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=3
	far_end
	check_json --scenario late --hold 5s --timeout 5s --remedy
	assert_scenario late idle-expired-reset
	jq -e '.remedy == {tried: "keepalive", keepalive: 1000000000, scenario: "late", verdict: "preserved"}' \
		"$CHECK_OUT" || fail "not repaired" "$CHECK_OUT"
	assert_status 1
}
