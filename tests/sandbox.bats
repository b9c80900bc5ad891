#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# What a child may still do once it has its connection: hardly anything.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

need_filter() {
	! has_sanitizer || skip "built with a sanitizer"
	has_filter || cannot_run "built without the filter"
}

# one_child ARGS...: sets CHILD, which has begun to stream.
one_child() {
	start_server --size 10k -i 1h "$@"
	start_peer 1 wait
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	CHILD=$(children_of "$SERVER_PID")
}

status_of() {
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$CHILD/status"
}

@test "a child cannot gain privileges and is under the filter" {
	need_filter
	one_child
	assert_equal "$(status_of NoNewPrivs)" 1
	assert_equal "$(status_of Seccomp)" 2
}

@test "its parent is not" {
	one_child
	CHILD=$SERVER_PID
	assert_equal "$(status_of Seccomp)" 0
}

@test "--sandbox off leaves the filter out" {
	one_child --sandbox off
	assert_equal "$(status_of Seccomp)" 0
	assert_equal "$(status_of NoNewPrivs)" 1
}

@test "it keeps no descriptor but standard ones, its socket, its file and the log" {
	# Those of a process that leaves no dump are for root to see (proc(5)).
	need_root
	make_file "$BATS_TEST_TMPDIR/data" 10000
	touch "$BATS_TEST_TMPDIR/log"
	background /dev/null /dev/null "$PROGRAM" server --config none --listen 127.0.0.1:0 -i 1h \
		-f "$BATS_TEST_TMPDIR/data" --log-file "$BATS_TEST_TMPDIR/log" --pid-file "$BATS_TEST_TMPDIR/pid"
	SERVER_PID=$PID
	wait_for_line "$BATS_TEST_TMPDIR/log" "start the server"
	SERVER_ADDRESS=$(log_line "$BATS_TEST_TMPDIR/log" "start the server" | jq -r .server.listen)
	start_peer 1 wait
	wait_for_line "$BATS_TEST_TMPDIR/log" "start to stream with chunk"
	CHILD=$(children_of "$SERVER_PID")
	local fd extra=
	for fd in "/proc/$CHILD/fd"/*; do
		case ${fd##*/}:$(readlink "$fd") in
		[012]:* | *:"$BATS_TEST_TMPDIR/data" | *:"$BATS_TEST_TMPDIR/log") ;;
		*:socket:*) extra+=socket ;;
		*) fail "descriptor ${fd##*/}: $(readlink "$fd")" || return ;;
		esac
	done
	assert_equal "$extra" socket
}

@test "a forbidden system call ends the child with SIGSYS, and its parent says so" {
	need_filter
	shim forbidden
	SERVER_IN=("${SHIM_IN[@]}")
	start_server --size 10k
	run_peer 1 drain
	wait_for_lines "$SERVER_LOG" "child was killed" 1
	assert_line "$SERVER_LOG" "child was killed" '.level == "WARN" and .server.signal == "SIGSYS"
		and (.server.reason | test("sandbox"))'
	kill -0 "$SERVER_PID"
}

@test "nor may it signal its parent, or have a socket do that" {
	need_filter
	local way
	for way in signal owner; do
		shim "$way"
		SERVER_IN=("${SHIM_IN[@]}")
		start_server --size 10k
		run_peer 1 drain
		wait_for_lines "$SERVER_LOG" "child was killed" 1
		assert_line "$SERVER_LOG" "child was killed" '.server.signal == "SIGSYS"'
		SERVER_IN=()
		kill -USR1 "$SERVER_PID"
		wait_for_lines "$SERVER_LOG" status 1
		refute has_lines "$SERVER_LOG" "stop accepting" 1
	done
}

@test "without the filter the same call goes unpunished" {
	shim forbidden
	SERVER_IN=("${SHIM_IN[@]}")
	start_server --size 10k --sandbox off
	served 10240
	refute has_lines "$SERVER_LOG" "child was killed" 1
}

@test "a child that cannot be shut in resets its connection and says why" {
	inject prctl:error=EPERM
	SERVER_IN=("${INJECT_IN[@]}")
	start_server --size 10k --sandbox off
	run_peer 1 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
	wait_for_line "$SERVER_LOG" '"ERROR".*cannot set no_new_privs: Operation not permitted'
	refute has_lines "$SERVER_LOG" "start to stream with chunk" 1
}

@test "a whole check stays inside it" {
	"$PROGRAM" check --config none --hold 100ms --format json -o "$BATS_TEST_TMPDIR/report" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- ||
		fail "not preserved" "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/report"
	refute grep -h SIGSYS "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/out"
}
