#!/usr/bin/env bats
# The relay refuses what it does not understand.

load helpers/common

@test "bad arguments are refused" {
	find_relay
	local args
	for args in "" "forward" "sideways --connect 127.0.0.1:1" \
		"forward --connect 127.0.0.1:1 --flip x" "forward --connect 127.0.0.1:1 --direction up"; do
		local rc=0
		# shellcheck disable=SC2086 # words on purpose
		timeout 10 "$RELAY" $args 2>/dev/null || rc=$?
		assert_equal "$rc" 2 "exit status of relay $args"
	done
	"$RELAY" --help | grep -q -e --drop-upload
}

@test "bad faults are refused, and the message names them" {
	find_relay
	local fault said
	for fault in melt close@noon reset:middle close@byte drop drop=x late=5 late=5@fin+3 swallow \
		delay=5@open close@open:first flip=3 close@open+soon; do
		local rc=0
		said=$(timeout 10 "$RELAY" forward --connect 127.0.0.1:1 --fault "$fault" 2>&1) || rc=$?
		assert_equal "$rc" 2 "exit status with $fault: $said"
		[[ $said == "relay: --fault: "* ]] || fail "no reason for $fault: $said"
	done
}
