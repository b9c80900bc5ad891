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
	assert_verdict preserved 0
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

@test "never is silent" {
	run_client -w 300ms --progress never
	[ ! -s "$CLIENT_ERR" ]
}
