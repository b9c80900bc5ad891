#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# --allow and --max-per-source behind a balancer: who the header names is who counts.

bats_require_minimum_version 1.5.0
load helpers/common
load helpers/service

teardown() {
	stop_all
}

# dial HEADER: a connection that begins with HEADER, with the escapes of printf(1), and
# stays open as descriptor $CONNECTION.
dial() {
	exec {CONNECTION}<>"/dev/tcp/127.0.0.1/$SERVER_PORT"
	printf '%b' "$1" >&"$CONNECTION"
}

# got: how many bytes come on the connection until its end; "reset" if that is an RST.
got() {
	local error
	{ error=$(LC_ALL=C cat <&"$CONNECTION" 2>&1 >"$BATS_TEST_TMPDIR/got"); } || true
	exec {CONNECTION}>&-
	case $error in
	*"reset by peer"*) echo reset ;;
	*) wc -c <"$BATS_TEST_TMPDIR/got" ;;
	esac
}

v1() {
	printf 'PROXY TCP%d %s %s 7 8\\r\\n' "$@"
}

@test "--allow looks at the address of the header" {
	start_server --allow 192.0.2.0/24,2001:db8::/32 --proxy-protocol --size 3k -c 0 --linger-timeout 100ms
	dial "$(v1 4 198.51.100.7 127.0.0.1)"
	assert_equal "$(got)" reset
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.level == "WARN" and .server.reason == "allow"
		and .server.peer == "198.51.100.7:7" and (.server.pid | not)'
	for named in "4 192.0.2.9 127.0.0.1" "6 2001:db8::7 ::1" "6 ::ffff:192.0.2.1 ::1"; do
		# shellcheck disable=SC2086 # three words
		dial "$(v1 $named)"
		assert_equal "$(got)" 3072
	done
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.refused == 1'
}

@test "a header that names nobody stands for the balancer" {
	start_server --allow 127.0.0.1 --proxy-protocol --size 3k -c 0 --linger-timeout 100ms
	dial 'PROXY UNKNOWN\r\n'
	assert_equal "$(got)" 3072
	dial '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'
	assert_equal "$(got)" 3072
	dial "$(v1 4 192.0.2.9 127.0.0.1)"
	assert_equal "$(got)" reset
}

@test "--max-per-source counts the addresses of the headers, an IPv6 /64 as one" {
	start_server --max-per-source 2 --proxy-protocol --size 10k -i 1h -c 1k
	local header held=() other
	for header in "$(v1 4 192.0.2.1 127.0.0.1)" "$(v1 6 2001:db8::1 ::1)" 'PROXY UNKNOWN\r\n'; do
		for _ in 1 2; do
			dial "$header"
			# Its first chunk: it counts.
			head -c 1 <&"$CONNECTION" >/dev/null
			held+=("$CONNECTION")
		done
	done
	dial "$(v1 4 192.0.2.1 127.0.0.1)"
	assert_equal "$(got)" reset
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.level == "WARN" and .server.reason == "max-per-source"
		and .server.limit == 2 and .server.children == 2 and .server.suppressed == 0
		and .server.peer == "192.0.2.1:7" and (.server | keys_unsorted[0]) == "listen"'
	for other in "$(v1 6 2001:db8::ffff ::1)" 'PROXY UNKNOWN\r\n'; do
		dial "$other"
		assert_equal "$(got)" reset
	done
	wait_for_children "$SERVER_PID" 6
	# A place that is given up can be taken again, also after a violent death.
	kill -KILL "$(pgrep -n -P "$SERVER_PID")"
	wait_for_children "$SERVER_PID" 5
	dial 'PROXY UNKNOWN\r\n'
	[ "$(head -c 1 <&"$CONNECTION" | wc -c)" = 1 ] || fail "the place is lost" "$SERVER_LOG"
}

@test "without --proxy-protocol the address of the connection counts, whatever is sent" {
	start_server --max-per-source 1 --allow 127.0.0.1 --size 10k -i 1h -c 1k
	dial "$(v1 4 192.0.2.1 127.0.0.1)"
	head -c 1 <&"$CONNECTION" >/dev/null
	dial "" # an RST may come before anything could be sent
	assert_equal "$(got)" reset
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.server.reason == "max-per-source" and .server.limit == 1
		and .server.children == 1 and (.server.peer | startswith("127.0.0.1:"))'
}

@test "of many at once, as many as allowed are served; the responder and our own header" {
	start_responder --max-per-source 4 --allow 127.0.0.1 --proxy-protocol
	local all=() i
	SERVER_PORT=$RESPONDER_PORT
	for ((i = 0; i < 40; i++)); do
		dial "$(v1 4 127.0.0.1 127.0.0.1)"
		all+=("$CONNECTION")
	done
	wait_for_children "$RESPONDER_PID" 4
	kill -USR1 "$RESPONDER_PID"
	wait_for_lines "$RESPONDER_LOG" status 1
	assert_line "$RESPONDER_LOG" status '.responder.refused == 36 and .responder.children == 4'
	for i in "${all[@]}"; do
		exec {i}>&-
	done
	wait_for_children "$RESPONDER_PID" 0
	"$PROGRAM" check --config none --server "$RESPONDER_ADDRESS" --scenario request --proxy-protocol v2 >/dev/null 3>&- 4>&-
}

@test "SIGHUP turns it on and off" {
	local conf=$BATS_TEST_TMPDIR/conf
	echo 'server: { allow = "192.0.2.1"; };' >"$conf"
	start_server --config "$conf" --size 3k -c 0 --linger-timeout 100ms
	dial ""
	assert_equal "$(got)" reset
	echo 'server: { allow = "192.0.2.1"; proxy-protocol = true; };' >"$conf"
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	dial "$(v1 4 192.0.2.1 127.0.0.1)"
	assert_equal "$(got)" 3072
	echo 'server: { allow = "192.0.2.1"; };' >"$conf"
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 2
	dial ""
	assert_equal "$(got)" reset
}
