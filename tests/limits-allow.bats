#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# --allow: who may connect.

bats_require_minimum_version 1.5.0
load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "a client from elsewhere is refused with RST, and told" {
	start_server --allow 127.0.0.2,10.0.0.0/8 --size 3k -c 0
	run_peer 1 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.level == "WARN" and .server.reason == "allow"
		and (.server.peer | startswith("127.0.0.1:"))'
	run_peer 1 bind=127.0.0.2 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 3072"
}

@test "many of them are one line a second" {
	start_responder --allow 127.0.0.2
	SERVER_ADDRESS=$RESPONDER_ADDRESS
	local start=$SECONDS
	run_peer 50 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 50 bytes 0"
	[ "$(count_lines "$RESPONDER_LOG" "refused connection")" -le $((SECONDS - start + 2)) ] ||
		fail "too many lines" "$RESPONDER_LOG"
	kill -USR1 "$RESPONDER_PID"
	wait_for_lines "$RESPONDER_LOG" status 1
	assert_line "$RESPONDER_LOG" status '.responder.refused == 50 and .responder.accepted == 0'
}

@test "a check from an allowed network is served" {
	start_responder --allow 127.0.0.0/8
	"$PROGRAM" check --config none --server "$RESPONDER_ADDRESS" --scenario request >/dev/null 3>&- 4>&-
}

@test "an IPv4 client of an IPv6 wildcard counts as IPv4" {
	grep -q . /proc/net/if_inet6 2>/dev/null || cannot_run "no IPv6 here"
	start_server --allow 127.0.0.1 --size 3k -c 0 --listen '[::]:0'
	SERVER_ADDRESS=127.0.0.1:$SERVER_PORT
	served 3072
	run_peer 1 bind=127.0.0.2 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
	run_client -s "[::1]:$SERVER_PORT"
	wait_for_lines "$SERVER_LOG" "refused connection" 2
	assert_line <(tail -n 1 "$SERVER_LOG") "refused connection" '.server.peer | startswith("[::1]:")'
}

@test "SIGHUP takes over who may" {
	local conf=$BATS_TEST_TMPDIR/conf
	echo 'server: { allow = "127.0.0.2"; };' >"$conf"
	start_server --config "$conf" --size 3k -c 0
	run_peer 1 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
	echo 'server: { allow = "127.0.0.0/30,::1"; };' >"$conf"
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	served 3072
	echo 'server: { allow = "127.0.0.0/40"; };' >"$conf"
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" "configuration not reloaded"
	served 3072
}

@test "what is no network is refused, with the reason" {
	run -2 "$PROGRAM" responder --config none --allow 10.0.0.0/8,home
	assert_equal "$output" "tcp-half-close-tester: invalid argument \"10.0.0.0/8,home\" for \"--allow\": \"home\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32"
}
