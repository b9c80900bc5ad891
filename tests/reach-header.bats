#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# shellcheck disable=SC2034 # what is set for the boxes
#
# The header of the PROXY protocol, between this program and those that made it.

bats_require_minimum_version 1.5.0
load helpers/common
load helpers/check
load boxes/boxes

teardown() {
	stop_all
}

@test "HAProxy and nginx take the header of both versions" {
	need jq
	local version
	start_far_end
	HAPROXY_BIND=" accept-proxy"
	start_haproxy
	for version in v1 v2; do
		check_json --scenario request --proxy-protocol "$version"
		assert_status 0
	done
	SERVER_ADDRESS=$RESPONDER_ADDRESS NGINX_LISTEN=" proxy_protocol"
	start_nginx "proxy_half_close on"
	for version in v1 v2; do
		check_json --scenario request --proxy-protocol "$version"
		assert_status 0
	done
	# Without it they refuse.
	check_json --scenario request
	assert_status 3
}

@test "the responder takes that of HAProxy, and names the client behind it" {
	need jq
	local line
	start_far_end --proxy-protocol
	for line in send-proxy send-proxy-v2; do
		SERVER_ADDRESS=$RESPONDER_ADDRESS HAPROXY_SERVER=" $line"
		start_haproxy
		check_json --scenario request
		assert_status 0
		jq -e '.scenarios[0] | .remote.peer == .local.local' "$CHECK_OUT" >/dev/null || fail peer "$CHECK_OUT"
	done
	assert_line "$RESPONDER_LOG" "start to play" '.responder.peer | startswith("127.")'
}

@test "our own header is taken, over IPv6 too, and a stream has none of it" {
	need jq
	start_server --listen '[::1]:0' --proxy-protocol --size 16m
	run -0 "$PROGRAM" client --config none -s "$SERVER_ADDRESS" --proxy-protocol v2 -w 0s --expect-size 16m --expect-pattern
	run -0 "$PROGRAM" client --config none -s "$SERVER_ADDRESS" --proxy-protocol v1 -w 0s --expect-size 16m --expect-pattern
}

# says BYTES...: sends them, with the escapes of printf(1), and closes nothing.
says() {
	printf '%b' "$1" | "$PROGRAM" ask --config none "$SERVER_ADDRESS" --send-file - --repeat 1 --patience 300ms \
		--idle-timeout 200ms --timeout 2s --format json >/dev/null 2>&1 || true
}

# logged MESSAGE FILTER: such a line comes.
logged() {
	wait_for "$PATIENCE" is_logged "$@" || fail "no line \"$1\" with $2" "$SERVER_LOG"
}

is_logged() {
	jq -se --arg msg "$1" "[.[] | select(.msg == \$msg) | $2] | any" "$SERVER_LOG" >/dev/null
}

@test "a connection without a header, or with a bad one, is refused and logged" {
	need jq
	start_server --listen 127.0.0.1:0 --proxy-protocol --size 64k
	says 'GET / HTTP/1.0\r\n\r\n'
	logged "refused connection" '.server.reason == "no PROXY header"'
	says 'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n'
	logged "refused connection" '.server.reason | startswith("malformed PROXY header")'
	says '\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff'
	logged "refused connection" '.server.reason == "the PROXY header is longer than 536 bytes"'
}

@test "a header names the peer of the log; UNKNOWN and LOCAL name nobody" {
	need jq
	start_server --listen 127.0.0.1:0 --proxy-protocol --size 64k
	says 'PROXY TCP6 2001:db8::7 ::1 7 8\r\n'
	logged "close server side connection" '.server.peer == "[2001:db8::7]:7"'
	says 'PROXY UNKNOWN\r\n'
	logged "close server side connection" '.server.peer | startswith("127.0.0.1:")'
}
