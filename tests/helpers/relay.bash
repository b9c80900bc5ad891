# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of the relay and those that ask it what it did: two plain ends
# with the relay between them, and its log. Load after common.bash; service.bash
# has the peers.

# relay_lines: the log's objects, one a line.
relay_lines() {
	jq -cR 'fromjson?' "$RELAY_LOG"
}

has_told() {
	relay_lines | jq -se --arg what "$1" --arg side "$2" \
		"any(.[]; .what == \$what and .side == \$side and ($3))" >/dev/null
}

# told WHAT SIDE [FILTER]: the relay did that, or does so soon; the line satisfies
# the jq filter.
told() {
	wait_for "$PATIENCE" has_told "$1" "$2" "${3:-true}" ||
		fail "the relay did not tell: $1 $2 ${3:-}" "$RELAY_LOG"
}

# never_told WHAT SIDE: and it did not, so far.
never_told() {
	refute has_told "$1" "$2" true
}

# ns_of WHAT SIDE: when it did so first, since the connection began.
ns_of() {
	relay_lines | jq -s --arg what "$1" --arg side "$2" \
		'map(select(.what == $what and .side == $side))[0].ns'
}

# least_ns MS FROM TO: TO is that much later than FROM (each "WHAT SIDE") at least.
least_ns() {
	local from to
	# shellcheck disable=SC2086 # two words each
	from=$(ns_of $2) to=$(ns_of $3)
	[ $((to - from)) -ge $(($1 * 1000000)) ] || fail "only $((to - from)) ns from $2 to $3" "$RELAY_LOG"
}

# start_end STEPS...: the server, a peer that does the steps with one connection.
# Sets END_LOG.
start_end() {
	find_peer
	SERIAL=$((SERIAL + 1))
	END_LOG=$BATS_TEST_TMPDIR/end-$SERIAL.log
	background "$END_LOG" "$END_LOG.err" "$PEER" 127.0.0.1:0 1 listen "$@"
	wait_for_line "$END_LOG" "^listening on " || fail "no peer" "$END_LOG.err"
	# shellcheck disable=SC2034 # for start_relay
	SERVER_ADDRESS=$(sed -n 's/^listening on //p' "$END_LOG")
}

# between CLIENT-STEPS -- SERVER-STEPS -- SWITCHES: both ends and the relay
# between them.
between() {
	local client=() server=()
	while [ "$1" != -- ]; do client+=("$1") && shift; done
	shift
	while [ "$1" != -- ]; do server+=("$1") && shift; done
	shift
	start_end "${server[@]}"
	start_relay forward "$@"
	start_peer 1 "${client[@]}"
}

# client_did LINE, server_did LINE: it tells so, or does so soon (basic regular
# expression for the whole line).
client_did() {
	wait_for_line "$PEER_LOG" "^$1\$"
}

server_did() {
	wait_for_line "$END_LOG" "^$1\$"
}
