#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The main path under valgrind: no error, no leak, no descriptor left open, in
# the parent and in every child.

load helpers/common

setup() {
	need valgrind
	need_loader # valgrind has an allocator of its own
	! has_sanitizer || skip "built with a sanitizer"
	REAL_PROGRAM=$PROGRAM
	PROGRAM=$BATS_TEST_TMPDIR/checked
	cat >"$PROGRAM" <<-END
		#!/bin/sh
		exec valgrind -q --trace-children=no --child-silent-after-fork=no \\
			--leak-check=full --show-leak-kinds=definite,indirect,possible \\
			--errors-for-leak-kinds=definite,indirect,possible \\
			--suppressions=$BATS_TEST_DIRNAME/helpers/valgrind.supp \\
			--error-exitcode=99 --log-file=$BATS_TEST_TMPDIR/valgrind.%p "$REAL_PROGRAM" "\$@"
	END
	chmod +x "$PROGRAM"
}

teardown() {
	stop_all
}

# nothing_found: no valgrind of this test wrote anything.
nothing_found() {
	local log found=()
	for log in "$BATS_TEST_TMPDIR"/valgrind.*; do
		[ ! -s "$log" ] || found+=("$log")
	done
	[ ${#found[@]} = 0 ] || fail "valgrind complains" "${found[@]}"
}

@test "server and client with a file that is compared" {
	head -c 300001 /dev/urandom >"$BATS_TEST_TMPDIR/file"
	start_server --sandbox off --file "$BATS_TEST_TMPDIR/file" --chunk 10000 --interval 20ms --count 1
	run_client -w 100ms --expect-file "$BATS_TEST_TMPDIR/file" --output "$BATS_TEST_TMPDIR/out"
	assert_equal "$CLIENT_STATUS" 0
	wait_for_end "$SERVER_PID"
	assert_equal "$STATUS" 0
	cmp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/out"
	nothing_found
}

@test "server and parallel clients that echo, and a reload" {
	start_server --sandbox off --size 100k --chunk 4k --interval 20ms
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" 'reloaded configuration'
	run_client -w 100ms --echo --parallel 3 --expect-size 100k --expect-pattern
	assert_equal "$CLIENT_STATUS" 0
	stop "$SERVER_PID"
	nothing_found
}

@test "responder and check" {
	start_responder --sandbox off
	run "$PROGRAM" check --config none --server "$RESPONDER_ADDRESS" --size 256k --interval 50ms --hold 100ms \
		--scenario download,upload,echo,late,abort --format json --output "$BATS_TEST_TMPDIR/report"
	assert_equal "$status" 0 "exit status" "$BATS_TEST_TMPDIR/report"
	jq -e '.verdict == "preserved"' "$BATS_TEST_TMPDIR/report"
	stop "$RESPONDER_PID"
	nothing_found
}

@test "a configuration file, and what is wrong with it" {
	"$PROGRAM" server --config none --print-config >"$BATS_TEST_TMPDIR/good"
	"$PROGRAM" server --config "$BATS_TEST_TMPDIR/good" --print-config >/dev/null
	printf 'server: { chunk = "x"; };\n' >"$BATS_TEST_TMPDIR/bad"
	run "$PROGRAM" server --config "$BATS_TEST_TMPDIR/bad"
	assert_equal "$status" 2
	nothing_found
}
