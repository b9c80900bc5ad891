#!/usr/bin/env bats
# The usual two pipes of Node.js, allowHalfOpen left at its default.

load helpers/common
load boxes/boxes

teardown() {
	stop_all
}

@test "a proxy of two pipes: truncated" {
	start_server --size 40k -c 1k -i 25ms
	start_node_pipe
	run_client -w 300ms --expect-size 40k --expect-pattern
	assert_verdict truncated 1
}
