#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --log-format text: lines for people, in columns, on both ends.

load helpers/common

teardown() {
	stop_all
}

STAMP='^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z '

@test "stamp, level, message, members" {
	start_server --size 8 -c 1 -i 50ms
	run_client -w 70ms --log-format text
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG"
	refute grep -Ev "${STAMP}INFO  [a-z]" "$CLIENT_LOG"
	grep -Eq "${STAMP}INFO  new client +server=$SERVER_ADDRESS read-timeout=10m0s write-timeout=70ms( |\$)" \
		"$CLIENT_LOG" || fail "new client" "$CLIENT_LOG"
	grep -Eq "${STAMP}INFO  got EOF +server=$SERVER_ADDRESS total=8( |\$)" "$CLIENT_LOG" ||
		fail "got EOF" "$CLIENT_LOG"
	# A value with spaces is in quotes, and members begin in one column.
	grep -Eq ' verdict=orderly reason="[^"]* [^"]*" ' "$CLIENT_LOG" || fail "quotes" "$CLIENT_LOG"
	run sed -n 's/ server=.*//p' "$CLIENT_LOG"
	assert_equal "$(awk '{ print length($0) }' <<<"$output" | sort -u | wc -l)" 1 "columns" "$CLIENT_LOG"
}

@test "values cannot forge lines or command the terminal" {
	local file=$BATS_TEST_TMPDIR/$'a\nb\e[31m"c'
	echo data >"$file"
	background "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/err" \
		"$PROGRAM" server --config none -l 127.0.0.1:0 --log-format text -f "$file"
	wait_for_line "$BATS_TEST_TMPDIR/log" 'start the server'
	refute grep -Ev "${STAMP}" "$BATS_TEST_TMPDIR/log"
	refute grep -q $'\e' "$BATS_TEST_TMPDIR/log"
	grep -Fq 'file="'"$BATS_TEST_TMPDIR"'/a\nb\u001b[31m\"c"' "$BATS_TEST_TMPDIR/log" ||
		fail "the name is escaped" "$BATS_TEST_TMPDIR/log"
}

# on_terminal COMMAND...: what it writes when its descriptors are a terminal.
on_terminal() {
	need_terminal
	TERM=${TERMINAL:-xterm} script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}

@test "coloured on a terminal, unless NO_COLOR is set or it is a dumb one" {
	local client plain
	start_server --size 8 -c 1 -i 50ms
	client=("$PROGRAM" client --config none -s "$SERVER_ADDRESS" -w 70ms --log-format text --progress never)
	NO_COLOR='' on_terminal "${client[@]}" | grep -q $'Z \e\\[32mINFO \e\\[0m new client' || fail "no colour"
	plain=$BATS_TEST_TMPDIR/plain
	NO_COLOR=1 on_terminal "${client[@]}" >"$plain.no"
	NO_COLOR='' TERMINAL=dumb on_terminal "${client[@]}" >"$plain.dumb"
	for plain in "$plain.no" "$plain.dumb"; do
		grep -Eq "${STAMP}INFO  new client" "$plain" || fail "no line" "$plain"
		refute grep -q $'\e' "$plain"
	done
}
