#!/usr/bin/env bats
# The half-close as the kernel shows it, without capturing: FIN_WAIT2 at the
# client and CLOSE_WAIT at the server while the stream goes on.

load helpers/common

teardown() {
	stop_all
}

# in_state WHERE STATE: a connection with SERVER_PORT as its local or remote end
# is in that state, a number of tcp_states.h (proc(5), /proc/net/tcp).
in_state() {
	local port column=2
	port=$(printf %04X "$SERVER_PORT")
	[ "$1" = local ] || column=3
	awk -v c="$column" -v p=":$port\$" -v s="$2" '$c ~ p && $4 == s { found = 1 }
		END { exit !found }' /proc/net/tcp
}

await_state() {
	wait_for "$PATIENCE" in_state "$@" || fail "no connection in state $2" /proc/net/tcp
}

@test "while the stream goes on the client is in FIN_WAIT2, the server in CLOSE_WAIT" {
	start_server --size 100k -c 1k -i 30ms
	start_client -w 200ms
	await_state remote 05
	await_state local 08
	wait_client
	assert_verdict orderly 0
}

@test "before the write timeout both ends are in ESTABLISHED" {
	start_server --size 100k -c 1k -i 30ms
	start_client -w 60s
	await_state remote 01
	await_state local 01
	wait_for_line "$SERVER_LOG" "start to stream"
	refute in_state remote 05
	stop "$CLIENT_PID" INT
}

@test "the client's FIN comes first, the server's last" {
	start_server --size 50k -c 1k -i 20ms --count 1
	run_client -w 200ms
	wait_for_end "$SERVER_PID"
	local fin seen sent eof
	fin=$(time_of "$CLIENT_LOG" "write timeout is expired")
	seen=$(time_of "$SERVER_LOG" "got EOF in reader")
	sent=$(time_of "$SERVER_LOG" "finish streaming with chunk")
	eof=$(time_of "$CLIENT_LOG" "got EOF")
	[ "$fin" -lt "$sent" ]
	[ "$seen" -lt "$sent" ]
	[ "$fin" -lt "$eof" ]
}

@test "afterwards only the closer that was first lingers, in TIME_WAIT" {
	start_server --size 20k -c 1k -i 20ms
	run_client -w 100ms
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	await_state remote 06
	refute in_state local 06
}
