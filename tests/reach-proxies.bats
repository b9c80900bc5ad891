#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Real proxies: each is reached as it should be, and what it makes of a half-close has
# its name.

load helpers/common
load helpers/check
load helpers/services
load boxes/boxes

teardown() {
	stop_all
}

# through NAME: plays two scenarios through the proxy that start_NAME starts.
through() {
	need jq
	start_far_end
	"start_$1"
	rc=0
	"$PROGRAM" check --config none -s "$SERVER_ADDRESS" "${BOX_FLAGS[@]}" --scenario baseline,request \
		--format json >"$BATS_TEST_TMPDIR/json" 2>"$BATS_TEST_TMPDIR/err" || rc=$?
	VERDICTS=$(jq -r '[.scenarios[].verdict] | join(" ")' "$BATS_TEST_TMPDIR/json")
	assert_equal "$(jq -r .path.proxy "$BATS_TEST_TMPDIR/json")" "${BOX_FLAGS[1]}"
}

@test "microsocks closes both ways" {
	through microsocks
	assert_equal "$rc $VERDICTS" "1 preserved full-close"
}

@test "dante keeps a half-close" {
	through dante
	assert_equal "$rc $VERDICTS" "0 preserved preserved"
}

@test "ssh -D keeps a half-close" {
	through ssh_dynamic
	assert_equal "$rc $VERDICTS" "0 preserved preserved"
}

@test "tinyproxy closes both ways" {
	through tinyproxy
	assert_equal "$rc $VERDICTS" "1 preserved full-close"
}

@test "squid closes both ways" {
	through squid
	assert_equal "$rc $VERDICTS" "1 preserved full-close"
}

@test "ask through a proxy, and the line that does the same by hand" {
	need jq nc
	local service line
	start_odd late-http 500
	service=$SERVICE_ADDRESS
	start_microsocks
	run_ask --repeat 1 --proxy "socks5://$BOX_ADDRESS" "http://$service/"
	assert_equal "$ASK_STATUS" 1 "exit status" "$ASK_OUT" "$ASK_ERR"
	line=$(jq -r .reproduce "$ASK_OUT")
	[[ $line == *" | nc -N -X 5 -x $BOX_ADDRESS "* ]] || fail "$line"
	assert_equal "$(timeout 10 sh -c "$line" </dev/null | wc -c)" 0 "size of the reply"
}
