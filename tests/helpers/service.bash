# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests of the service: peers that do as they are told (peer.c), and what
# /proc and ss say. `load helpers/service` after helpers/common.

# find_helper NAME: sets HELPER to the program that make has built of NAME.c, or
# builds it here once a file.
find_helper() {
	HELPER=${top_builddir:-$TOP}/tests/helpers/$1
	if [ -x "$HELPER" ] && [ ! "$HELPERS/$1.c" -nt "$HELPER" ]; then
		return
	fi
	HELPER=$BATS_FILE_TMPDIR/$1
	[ -x "$HELPER" ] || compile "$1.c" "$HELPER" "$HELPERS/../../src/base/names.c"
}

# compile SOURCE OUT CC-ARGS...
compile() {
	local source=$HELPERS/$1 out=$2
	shift 2
	need "${CC:-cc}"
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -o "$out" "$source" "$@"
}

find_peer() {
	find_helper peer
	PEER=$HELPER
}

# start_peer COUNT STEP...: connects to the server that was started last, and
# waits until all are connected. Sets PEER_PID and PEER_LOG.
start_peer() {
	find_peer
	SERIAL=$((SERIAL + 1))
	PEER_LOG=$BATS_TEST_TMPDIR/peer-$SERIAL.log
	background "$PEER_LOG" "$PEER_LOG.err" "${CLIENT_IN[@]}" "$PEER" "$SERVER_ADDRESS" "$@"
	PEER_PID=$PID
	wait_for_line "$PEER_LOG" "^connected " || fail "no peer" "$PEER_LOG.err"
}

# run_peer COUNT STEP...: the same, to its end.
run_peer() {
	start_peer "$@"
	wait_for_end "$PEER_PID"
	[ "$STATUS" = 0 ] || fail "the peer failed" "$PEER_LOG" "$PEER_LOG.err"
}

# Lets a peer go on that waits.
go_on() {
	kill -USR1 "$1"
}

has_children() {
	[ "$(children_of "$1" | wc -l)" = "$2" ]
}

wait_for_children() {
	wait_for "$PATIENCE" has_children "$1" "$2" ||
		fail "$(children_of "$1" | wc -l) children, not $2"
}

# waiting PORT COUNT: that many are connected and not accepted.
waiting() {
	[ "$(ss -Hltn "sport = :$1" | awk '{ n += $2 } END { print n + 0 }')" = "$2" ]
}

wait_for_backlog() {
	need ss
	wait_for "$PATIENCE" waiting "$SERVER_PORT" "$1" ||
		fail "not $1 in the backlog: $(ss -Hltn "sport = :$SERVER_PORT")"
}

# switches PID: how often it gave up the processor of its own will.
switches() {
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$1/status"
}

# assert_asleep PID: it does not wake up more than a few times a second.
assert_asleep() {
	local before
	before=$(switches "$1")
	sleep 1
	local more=$(($(switches "$1") - before))
	[ "$more" -le 5 ] || fail "process $1 woke up $more times in a second"
}

# A process that is no child of this shell: a detached daemon. Ended by pid.
stop_daemon() {
	local pid=$1
	kill -TERM "$pid" 2>/dev/null || return 0
	wait_for "$PATIENCE" gone "$pid" || fail "daemon $pid goes on"
}

# has_filter: the program was built with the system call filter, which no build
# with a sanitizer is.
has_filter() {
	grep -q "cannot build the seccomp filter" "$PROGRAM"
}

# shim WORDS: the command prefix that makes system calls behave badly (shim.c).
shim() {
	need_loader
	[ -x "$BATS_FILE_TMPDIR/shim.so" ] ||
		compile shim.c "$BATS_FILE_TMPDIR/shim.so" -shared -fPIC -ldl
	# shellcheck disable=SC2034 # for the tests
	SHIM_IN=(env "LD_PRELOAD=$BATS_FILE_TMPDIR/shim.so" "SHIM=$1"
		"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0")
}

# inject RULE...: the command prefix that has strace spoil system calls.
inject() {
	local rule
	need strace
	strace -qqq -o /dev/null true 2>/dev/null || cannot_run "strace may not trace here"
	# -D: the program keeps its pid, strace is beside it.
	# LeakSanitizer traces as well, and two cannot.
	INJECT_IN=(env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0"
		strace -D -f -qqq -o "$BATS_TEST_TMPDIR/strace" -e signal=none)
	for rule in "$@"; do
		INJECT_IN+=(-e "trace=${rule%%:*}" -e "inject=$rule")
	done
}

# served BYTES [STEP...]: one more client gets all of it cleanly.
served() {
	local bytes=$1
	shift
	run_peer 1 "$@" shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes $bytes" "what arrived" "$SERVER_LOG"
}
