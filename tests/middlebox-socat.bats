#!/usr/bin/env bats
# socat forwards a half-close, and waits for half a second of silence (-t).

load helpers/common
load boxes/boxes

teardown() {
	stop_all
}

@test "a stream without pauses: preserved" {
	start_server --size 40k -c 1k -i 25ms
	start_socat
	run_client -w 300ms --expect-size 40k --expect-pattern
	assert_verdict complete 0
}

@test "a pause longer than its patience: truncated" {
	start_server --size 4k -c 1k -i 3s
	start_socat
	run_client -w 200ms --expect-size 4k --expect-pattern
	assert_verdict truncated 1
}
