#!/usr/bin/env bats
# The relay that other tests lean on does what each switch says.

load helpers/common

setup() {
	make_file "$BATS_TEST_TMPDIR/data" 4000
	start_server -f "$BATS_TEST_TMPDIR/data" -c 100 -i 25ms
}

teardown() {
	stop_all
}

# through MODE SWITCHES...: half-closes after 200 ms, with an upload before.
through() {
	start_relay "$@"
	run_client -w 200ms --idle-timeout 3s -o "$BATS_TEST_TMPDIR/got"
}

told() {
	grep -q -x -e "$1" "$RELAY_LOG" || fail "the relay did not tell: $1" "$RELAY_LOG"
}

size() {
	wc -c <"$BATS_TEST_TMPDIR/got"
}

@test "forward keeps the half-close" {
	through forward
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	told "1: FIN from the client after 0 bytes"
	told "1: FIN to the server"
	told "1: FIN from the server after 4000 bytes"
	told "1: FIN to the client"
}

@test "close closes both ways at the client's FIN" {
	through close
	[ "$(size)" -lt 4000 ]
	told "1: at the first FIN: closed both ways"
}

@test "close delivers a stream whose own FIN comes first" {
	start_relay close
	run_client -w 60s --idle-timeout 30s -o "$BATS_TEST_TMPDIR/got" --read-timeout 30s
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--swallow-fin hides the client's FIN from the server" {
	through forward --swallow-fin
	told "1: FIN from the client after 0 bytes"
	refute grep -q "FIN to the server" "$RELAY_LOG"
	[ "$(count_lines "$SERVER_LOG" "got EOF in reader")" = 0 ]
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--direction server: the switch is about the server's FIN" {
	through forward --direction server --swallow-fin
	told "1: FIN to the server"
	refute grep -q "FIN to the client" "$RELAY_LOG"
}

@test "--delay-fin delivers the FIN late" {
	through forward --delay-fin 500
	told "1: FIN to the server"
	local sent seen
	sent=$(time_of "$CLIENT_LOG" "write timeout is expired")
	seen=$(time_of "$SERVER_LOG" "got EOF in reader")
	[ $((seen - sent)) -ge 490000000 ]
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--reset-after-fin resets both ends" {
	through forward --reset-after-fin
	told "1: after the FIN: reset both ways"
	[ "$(size)" -lt 4000 ]
}

@test "--cut-after closes in good order some time after the FIN" {
	through forward --cut-after 300
	told "1: FIN to the server"
	told "1: after the time set: closed both ways"
	[ "$(size)" -gt 0 ]
	[ "$(size)" -lt 4000 ]
	head -c "$(size)" "$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "--drop-last loses exactly the end" {
	through forward --drop-last 15
	told "1: dropped the last 15 bytes of the server"
	head -c 3985 "$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "--spare leaves short streams whole" {
	through forward --drop-last 15 --spare 4000
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--flip changes one bit at its offset and nothing else" {
	through forward --flip 1234
	assert_equal "$(cmp -l "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got" | awk '{ print $1 }')" \
		1235 "1-based offset of the difference"
}

@test "--hide-eof delivers all but the EOF" {
	through forward --hide-eof
	told "1: FIN from the server after 4000 bytes"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "--drop-upload loses the end of what the client sent" {
	start_relay forward --drop-upload 150
	run_client --echo -w 700ms
	told "1: dropped the last [1-9][0-9]* bytes of the client"
	wait_for_lines "$SERVER_LOG" "got EOF in reader" 1
	local sent lost
	sent=$(sed -n 's/^1: FIN from the client after \([0-9]*\) bytes/\1/p' "$RELAY_LOG")
	lost=$(sed -n 's/^1: dropped the last \([0-9]*\) bytes.*/\1/p' "$RELAY_LOG")
	assert_line "$SERVER_LOG" "got EOF in reader" ".server.total == $sent - $lost"
}

@test "--read-all-then-close gives the server no error" {
	through forward --read-all-then-close
	[ "$(size)" -lt 4000 ]
	wait_for_line "$RELAY_LOG" "FIN from the server after 4000 bytes"
	wait_for_lines "$SERVER_LOG" "finish streaming with chunk" 1
}

@test "an RST from the server is an RST to the client" {
	start_relay forward --reset-after-fin
	local inner=$RELAY_LOG
	through forward
	grep -q "after the FIN: reset both ways" "$inner"
	told "1: reset by the server: reset both ways"
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "--mask-reset turns it into an EOF in good order" {
	start_relay forward --reset-after-fin
	through forward --mask-reset
	told "1: reset by the server: masked"
	told "1: FIN to the client"
	assert_line "$CLIENT_LOG" "got EOF" ".client.total == $(size)"
}

@test "bad arguments are refused" {
	find_relay
	local args
	for args in "" "forward" "sideways --connect 127.0.0.1:1" \
		"forward --connect 127.0.0.1:1 --flip x" "forward --connect 127.0.0.1:1 --direction up"; do
		local rc=0
		# shellcheck disable=SC2086 # words on purpose
		timeout 10 "$RELAY" $args 2>/dev/null || rc=$?
		assert_equal "$rc" 2 "exit status of relay $args"
	done
	"$RELAY" --help | grep -q -e --drop-upload
}
