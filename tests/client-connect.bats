#!/usr/bin/env bats
# How the client connects: from which address, with which congestion control.

load helpers/common

setup() {
	start_server --size 20k -c 1k -i 10ms
}

teardown() {
	stop_all
}

@test "--bind: the server sees that address" {
	run_client -w 50ms --bind 127.0.0.2
	assert_verdict orderly 0
	assert_line "$SERVER_LOG" "start to stream with chunk" \
		'.server.peer | startswith("127.0.0.2:")'
}

@test "--bind: an address that is not ours cannot be used" {
	run_client -B 192.0.2.77
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "192.0.2.77"
}

@test "--congestion: one that the kernel has" {
	run_client -w 50ms --congestion "$(cat /proc/sys/net/ipv4/tcp_congestion_control)"
	assert_verdict orderly 0
}

@test "--congestion: one that no kernel has" {
	run_client --congestion no-such-thing
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "no-such-thing"
}

@test "--keepalive runs on the client's socket" {
	need ss
	stop "$SERVER_PID"
	start_server --size 2 -c 1 -i 10m
	start_client -w 50ms --keepalive 30s
	wait_for_lines "$CLIENT_LOG" "write timeout is expired" 1
	ss -tno "dport = :$SERVER_PORT" | grep -q 'timer:(keepalive,[0-9]*sec,'
	stop "$CLIENT_PID" INT
}
