#!/usr/bin/env bats
# The relay's limits: of bytes, of time, of silence.

load helpers/common
load helpers/service
load helpers/relay

setup() {
	got=$BATS_TEST_TMPDIR/got
}

teardown() {
	stop_all
}

@test "bytes: closes behind exactly that byte of the server's stream" {
	between send=7 "save=$got" -- read=7 send=5000000 wait -- --fault close@byte:server=70001
	client_did "\(eof\|reset\) 70001"
	told closed both ".passed.server == 70001"
}

@test "bytes: both streams together" {
	between send=60 wait -- read=60 send=60 wait -- --fault reset@byte=100
	told rst-sent client ".passed.client + .passed.server == 100"
	told rst-sent server
}

@test "time: closes so long after the beginning, whoever still sends" {
	between send=7 "save=$got" -- read=7 wait -- --fault close@open+300
	client_did "eof 0"
	told closed both ".ns >= 300000000"
}

@test "idle: closes when nothing moved for so long" {
	between sleep=200 send=7 "save=$got" -- read=7 sleep=200 send=7 wait -- --fault close@idle=350
	client_did "eof 7"
	told closed both ".ns >= 500000000"
}

@test "idle: resets the server, and the client hears nothing" {
	between send=7 "save=$got" -- read=7 "save=$got.up" -- --fault reset:server@idle=200
	server_did "reset 0"
	told rst-sent server ".ns >= 200000000"
	refute grep -q "^eof\|^reset" "$PEER_LOG"
}

@test "idle: resets both" {
	between send=7 "save=$got" -- read=7 "save=$got.up" -- --fault reset@idle=200
	server_did "reset 0"
	client_did "reset 0"
}

@test "idle: goes dead" {
	between sleep=400 send=7 wait -- read=7 wait -- --fault blackhole@idle=200
	client_did "did send=7"
	told blackhole-begins client ".passed.client == 0"
	refute grep -q "did read=7" "$END_LOG"
}

@test "half-idle: leaves a silence of a whole connection alone" {
	between sleep=500 send=7 shut "save=$got" -- read=7 "save=$got.up" send=7 wait -- \
		--fault close@half-idle=250
	client_did "eof 7"
	told closed both ".ns >= 600000000 and .passed.client == 7"
	least_ns 250 "fin-read client" "closed both"
}
