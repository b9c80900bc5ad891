#!/usr/bin/env bats
# haproxy keeps half-closes, for as long as its timers let it. These count
# silence, not the whole half-closed time. `timeout server-fin` is the one that
# runs when the client has half-closed: haproxy then waits for a server to whom
# it has passed the FIN on; `timeout client-fin` is its mirror image.

load helpers/common
load boxes/boxes

teardown() {
	stop_all
}

@test "plain: preserved" {
	start_server --size 40k -c 1k -i 25ms
	start_haproxy
	run_client -w 300ms --expect-size 40k --expect-pattern
	assert_verdict complete 0
}

@test "timers of 1 s and a server that pauses longer: truncated" {
	start_server --size 4k -c 1k -i 3s
	start_haproxy "timeout client-fin 1s" "timeout server-fin 1s"
	run_client -w 500ms --expect-size 4k --expect-pattern
	assert_verdict truncated 1
}

@test "timers of 2 s and a server that never pauses that long: preserved" {
	start_server --size 12k -c 1k -i 300ms
	start_haproxy "timeout client-fin 2s" "timeout server-fin 2s"
	run_client -w 200ms --expect-size 12k --expect-pattern
	assert_verdict complete 0
	# The half-closed time was longer than the timers.
	assert_line "$CLIENT_LOG" "finish handling" '.client."half-closed-for" > 2000000000'
}
