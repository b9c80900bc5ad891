#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What is asked, and how: targets, requests, flags that exclude each other.

load helpers/common
load helpers/services

teardown() {
	stop_all
}

# refused STATUS PATTERN ARGS...: one line that says so.
refused() {
	local wanted=$1 pattern=$2
	shift 2
	run "$PROGRAM" ask --config none "$@"
	assert_equal "$status" "$wanted" "exit status of: $*"
	assert_equal "${#lines[@]}" 1 "lines of: $output"
	grep -Eq -e "$pattern" <<<"$output" || fail "not \"$pattern\": $output"
}

@test "targets that are none" {
	refused 2 "no target"
	refused 2 "unknown scheme" ftp://127.0.0.1/
	refused 2 "no host" http:///path
	refused 2 "user or password" http://me:secret@127.0.0.1/
	refused 2 "write it as %20" "http://127.0.0.1/a b"
	refused 2 "write it as %C3" "http://127.0.0.1/ä"
	refused 2 "invalid target" http://127.0.0.1:http!/
	refused 2 "no request for" tcp://127.0.0.1:7
	refused 2 "invalid target" --send x 127.0.0.1
	refused 2 "no host" --send x :7
	refused 2 "unexpected argument" http://127.0.0.1/ http://127.0.0.1/
}

@test "requests that are none" {
	refused 2 "mutually exclusive" --send x --send-file y 127.0.0.1:7
	refused 2 "made from the URL" --send x http://127.0.0.1/
	refused 2 "unknown escape .q" --send 'a\q' 127.0.0.1:7
	refused 2 "request is empty" --send-file /dev/null 127.0.0.1:7
	refused 3 "cannot read the request" --send-file /nothing 127.0.0.1:7
	refused 2 "--ipv4 and --ipv6" -4 -6 http://127.0.0.1/
	refused 3 "cannot write" -o /nothing/report http://127.0.0.1/
	refused 3 "cannot create directory" --save /nothing/replies http://127.0.0.1/
	refused 3 "cannot compare with" --expect-file /nothing http://127.0.0.1/
}

@test "the request is what curl would send" {
	start_odd echo-http
	run_ask --repeat 1 --save "$BATS_TEST_TMPDIR/replies" "http://$SERVICE_ADDRESS/a/b?c=d#e"
	assert_asked complete 0
	assert_equal "$(sed -n '/^$/,$p' <(tr -d '\r' <"$BATS_TEST_TMPDIR/replies/behind") | sed 1d | sed -n 1,2p)" \
		"GET /a/b?c=d HTTP/1.1
Host: $SERVICE_ADDRESS"
	grep -q "^Connection: close" "$BATS_TEST_TMPDIR/replies/behind"
	grep -q "^User-Agent: tcp-half-close-tester/" "$BATS_TEST_TMPDIR/replies/behind"
}

@test "without a scheme and without a path, as curl has it" {
	start_odd continue
	run_ask --repeat 1 "$SERVICE_ADDRESS"
	assert_asked complete 0
}

@test "the target may stand in the file, and the request on standard input" {
	start_odd echo
	echo "ask: { target = \"$SERVICE_ADDRESS\"; send-file = \"-\"; repeat = 1; };" >"$BATS_TEST_TMPDIR/conf"
	run "$PROGRAM" ask --config "$BATS_TEST_TMPDIR/conf" --format json <<<"hello"
	assert_equal "$status" 0
	jq -e '.scenarios[] | select(.name == "behind").reply == "6 bytes"' <<<"$output"
}

@test "--expect-file: one byte differs" {
	start_odd echo
	printf 'hellO\n' >"$BATS_TEST_TMPDIR/expected"
	run_ask --repeat 1 --send 'hello\n' --expect-file "$BATS_TEST_TMPDIR/expected" "$SERVICE_ADDRESS"
	assert_asked corrupted 1
	assert_variant behind corrupted "offset 4"
}

@test "SIGTERM ends it with a report" {
	start_odd silent
	SERIAL=$((SERIAL + 1))
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "$PROGRAM" ask --config none --format json \
		--log-level debug "http://$SERVICE_ADDRESS/"
	wait_for "$PATIENCE" connected
	kill -TERM "$PID"
	wait_for_end "$PID"
	assert_equal "$STATUS" 143 "exit status" "$BATS_TEST_TMPDIR/err"
	jq -e '.verdict == "inconclusive" and (.scenarios[0].reason | test("interrupted"))' "$BATS_TEST_TMPDIR/out"
}

connected() {
	grep -q "$(printf ':%04X .* 01 ' "${SERVICE_ADDRESS##*:}")" /proc/net/tcp
}
