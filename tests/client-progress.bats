#!/usr/bin/env bats
# client --progress: a live line on stderr, never in the log, gone at the end.

load helpers/common

setup() {
	start_server --size 40k -c 1k -i 25ms
}

teardown() {
	stop_all
}

@test "always: bytes, percent, time half-closed and TCP state" {
	run_client -w 300ms --progress always --expect-size 40k
	assert_verdict complete 0
	tr '\r' '\n' <"$CLIENT_ERR" | grep -q 'half-closed for [0-9.]* m\{0,1\}s.*FIN_WAIT2' ||
		fail "no live line" "$CLIENT_ERR"
	grep -q '%' "$CLIENT_ERR"
}

@test "the log holds whole lines only, whatever is drawn" {
	run_client -w 300ms --progress always
	jq -e . "$CLIENT_LOG" >/dev/null
	refute grep -q 'half-closed for' "$CLIENT_LOG"
}

@test "the last thing drawn is nothing" {
	run_client -w 300ms --progress always
	# Back to the line's start, then erased: by a control sequence or by spaces.
	[[ $(tail -c 8 "$CLIENT_ERR" | od -An -c | tr -d ' \n') =~ (\\r|033\[K|033\[2K)$ ]]
}

@test "auto is silent when stderr is no terminal" {
	run_client -w 300ms
	[ ! -s "$CLIENT_ERR" ]
}

@test "auto draws on a terminal, in between the lines of the log" {
	need_terminal
	NO_COLOR=1 TERM=xterm script -qec "$(printf '%q ' "$PROGRAM" client --config none \
		-s "$SERVER_ADDRESS" -w 300ms --log-format text)" /dev/null </dev/null >"$BATS_TEST_TMPDIR/screen"
	grep -q 'half-closed for' "$BATS_TEST_TMPDIR/screen" || fail "no live line" "$BATS_TEST_TMPDIR/screen"
	# Every line of the log begins where the live line was erased, or a line ended.
	assert_equal "$(grep -Ec $'(^|\r\e\\[K)[0-9-]{10} [0-9:.]{12}Z ' "$BATS_TEST_TMPDIR/screen")" 5 \
		"lines" "$BATS_TEST_TMPDIR/screen"
}

@test "never is silent" {
	run_client -w 300ms --progress never
	[ ! -s "$CLIENT_ERR" ]
}
