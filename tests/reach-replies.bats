#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# shellcheck disable=SC2154,SC2034 # what bats sets; counting
#
# What a proxy can answer: every code of SOCKS5, pieces, bytes behind the reply, and
# answers of those that are no proxies.

bats_require_minimum_version 1.5.0
load helpers/common

GRANTED=05000001000000000000

teardown() {
	stop_all
}

has_port() {
	[ -s "$LOG" ]
}

# proxy CONNECTION...: sets PORT of one that answers so; see replies.py.
proxy() {
	need python3
	LOG=$BATS_TEST_TMPDIR/proxy
	background "$LOG" "$LOG.err" python3 "${top_srcdir:-$TOP}/tests/helpers/replies.py" "$@"
	wait_for "$PATIENCE" has_port
	PORT=$(head -n 1 "$LOG")
}

hex() {
	printf '%b' "$1" | od -An -tx1 -v | tr -d ' \n'
}

# refused SCHEME REASON [FLAG...]: the next connection, to far.example:80.
refused() {
	local scheme=$1 reason=$2
	shift 2
	run -3 --separate-stderr "$PROGRAM" client --config none --log-level error --log-file /dev/null \
		-s far.example:80 -x "$scheme$PORT" "$@"
	assert_equal "$stderr" "tcp-half-close-tester: cannot connect to far.example:80 through ${scheme%%:*}://127.0.0.1:$PORT: $reason"
}

@test "every reply code of SOCKS5 by its name" {
	local code names=("general SOCKS server failure" "connection not allowed by ruleset" "network unreachable"
		"host unreachable" "connection refused" "TTL expired" "command not supported" "address type not supported")
	proxy 0500,0501 0500,0502 0500,0503 0500,0504 0500,0505 0500,0506 0500,0507 0500,-05080001000000000000 0500,05ff
	for code in 1 2 3 4 5 6 7 8; do
		refused socks5://127.0.0.1: "the proxy replied \"${names[code - 1]}\" (SOCKS5 reply $code)"
	done
	refused socks5://127.0.0.1: "the proxy replied with SOCKS5 reply 255, which is not assigned"
}

@test "SOCKS5: what is asked of the proxy, and who is refused by it" {
	proxy 05ff 05ff 0503 0502,0101 0502,0100,0505
	refused socks5://127.0.0.1: "the proxy accepts no connection without authentication"
	refused socks5://me:p%40ss@127.0.0.1: "the proxy accepts neither no authentication nor a user name and password"
	refused socks5://127.0.0.1: "the proxy chose authentication method 3, which was not offered"
	refused socks5://me:p%40ss@127.0.0.1: "the proxy refused the user name or the password"
	refused socks5://me:p%40ss@127.0.0.1: 'the proxy replied "connection refused" (SOCKS5 reply 5)'
	assert_equal "$(tail -n +2 "$LOG" | paste -sd ' ')" "050100 05020002 050100 05020002 0102$(hex me)04$(hex p@ss) 05020002 0102$(hex me)04$(hex p@ss) 050100030b$(hex far.example)0050"
}

@test "not a byte behind a reply is lost, whatever the pieces, nor taken for one" {
	local name connection
	name=0500000304$(hex name)0050
	proxy "-0500,-$GRANTED$(hex hello)" "0500,$GRANTED$(hex hello)" "0500,$name$(hex hello)" \
		"0500,05000004$(printf '%036d' 0)$(hex hello)" "-0502,-0100,-$name$(hex hello)"
	# Whoever ends the stream first leaves nothing to half-close: not of interest here.
	for connection in 1 2 3 4 5; do
		run ! --separate-stderr "$PROGRAM" client --config none -s far.example:80 -x "socks5://me:x@127.0.0.1:$PORT" \
			-w 0s --expect-size 5 -o "$BATS_TEST_TMPDIR/out"
		assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" hello
	done
}

@test "HTTP: the same, with interim replies and any header" {
	local ok='HTTP/1.1 200 Connection established\r\nX: y\r\nContent-Length: 3\r\n\r\nhello' connection
	proxy "$(hex "$ok")" "-$(hex "$ok")" "$(hex "HTTP/1.0 200\n\nhello")" "$(hex "HTTP/1.1 100 Continue\r\n\r\n$ok")"
	for connection in 1 2 3 4; do
		run ! --separate-stderr "$PROGRAM" client --config none -s '[2001:db8::1]:80' -x "http://127.0.0.1:$PORT" \
			-w 0s --expect-size 5 -o "$BATS_TEST_TMPDIR/out"
		assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" hello
	done
	grep -q "^$(hex 'CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n')" "$LOG" || fail request "$LOG"
}

@test "HTTP: a refusal in the proxy's words, and Basic credentials" {
	proxy "$(hex 'HTTP/1.1 403 Filtered\r\n\r\n<p>no</p>')" "$(hex 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')" \
		"$(hex 'HTTP/1.1 407 \r\n\r\n')" "$(hex 'HTTP/1.1 502 \x1b[31m"\r\n\r\n')"
	refused http://127.0.0.1: 'the proxy replied "403 Filtered"'
	refused http://127.0.0.1: 'the proxy replied "407 Proxy Authentication Required": it requires a user name and a password'
	refused http://Aladdin:open%20sesame@127.0.0.1: 'the proxy replied "407": it refused the user name or the password'
	refused http://127.0.0.1: 'the proxy replied "502 \x1b[31m\""'
	grep -q "$(hex 'Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n')" "$LOG"
}

@test "one that is no proxy, or says nothing" {
	proxy "$(hex 'HTTP/1.1 400 Bad Request\r\n\r\n')" "$(hex 'SSH-2.0-x\r\n')" 05ff "" 0500,060000010000 0500,05000009
	refused socks5://127.0.0.1: 'not a proxy that speaks SOCKS5: it answered "HTTP/1.1 400 Bad Request\r\n\r\n"'
	refused http://127.0.0.1: 'not a proxy that speaks HTTP: it answered "SSH-2.0-x"'
	run -3 "$PROGRAM" client --config none -s far.example:80 -x "http://127.0.0.1:$PORT"
	refused socks5://127.0.0.1: "the proxy closed the connection before its reply"
	refused socks5://127.0.0.1: "not a SOCKS5 reply: its version is 6"
	refused socks5://127.0.0.1: "not a SOCKS5 reply: its address type is 9"
}

@test "HTTP: interim replies without end are too many" {
	proxy "$(hex "$(printf 'HTTP/1.1 100 Continue\\r\\n\\r\\n%.0s' {1..40})")"
	refused http://127.0.0.1: "the reply of the proxy is too long"
}

@test "the time limit is over all of it" {
	need python3
	background "$BATS_TEST_TMPDIR/silent" /dev/null python3 -c '
import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(600)'
	LOG=$BATS_TEST_TMPDIR/silent
	wait_for "$PATIENCE" has_port
	PORT=$(cat "$LOG")
	refused socks5://127.0.0.1: "no reply from the proxy in time" --connect-timeout 200ms
}

@test "the password stands in a file, and nowhere else" {
	proxy 0502,0101 0502,0101
	echo 'me:s3cret:%41' >"$BATS_TEST_TMPDIR/user"
	refused socks5://x:y@127.0.0.1: "the proxy refused the user name or the password" --proxy-user-file "$BATS_TEST_TMPDIR/user"
	grep -q "^0102$(hex me)0a$(hex s3cret:%41)\$" "$LOG" || fail "what was sent" "$LOG"
	echo "client: { proxy = \"socks5://me:s3cret@127.0.0.1:$PORT\"; };" >"$BATS_TEST_TMPDIR/conf"
	run -0 "$PROGRAM" client --config "$BATS_TEST_TMPDIR/conf" --print-config
	[[ $output != *s3cret* && $output == *"proxy = \"socks5://127.0.0.1:$PORT\""* ]]
	run -3 "$PROGRAM" check --config none -s far.example:80 --scenario baseline --log-level debug \
		-x "socks5://me:s3cret@127.0.0.1:$PORT" --format json
	[[ $output != *s3cret* ]]
	run -2 "$PROGRAM" client --config none -x "socks5://me:s3cret@host:port:1"
	[[ $output != *s3cret* ]]
	echo nothing >"$BATS_TEST_TMPDIR/user"
	run -2 "$PROGRAM" client --config none -x "socks5://127.0.0.1:$PORT" --proxy-user-file "$BATS_TEST_TMPDIR/user"
	[[ $output == *'its first line is not user:password'* ]]
	run -2 "$PROGRAM" client --config none --proxy-user-file "$BATS_TEST_TMPDIR/user"
	[[ $output == *'--proxy-user-file requires --proxy'* ]]
}
