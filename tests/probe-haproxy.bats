#!/usr/bin/env bats
# haproxy's timers for half-closed connections, and for silent ones.

load helpers/common
load helpers/check
load boxes/boxes
load helpers/probe

setup() {
	start_far_end
}

teardown() {
	stop_all
}

# 1.5, 2.5… : no silence is as long as the timer.
ladder=(--min 1500ms --max 4s)

@test "timeout server-fin 2s: a connection that the client half-closed" {
	start_haproxy "timeout server-fin 2s"
	probe_json "${ladder[@]}"
	assert_status 1
	assert_timer 2000 1000
	assert_probe '.verdict == "idle-expired-close" and (.reason | test("EOF here, EPIPE there"))'
}

@test "timeout client-fin 2s: a connection that the server half-closed" {
	start_haproxy "timeout client-fin 2s"
	probe_json "${ladder[@]}" --closer server
	assert_status 1
	assert_timer 2000 1000
	assert_probe '.verdict == "idle-expired-close" and (.reason | test("EOF there, EPIPE here"))'
}

@test "keepalive is no remedy: a proxy counts bytes" {
	start_haproxy "timeout server-fin 2s"
	probe_json "${ladder[@]}"
	assert_probe '.remedy.keepalive == 1e9 and .remedy.verdict == "idle-expired-close"'
}

@test "timeout client-fin does not touch established connections" {
	start_haproxy "timeout client-fin 1s" "timeout server-fin 1s"
	probe_json --max 2s --state established
	assert_status 0
	assert_probe '.verdict == "preserved"'
}

@test "timeout client 2s: an established connection" {
	start_haproxy "timeout client 2s"
	probe_json "${ladder[@]}" --state established
	assert_status 1
	assert_timer 2000 1000
	assert_probe '.verdict == "idle-expired-close" and (.reason | test("established"))'
}

@test "timeout client 2s: the same where the client is the one that sends" {
	start_haproxy "timeout client 2s"
	probe_json "${ladder[@]}" --state established --closer server
	assert_status 1
	assert_timer 2000 1000
	assert_probe '.verdict == "idle-expired-close"'
}
