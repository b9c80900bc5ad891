#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Ten thousand half-closed connections, held for half a minute: none is lost, and
# holding them costs next to nothing.

load ../helpers/common
load ../helpers/service

COUNT=${TESTS_HELD:-10000}
PATIENCE=300

teardown() {
	stop_all
}

need_room() {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt $((COUNT + 100)) ] ||
		cannot_run "only $(ulimit -Hn) descriptors"
	[ "$(ulimit -u)" = unlimited ] || [ "$(ulimit -u)" -gt $((COUNT + 1000)) ] ||
		cannot_run "only $(ulimit -u) processes"
	[ "$(cat /proc/sys/kernel/pid_max)" -gt $((COUNT * 2)) ] || cannot_run "too few pids"
	local free
	free=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
	[ "$free" -gt $((COUNT * 150)) ] || cannot_run "only $free kB of memory"
}

# Clock ticks that these processes and their children have used so far, the
# ended ones included.
ticks() {
	local pid ticks=0
	for pid in "$@"; do
		ticks=$((ticks + $(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' "/proc/$pid/stat")))
	done
	# The children that live: all at once, since there are thousands.
	local alive
	alive=$({ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" '{ sub(/.*\) /, "") } $2 == parent { n += $12 + $13 } END { print n + 0 }')
	echo $((ticks + alive))
}

# Nobody runs any more: all have done what there was to do on the FIN.
quiet() {
	local before
	before=$(ticks "$SERVER_PID" "$PEER_PID")
	sleep 1
	[ $(($(ticks "$SERVER_PID" "$PEER_PID") - before)) -le 2 ]
}

half_closed() {
	[ "$(ss -Htn state close-wait "sport = :$SERVER_PORT" | wc -l)" = "$COUNT" ]
}

@test "10,000 half-closed connections are held, cheaply, and all complete" {
	need ss
	need_room
	ulimit -n "$(ulimit -Hn)"
	# Without the log lines of ten thousand children, and thus without the address.
	LOG=$BATS_TEST_TMPDIR/server.log
	background "$LOG" "$LOG.err" "$PROGRAM" server --config none --listen 127.0.0.1:0 \
		--max-connections $((COUNT + 10)) --max-per-source 0 --size 2 -c 1 -i 2m --log-level warn
	SERVER_PID=$PID
	wait_for "$PATIENCE" listens "$PID" || fail "does not listen" "$LOG.err"
	SERVER_ADDRESS=$(ss -Hltnp | sed -n "s/.* \(127[0-9.:]*\) .*pid=$SERVER_PID,.*/\1/p")
	SERVER_PORT=${SERVER_ADDRESS##*:}
	start_peer "$COUNT" shut wait drain
	local peer=$PEER_PID
	wait_for_line "$PEER_LOG" "^did shut"
	wait_for_children "$SERVER_PID" "$COUNT"
	wait_for "$PATIENCE" half_closed || fail "not all are half-closed"
	wait_for "$PATIENCE" quiet || fail "the children are not at rest"
	local before used
	before=$(ticks "$SERVER_PID" "$peer")
	sleep 30
	used=$(($(ticks "$SERVER_PID" "$peer") - before))
	# 2 % of a core.
	[ "$used" -le $((30 * $(getconf CLK_TCK) * 2 / 100)) ] || fail "$used ticks in 30 s"
	half_closed || fail "some were lost"
	go_on "$peer"
	wait_for_end "$peer"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof $COUNT reset 0 bytes $((COUNT * 2))"
	kill -0 "$SERVER_PID"
}

listens() {
	ss -Hltnp | grep -q "pid=$1,"
}
