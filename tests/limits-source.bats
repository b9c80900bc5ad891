#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --max-per-source: one address cannot take all places.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

@test "one connection more than allowed is refused with RST, and told" {
	start_server --max-per-source 2 --size 10k -i 1h
	start_peer 2 wait
	wait_for_children "$SERVER_PID" 2
	run_peer 1 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.level == "WARN" and .server.limit == 2
		and .server.children == 2 and (.server.peer | startswith("127.0.0.1:"))
		and (.server | keys_unsorted[0]) == "listen"'
	wait_for_children "$SERVER_PID" 2
}

@test "another address is served meanwhile" {
	start_server --max-per-source 1 --size 3k -c 0
	start_peer 1 wait
	wait_for_children "$SERVER_PID" 1
	run_peer 1 bind=127.0.0.2 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 3072"
}

@test "a place that was given up can be taken again" {
	start_server --max-per-source 1 --size 3k -c 0
	run_peer 1 shut drain
	wait_for_children "$SERVER_PID" 0
	run_peer 1 shut drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 3072"
}

@test "many refusals are one line a second, with the number of those left out" {
	start_server --max-per-source 1 --size 10k -i 1h
	start_peer 1 wait
	wait_for_children "$SERVER_PID" 1
	local start=$SECONDS
	run_peer 50 drain
	local took=$((SECONDS - start + 1))
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 50 bytes 0"
	[ "$(count_lines "$SERVER_LOG" "refused connection")" -le $((took + 1)) ] ||
		fail "too many lines" "$SERVER_LOG"
	# The next line, a second later, tells how many there were.
	sleep 1.1
	run_peer 1 drain
	wait_for_lines "$SERVER_LOG" "refused connection" 2
	[ "$(jq -s '[.[] | select(.msg == "refused connection") | .server.suppressed + 1] | add' \
		"$SERVER_LOG")" = 51 ] || fail "not all told" "$SERVER_LOG"
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.refused == 51 and .server.accepted == 1'
}

@test "refusals of many addresses at once do not flood the log either" {
	start_server --max-per-source 1 --size 10k -i 1h
	find_peer
	local i
	for ((i = 1; i <= 100; i++)); do
		background /dev/null /dev/null "$PEER" "$SERVER_ADDRESS" 1 "bind=127.0.1.$i" wait
	done
	wait_for_children "$SERVER_PID" 100
	# All at once, and one shell waits for them.
	(
		for ((i = 1; i <= 100; i++)); do
			"$PEER" "$SERVER_ADDRESS" 4 "bind=127.0.1.$i" drain >/dev/null 3>&- 4>&- &
		done
		wait
	)
	local most
	most=$(jq -r 'select(.msg == "refused connection").time[:19]' "$SERVER_LOG" | sort | uniq -c |
		sort -n | awk 'END { print $1 }')
	[ "$most" -le 40 ] || fail "$most lines in a second" "$SERVER_LOG"
	kill -USR1 "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" status 1
	assert_line "$SERVER_LOG" status '.server.refused == 400 and .server.children == 100'
}
