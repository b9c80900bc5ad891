#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# What systemd sees of the service: sockets that it hands over, readiness,
# reload and stop; and the units.

load helpers/common
load helpers/service

setup() {
	UNITS=$TOP/contrib/systemd
}

teardown() {
	stop_all
}

need_libsystemd() {
	grep -q "libsystemd.so" "$PROGRAM" || cannot_run "built without libsystemd"
}

# ---- sockets ----

@test "a socket that is handed over is served, whatever --listen says" {
	need_libsystemd
	find_helper activate
	SERVER_IN=("$HELPER" tcp --)
	start_server --listen 192.0.2.1:9 --size 1k
	[[ $SERVER_ADDRESS == 127.0.0.1:* ]] || fail "listens on $SERVER_ADDRESS"
	run_peer 1 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 1024"
}

@test "several sockets are served by one service" {
	need_libsystemd
	need ss
	find_helper activate
	SERVER_IN=("$HELPER" tcp tcp tcp --)
	start_server --size 1k
	local port ports=0
	for port in $(ss -Hltnp | sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$SERVER_PID,.*/\1/p"); do
		SERVER_ADDRESS=127.0.0.1:$port
		run_peer 1 shut drain
		assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 1024"
		ports=$((ports + 1))
	done
	assert_equal "$ports" 3 "sockets that were served"
}

refused() {
	need_libsystemd
	find_helper activate
	local rc=0
	timeout "$PATIENCE" "$HELPER" "$@" -- "$PROGRAM" server --config none \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || rc=$?
	assert_equal "$rc" 3 "exit status" "$BATS_TEST_TMPDIR/out"
	grep -q "descriptor [34] from systemd: not a listening TCP socket" "$BATS_TEST_TMPDIR/err" ||
		fail "no reason" "$BATS_TEST_TMPDIR/err"
}

@test "a socket that does not listen is refused" {
	refused tcp idle
}

@test "a socket of another family is refused" {
	refused unix
}

# ---- readiness ----

listen_for_notices() {
	need_libsystemd
	need socat
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify NOTICES=$BATS_TEST_TMPDIR/notices
	background /dev/null "$BATS_TEST_TMPDIR/socat.err" \
		socat -u "UNIX-RECV:$NOTIFY_SOCKET" "OPEN:$NOTICES,creat,append"
	wait_for "$PATIENCE" test -S "$NOTIFY_SOCKET"
	export NOTIFY_SOCKET
}

@test "READY when it serves, RELOADING and READY on SIGHUP, STOPPING at the end" {
	listen_for_notices
	start_server
	wait_for_line "$NOTICES" "^READY=1"
	grep -q "^STATUS=Listening on $SERVER_ADDRESS" "$NOTICES"
	kill -HUP "$SERVER_PID"
	wait_for_line "$NOTICES" "RELOADING=1"
	wait_for_line "$NOTICES" "^MONOTONIC_USEC=[0-9]*"
	wait_for_lines "$SERVER_LOG" "log reopened" 1
	kill -TERM "$SERVER_PID"
	wait_for_end "$SERVER_PID"
	wait_for_line "$NOTICES" "STOPPING=1"
	assert_equal "$(grep -o "READY=1\|RELOADING=1\|STOPPING=1" "$NOTICES" | tr '\n' ' ')" \
		"READY=1 RELOADING=1 READY=1 STOPPING=1 "
}

@test "a service that cannot start is never ready" {
	listen_for_notices
	refute timeout "$PATIENCE" "$PROGRAM" server --config none --listen 192.0.2.1:9 2>/dev/null
	refute grep -q READY "$NOTICES"
}

@test "libsystemd is loaded for these moments only" {
	listen_for_notices
	start_server
	wait_for_line "$NOTICES" "^READY=1"
	refute grep -q libsystemd "/proc/$SERVER_PID/maps"
}

# ---- units ----

# The units as make installs them, in $BATS_TEST_TMPDIR/units.
make_units() {
	local unit
	mkdir -p "$BATS_TEST_TMPDIR/units" "$BATS_TEST_TMPDIR/bin"
	cp "$PROGRAM" "$BATS_TEST_TMPDIR/bin/tcp-half-close-tester"
	for unit in "$UNITS"/*.in; do
		sed -e "s|@bindir@|$BATS_TEST_TMPDIR/bin|g" -e 's|@sysconfdir@|/etc|g' "$unit" \
			>"$BATS_TEST_TMPDIR/units/$(basename "$unit" .in)"
	done
}

services() {
	local unit
	for unit in "$BATS_TEST_TMPDIR"/units/*.service; do
		case $unit in
		*@.service)
			cp "$unit" "${unit%.service}instance.service"
			unit=${unit%.service}instance.service
			;;
		*@instance.service) continue ;;
		esac
		echo "$unit"
	done
}

@test "the exposure of every service is at most 2.0" {
	need systemd-analyze
	make_units
	local unit
	for unit in $(services); do
		systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" \
			>"$BATS_TEST_TMPDIR/exposure" 2>&1 ||
			fail "$unit is exposed" "$BATS_TEST_TMPDIR/exposure"
	done
	[ "$(services | wc -l)" = 3 ]
}

@test "systemd finds nothing to complain about" {
	need systemd-analyze
	make_units
	# It asks for the manager's units as well, and complains about those of others.
	systemd-analyze verify --man=no --recursive-errors=no "$BATS_TEST_TMPDIR"/units/*.s[eo]* \
		>"$BATS_TEST_TMPDIR/verify" 2>&1 || fail "refused" "$BATS_TEST_TMPDIR/verify"
	refute grep tcp-half-close-tester "$BATS_TEST_TMPDIR/verify"
}

# expand SET: the system calls of systemd's set, one a line.
expand() {
	local name
	systemd-analyze syscall-filter "$1" 2>/dev/null | sed -n 's/^ \+\([@a-z0-9_-]*\)$/\1/p' |
		while read -r name; do
			case $name in
			@*) expand "$name" ;;
			*) echo "$name" ;;
			esac
		done
}

@test "the units allow every system call that the service makes" {
	need systemd-analyze strace
	local strace_log=$BATS_TEST_TMPDIR/strace filter=$BATS_TEST_TMPDIR/filter
	listen_for_notices
	SERVER_IN=(strace -D -f -qqq -o "$strace_log" -e signal=none)
	start_server --size 20 -c 1 -i 5ms
	run_peer 2 shut drain
	wait_for_lines "$SERVER_LOG" "close server side connection" 2
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "log reopened" 1
	kill -TERM "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" drained 1
	{ expand @system-service; echo seccomp; } | sort -u >"$filter.yes"
	{ expand @privileged; expand @resources; } | sort -u >"$filter.no"
	grep -q "^accept4$" "$filter.yes"
	# execve is systemd's own.
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$strace_log" | sort -u | grep -v '^execve$' |
		comm -23 - <(comm -23 "$filter.yes" "$filter.no") >"$filter.left"
	[ ! -s "$filter.left" ] || fail "not allowed by the unit" "$filter.left"
}

@test "and all of them have that filter" {
	grep -h '^SystemCallFilter=' "$UNITS"/*.service.in | sort -u >"$BATS_TEST_TMPDIR/lines"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/lines")" 2 "different filters" "$BATS_TEST_TMPDIR/lines"
	assert_equal "$(head -n 1 "$BATS_TEST_TMPDIR/lines")" "SystemCallFilter=@system-service seccomp"
	assert_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/lines")" "SystemCallFilter=~@privileged @resources"
}
