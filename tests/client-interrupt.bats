#!/usr/bin/env bats
# A client that is interrupted still writes its final line, and then ends by the
# signal, so that shells and scripts see it.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

interrupted() {
	start_server --size 2 -c 1 -i 10m
	start_client -w "$2"
	wait_for_lines "$CLIENT_LOG" "$3" 1
	kill "-$1" "$CLIENT_PID"
	wait_client
	assert_line "$CLIENT_LOG" "finish handling" '.client.verdict == "inconclusive"'
}

@test "SIGINT while half-closed" {
	interrupted INT 100ms "write timeout is expired"
	assert_equal "$CLIENT_STATUS" 130 "exit status" "$CLIENT_LOG"
}

@test "SIGINT before the half-close" {
	interrupted INT 10m "start to read"
	assert_equal "$CLIENT_STATUS" 130 "exit status" "$CLIENT_LOG"
}

@test "SIGINT while connecting" {
	# One is served and two wait to be: nobody answers the SYN of the fourth.
	start_server --size 2 -c 1 -i 10m --max-connections 1 --backlog 1
	for _ in 1 2 3; do
		start_client
		wait_for_lines "$CLIENT_LOG" "start to read" 1
	done
	start_client
	wait_for_lines "$CLIENT_LOG" "new client" 1
	kill -INT "$CLIENT_PID"
	wait_client
	assert_equal "$CLIENT_STATUS" 130 "exit status" "$CLIENT_LOG"
	assert_equal "$(count_lines "$CLIENT_LOG" "start to read")" 0 "connections"
	assert_line "$CLIENT_LOG" "finish handling" \
		'.client | .verdict == "inconclusive" and .total == 0 and (.reason | test("interrupted"))'
}

@test "a second signal ends a client whose name server does not answer" {
	shim dns
	# shellcheck disable=SC2034 # for start_client
	CLIENT_IN=("${SHIM_IN[@]}")
	start_client -s name.invalid:4000
	wait_for_lines "$CLIENT_LOG" "new client" 1
	wait_for "$PATIENCE" insist
	wait_client
	assert_equal "$CLIENT_STATUS" 143 "exit status" "$CLIENT_LOG"
}

# Two signals that come before the first is taken are one.
insist() {
	kill -TERM "$CLIENT_PID"
	gone "$CLIENT_PID"
}

@test "SIGTERM" {
	interrupted TERM 100ms "write timeout is expired"
	assert_equal "$CLIENT_STATUS" 143 "exit status" "$CLIENT_LOG"
}
