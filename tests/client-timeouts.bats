#!/usr/bin/env bats
# The client's limits: each ends in its own event, never in another's name.

load helpers/common
load helpers/netns

teardown() {
	stop_all
	netns_down
}

# A byte, and then silence for longer than any test.
serve_silence() {
	start_server --size 2 -c 1 -i 10m
}

lines_about() {
	jq -r .msg "$CLIENT_LOG" | grep -i "$1"
}

@test "--idle-timeout: silence after the half-close is stalled in FIN_WAIT2" {
	serve_silence
	run_client -w 200ms --idle-timeout 1s --read-timeout 60s
	assert_verdict stalled 1
	assert_reason "FIN_WAIT2"
	lines_about "idle timeout"
	refute lines_about "read timeout"
	refute lines_about "EOF"
}

@test "--read-timeout: the total, whatever still arrives" {
	start_server --size 1m -c 1 -i 20ms
	run_client -w 200ms --idle-timeout 30s --read-timeout 1s
	lines_about "read timeout"
	refute lines_about "idle timeout"
	refute lines_about "EOF"
	assert_verdict inconclusive 4
	assert_reason "--read-timeout"
}

@test "--read-timeout in silence: stalled" {
	serve_silence
	run_client -w 200ms --read-timeout 2s
	assert_verdict stalled 1
	lines_about "read timeout"
	refute lines_about "idle timeout"
}

@test "a read timeout before the write timeout: never half-closed" {
	serve_silence
	run_client -w 60s --read-timeout 500ms
	assert_verdict inconclusive 4
	[ "$(count_lines "$CLIENT_LOG" "write timeout is expired")" = 0 ]
}

@test "a steady stream does not meet --idle-timeout" {
	start_server --size 40 -c 1 -i 50ms
	run_client -w 100ms --idle-timeout 1500ms
	assert_verdict orderly 0
}

@test "a write timeout of a fraction of a second is kept" {
	start_server --size 100 -c 1 -i 20ms
	run_client -w 250ms
	local waited
	waited=$(($(time_of "$CLIENT_LOG" "write timeout is expired") - \
		$(time_of "$CLIENT_LOG" "start to read")))
	[ "$waited" -ge 200000000 ]
	[ "$waited" -lt 3000000000 ]
}

@test "-w 0 half-closes at once" {
	start_server --size 20 -c 1 -i 20ms
	run_client -w 0
	assert_verdict orderly 0
	assert_line "$CLIENT_LOG" "write timeout is expired" '.client.timeout == 0'
}

@test "--connect-timeout: a host that does not answer" {
	need_netns
	need nft
	netns_up
	netns_nat "ip daddr 198.51.100.2 drop"
	run_client -s 198.51.100.2:4000 --connect-timeout 700ms
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "198.51.100.2:4000.*timed out"
}

@test "nobody listens: the test cannot be run" {
	serve_silence
	stop "$SERVER_PID"
	run_client
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "$SERVER_ADDRESS.*Connection refused"
}

@test "an address that does not resolve: the test cannot be run" {
	run_client -s 127.0.0.1:no-such-service
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	cat "$CLIENT_LOG" "$CLIENT_ERR" | grep -q "no-such-service"
}
