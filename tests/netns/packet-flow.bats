#!/usr/bin/env bats
# The packets of a half-close on a wire of its own: four carry SYN or FIN, the
# client's FIN comes mid-stream, the server's comes last.

load ../helpers/common
load ../helpers/netns

setup() {
	need_netns
	need tcpdump
	netns_up
	start_server --listen 198.51.100.2:4000 --size 4000 -c 100 -i 25ms --count 1
	CAPTURE=$BATS_TEST_TMPDIR/capture
	background "$CAPTURE" "$CAPTURE.err" ip netns exec "$CLIENT_NS" tcpdump -n -l \
		--immediate-mode -i eth0 'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0'
	TCPDUMP_PID=$PID
	wait_for_line "$CAPTURE.err" "listening on"
	run_client -w 300ms --expect-size 4000 --expect-pattern
	wait_for_end "$SERVER_PID"
	wait_for "$PATIENCE" captured 4
	stop "$TCPDUMP_PID" INT
}

teardown() {
	stop_all
	netns_down
}

captured() {
	[ "$(packets)" -ge "$1" ]
}

# tcpdump ends its output with an empty line.
packets() {
	grep -c Flags "$CAPTURE"
}

# packet LINE PATTERN
packet() {
	sed -n "$1p" "$CAPTURE" | grep -q -e "$2" || fail "packet $1 is not $2" "$CAPTURE"
}

# number NAME LINE: the (last) number behind `seq` or `ack`.
number() {
	sed -n "$2s/.* $1 \(\([0-9]*\):\)\{0,1\}\([0-9]*\).*/\3/p" "$CAPTURE"
}

@test "exactly four packets carry SYN or FIN, in the order of a half-close" {
	assert_verdict complete 0
	assert_equal "$(packets)" 4 packets "$CAPTURE"
	packet 1 ' 192.0.2.2.* > 198.51.100.2.4000: Flags \[S\]'
	packet 2 ' 198.51.100.2.4000 > 192.0.2.2.*: Flags \[S\.\]'
	packet 3 ' 192.0.2.2.* > 198.51.100.2.4000: Flags \[F\.\]'
	packet 4 ' 198.51.100.2.4000 > 192.0.2.2.*: Flags \[FP*\.\]'
}

@test "the client's FIN has relative seq 1 and acknowledges a part of the stream" {
	assert_equal "$(number seq 3)" 1 "seq of the client's FIN" "$CAPTURE"
	[ "$(number ack 3)" -gt 1 ]
	[ "$(number ack 3)" -lt 4001 ]
}

@test "the server's FIN comes last, with ack 2 and the stream's size + 1 as seq" {
	assert_equal "$(number seq 4)" 4001 "seq of the server's FIN" "$CAPTURE"
	assert_equal "$(number ack 4)" 2 "ack of the server's FIN" "$CAPTURE"
}
