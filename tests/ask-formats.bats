#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The reports of ask, in each format: the sentence for a bug report, the line for
# sh(1), and a variant that does not count.

load helpers/common
load helpers/services

setup() {
	start_odd differs-at-eof
}

teardown() {
	stop_all
}

asked() {
	run_ask --repeat 1 --format "$1" "http://$SERVICE_ADDRESS/"
	assert_equal "$ASK_STATUS" 1 "exit status" "$ASK_OUT" "$ASK_ERR"
}

@test "text" {
	asked text
	grep -q "behind  *reply-differs .* HTTP 400, 114 bytes, instead of HTTP 200, 5116 bytes" "$ASK_OUT"
	grep -q "^\(skip\|-\) reading  *skipped " "$ASK_OUT"
	grep -q "^http://$SERVICE_ADDRESS/ does not survive a half-close: when the client half-closes right after the request, HTTP 400" "$ASK_OUT"
	grep -q "^  printf 'GET / HTTP/1.1.*' | nc -N 127.0.0.1 ${SERVICE_ADDRESS##*:}\$" "$ASK_OUT"
	grep -q "FIN_WAIT" "$ASK_OUT"
}

@test "json" {
	asked json
	jq -e '.command == "ask" and .verdict == "reply-differs" and (.scenarios | length) == 6' "$ASK_OUT"
	jq -e '.summary | test("does not survive a half-close")' "$ASK_OUT"
	jq -e '.reproduce | test("nc -N")' "$ASK_OUT"
	jq -e '.scenarios[] | select(.name == "behind") |
		.skipped == false and .runs == 1 and .alike == 1 and .reply == "HTTP 400, 114 bytes"' "$ASK_OUT"
	jq -e '.scenarios[] | select(.name == "behind") | .local.role == "client" and .remote == null' "$ASK_OUT"
	jq -e '.scenarios[] | select(.name == "reading") | .skipped and .verdict == "inconclusive"' "$ASK_OUT"
}

@test "tap" {
	asked tap
	grep -q "^1\.\.6$" "$ASK_OUT"
	grep -q "^ok 1 - open: preserved" "$ASK_OUT"
	grep -q "^not ok 2 - behind: reply-differs" "$ASK_OUT"
	grep -q "^ok 5 - reading # SKIP " "$ASK_OUT"
	grep -q "^# .*does not survive a half-close" "$ASK_OUT"
}

@test "junit" {
	need xmllint
	asked junit
	xmllint --noout "$ASK_OUT"
	grep -q 'tests="6" failures="4" errors="0" skipped="1"' "$ASK_OUT"
	grep -q '<skipped message="' "$ASK_OUT"
}

@test "markdown" {
	asked markdown
	grep -q '^| ❌ | behind | `reply-differs` |' "$ASK_OUT"
	grep -q '^| ➖ | reading | `skipped` |' "$ASK_OUT"
	grep -q "^printf 'GET" "$ASK_OUT"
}

@test "prometheus" {
	asked prometheus
	grep -q "^tcp_half_close_ask_verdict{target=\"http://$SERVICE_ADDRESS/\",scenario=\"behind\",verdict=\"reply-differs\"} 1" "$ASK_OUT"
	grep -q '^tcp_half_close_ask_preserved{.*scenario="open"} 1' "$ASK_OUT"
	grep -q '^tcp_half_close_ask_exit_status{.*} 1' "$ASK_OUT"
	refute grep -q 'scenario="reading"} 1' "$ASK_OUT"
}

@test "--show prints how the replies begin, --save keeps them" {
	run_ask --repeat 2 --show --save "$BATS_TEST_TMPDIR/replies" --format text "http://$SERVICE_ADDRESS/"
	grep -q "^open: HTTP 200, 5116 bytes" "$ASK_OUT"
	grep -q "^  | HTTP/1.1 400 Bad request" "$ASK_OUT"
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/replies/open")" 5116 "size of the reply to open"
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/replies/behind-2")" 114 "size of the second reply to behind"
}

@test "--output takes the report" {
	run_ask --repeat 1 -o "$BATS_TEST_TMPDIR/report" "http://$SERVICE_ADDRESS/"
	jq -e '.verdict == "reply-differs"' "$BATS_TEST_TMPDIR/report"
	assert_equal "$(cat "$ASK_OUT")" ""
}
