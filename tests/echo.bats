#!/usr/bin/env bats
# client --echo: what is read is written back until the write timeout.

load helpers/common

teardown() {
	stop_all
}

@test "everything comes back when the write timeout is later than the stream" {
	start_server --size 200k -c 4k -i 1ms --count 1
	run_client --echo -w 1500ms
	wait_for_end "$SERVER_PID"
	assert_line "$SERVER_LOG" "got EOF in reader" '.server.total == 204800'
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 204800'
}

@test "nothing is written after the write timeout" {
	start_server --size 100k -c 1k -i 20ms --count 1
	run_client --echo -w 500ms
	wait_for_end "$SERVER_PID"
	assert_line "$SERVER_LOG" "got EOF in reader" '.server.total > 0 and .server.total < 102400'
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 102400'
	assert_verdict orderly 0
}

@test "without --echo nothing is written" {
	start_server --size 20k -c 1k -i 20ms --count 1
	run_client -w 200ms
	wait_for_end "$SERVER_PID"
	assert_line "$SERVER_LOG" "got EOF in reader" '.server.total == 0'
}
