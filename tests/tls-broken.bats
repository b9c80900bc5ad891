#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A box that ends TLS on both sides, and is bad at it: its own log is the truth.

load helpers/common
load helpers/check
load boxes/boxes
load helpers/tls

setup() {
	need python3
	need_tls
	make_own_cert
	start_far_end --tls-cert "$PEM" --linger-timeout 3s
}

teardown() {
	stop_all
}

# through MODE: one half-close through the box; it did WHAT in mid-stream.
through() {
	local log=$BATS_TEST_TMPDIR/box.log
	background "$log" "$log.err" python3 "$HELPERS/tls_box.py" "$1" "$SERVER_ADDRESS" "$PEM"
	wait_for_line "$log" "^listening on " || fail "no box" "$log.err"
	SERVER_ADDRESS=$(sed -n 's/^listening on //p' "$log")
	check_json --tls both --tls-ca "$PEM" --scenario download --size 128k --chunk 4k --interval 20ms \
		--timeout 5s
	awk -v what="$2" '$2 == what && $3 > 60000 { found = 1 } END { exit !found }' "$log" ||
		fail "the box did not say: $2" "$log" "$log.err"
}

@test "passes the alert on: preserved" {
	through faithful passed
	assert_scenario download preserved
	assert_status 0
}

@test "swallows the alert and passes a FIN: close-notify-lost" {
	through bare swallowed
	assert_scenario download close-notify-lost "lost the close_notify that was sent"
	jq -e '.scenarios[].remote.events | map(.event) | index("eof-without-close-notify") != null' "$CHECK_OUT"
	assert_status 1
}

@test "answers the alert by closing: full-close" {
	through close closed
	assert_scenario download full-close "answered the close_notify and the FIN by closing both directions"
	assert_status 1
}
