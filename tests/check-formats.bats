#!/usr/bin/env bats
# The report's formats, each read by the tool that it is for.

load helpers/common
load helpers/check

setup() {
	start_far_end --linger-timeout 3s
}

teardown() {
	stop_all
}

report() {
	run_check --format "$1" --scenario baseline,download --size 128k --chunk 4k --interval 20ms
}

@test "TAP: prove passes a good path" {
	need prove
	report tap
	prove -e cat "$CHECK_OUT"
}

@test "TAP: prove fails a bad path, and the ladder is in comments" {
	need prove
	start_relay close
	report tap
	grep -q '^not ok .*download' "$CHECK_OUT"
	refute prove -e cat "$CHECK_OUT"
	refute grep -v -e '^ok ' -e '^not ok ' -e '^1\.\.' -e '^#' -e '^ ' -e '^TAP version' "$CHECK_OUT"
}

@test "JUnit: well-formed, with one failure" {
	need xmllint
	start_relay close
	report junit
	xmllint --noout "$CHECK_OUT"
	assert_equal "$(xmllint --xpath 'string(//testsuite/@tests)' "$CHECK_OUT")" 2 tests
	assert_equal "$(xmllint --xpath 'count(//testcase)' "$CHECK_OUT")" 2 testcases
	assert_equal "$(xmllint --xpath 'count(//testcase/failure)' "$CHECK_OUT")" 1 failures
	assert_equal "$(xmllint --xpath 'string(//testsuite/@failures)' "$CHECK_OUT")" 1 failures
}

@test "Prometheus: promtool accepts it" {
	need promtool
	report prometheus
	promtool check metrics <"$CHECK_OUT"
	grep -v '^#' "$CHECK_OUT" | grep -q 'scenario="download"'
}

@test "Prometheus: a check that could not be run says 3, not inconclusive" {
	stop "$RESPONDER_PID"
	report prometheus
	assert_status 3
	grep -qx 'tcp_half_close_check_exit_status{.*} 3' "$CHECK_OUT"
}

@test "Markdown: a table and a sequence diagram for what failed" {
	start_relay close
	report markdown
	grep -q '^|.*download.*full-close' "$CHECK_OUT"
	grep -q '^```mermaid' "$CHECK_OUT"
	grep -q 'sequenceDiagram' "$CHECK_OUT"
	assert_equal "$(($(grep -c '^```' "$CHECK_OUT") % 2))" 0 "open fences" "$CHECK_OUT"
}

@test "text: a line a scenario, and a ladder for what failed only" {
	start_relay close
	report text
	grep -q 'baseline.*preserved' "$CHECK_OUT"
	grep -q 'download.*full-close' "$CHECK_OUT"
	grep -q 'FIN' "$CHECK_OUT"
	grep -q 'CLOSE_WAIT\|FIN_WAIT' "$CHECK_OUT"
}

@test "text: a path that fails the baseline is not blamed for half-closes" {
	start_relay forward --flip 1000
	report text
	assert_status 1
	grep -qx 'The path is broken even without a half-close.' "$CHECK_OUT"
}

@test "text: without a responder nothing was tested" {
	stop "$RESPONDER_PID"
	report text
	assert_status 3
	grep -qx 'Nothing was tested.' "$CHECK_OUT"
}

@test "text: ASCII where the locale is, no colour in a file" {
	start_relay close
	LC_ALL=C report text
	refute grep -q "$(printf '\033')" "$CHECK_OUT"
	LC_ALL=C refute grep -q '[^ -~	]' "$CHECK_OUT"
}

@test "JSON: one document, and --output writes it whole or not at all" {
	run_check --format json --scenario download -o "$BATS_TEST_TMPDIR/report"
	[ ! -s "$CHECK_OUT" ]
	jq -e '.scenarios | length == 1' "$BATS_TEST_TMPDIR/report"
	assert_equal "$(find "$BATS_TEST_TMPDIR" -name 'report*' | wc -l)" 1 "files left"
}

@test "--output that cannot be written is refused before anything is played" {
	local where
	mkdir "$BATS_TEST_TMPDIR/folder"
	for where in "$BATS_TEST_TMPDIR/folder" "$BATS_TEST_TMPDIR/none/report"; do
		run_check --format json -o "$where"
		assert_status 3
		grep -q "cannot write \"$where\"" "$CHECK_ERR"
	done
	refute grep -q '"start to play"' "$RESPONDER_LOG"
}
