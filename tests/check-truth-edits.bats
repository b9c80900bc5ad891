#!/usr/bin/env bats
# What a path makes of the bytes, and what check says of it: the relay's log is the
# truth.

load helpers/common
load helpers/check-truth

# everywhere EDIT: both ways, in every scenario that has so many bytes.
everywhere() {
	truth_of "$1"
	assert_truth 6
	assert_scenario download corrupted "${2:-}"
}

@test "one bit" {
	everywhere flip@byte=5000
}

@test "a stretch that is missing" {
	everywhere drop=1000@byte=5000
}

@test "a stretch that comes again" {
	everywhere repeat=1000x2@byte=5000
}

@test "a half-closed stream that is repeated over and over" {
	truth_of repeat:server=20000x50@fin:client
	told bytes-repeated server '.scenario == "download"'
	assert_truth 5
	assert_scenario download corrupted
}

@test "bytes that nobody sent" {
	everywhere insert=3@byte=5000
}

@test "two stretches in the wrong order" {
	everywhere swap=700@byte=5000
}

@test "line ends are rewritten" {
	everywhere lf
}

@test "the other way" {
	truth_of crlf
	assert_truth 1
}

@test "the end of the answer is missing" {
	TRUTH_CHECK+=(--size 128k --interval 10ms --chunk 1k)
	truth_of tail:server=300
	assert_truth 6
	assert_scenario download silent-discard
}

@test "the end of the request is missing" {
	# The relay holds the bytes that may be the last ones back for a while.
	TRUTH_CHECK+=(--size 128k --interval 10ms --chunk 1k)
	truth_of tail:client=50
	assert_truth 3
	assert_scenario request upload-truncated
}
