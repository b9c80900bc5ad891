#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every format of a report is read by its own consumer: fixed reports that hold
# every kind of row, and strings made to break each format.

load helpers/common

setup() {
	REPORT=${top_builddir:-$TOP}/tests/unit/report
	[ -x "$REPORT" ] || fail "no tests/unit/report: make check TESTS= builds it"
	OUT=$BATS_TEST_TMPDIR/out
}

# print FORMAT REPORT [STYLE]: to the file OUT.
print() {
	"$REPORT" "$@" >"$OUT" || fail "report $* ended with $?" "$OUT"
}

# All words of --format.
mapfile -t FORMATS < <(sed -n 's/^FORMAT(\([a-z]*\), .*/\1/p' "${top_srcdir:-$TOP}/src/report/formats.def")

REPORTS=(check good one empty probe lived untested remedy helpless)

@test "json: jq reads every report" {
	need jq
	local report
	for report in "${REPORTS[@]}"; do
		print json "$report"
		jq -e '.tool == "tcp-half-close-tester" and (.verdict | type == "string")
			and (.started | test("^2024-12-04T11:18:00[.]97628927Z$"))
			and (.path | has("client") and has("via") and has("server"))' "$OUT" >/dev/null ||
			fail "$report" "$OUT"
	done
}

@test "json: check has the members that the manual promises" {
	need jq
	print json check
	jq -e '.verdict == "full-close" and (.scenarios | length == 11)
		and all(.scenarios[]; has("name") and has("verdict") and has("reason")
			and has("local") and has("remote"))
		and .scenarios[2].local.role == "client"
		and (.scenarios[2].local.events[1] | .event == "first-byte" and .at == 310000)
		and .scenarios[2].remote."bytes-sent" == 540672
		and .scenarios[8].remote == null and .scenarios[8].local != null' "$OUT" ||
		fail "members" "$OUT"
}

@test "json: probe has the members that the manual promises" {
	need jq
	print json probe
	jq -e '.state == "half-closed" and .closer == "client" and .verdict == "idle-expired-reset"
		and ."lives-at-least" == 4500000000 and ."dies-before" == 5000000000
		and (.trials | length == 6) and .trials[0].silence == 8000000000
		and .trials[0].verdict == "idle-expired-reset"
		and .culprits[0].system == "Linux conntrack" and .culprits[0].default == 60000000000
		and (.culprits[0] | has("timer") and has("source"))
		and .remedy.keepalive == 2250000000 and .remedy.verdict == "preserved"' "$OUT" ||
		fail "members" "$OUT"
	print json lived
	jq -e '."dies-before" == null and .remedy == null and .culprits == []' "$OUT"
}

@test "every format tells the remedy that was tried, and what came of it" {
	need jq
	local format
	for format in text tap junit markdown html; do
		print "$format" remedy
		grep -q 'with --keepalive 1s, late is preserved (verified)' "$OUT" || fail "$format" "$OUT"
		print "$format" helpless
		grep -q 'none that could be tried from here' "$OUT" || fail "$format" "$OUT"
	done
	print json remedy
	jq -e '.remedy == {tried: "keepalive", keepalive: 1000000000, scenario: "late", verdict: "preserved"}' \
		"$OUT" || fail "json" "$OUT"
	print json helpless
	jq -e 'has("remedy") and .remedy == null' "$OUT" || fail "json" "$OUT"
	print prometheus remedy
	grep -q '^tcp_half_close_check_remedy_works{.*remedy="keepalive"} 1$' "$OUT" || fail "prometheus" "$OUT"
	print prometheus helpless
	refute grep -q remedy "$OUT"
}

@test "every format tells the path's round trip, rate and size" {
	need jq
	local format
	print json check
	jq -e '.path | .rtt == 212000000 and .rate == 387500 and .size == 196608 and .chunk == 4096
		and .interval == 50000000 and .timeout == 30000000000 and ."max-fin-delay" == 1500000000
		and ."after-fin" == 1060000000 and .jobs == 1' "$OUT"
	print json good
	jq -e '.path | has("rtt") and .rtt == null and has("jobs") and .jobs == null' "$OUT"
	print text check
	assert_equal "$(sed -n 2p "$OUT")" "path: RTT 212 ms, 3.1 Mbit/s; 192 KiB per scenario"
	print text probe
	assert_equal "$(sed -n 2p "$OUT")" "path: RTT 212 ms, 3.1 Mbit/s; 192 KiB per trial"
	print text good
	run grep -c '^path:' "$OUT"
	assert_equal "$output" 0
	for format in tap junit markdown; do
		print "$format" check
		grep -q 'RTT 212 ms, 3.1 Mbit/s; 192 KiB per scenario' "$OUT" || fail "$format" "$OUT"
	done
	print prometheus check
	grep -qx 'tcp_half_close_check_rtt_seconds{.*} 0.212' "$OUT"
	grep -qx 'tcp_half_close_check_rate_bytes_per_second{.*} 387500' "$OUT"
	grep -qx 'tcp_half_close_check_max_fin_delay_seconds{.*} 1.5' "$OUT"
}

@test "json: hostile strings come back as they were" {
	need jq
	print json one
	run jq -r '.scenarios[0].reason' "$OUT"
	[[ $output == *'"quote"'*'<tag> & | pipe; #hash \back`tick`'* ]]
	[ "${#lines[@]}" = 2 ]
}

@test "every format: UTF-8 whatever a peer has sent" {
	need iconv
	local format
	[ "${#FORMATS[@]}" -ge 6 ]
	for format in "${FORMATS[@]}"; do
		print "$format" check uv
		iconv -f UTF-8 -t UTF-8 "$OUT" >/dev/null || fail "$format" "$OUT"
	done
}

# instructions FORMAT ROWS: how many it takes to print them. INSTRUCTIONS.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$REPORT" "$1" "$2" \
		>/dev/null 2>"$BATS_TEST_TMPDIR/log" || fail "$1 $2" "$BATS_TEST_TMPDIR/log"
	INSTRUCTIONS=$(sed -n 's/.* Collected : //p' "$BATS_TEST_TMPDIR/log")
	[ "$INSTRUCTIONS" -gt 0 ]
}

@test "every format: more rows take as much work as those before" {
	need valgrind
	has_sanitizer && skip "a sanitizer's build does not run under valgrind"
	local format sign step first second
	for format in "${FORMATS[@]}"; do
		step=330 # whole rounds of the rows that differ
		# Much work for each row, so that valgrind takes long.
		case $format in json | junit | tap | html) step=66 ;; esac
		for sign in "" -; do # rows of check, trials of probe
			instructions "$format" "$sign$step"
			first=$INSTRUCTIONS
			instructions "$format" "$sign$((step * 2))"
			second=$((INSTRUCTIONS - first))
			first=$INSTRUCTIONS
			instructions "$format" "$sign$((step * 3))"
			# A single look at all rows for each row is a fifth more in the text; what
			# malloc(3) does for JSON varies by a tenth.
			[ $((INSTRUCTIONS - first)) -lt $((second * 115 / 100 + 200000)) ] ||
				fail "$format: $second for $step rows more, then $((INSTRUCTIONS - first))"
		done
	done
}

@test "tap: prove counts what failed, and nothing untested passes" {
	need prove
	print tap good
	run prove -e cat "$OUT"
	[ "$status" = 0 ]
	[[ $output == *"Tests=4"* ]]
	print tap check
	run prove -e cat "$OUT"
	[ "$status" != 0 ]
	[[ $output == *"Failed tests:  3-9, 11"* ]]
	[[ $output != *"Parse errors"* ]]
	local report
	for report in one empty probe untested; do
		print tap "$report"
		run prove -e cat "$OUT"
		[ "$status" != 0 ]
		[[ $output == *"Result: FAIL"* ]]
		[[ $output != *"Parse errors"* ]]
		[[ $output != *"skipped"* ]]
	done
}

@test "tap: prove reads diagnostics and ladders without complaint" {
	need prove
	local report
	for report in "${REPORTS[@]}"; do
		print tap "$report" uv
		run prove --parse -e cat "$OUT"
		[[ $output != *"Parse errors"* ]]
		[[ $output != *"Unknown"* ]]
	done
}

@test "junit: xmllint reads every report" {
	need xmllint
	local report
	for report in "${REPORTS[@]}"; do
		print junit "$report"
		run xmllint --noout "$OUT"
		[ "$status" = 0 ] || fail "$report: $output"
	done
}

@test "junit: broken is a failure, inconclusive an error, and the counts agree" {
	need xmllint
	print junit check
	xpath() { xmllint --xpath "$1" "$OUT"; }
	[ "$(xpath 'string(/testsuites/testsuite/@tests)')" = 11 ]
	[ "$(xpath 'count(//testcase)')" = 11 ]
	[ "$(xpath 'string(/testsuites/testsuite/@failures)')" = 7 ]
	[ "$(xpath 'count(//testcase/failure)')" = 7 ]
	[ "$(xpath 'string(/testsuites/testsuite/@errors)')" = 1 ]
	[ "$(xpath 'string(//testcase[error]/@name)')" = "echo run 1" ]
	[ "$(xpath 'string(//testcase[@name="download run 2"]/failure/@type)')" = full-close ]
	[[ "$(xpath 'string(//testcase[@name="late run 3"]/failure/@message)')" == *'"quote"'*'<tag> & | pipe'* ]]
	[[ "$(xpath 'string(//testcase[@name="download run 2"]/system-out)')" == *EPIPE* ]]
	print junit empty
	[ "$(xpath 'count(//testcase/error)')" = 1 ]
}

@test "prometheus: promtool finds nothing to say" {
	need promtool
	local report
	for report in "${REPORTS[@]}"; do
		print prometheus "$report"
		run promtool check metrics <"$OUT"
		[ "$status" = 0 ] && [ -z "$output" ] || fail "$report: $output" "$OUT"
	done
}

@test "prometheus: every series once, with the values that were measured" {
	local report
	for report in "${REPORTS[@]}"; do
		print prometheus "$report"
		[ -z "$(sed -e '/^#/d' -e 's/ [^ ]*$//' "$OUT" | LC_ALL=C sort | uniq -d)" ]
	done
	print prometheus probe
	grep -qx 'tcp_half_close_probe_lives_at_least_seconds{.*} 4.5' "$OUT"
	grep -qx 'tcp_half_close_probe_dies_before_seconds{.*} 5' "$OUT"
	grep -qx 'tcp_half_close_probe_remedy_works{.*} 1' "$OUT"
	print prometheus lived
	grep -qx 'tcp_half_close_probe_dies_before_seconds{.*} +Inf' "$OUT"
	print prometheus check
	grep -qx 'tcp_half_close_check_verdict{.*scenario="download",verdict="fin-lost"} 1' "$OUT"
	grep -qx 'tcp_half_close_check_preserved{.*scenario="simultaneous"} 1' "$OUT"
	grep -qx 'tcp_half_close_check_preserved{.*scenario="download"} 0' "$OUT"
	grep -qx 'tcp_half_close_check_exit_status{.*} 1' "$OUT"
}

@test "markdown: every row of a table has the columns of its head" {
	local report
	for report in "${REPORTS[@]}"; do
		print markdown "$report"
		# A column ends at each bar that no backslash precedes.
		run awk '/^[|]/ {
				line = $0; gsub(/\\\\/, "", line); gsub(/\\[|]/, "", line)
				n = gsub(/[|]/, "", line)
				if (!inside) { columns = n; inside = 1 }
				if (n != columns) { print "line " NR ": " n ", not " columns; bad = 1 }
				rows++
				next
			}
			{ inside = 0 }
			END { if (rows < 3) { print "no table"; bad = 1 }; exit bad }' "$OUT"
		[ "$status" = 0 ] || fail "$report: $output" "$OUT"
	done
}

@test "markdown: a diagram for each that failed, of nothing but its own syntax" {
	print markdown check
	[ "$(grep -c '^sequenceDiagram$' "$OUT")" = 7 ]
	# Whatever a peer has put into a name is text between the arrows.
	run awk '/^```mermaid$/ { inside = 1; next }
		/^```$/ { inside = 0; next }
		inside && !/^(sequenceDiagram|  participant [CMS] as .*|  [CMS](->>|-x)[CMS]: .*|  Note (left of C|right of S|over C,S): .*)$/ {
			print; bad = 1
		}
		inside && /[;]/ { gsub(/#[0-9]+;/, ""); if (/[;]/) { print; bad = 1 } }
		END { exit bad }' "$OUT"
	[ "$status" = 0 ] || fail "$output"
	print markdown good
	run grep -c mermaid "$OUT"
	[ "$output" = 0 ]
}

@test "text: nothing a peer has chosen reaches the terminal as a command" {
	local report style
	for report in "${REPORTS[@]}"; do
		for style in v uv tv utv; do
			print text "$report" "$style"
			run grep -n "$(printf '[\001-\010\013-\037\177]')" "$OUT"
			[ "$status" = 1 ] || fail "$report $style: $output"
		done
		print text "$report" tv
		run env LC_ALL=C grep -n "$(printf '[\200-\377]')" "$OUT"
		[ "$status" = 1 ] || fail "$report: $output"
	done
}

@test "text: colours only where they are asked for, each one ended" {
	print text check uc
	local on off
	on=$(grep -o "$(printf '\033')\[[1-9][0-9]*m" "$OUT" | wc -l)
	off=$(grep -o "$(printf '\033')\[0m" "$OUT" | wc -l)
	[ "$on" -gt 20 ]
	[ "$on" = "$off" ]
	sed "s/$(printf '\033')\[[0-9]*m//g" "$OUT" >"$OUT.plain"
	print text check u
	cmp "$OUT" "$OUT.plain"
}

@test "text: short when all is well, ladders of what failed otherwise" {
	print text good
	[ "$(wc -l <"$OUT")" -le 10 ]
	run grep -c '^here: ' "$OUT"
	[ "$output" = 0 ]
	grep -qx 'Half-close works on this path.' "$OUT"
	print text good v
	[ "$(grep -c '^here: ' "$OUT")" = 3 ]
	print text check
	[ "$(grep -c '^here: ' "$OUT")" = 7 ]
	grep -qx 'Half-close is broken on this path.' "$OUT"
	print text empty
	grep -qx 'Nothing was tested.' "$OUT"
}

@test "text: the probe's answer comes first" {
	print text probe
	run sed -n 4p "$OUT"
	[ "$output" = 'FAIL An idle half-closed connection survives at least 4.5s and fails before 5s' ]
	grep -q '^  there     RST (ECONNRESET) after 5.0 s' "$OUT"
	grep -q '^  remedy    keepalive every 2.25s keeps the connection alive' "$OUT"
	grep -qx '  trials    ok   1s  ok   2s  ???? 3s  ok   4.5s  FAIL 5s  FAIL 8s' "$OUT"
	[ "$(grep -c '^here: ' "$OUT")" = 1 ]
}

@test "text: no line beyond the terminal's 80 columns" {
	print text check utv
	# The heading is as long as the addresses are.
	run awk 'NR > 1 { gsub(/[\200-\277]/, ""); if (length($0) > 80) { print; bad = 1 } } END { exit bad }' "$OUT"
	[ "$status" = 0 ] || fail "$output"
}
