# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Verdicts against the relay's log. Load after common.bash, check.bash and
# relay.bash.

# The path's round trip, ns, if it is more than what check measures (up to the relay):
# between full-close and linger-cutoff lie a few of them.
TRUTH_RTT=0

# Whether packets may be lost between the relay and an end.
TRUTH_LOSSY=false

# truths: for every row of the report its name, its verdict, the verdicts that the
# relay's log allows (none: its connection never came to the relay) and the reason,
# one JSON object a line.
truths() {
	local functions
	functions=$(sed '$d' "$HELPERS/truth.jq") # all but the call
	relay_lines | jq -sc '[.[] | select(.what == "request" and .request == "play").conn] as $played
		| map(select(.conn | IN($played[]))) | group_by(.conn)' >"$RELAY_LOG.conns"
	jq -c --slurpfile conns "$RELAY_LOG.conns" --argjson least_rtt "$TRUTH_RTT" --arg scenario - \
		--argjson bound 0 --argjson lossy "$TRUTH_LOSSY" "$functions"'
		(.path."max-fin-delay" // 1e9) as $bound | ([.path.rtt // 0, $least_rtt] | max) as $rtt
		| .scenarios[] | . as $row | .name as $name
		# The last attempt counts; a baseline may be that which measured the path.
		| [$conns[0][] | select(any(.[]; .scenario == $name))]
		| if $name == "baseline" then . else .[-1:] end
		| { name: $row.name, verdict: $row.verdict, reason: $row.reason,
			truth: (map(truth($name; $rtt; $bound)) | add // [] | unique) }' "$CHECK_OUT"
}

# assert_truth [BROKEN]: every verdict of the report is one that the relay's log
# allows, and BROKEN rows at least (default 1) are not preserved.
assert_truth() {
	local wrong
	truths >"$CHECK_OUT.truth"
	wrong=$(jq -c 'select(.verdict as $said | .truth | if . == [] then $said == "preserved"
		else all(.[]; . != $said) end)' "$CHECK_OUT.truth")
	if [ -n "$wrong" ]; then
		echo "not what the relay did:"
		jq -r '"\(.name): \(.verdict), true is \(.truth | join(" or ")): \(.reason)"' <<<"$wrong"
		echo "--- all rows"
		jq -r '"\(.name): \(.verdict), \(.truth | join("|"))"' "$CHECK_OUT.truth"
		echo "--- the relay"
		jq -c --argjson wrong "$(jq -s 'map(.name)' <<<"$wrong")" \
			'.[] | select(.[0].conn as $n | any(.[]; .scenario | IN($wrong[]))) | .[]' "$RELAY_LOG.conns"
		cat "$CHECK_ERR"
		return 1
	fi
	jq -se --argjson n "${1:-1}" '[.[] | select(.verdict != "preserved")] | length >= $n' \
		"$CHECK_OUT.truth" >/dev/null || fail "fewer than ${1:-1} rows are broken" "$CHECK_OUT.truth" "$RELAY_LOG"
}

# truth_of FAULT...: check through a relay with these faults; its verdicts are true.
# TRUTH_CHECK: more flags for check. Short of time, since a broken path makes it wait.
TRUTH_CHECK=(--timeout 5s)
truth_of() {
	local fault flags=()
	for fault in "$@"; do
		flags+=(--fault "$fault")
	done
	start_relay forward "${flags[@]}"
	run_check --format json "${TRUTH_CHECK[@]}"
	jq -e . "$CHECK_OUT" >/dev/null || fail "no JSON" "$CHECK_OUT" "$CHECK_ERR"
}
