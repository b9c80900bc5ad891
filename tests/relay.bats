#!/usr/bin/env bats
# The relay that other tests lean on does what each shorthand says.

load helpers/common
load helpers/relay

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

size() {
	wc -c <"$BATS_TEST_TMPDIR/got"
}

@test "forward keeps the half-close" {
	through forward
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	told fin-read client ".read.client == 0"
	told fin-forwarded client
	told fin-read server ".read.server == 4000"
	told fin-forwarded server ".passed.server == 4000"
	told end both
}

@test "close closes both ways at the client's FIN" {
	through close
	[ "$(size)" -lt 4000 ]
	told fin-forwarded client
	told closed both
}

@test "close delivers a stream whose own FIN comes first" {
	start_relay close
	run_client -w 60s --idle-timeout 30s -o "$BATS_TEST_TMPDIR/got" --read-timeout 30s
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--swallow-fin hides the client's FIN from the server" {
	through forward --swallow-fin
	told fin-read client ".read.client == 0"
	told fin-swallowed client
	never_told fin-forwarded client
	[ "$(count_lines "$SERVER_LOG" "got EOF in reader")" = 0 ]
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--direction server: the switch is about the server's FIN" {
	through forward --direction server --swallow-fin
	told fin-forwarded client
	told fin-swallowed server
	never_told fin-forwarded server
}

@test "--delay-fin delivers the FIN late" {
	through forward --delay-fin 500
	told fin-forwarded client
	least_ns 500 "fin-read client" "fin-forwarded client"
	local sent seen
	sent=$(time_of "$CLIENT_LOG" "write timeout is expired")
	seen=$(time_of "$SERVER_LOG" "got EOF in reader")
	[ $((seen - sent)) -ge 490000000 ]
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--reset-after-fin resets both ends" {
	through forward --reset-after-fin
	told rst-sent client
	told rst-sent server
	never_told fin-forwarded client
	[ "$(size)" -lt 4000 ]
}

@test "--cut-after closes in good order some time after the FIN" {
	through forward --cut-after 300
	told fin-forwarded client
	told closed both
	least_ns 300 "fin-read client" "closed both"
	[ "$(size)" -gt 0 ]
	[ "$(size)" -lt 4000 ]
	head -c "$(size)" "$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "--once: the first connection has its fault, the next one none" {
	through forward --cut-after 100 --once
	[ "$(size)" -lt 4000 ]
	run_client -w 200ms --idle-timeout 3s -o "$BATS_TEST_TMPDIR/got"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--drop-last loses exactly the end" {
	through forward --drop-last 15
	told bytes-dropped server ".n == 15 and .at == 3985"
	head -c 3985 "$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "--spare leaves short streams whole" {
	through forward --drop-last 15 --spare 4000
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
}

@test "--flip changes one bit at its offset and nothing else" {
	through forward --flip 1234
	told byte-flipped server ".at == 1234"
	assert_equal "$(cmp -l "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got" | awk '{ print $1 }')" \
		1235 "1-based offset of the difference"
}

@test "--hide-eof delivers all but the EOF" {
	through forward --hide-eof
	told fin-read server ".read.server == 4000"
	cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/got"
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "--drop-upload loses the end of what the client sent" {
	start_relay forward --drop-upload 150
	run_client --echo -w 700ms
	told bytes-dropped client ".n > 0"
	wait_for_lines "$SERVER_LOG" "got EOF in reader" 1
	local sent lost
	sent=$(relay_lines | jq 'select(.what == "fin-read" and .side == "client").read.client')
	lost=$(relay_lines | jq 'select(.what == "bytes-dropped" and .side == "client").n')
	assert_line "$SERVER_LOG" "got EOF in reader" ".server.total == $sent - $lost"
}

@test "--read-all-then-close gives the server no error" {
	through forward --read-all-then-close
	[ "$(size)" -lt 4000 ]
	told fin-forged server
	told bytes-discarded server
	told fin-read server ".read.server == 4000 and .passed.server < 4000"
	wait_for_lines "$SERVER_LOG" "finish streaming with chunk" 1
}

@test "an RST from the server is an RST to the client" {
	start_relay forward --reset-after-fin
	through forward
	told rst-read server
	told rst-sent client
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "--mask-reset turns it into an EOF in good order" {
	start_relay forward --reset-after-fin
	through forward --mask-reset
	told rst-masked server
	told fin-forwarded server
	assert_line "$CLIENT_LOG" "got EOF" ".client.total == $(size)"
}
