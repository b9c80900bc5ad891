#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
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

@test "the addresses of one IPv6 /64 are one source" {
	need_root
	need ip unshare nsenter
	unshare --net ip link set lo up 2>/dev/null || cannot_run "no network namespaces here"
	# shellcheck disable=SC2016 # the inner shell's
	SERVER_IN=(unshare --net sh -c 'ip link set lo up && for a in 1::1 1::2 2::1; do
		ip address add "2001:db8:0:$a/64" dev lo nodad || exit; done && exec "$@"' sh)
	start_server --max-per-source 1 --size 2 -c 1 -i 1h --listen '[2001:db8:0:1::1]:0'
	CLIENT_IN=(nsenter --net="/proc/$SERVER_PID/ns/net")
	start_client --bind 2001:db8:0:1::1
	wait_for_children "$SERVER_PID" 1
	run_client --bind 2001:db8:0:1::2
	wait_for_lines "$SERVER_LOG" "refused connection" 1
	assert_line "$SERVER_LOG" "refused connection" '.server.peer | startswith("[2001:db8:0:1::2]:")'
	start_client --bind 2001:db8:0:2::1
	wait_for_children "$SERVER_PID" 2
}

@test "by default a stranger with 1,100 idle connections leaves places for another's check" {
	start_responder
	SERVER_ADDRESS=$RESPONDER_ADDRESS
	start_peer 1100 wait
	wait_for_lines "$RESPONDER_LOG" "refused connection" 1
	assert_line "$RESPONDER_LOG" "refused connection" '.responder.limit == 512'
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "$PROGRAM" check --config none \
		--server "$RESPONDER_ADDRESS" --bind 127.0.0.2 --scenario request,download
	wait_for_end "$PID"
	assert_equal "$STATUS" 0 "exit status" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	kill -USR1 "$RESPONDER_PID"
	wait_for_lines "$RESPONDER_LOG" status 1
	# The check's last connections may not have been reaped yet.
	assert_line "$RESPONDER_LOG" status '.responder.children < 520 and .responder.refused > 0'
}
