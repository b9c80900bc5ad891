#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The configuration file: what is read, and the line and the reason for what is
# refused.

bats_require_minimum_version 1.5.0
load helpers/common

setup() {
	FILE=$BATS_TEST_TMPDIR/test.conf
}

teardown() {
	stop_all
}

# value COMMAND KEY: what the file makes of KEY.
value() {
	"$PROGRAM" "$1" --config "$FILE" --print-config | sed -n "s/^\t$2 = \(.*\);$/\1/p"
}

# refused WHERE-AND-WHY: the file, whichever command reads it.
refused() {
	local command
	for command in server client; do
		run -2 "$PROGRAM" "$command" --config "$FILE" --print-config
		assert_equal "$output" "tcp-half-close-tester: $1"
	done
}

# in_server LINE: the file becomes a group server with LINE as its second line.
in_server() {
	printf 'server: {\n\t%s\n};\n' "$1" >"$FILE"
}

@test "sizes and counts are numbers or texts" {
	in_server 'chunk = 10; size = "1m"; count = 3; backlog = "7"; interval = 0;'
	assert_equal "$(value server chunk)" '"10"'
	assert_equal "$(value server size)" '"1m"'
	assert_equal "$(value server count)" 3
	assert_equal "$(value server backlog)" 7
	assert_equal "$(value server interval)" '"0s"'
}

@test "durations, addresses, texts and choices are texts, flags true or false" {
	in_server 'interval = "1.5ms"; listen = "[::1]:0"; file = "a b"; sandbox = "off"; nagle = true;'
	assert_equal "$(value server interval)" '"1.5ms"'
	assert_equal "$(value server listen)" '"[::1]:0"'
	assert_equal "$(value server file)" '"a b"'
	assert_equal "$(value server sandbox)" '"off"'
	assert_equal "$(value server nagle)" true
}

@test "64 bits are read with an L" {
	in_server 'count = 9223372036854775807L; size = 3000000000L;'
	assert_equal "$(value server count)" 9223372036854775807L
	assert_equal "$(value server size)" '"3000000000"'
}

@test "an integer that libconfig would cut is refused" {
	in_server 'size = 4294967306;'
	refused "$FILE:2: integer \"4294967306\" does not fit in 32 bits; write it in quotes"
	in_server 'size = 99999999999999999999L;'
	refused "$FILE:2: integer \"99999999999999999999\" does not fit in 64 bits; write it in quotes"
}

@test "digits in comments, texts and names are no integers" {
	printf '%s\n' '/* 4294967306 */ # 4294967306' '// 4294967306' \
		'server: { file = "4294967306 \" 4294967306"; };' >"$FILE"
	assert_equal "$(value server file)" '"4294967306 \" 4294967306"'
	in_server 'a4294967306 = 1;'
	refused "$FILE:2: unknown key \"a4294967306\" in group \"server\""
}

@test "a bad value is told as on the command line, with file and line" {
	printf 'client: {\n\n\twrite-timeout = "10";\n};\n' >"$FILE"
	refused "$FILE:3: invalid argument \"10\" for \"-w, --write-timeout\": missing unit in duration \"10\""
	printf 'client: {\n\n\twrite-timeout = 10;\n};\n' >"$FILE"
	refused "$FILE:3: invalid argument \"10\" for \"-w, --write-timeout\": missing unit in duration \"10\""
	in_server 'chunk = -1;'
	refused "$FILE:2: invalid argument \"-1\" for \"-c, --chunk\": negative size \"-1\""
	in_server 'backlog = 65536;'
	refused "$FILE:2: invalid argument \"65536\" for \"--backlog\": must be between 1 and 65535"
	in_server 'listen = "";'
	refused "$FILE:2: invalid argument \"\" for \"-l, --listen\": missing port in address \"\""
}

@test "a wrong type is refused" {
	in_server 'nagle = "true";'
	refused "$FILE:2: wrong type for \"nagle\": expected true or false, got a quoted string"
	in_server 'nagle = 1;'
	refused "$FILE:2: wrong type for \"nagle\": expected true or false, got a number"
	in_server 'listen = 4000;'
	refused "$FILE:2: wrong type for \"listen\": expected a quoted string, got a number"
	in_server 'chunk = 1.5;'
	refused "$FILE:2: wrong type for \"chunk\": expected an integer or a quoted string, got a number with a decimal point"
	in_server 'chunk = true;'
	refused "$FILE:2: wrong type for \"chunk\": expected an integer or a quoted string, got a boolean"
	in_server 'chunk = [ 1 ];'
	refused "$FILE:2: wrong type for \"chunk\": expected an integer or a quoted string, got an array"
	in_server 'chunk = { };'
	refused "$FILE:2: wrong type for \"chunk\": expected an integer or a quoted string, got a group"
	echo 'server = 5;' >"$FILE"
	refused "$FILE:1: wrong type for \"server\": expected a group, got a number"
}

@test "an unknown key or group names the nearest" {
	in_server 'chunkk = 1;'
	refused "$FILE:2: unknown key \"chunkk\" in group \"server\"; did you mean \"chunk\"?"
	in_server 'zzz = 1;'
	refused "$FILE:2: unknown key \"zzz\" in group \"server\""
	echo 'sever: { };' >"$FILE"
	refused "$FILE:1: unknown group \"sever\"; did you mean \"server\"?"
	echo 'zzzzzz: { };' >"$FILE"
	refused "$FILE:1: unknown group \"zzzzzz\"; use \"common\" or the name of a command"
	echo 'chunk = 1;' >"$FILE"
	refused "$FILE:1: key \"chunk\" must be inside a group"
}

@test "a key in the wrong group says where it belongs" {
	in_server 'write-timeout = "1s";'
	refused "$FILE:2: key \"write-timeout\" is not valid in group \"server\" (only in: client)"
	echo 'common: { congestion = "reno"; };' >"$FILE"
	refused "$FILE:1: key \"congestion\" is not valid in group \"common\" (only in: server, client)"
	in_server 'print-config = true;'
	refused "$FILE:2: \"print-config\" is valid on the command line only"
	in_server 'config = "x";'
	refused "$FILE:2: \"config\" is valid on the command line only"
}

@test "a key or a group that comes twice is refused" {
	printf 'server: {\n\tchunk = 1;\n\tchunk = 2;\n};\n' >"$FILE"
	refused "$FILE:3: duplicate setting name"
	printf 'server: { };\nserver: { };\n' >"$FILE"
	refused "$FILE:2: duplicate setting name"
}

@test "a syntax error names file and line" {
	in_server 'chunk = ;'
	refused "$FILE:2: syntax error"
	in_server 'interval = 10s;'
	refused "$FILE:2: syntax error"
}

@test "an included file is found beside the file, and errors name it" {
	mkdir "$BATS_TEST_TMPDIR/sub"
	in_server "$(printf '\n@include "sub/more.conf"')"
	echo 'chunk = 7;' >"$BATS_TEST_TMPDIR/sub/more.conf"
	cd /
	assert_equal "$(value server chunk)" '"7"'
	printf '\n\nchunkk = 7;\n' >"$BATS_TEST_TMPDIR/sub/more.conf"
	refused "$BATS_TEST_TMPDIR/sub/more.conf:3: unknown key \"chunkk\" in group \"server\"; did you mean \"chunk\"?"
	printf '\nchunk = 4294967306;\n' >"$BATS_TEST_TMPDIR/sub/more.conf"
	refused "$BATS_TEST_TMPDIR/sub/more.conf:2: integer \"4294967306\" does not fit in 32 bits; write it in quotes"
}

@test "an include of a directory, of nothing or of itself is refused" {
	printf 'server: {\n@include "/tmp"\n};\n' >"$FILE"
	refused "$FILE:2: cannot include \"/tmp\": Is a directory"
	printf 'server: {\n@include "not-there.conf"\n};\n' >"$FILE"
	refused "$FILE:2: cannot open include file"
	printf 'server: {\n@include "test.conf"\n};\n' >"$FILE"
	run -2 "$PROGRAM" server --config "$FILE" --print-config
	[[ $output == *"test.conf:2: include file nesting too deep" ]]
}

@test "files that include each other many times are refused, and soon" {
	printf 'server: {\n' >"$FILE"
	for _ in 2 3 4 5 6 7; do
		printf '@include "test.conf"\n' >>"$FILE"
	done
	need timeout
	run timeout "$PATIENCE" "$PROGRAM" server --config "$FILE" --print-config
	assert_equal "$status" 2 "exit status"
	[[ $output == *"test.conf:"[2-7]": more than 100 files are included" ]] || fail "$output"
}

@test "an include in a comment or in a text is none" {
	printf '/*\n@include "/tmp"\n*/\nserver: { file = "\n@include ";\n};\n' >"$FILE"
	assert_equal "$(value server file)" '"\x0a@include "'
}

@test "a file that cannot be read is an error, also when it is not there" {
	FILE=$BATS_TEST_TMPDIR/none.conf
	refused "$FILE: cannot read the configuration: No such file or directory"
	FILE=$BATS_TEST_TMPDIR
	refused "$FILE: cannot read the configuration: Is a directory"
	FILE=/dev/zero
	refused "$FILE: cannot read the configuration: larger than 1 MiB, so not a configuration file"
	FILE=$BATS_TEST_TMPDIR/binary
	printf 'server: { };\0' >"$FILE"
	refused "$FILE: cannot read the configuration: contains a NUL byte, so not a text file"
}

@test "a file without permission is an error" {
	without_root
	FILE=$OPEN_DIR/file.conf
	in_server 'chunk = 1;'
	chmod 000 "$FILE"
	run -2 "$PROGRAM" server --config "$FILE"
	[[ $output == *": cannot read the configuration: Permission denied" ]]
}

@test "a pipe is read" {
	run -0 "$PROGRAM" server --config <(echo 'server: { chunk = 7; };') --print-config
	[[ $output == *'chunk = "7";'* ]]
}

@test "an empty file sets nothing" {
	: >"$FILE"
	assert_equal "$(value server chunk)" '"1k"'
}

@test "help needs no valid file" {
	echo 'nonsense' >"$FILE"
	run -0 "$PROGRAM" server --config "$FILE" --help
	run -0 "$PROGRAM" server --help --config "$FILE"
	run -0 "$PROGRAM" server --help --config /nowhere
}
