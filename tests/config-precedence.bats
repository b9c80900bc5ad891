#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Built-in default < common < the command's group < command line, and which file
# is read.

bats_require_minimum_version 1.5.0
load helpers/common

setup() {
	FILE=$BATS_TEST_TMPDIR/test.conf
}

# level COMMAND FLAGS...: the log level in force.
level() {
	local command=$1
	shift
	"$PROGRAM" "$command" "$@" --print-config | sed -n 's/^\tlog-level = "\(.*\)";$/\1/p'
}

@test "without a file the built-in default holds" {
	assert_equal "$(level server --config none)" info
}

@test "common goes above the default" {
	echo 'common: { log-level = "warn"; };' >"$FILE"
	assert_equal "$(level server --config "$FILE")" warn
	assert_equal "$(level client --config "$FILE")" warn
}

@test "the command's group goes above common, and is nobody else's" {
	echo 'common: { log-level = "warn"; }; server: { log-level = "error"; };' >"$FILE"
	assert_equal "$(level server --config "$FILE")" error
	assert_equal "$(level client --config "$FILE")" warn
}

@test "the order of the groups in the file does not matter" {
	echo 'server: { log-level = "error"; }; common: { log-level = "warn"; };' >"$FILE"
	assert_equal "$(level server --config "$FILE")" error
}

@test "the command line goes above the file, wherever --config stands" {
	echo 'server: { log-level = "error"; };' >"$FILE"
	assert_equal "$(level server --config "$FILE" --log-level debug)" debug
	assert_equal "$(level server --log-level debug --config "$FILE")" debug
}

@test "the command line undoes a flag of the file" {
	echo 'server: { nagle = true; };' >"$FILE"
	run -0 "$PROGRAM" server --config "$FILE" --nagle=false --print-config
	[[ $output == *'nagle = false;'* ]]
}

@test "the last --config is the one that is read" {
	echo 'server: { log-level = "error"; };' >"$FILE"
	assert_equal "$(level server --config /nowhere --config "$FILE")" error
	assert_equal "$(level server --config "$FILE" --config none)" info
}

@test "a wrong group of another command is an error for all" {
	printf 'server: { };\nclient: { parallel = 0; };\n' >"$FILE"
	run -2 "$PROGRAM" server --config "$FILE" --print-config
	assert_equal "$output" "tcp-half-close-tester: $FILE:2: invalid argument \"0\" for \"-P, --parallel\": must be between 1 and 1024"
}

@test "the file in /etc is read without --config, and not with --config none" {
	need unshare mount
	need_root
	unshare -m true 2>/dev/null || cannot_run "no mount namespaces here"
	# A file system of its own over /etc, seen by these processes only.
	# shellcheck disable=SC2016 # for the inner shell
	run -0 unshare -m sh -ec '
		mount -t tmpfs none /etc
		"$0" server --print-config
		echo "server: { log-level = \"error\"; };" >/etc/tcp-half-close-tester.conf
		"$0" server --print-config
		"$0" server --config none --print-config
	' "$PROGRAM"
	run -0 sed -n 's/^\tlog-level = "\(.*\)";$/\1/p' <<<"$output"
	assert_equal "$output" $'info\nerror\ninfo'
}
