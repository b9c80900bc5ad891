#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --print-config prints the values in force as a file that reads back to itself.

bats_require_minimum_version 1.5.0
load helpers/common

setup() {
	FILE=$BATS_TEST_TMPDIR/printed.conf
}

# round_trip COMMAND FLAGS...: what is printed with the flags is printed again
# when it is read back.
round_trip() {
	local command=$1
	"$PROGRAM" "$@" --config none --print-config >"$FILE"
	"$PROGRAM" "$command" --config "$FILE" --print-config >"$FILE.again"
	diff "$FILE" "$FILE.again"
}

@test "the defaults of every command" {
	local command
	for command in server client responder check probe ask; do
		round_trip "$command"
		grep -q '^common:$' "$FILE"
		grep -q "^$command:\$" "$FILE"
	done
}

@test "values of every type" {
	round_trip server -c 7 --size 3g -i 1.5ms -l '[::1]:0' --nagle --log-level debug \
		--count 9223372036854775807 --sandbox off --log-file /tmp/x
	grep -q '	count = 9223372036854775807L;' "$FILE"
	round_trip client --expect-size 0 -w 2562047h47m16.854775807s --echo -4
	grep -q '	expect-size = "0";' "$FILE"
	round_trip client
	grep -q '	expect-size = "";' "$FILE"
}

@test "auto is a value like others, and only where it is the default" {
	round_trip check --size auto --jobs auto --max-fin-delay 2s
	grep -q '	size = "auto";' "$FILE"
	grep -q '	jobs = "auto";' "$FILE"
	grep -q '	after-fin = "auto";' "$FILE"
	grep -q '	# int, between 1 and 256; default auto$' "$FILE"
	grep -q '	max-fin-delay = "2s";' "$FILE"
	round_trip check --jobs 3 --after-fin 0s
	grep -q '	jobs = 3;' "$FILE"
	run -2 "$PROGRAM" server --config none --size auto --print-config
	[[ $output == *'invalid argument "auto" for "--size"'* ]]
	run -2 "$PROGRAM" check --config none --repeat auto --print-config
	[[ $output == *'invalid argument "auto" for "--repeat"'* ]]
}

@test "texts with any byte" {
	local all i
	all=$(for i in $(seq 1 255); do printf '%b' "\\x$(printf %02x "$i")"; done; printf x)
	round_trip server --file "${all%x}"
	# What was read back is the text itself, not only the same as was printed.
	round_trip server --file $'a"b\\c\n@include "x"\t# no comment'
	grep -qF 'file = "a\"b\\c\x0a@include \"x\"\x09# no comment";' "$FILE"
	run -0 "$PROGRAM" server --config "$FILE" --print-config
	[[ $output == *'file = "a\"b\\c\x0a@include \"x\"\x09# no comment";'* ]]
}

@test "nothing but keys of the two groups, each with its help above" {
	"$PROGRAM" server --config none --print-config >"$FILE"
	# Flags and keys are the same, but for those of the command line alone.
	diff <(sed -n 's/^\t\([a-z-]*\) = .*/\1/p' "$FILE" | sort) \
		<("$PROGRAM" server --help | sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p' |
			grep -vx -e config -e print-config -e help | sort)
	# A key, and above it two lines of comment.
	awk '/^\t[a-z]/ { if (!(one ~ /^\t# / && two ~ /^\t# /)) { print; bad = 1 } }
		{ one = two; two = $0 } END { exit bad }' "$FILE"
	grep -q '	# size, at most 1g; default 1024$' "$FILE"
	grep -q '	# debug, info, warn or error; default "info"$' "$FILE"
}

@test "the values in force, not the defaults" {
	echo 'common: { log-level = "warn"; }; client: { log-level = "error"; };' >"$FILE"
	run -0 "$PROGRAM" client --config "$FILE" -w 5s --print-config
	[[ $output == *'log-level = "error";'* ]]
	[[ $output == *'write-timeout = "5s";'* ]]
	[ "$(grep -c 'log-level =' <<<"$output")" = 1 ]
}

@test "an output that cannot be written is an error" {
	run -3 bash -c '"$0" server --config none --print-config >/dev/full' "$PROGRAM"
	assert_equal "$output" \
		"tcp-half-close-tester: cannot write to standard output: No space left on device"
}
