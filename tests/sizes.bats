#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Sizes in bytes with binary suffixes, as values of a flag.

bats_require_minimum_version 1.5.0
load helpers/common

# size TEXT: as --print-config prints it.
size() {
	"$PROGRAM" server --config none --size "$1" --print-config |
		sed -n 's/^\tsize = "\(.*\)";$/\1/p'
}

# refused TEXT REASON
refused() {
	run -2 "$PROGRAM" server --config none --size "$1" --print-config
	assert_equal "$output" \
		"tcp-half-close-tester: invalid argument \"$1\" for \"--size\": $2"
}

@test "bytes without a suffix" {
	assert_equal "$(size 0)" 0
	assert_equal "$(size 10)" 10
	assert_equal "$(size 1000)" 1000
}

@test "suffixes in either case" {
	assert_equal "$(size 64k)" 64k
	assert_equal "$(size 64K)" 64k
	assert_equal "$(size 1m)" 1m
	assert_equal "$(size 2G)" 2g
	assert_equal "$(size 3T)" 3t
}

@test "suffixes are binary" {
	assert_equal "$(size 65536)" 64k
	assert_equal "$(size 104857600)" 100m
	assert_equal "$(size 100000000)" 100000000
	assert_equal "$(size 2048k)" 2m
}

@test "an unknown suffix or a fraction is refused" {
	refused 1x 'unknown unit "x" in size "1x"; use k, m, g, t or p'
	refused 1kb 'unknown unit "kb" in size "1kb"; use k, m, g, t or p'
	refused 1.5m 'unknown unit ".5m" in size "1.5m"; use k, m, g, t or p'
}

@test "a negative value is refused" {
	refused -1 'negative size "-1"'
}

@test "a value out of range or beyond 64 bits is refused" {
	assert_equal "$(size 1p)" 1p
	refused 2p 'must be at most 1p'
	refused 8191p 'must be at most 1p'
	refused 8192p 'size "8192p" is too large; the maximum is 9223372036854775807'
	refused 9223372036854775808 \
		'size "9223372036854775808" is too large; the maximum is 9223372036854775807'
}

@test "what is no size is refused" {
	refused k 'invalid size "k"'
	refused all 'invalid size "all"'
	refused ' 1' 'invalid size " 1"'
}
