#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The line for sh(1) at the end of a report shows the same without this program.

load helpers/common
load helpers/services

setup() {
	need nc
	nc -h 2>&1 | grep -q -e '-[A-Z]*N' || cannot_run "this nc has no -N"
}

teardown() {
	stop_all
}

# by_hand: what the line of the last report gets. REPLY_SIZE.
by_hand() {
	local line
	line=$(jq -r .reproduce "$ASK_OUT")
	REPLY_SIZE=$(timeout 10 sh -c "$line" </dev/null | wc -c)
}

@test "a reply that is dropped" {
	start_odd closes-at-eof
	run_ask --repeat 1 --send 'it'"'"'s 100% \\ \x00\xff\n' "$SERVICE_ADDRESS"
	assert_asked truncated 1
	by_hand
	assert_equal "$REPLY_SIZE" 0 "size of the reply"
}

@test "another reply" {
	start_odd differs-at-eof
	run_ask --repeat 1 "http://$SERVICE_ADDRESS/it's?100%25"
	assert_asked reply-differs 1
	by_hand
	assert_equal "$REPLY_SIZE" 114 "size of the reply"
}

@test "a reply that comes, with every byte that was sent" {
	start_odd echo
	run_ask --repeat 1 --send '-it'"'"'s 100% \\ \x00\xff\r\n' "$SERVICE_ADDRESS"
	assert_asked complete 0
	by_hand
	assert_equal "$REPLY_SIZE" 17 "size of the reply"
}

@test "one that only a late FIN spoils" {
	start_odd late-only
	run_ask --repeat 1 "http://$SERVICE_ADDRESS/"
	assert_asked truncated 1
	assert_variant behind complete
	assert_variant late truncated
	jq -r .reproduce "$ASK_OUT" | grep -q '; sleep 0\.[0-9]*) | nc -N'
	# A service that gets no processor for so long sees the FIN with the request.
	for _ in 1 2 3; do
		by_hand
		[ "$REPLY_SIZE" != 0 ] || break
	done
	assert_equal "$REPLY_SIZE" 0 "size of the reply"
}

@test "a request from a file" {
	start_odd closes-at-eof
	head -c 10000 /dev/zero >"$BATS_TEST_TMPDIR/a request"
	run_ask --repeat 1 --send-file "$BATS_TEST_TMPDIR/a request" "$SERVICE_ADDRESS"
	assert_asked truncated 1
	by_hand
	assert_equal "$REPLY_SIZE" 0 "size of the reply"
}

@test "none when nothing is known" {
	start_odd rst
	run_ask "http://$SERVICE_ADDRESS/"
	jq -e '.reproduce == null' "$ASK_OUT"
}
