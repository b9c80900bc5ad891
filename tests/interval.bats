#!/usr/bin/env bats
# server --interval: a pause between chunks, on an absolute schedule.

load helpers/common

teardown() {
	stop_all
}

# Nanoseconds from the first chunk to the last.
streamed() {
	echo $(($(time_of "$SERVER_LOG" "finish streaming with chunk") - \
		$(time_of "$SERVER_LOG" "start to stream with chunk")))
}

@test "chunks leave no faster than the interval allows" {
	start_server --size 51 -c 1 -i 20ms --count 1
	run_client -w 100ms
	wait_for_end "$SERVER_PID"
	# 51 chunks have 50 pauses; the two lines are written by the same child.
	[ "$(streamed)" -ge 990000000 ]
}

@test "a pause in the middle does not shift the schedule" {
	start_server --size 61 -c 1 -i 50ms --count 1
	start_client -w 100ms
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	local child
	child=$(log_line "$SERVER_LOG" "start to stream with chunk" | jq .server.pid)
	kill -STOP "$child"
	sleep 2 # the stream takes 3 s; a drifting one would now take 5 s
	kill -CONT "$child"
	wait_client
	wait_for_end "$SERVER_PID"
	[ "$(streamed)" -ge 2990000000 ]
	[ "$(streamed)" -lt 4300000000 ]
}

@test "the client's FIN is noticed during a pause, not after it" {
	start_server --size 2 -c 1 -i 60s
	start_client -w 100ms --read-timeout 60s
	wait_for_lines "$SERVER_LOG" "got EOF in reader" 1
	[ "$(count_lines "$SERVER_LOG" "finish streaming with chunk")" = 0 ]
	stop "$CLIENT_PID" INT
}

@test "without an interval there is no pause" {
	start_server --size 3m -c 1k --count 1
	run_client -w 10ms
	wait_for_end "$SERVER_PID"
	assert_line "$CLIENT_LOG" "got EOF" '.client.total == 3145728'
}

@test "the longest interval sends one chunk, then none" {
	start_server --size 50 -c 1 -i 2562047h
	run_client -w 100ms --read-timeout 1s
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 1'
}
