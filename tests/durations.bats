#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Durations in the syntax of Go, as values of a flag.

bats_require_minimum_version 1.5.0
load helpers/common

# duration TEXT: as --print-config prints it.
duration() {
	"$PROGRAM" client --config none -w "$1" --print-config |
		sed -n 's/^\twrite-timeout = "\(.*\)";$/\1/p'
}

# refused TEXT REASON
refused() {
	run -2 "$PROGRAM" client --config none -w "$1" --print-config
	assert_equal "$output" \
		"tcp-half-close-tester: invalid argument \"$1\" for \"-w, --write-timeout\": $2"
}

@test "every unit" {
	assert_equal "$(duration 1h)" 1h0m0s
	assert_equal "$(duration 10m)" 10m0s
	assert_equal "$(duration 10m0s)" 10m0s
	assert_equal "$(duration 2s)" 2s
	assert_equal "$(duration 300ms)" 300ms
	assert_equal "$(duration 100us)" 100us
	assert_equal "$(duration $'100\xc2\xb5s')" 100us
	assert_equal "$(duration $'100\xce\xbcs')" 100us
	assert_equal "$(duration 7ns)" 7ns
}

@test "fractions and sums" {
	assert_equal "$(duration 1.5h)" 1h30m0s
	assert_equal "$(duration .5s)" 500ms
	assert_equal "$(duration 5.s)" 5s
	assert_equal "$(duration 1h15m0.5s)" 1h15m0.5s
	assert_equal "$(duration 90s)" 1m30s
	assert_equal "$(duration +1s)" 1s
}

@test "decimal fractions are exact" {
	assert_equal "$(duration 0.1s)" 100ms
	assert_equal "$(duration 0.000000001s)" 1ns
	assert_equal "$(duration 2562047h47m16.854775807s)" 2562047h47m16.854775807s
}

@test "zero needs no unit" {
	assert_equal "$(duration 0)" 0s
	assert_equal "$(duration 0s)" 0s
}

@test "a missing or an unknown unit is refused" {
	refused 10 'missing unit in duration "10"'
	refused 1h5 'missing unit in duration "1h5"'
	refused 1d 'unknown unit "d" in duration "1d"'
	refused 5S 'unknown unit "S" in duration "5S"'
}

@test "a negative value is refused" {
	refused -5s 'negative duration "-5s"'
	refused -0.5h 'negative duration "-0.5h"'
}

@test "an overflowing value is refused" {
	refused 2562047h47m16.854775808s \
		'duration "2562047h47m16.854775808s" is too large; the maximum is 2562047h47m16.854775807s'
	refused 99999999999999999999h \
		'duration "99999999999999999999h" is too large; the maximum is 2562047h47m16.854775807s'
}

@test "what is no duration is refused" {
	refused soon 'invalid duration "soon"'
	refused . 'invalid duration "."'
	refused ' 5s' 'invalid duration " 5s"'
	refused '5s ' 'unknown unit "s " in duration "5s "'
}
