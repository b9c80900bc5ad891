#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The middleboxes that start fastest, of those in tests/boxes/table: each is
# diagnosed as itself; a NAT, which keeps all, has no suspect, and a path that is in
# no table is told so. tests/long/boxes.bats plays all of them.

load helpers/common
load helpers/service
load helpers/check
load helpers/probe
load helpers/netns
load boxes/boxes
load helpers/services
load boxes/play

setup_file() {
	need_netns
	need haproxy nginx socat node python3 nft
}

teardown() {
	stop_all
}

@test "each box is among its first three suspects" {
	# shellcheck disable=SC2034 # for play_boxes
	BOXES_DIR=$BATS_TEST_TMPDIR/boxes BOX_MAX_IDLE="" BOX_HOLD=1s
	# Of the others some make Node.js wait for ten seconds.
	# shellcheck disable=SC2034
	BOX_SCENARIOS=baseline,upload,late-server,abort,client-abort
	play_boxes 1 haproxy nginx-stream socat node python nat
	assert_equal "$(misdiagnosed)" "" "misdiagnosed"
	jq -e '.pattern == ["none"]' "$BOXES_DIR/nat.json"
}

@test "what no known system does is said to be new" {
	start_far_end
	start_relay forward --delay-fin 400
	run_check --scenario baseline,download,request --max-fin-delay 100ms
	grep -q "No known system behaves like this" "$CHECK_OUT" || fail "not new" "$CHECK_OUT"
}
