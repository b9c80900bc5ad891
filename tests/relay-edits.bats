#!/usr/bin/env bats
# The relay edits a stream where it was told to, and nothing else of it.

load helpers/common
load helpers/service
load helpers/relay

setup() {
	data=$BATS_TEST_TMPDIR/data got=$BATS_TEST_TMPDIR/got wanted=$BATS_TEST_TMPDIR/wanted
	make_file "$data" 200000
}

teardown() {
	stop_all
}

# The client half-closes, the server sends the data.
download() {
	between shut "save=$got" -- "save=$got.up" "file=$data" shut -- "$@"
	client_did "did save=.*"
	grep -q "^eof" "$PEER_LOG"
}

# stretch FROM LENGTH: of the data.
stretch() {
	tail -c +$(($1 + 1)) "$data" | head -c "$2"
}

@test "no fault: nothing is edited" {
	download
	cmp "$data" "$got"
}

@test "drop: a stretch in the middle" {
	download --fault drop:server=1000@byte=50000
	{ stretch 0 50000; stretch 51000 149000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-dropped server ".at == 50000 and .n == 1000"
}

@test "drop: what the stream still has of it" {
	download --fault drop:server=1000@byte=199500
	stretch 0 199500 >"$wanted"
	cmp "$wanted" "$got"
	told bytes-dropped server ".n == 500"
}

@test "insert" {
	download --fault insert:server=3@byte=50000
	{ stretch 0 50000; printf UUU; stretch 50000 150000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-inserted server ".at == 50000 and .n == 3"
}

@test "repeat: over and over" {
	download --fault repeat:server=1000x3@byte=50000
	{ stretch 0 51000; stretch 50000 1000; stretch 50000 1000; stretch 50000 1000
		stretch 51000 149000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-repeated server ".at == 50000 and .n == 1000 and .times == 3"
}

@test "repeat: only once the stream is half-closed" {
	between sleep=300 shut "save=$got" -- "file=$data" "save=$got.up" "file=$data" shut -- \
		--fault repeat:server=1000x2@fin:client
	client_did "eof 402000"
	{ stretch 0 200000; stretch 0 1000; stretch 0 1000; stretch 0 200000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-repeated server ".at == 200000"
}

@test "swap" {
	download --fault swap:server=500@byte=50000
	{ stretch 0 50000; stretch 50500 500; stretch 50000 500; stretch 51000 149000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-swapped server ".at == 50000 and .n == 500"
}

@test "swap: of a stream that ends in its second stretch" {
	download --fault swap:server=1000@byte=198500
	{ stretch 0 198500; stretch 199500 500; stretch 198500 1000; } >"$wanted"
	cmp "$wanted" "$got"
	told bytes-swapped server ".n == 500"
}

@test "crlf: CRLF becomes LF, and no other CR or LF changes" {
	printf 'a\r\nb\rc\n\r\r\n\nd\r' >"$data"
	download --fault crlf:server
	printf 'a\nb\rc\n\r\n\nd\r' >"$wanted"
	cmp "$wanted" "$got"
	told crlf-rewritten server ".at == 2"
}

@test "crlf: nothing to rewrite, nothing told" {
	printf 'a\rb\n' >"$data"
	download --fault crlf:server
	cmp "$data" "$got"
	never_told crlf-rewritten server
}

@test "lf: LF becomes CRLF, and CRLF stays" {
	printf 'a\nb\r\n\n' >"$data"
	download --fault lf:server
	printf 'a\r\nb\r\n\r\n' >"$wanted"
	cmp "$wanted" "$got"
	told lf-rewritten server ".at == 1"
}

@test "flip: of the client's stream" {
	between "file=$data" shut wait -- "save=$got" -- --fault flip:client@byte=777
	server_did "eof 200000"
	assert_equal "$(cmp -l "$data" "$got" | awk '{ print $1 }')" 778 "1-based offset"
}

@test "two edits, one behind the other" {
	download --fault drop:server=10@byte=100 --fault insert:server=2@byte=100
	{ stretch 0 100; printf UU; stretch 110 199890; } >"$wanted"
	cmp "$wanted" "$got"
}
