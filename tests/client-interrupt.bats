#!/usr/bin/env bats
# A client that is interrupted still writes its final line, and then ends by the
# signal, so that shells and scripts see it.

load helpers/common

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

@test "SIGTERM" {
	interrupted TERM 100ms "write timeout is expired"
	assert_equal "$CLIENT_STATUS" 143 "exit status" "$CLIENT_LOG"
}
