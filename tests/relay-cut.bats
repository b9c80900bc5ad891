#!/usr/bin/env bats
# How the relay ends a stream, and when: closes, resets one end or both, goes
# dead, throws away.

load helpers/common
load helpers/service
load helpers/relay

setup() {
	got=$BATS_TEST_TMPDIR/got
}

teardown() {
	stop_all
}

# The client half-closes behind 10 bytes; the server sends 10, and 10 more after
# the moment of the fault.
half_close() {
	between send=10 shut "save=$got" wait -- send=10 "save=$got.up" sleep=500 send=10 sleep=200 \
		error wait -- "$@"
}

@test "close: both ways, some time after the FIN" {
	half_close --fault close@fin:client+250
	client_did "eof 10"
	server_did "eof 10"
	server_did "error EPIPE"
	told closed both ".passed == { client: 10, server: 10 }"
	least_ns 250 "fin-read client" "closed both"
}

@test "close: at the FIN, instead of forwarding it" {
	half_close --fault close@fin:client
	client_did "eof [0-9]*"
	told closed both
	never_told fin-forwarded client
}

@test "close: unread bytes are told, since they make it an RST" {
	between send=10 sleep=100 send=10 "save=$got" -- read=10 wait -- \
		--fault blackhole@byte:client=10 --fault close@open+400
	told closed both ".unread.client == 10"
	client_did "reset 0"
}

@test "reset: the client alone, some time after its FIN" {
	half_close --fault reset:client@fin:client+250
	client_did "reset 10"
	server_did "eof 10"
	server_did "did send=10"
	told rst-sent client
	never_told rst-sent server
	told bytes-discarded server ".read.server == 20 and .passed.server == 10"
	least_ns 250 "fin-read client" "rst-sent client"
	server_did "error 0"
}

@test "reset: the server alone, and the client hears nothing" {
	half_close --fault reset:server@fin:client+250
	server_did "broken EPIPE"
	told rst-sent server
	never_told rst-sent client
	refute grep -q "^eof\|^reset" "$PEER_LOG"
}

@test "reset: both" {
	half_close --fault reset@fin:client+250
	client_did "reset 10"
	server_did "broken EPIPE"
	told end both
}

@test "blackhole: nothing is read or passed on, and the sockets stay" {
	half_close --fault blackhole@fin:client+250
	server_did "error 0"
	told blackhole-begins client
	told blackhole-begins server ".read.server == 10"
	refute grep -q "^eof\|^reset" "$PEER_LOG"
	refute has_told end both true
}

@test "blackhole: of one stream" {
	between send=10 sleep=500 send=10 shut "save=$got" -- sleep=600 send=10 shut "save=$got.up" -- \
		--fault blackhole:client@open+250
	client_did "eof 10"
	told fin-read server ".read.client == 10 and .passed.server == 10"
	refute grep -q "^eof" "$END_LOG"
}

@test "discard: the stream is thrown away from there, its FIN passes" {
	half_close --fault discard:server@fin:client+250
	stop "$PEER_PID" # the server waits for nobody
	told discard-begins server
	told bytes-discarded server ".read.server == 20 and .passed.server == 10"
}

@test "discard: and the end that is waiting sees an EOF in good order" {
	between send=10 shut "save=$got" -- send=10 "save=$got.up" sleep=400 send=10 shut -- \
		--fault discard:server@fin:client+200
	client_did "eof 10"
	told fin-read server ".read.server == 20"
	told end both
}

@test "after the server's FIN as well" {
	between send=10 "save=$got" sleep=500 send=10 sleep=200 error -- shut "save=$got.up" -- --fault close@fin:server+250
	server_did "eof 10"
	client_did "error EPIPE"
	least_ns 250 "fin-read server" "closed both"
}

@test "corrupt: every byte from there on" {
	between shut "save=$got" -- send=10 sleep=400 send=10 shut -- --fault corrupt:server@fin:client+200
	client_did "eof 20"
	assert_equal "$(od -An -v -tx1 "$got" | tr -d ' \n')" \
		"0000000000000000000001010101010101010101" bytes
	told corrupt-begins server ".at == 10"
}
