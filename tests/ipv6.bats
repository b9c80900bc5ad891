#!/usr/bin/env bats
# IPv6, and names with several addresses.

load helpers/common

setup() {
	grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 ||
		cannot_run "loopback has no IPv6"
}

teardown() {
	stop_all
}

@test "server and client over IPv6" {
	start_server --listen '[::1]:0' --size 20k -c 1k -i 20ms
	[[ $SERVER_ADDRESS == "[::1]:"* ]]
	[ "$SERVER_PORT" -gt 0 ]
	run_client -w 100ms --expect-size 20k --expect-pattern
	assert_verdict complete 0
}

@test "an IPv6 wildcard takes IPv4 too, and the log calls the peer by its IPv4 address" {
	start_server --listen '[::]:0' --size 20k -c 1k -i 20ms
	run_client -s "127.0.0.1:$SERVER_PORT" -w 100ms
	assert_verdict orderly 0
	assert_line "$SERVER_LOG" "start to stream with chunk" \
		'.server.peer | startswith("127.0.0.1:")'
}

@test "all addresses of a name are tried in order" {
	start_server --size 20k -c 1k -i 20ms
	run_client -s "localhost:$SERVER_PORT" -w 100ms
	assert_verdict orderly 0
}

@test "-6 does not connect to an IPv4 address" {
	start_server --size 1k
	run_client -6 -s "$SERVER_ADDRESS"
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	grep -q "127.0.0.1" "$CLIENT_ERR" "$CLIENT_LOG"
}

@test "-4 does not connect to an IPv6 address" {
	start_server --listen '[::1]:0' --size 1k
	run_client -4
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
}
