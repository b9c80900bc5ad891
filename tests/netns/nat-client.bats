#!/usr/bin/env bats
# A NAT that forgets half-closed connections: Linux conntrack calls them
# CLOSE_WAIT and keeps a silent one for nf_conntrack_tcp_timeout_close_wait.

load ../helpers/common
load ../helpers/netns

setup() {
	need_netns
	netns_up
	netns_nat
	router_sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=2
	start_server --listen 198.51.100.2:4000 --size 3k -c 1k -i 4s
}

teardown() {
	stop_all
	netns_down
}

@test "a pause longer than the timer: stalled, with the FIN acknowledged" {
	run_client -w 500ms --read-timeout 14s --expect-size 3k --expect-pattern
	assert_verdict stalled 1
	assert_reason "acknowledged .FIN_WAIT2"
}

@test "keepalives shorter than the timer repair it: preserved" {
	run_client -w 500ms --keepalive 1s --expect-size 3k --expect-pattern
	assert_verdict complete 0
}
