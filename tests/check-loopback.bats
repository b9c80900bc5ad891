#!/usr/bin/env bats
# check without arguments: its own responder on loopback, every scenario.

load helpers/common
load helpers/check

teardown() {
	stop_all
}

@test "the longest timeout is no short one" {
	run_check --scenario request --hold 0s --timeout 2562047h47m16.854775807s
	assert_status 0
}

@test "every scenario is preserved, with default flags" {
	run_check --format json
	assert_all_preserved 12
	assert_equal "$(jq -r '[.scenarios[].name] | join(" ")' "$CHECK_OUT")" \
		"baseline download request upload echo late slow-reader simultaneous fin-with-data abort large-request client-abort" \
		"scenarios"
}

@test "the report has what its man page promises" {
	check_json --scenario download
	jq -e '.tool == "tcp-half-close-tester" and (.version | type == "string")
		and (.started | test("^20[0-9-]*T[0-9:.]*Z$")) and (.path | has("client", "via", "server"))
		and (.scenarios[0] | has("name", "verdict", "reason", "local", "remote"))' "$CHECK_OUT"
	jq -e '.scenarios[0] | .local, .remote
		| has("role", "events", "bytes-sent", "bytes-received", "bytes-after-fin", "error", "tcp")
		and (.events | length > 2 and all(.[]; has("at", "event", "state")))' "$CHECK_OUT"
}

@test "the report shows what was measured of the path, and what was chosen for it" {
	run_check --scenario request --log-level debug
	assert_status 0
	grep -qE '^path: RTT [0-9.]+ (us|ms), [0-9.]+ [kMG]bit/s; [0-9.]+ [KM]iB per scenario$' "$CHECK_OUT"
	grep -q '"path measured"' "$CHECK_ERR"
	run_check --format json --scenario request --size 20k --jobs 1 --timeout 30s
	jq -e '.path.rtt > 0 and .path.rate > 0 and .path.size == 20480 and .path.jobs == 1
		and .path.timeout == 30e9 and .path."after-fin" >= 3e8' "$CHECK_OUT"
}

@test "both ends agree on what was sent and what arrived" {
	check_json --scenario download,upload
	jq -e 'all(.scenarios[]; .local."bytes-sent" == .remote."bytes-received"
		and .local."bytes-received" == .remote."bytes-sent")' "$CHECK_OUT"
}

@test "--scenario picks, --repeat repeats" {
	check_json --scenario request,late --repeat 3 --hold 100ms
	assert_all_preserved 6
	jq -e '[.scenarios[].name] | sort == ["late", "late", "late", "request", "request", "request"]
		or (unique == ["late", "request"])' "$CHECK_OUT"
}

@test "--jobs plays several at once, with the same result" {
	check_json --jobs 4
	assert_all_preserved 12
}

@test "an unknown scenario is a usage error that names it" {
	run_check --scenario late,downlaod
	assert_status 2
	assert_equal "$(cat "$CHECK_ERR")" "tcp-half-close-tester: invalid argument \"late,downlaod\" for \"--scenario\": unknown \"downlaod\"; did you mean \"download\"?" message
	printf 'check:\n{\n\tscenario = "late,nothing-like-it";\n};\n' >"$BATS_TEST_TMPDIR/conf"
	run_check --config "$BATS_TEST_TMPDIR/conf"
	assert_status 2
	grep -q "/conf:3: invalid argument .* for \"--scenario\": each word must be baseline, download,.* or idle-server$" "$CHECK_ERR"
}

@test "the baseline goes first, wherever it stands" {
	check_json --scenario download,baseline
	assert_equal "$(jq -r '[.scenarios[].name] | join(" ")' "$CHECK_OUT")" "baseline download"
}

@test "no responder at the other end: the check cannot be run" {
	start_far_end
	stop "$RESPONDER_PID"
	run_check
	assert_status 3
	cat "$CHECK_OUT" "$CHECK_ERR" | grep -q "$SERVER_ADDRESS.*Connection refused"
	check_json
	jq -e '.path.client == null and .verdict == "inconclusive"' "$CHECK_OUT"
}

@test "a stream longer than --timeout is no fault of the path" {
	check_json --scenario baseline,download --size 20m --timeout 500ms
	assert_scenario baseline inconclusive "still ran when time was up.*--size or a longer --timeout"
	check_json --scenario request,late,fin-with-data --size 20m --timeout 500ms --hold 100ms
	assert_scenario request inconclusive "still ran when time was up.*--size or a longer --timeout"
	assert_scenario late inconclusive "still ran when time was up.*--size or a longer --timeout"
	assert_status 4
}
