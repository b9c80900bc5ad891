#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Runs the C programs of tests/unit: pure functions against tables of cases,
# reported as TAP.

load helpers/common

# unit NAME: every case passes, as many as its plan says, and at least one.
unit() {
	local program=${top_builddir:-$TOP}/tests/unit/$1 plan
	[ -x "$program" ] || fail "no tests/unit/$1: make check TESTS= builds it"
	run "$program"
	[ "$status" = 0 ] || fail "$(grep -v '^ok ' <<<"$output")"
	[[ $output != *"not ok"* ]] || fail "$(grep -v '^ok ' <<<"$output")"
	plan=$(sed -n 's/^1\.\.//p' <<<"$output")
	[ "$plan" -gt 0 ]
	assert_equal "$(grep -c '^ok ' <<<"$output")" "$plan" "number of cases"
}

@test "bisect" { unit bisect; }
@test "children" { unit children; }
@test "command line" { unit command_line; }
@test "diagnosis" { unit diagnosis; }
@test "difference" { unit difference; }
@test "exchange" { unit exchange; }
@test "fit" { unit fit; }
@test "http reply" { unit http_reply; }
@test "jobs" { unit jobs; }
@test "known timers" { unit known_timers; }
@test "log" { unit log; }
@test "model" { unit model; }
@test "names" { unit names; }
@test "network" { unit network; }
@test "observation" { unit observation; }
@test "options" { unit options; }
@test "parse" { unit parse; }
@test "payload" { unit payload; }
@test "protocol" { unit protocol; }
@test "reach" { unit reach; }
@test "redact" { unit redact; }
@test "remedy" { unit remedy; }
@test "reply" { unit reply; }
@test "report" { unit report; }
@test "sandbox" { unit sandbox; }
@test "scenarios" { unit scenarios; }
@test "session" { unit session; }
@test "sock" { unit sock; }
@test "sources" { unit sources; }
@test "span" { unit span; }
@test "suite" { unit suite; }
@test "text" { unit text; }
@test "tls" { unit tls; }
@test "verdict" { unit verdict; }
@test "views" { unit views; }

@test "no program is forgotten here" {
	diff <(cd "${top_srcdir:-$TOP}/tests/unit" && printf '%s\n' *.c | sed 's/\.c$//') \
		<(sed -n 's/^@test .* { unit \(.*\); }$/\1/p' "$BATS_TEST_FILENAME")
}
