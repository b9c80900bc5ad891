#!/usr/bin/env bats
# What the relay leaves alone: every connection without a fault, and those that
# play no scenario.

load helpers/common
load helpers/service
load helpers/relay

setup() {
	data=$BATS_TEST_TMPDIR/data got=$BATS_TEST_TMPDIR/got
	make_file "$data" 300000
}

teardown() {
	stop_all
}

# asks REQUEST SWITCHES...: with a request line of that kind, then half-closes.
asks() {
	printf '{"request":"%s","version":2,"scenario":"late-server"}\n' "$1" >"$BATS_TEST_TMPDIR/line"
	shift
	between "file=$BATS_TEST_TMPDIR/line" shut "save=$got" -- "save=$got.up" "file=$data" shut -- "$@"
}

@test "a delayed path is a faultless one: the bytes, the FIN" {
	between "file=$data" shut "save=$got" -- "save=$got.up" "file=$data" shut -- \
		--fault delay:client=150 --fault delay:server=100
	client_did "eof 300000"
	cmp "$data" "$got"
	cmp "$data" "$got.up"
	least_ns 150 "fin-read client" "fin-forwarded client"
	least_ns 100 "fin-read server" "fin-forwarded server"
}

@test "and an RST is delayed as well, behind the bytes before it" {
	between "save=$got" -- send=10 sleep=50 reset -- --fault delay:server=200
	client_did "reset 10"
	told rst-read server
	least_ns 200 "rst-read server" "rst-sent client"
}

@test "an RST behind a FIN is passed on" {
	between shut sleep=100 reset -- "save=$got.up" wait --
	server_did "eof 0"
	told rst-read client
	told rst-sent server
}

@test "the scenario is in every line of its connection" {
	asks play
	client_did "eof 300000"
	told request client '.request == "play" and .faithful == false and .scenario == "late-server"'
	told fin-read client '.scenario == "late-server"'
}

@test "a request for a report meets no fault" {
	asks report --fault close@fin:client --fault flip:server@byte=5 --fault close@byte:server=10 \
		--fault tail:server=5 --fault delay=100
	client_did "eof 300000"
	cmp "$data" "$got"
	told request client '.request == "report" and .faithful'
}

@test "a scenario does" {
	asks play --fault flip:server@byte=5
	client_did "eof 300000"
	refute cmp -s "$data" "$got"
}

@test "--all: every connection does" {
	asks report --all --fault flip:server@byte=5
	client_did "eof 300000"
	refute cmp -s "$data" "$got"
}

@test "--only: nobody else does" {
	asks report --only report --fault flip:server@byte=5
	client_did "eof 300000"
	refute cmp -s "$data" "$got"
	asks play --only report --fault flip:server@byte=5
	client_did "eof 300000"
	cmp "$data" "$got"
	asks play --only late-server --fault flip:server@byte=5
	client_did "eof 300000"
	refute cmp -s "$data" "$got"
}

@test "the line that tells may come in pieces" {
	printf '{"reque' >"$BATS_TEST_TMPDIR/one"
	printf 'st":"report"}\n' >"$BATS_TEST_TMPDIR/two"
	between "file=$BATS_TEST_TMPDIR/one" sleep=100 "file=$BATS_TEST_TMPDIR/two" shut \
		"save=$got" -- "save=$got.up" "file=$data" shut -- --fault flip:server@byte=5
	client_did "eof 300000"
	cmp "$data" "$got"
}
