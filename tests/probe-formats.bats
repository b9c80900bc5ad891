#!/usr/bin/env bats
# The probe's report in each format, read by the tool that it is for.

load helpers/common
load helpers/check
load helpers/probe

teardown() {
	stop_all
}

# A path whose connections die after 250 ms.
dying() {
	start_far_end
	start_relay forward --cut-after 250
	run_probe --format "$1" --min 100ms --max 600ms --resolution 100ms "${@:2}"
}

@test "JSON: what the manual promises, for a path that lives" {
	probe_json --max 1s
	assert_probe '.tool == "tcp-half-close-tester" and (.version | type == "string")
		and (.started | test("^20[0-9-]*T[0-9:.]*Z$")) and (.path | has("client", "via", "server"))
		and has("state", "closer", "verdict", "reason", "lives-at-least", "dies-before", "trials",
			"culprits", "remedy")
		and ."dies-before" == null and .remedy == null and .culprits == []
		and (.trials | length > 1 and all(.[]; has("silence", "verdict")))'
}

@test "JSON: what the manual promises, for a path that dies" {
	dying json
	assert_status 1
	assert_probe '."lives-at-least" >= 1e8 and ."dies-before" > ."lives-at-least"
		and ([."lives-at-least", ."dies-before", .trials[].silence]
			| all(.[]; type == "number" and floor == .))
		and any(.trials[]; .verdict == "idle-expired-close")'
	# Of both ends: how each saw the connection die.
	assert_probe 'first(.trials[] | select(.verdict != "preserved"))
		| any(.local.events[]; .event == "eof") and .remote.error == "EPIPE"'
}

@test "JSON: culprits name system, timer, default and source" {
	# Near the 100 ms of Traefik.
	start_far_end
	start_relay forward --cut-after 150
	probe_json --min 200ms --max 400ms --resolution 100ms
	assert_probe '.culprits | length > 0 and all(.[];
		(.system | type == "string") and (.timer | type == "string")
		and (.default | type == "number") and (.source | type == "string"))'
	assert_probe 'any(.culprits[]; .timer == "terminationDelay" and .default == 1e8)'
}

@test "JSON: --via shows in the path, and the responder is its own" {
	start_far_end
	local own=${RESPONDER_ADDRESS}
	stop "$RESPONDER_PID"
	start_relay forward
	probe_json --listen "$own" --via "$RELAY_ADDRESS" --max 1s
	assert_status 0
	assert_probe '.path.via == $via and .path.server == $own' \
		--arg via "$RELAY_ADDRESS" --arg own "$own"
}

# metric NAME: its value.
metric() {
	sed -n "s/^[a-z_]*_$1{[^}]*} //p" "$PROBE_OUT"
}

@test "Prometheus: gauges for both bounds" {
	need promtool
	dying prometheus
	assert_status 1
	promtool check metrics <"$PROBE_OUT"
	jq -en --argjson lives "$(metric lives_at_least_seconds)" \
		--argjson dies "$(metric dies_before_seconds)" \
		'$lives >= 0.1 and $dies > $lives and $dies < 1'
	grep -q 'verdict="idle-expired-close"' "$PROBE_OUT"
	assert_equal "$(metric exit_status)" 1 exit_status
}

@test "Prometheus: +Inf where none died" {
	need promtool
	run_probe --format prometheus --max 1s
	assert_status 0
	promtool check metrics <"$PROBE_OUT"
	assert_equal "$(metric lives_at_least_seconds)" 1 lives_at_least_seconds
	assert_equal "$(metric dies_before_seconds)" +Inf dies_before_seconds
}

@test "TAP: prove fails a path that dies and passes one that lives" {
	need prove
	dying tap
	refute prove -e cat "$PROBE_OUT"
	unset SERVER_ADDRESS
	run_probe --format tap --max 1s
	prove -e cat "$PROBE_OUT"
}

@test "JUnit: well-formed, with a failure" {
	need xmllint
	dying junit
	xmllint --noout "$PROBE_OUT"
	[ "$(xmllint --xpath 'count(//testcase/failure)' "$PROBE_OUT")" -gt 0 ]
}

@test "Markdown: says the answer" {
	dying markdown
	grep -q 'survives at least [0-9.]*ms and fails before [0-9.]*ms' "$PROBE_OUT"
}

@test "text: both bounds, both ends, the standards" {
	dying text
	grep -q 'An idle half-closed connection survives at least [0-9.]*ms and fails before [0-9.]*ms' \
		"$PROBE_OUT"
	grep -q 'verdict  *idle-expired-close: ' "$PROBE_OUT"
	grep -q 'here  *EOF after 2[0-9][0-9] ms' "$PROBE_OUT"
	grep -q 'there  *RST (EPIPE)' "$PROBE_OUT"
	grep -q 'violates RFC 5382 REQ-5' "$PROBE_OUT"
}

@test "--output: the report is there, whole, and standard output is empty" {
	run_probe --format json --max 1s -o "$BATS_TEST_TMPDIR/report"
	[ ! -s "$PROBE_OUT" ]
	jq -e '.verdict == "preserved"' "$BATS_TEST_TMPDIR/report"
	assert_equal "$(find "$BATS_TEST_TMPDIR" -name 'report*' | wc -l)" 1 "files left"
}
