#!/usr/bin/env bats
# What the relay does with a FIN: holds it back, swallows it, is late, sends one
# of its own.

load helpers/common
load helpers/service
load helpers/relay

setup() {
	make_file "$BATS_TEST_TMPDIR/data" 4000
	got=$BATS_TEST_TMPDIR/got
}

teardown() {
	stop_all
}

@test "hold: the client's FIN comes when the server's stream has ended" {
	between shut "save=$got" -- "file=$BATS_TEST_TMPDIR/data" sleep=200 shut "save=$got.up" -- \
		--fault hold@fin:client
	client_did "eof 4000"
	server_did "eof 0"
	told fin-held client ".read.server < 4000 or .read.server == 4000"
	[ "$(ns_of "fin-read" server)" -lt "$(ns_of "fin-forwarded" client)" ]
}

@test "hold: and does not come while it goes on" {
	between shut "save=$got" -- save="$got.up" shut -- --fault hold@fin:client
	told fin-held client
	sleep 0.3
	never_told fin-forwarded client
	refute grep -q "^eof" "$END_LOG"
}

@test "hold: the server's FIN, until the client's stream has ended" {
	between send=10 sleep=200 "file=$BATS_TEST_TMPDIR/data" shut "save=$got" -- \
		shut "save=$got.up" -- --fault hold@fin:server
	client_did "eof 0"
	server_did "eof 4010"
	[ "$(ns_of "fin-read" client)" -lt "$(ns_of "fin-forwarded" server)" ]
}

@test "hold: a FIN that comes last is not held" {
	between read=9999 shut "save=$got" -- shut "save=$got.up" -- --fault hold@fin:client
	server_did "eof 0"
	never_told fin-held client
	told end both
}

@test "swallow: the first FIN" {
	between sleep=100 shut "save=$got" -- send=10 sleep=300 shut save="$got.up" -- \
		--fault swallow@fin:first
	client_did "eof 10"
	told fin-swallowed client
	told fin-forwarded server
	never_told fin-forwarded client
}

@test "swallow: the last FIN, whoever's it is" {
	between shut "save=$got" -- "save=$got.up" send=10 shut wait -- --fault swallow@fin:last
	server_did "did shut"
	told fin-forwarded client
	told fin-swallowed server ".passed.server == 10"
	never_told fin-forwarded server
	refute grep -q "^eof" "$PEER_LOG"
}

@test "swallow: both" {
	between shut "save=$got" -- send=10 shut "save=$got.up" -- --fault swallow@fin
	told fin-swallowed client
	told fin-swallowed server
}

@test "late: the FIN comes that much later, the data does not" {
	between "file=$BATS_TEST_TMPDIR/data" shut wait -- read=4000 "save=$got" -- \
		--fault late=400@fin:client
	server_did "did read=4000"
	server_did "eof 0"
	told fin-held client ".ms == 400 and .passed.client == 4000"
	least_ns 400 "fin-held client" "fin-forwarded client"
}

@test "late: the server's FIN" {
	between "save=$got" wait -- "file=$BATS_TEST_TMPDIR/data" shut wait -- --fault late=300@fin:server
	client_did "eof 4000"
	least_ns 300 "fin-held server" "fin-forwarded server"
}

@test "late-bytes: the FIN comes once that much came the other way" {
	between shut "save=$got" -- sleep=100 send=900 sleep=200 send=100 "save=$got.up" -- \
		--fault late-bytes=1000@fin:client
	server_did "eof 0"
	told fin-held client ".bytes == 1000 and .read.server == 0"
	told fin-forwarded client ".read.server == 1000"
}

@test "fin: one of its own, early, and the real one is dropped" {
	between send=10 sleep=500 send=20 shut wait -- "save=$got" sleep=600 close -- \
		--fault fin:client@open+200
	server_did "eof 10"
	told fin-forged client ".read.client == 10 and .ns >= 200000000"
	told bytes-discarded client
	told fin-read client ".read.client == 30"
	never_told fin-forwarded client
	[ "$(ns_of "fin-forged" client)" -lt "$(ns_of "fin-read" client)" ]
}

@test "a FIN becomes an RST: at the other end, and only there" {
	between send=10 sleep=200 shut "save=$got.down" -- "save=$got" -- --fault reset:server@fin:client
	server_did "reset 10"
	told rst-sent server
	never_told rst-sent client
	never_told fin-forwarded client
	never_told end both
	refute grep -q "^eof" "$PEER_LOG"
}

@test "the server's FIN becomes an RST at the client" {
	between "save=$got" -- send=10 sleep=200 shut wait -- --fault reset:client@fin:server
	client_did "reset 10"
	told rst-sent client
	never_told rst-sent server
}
