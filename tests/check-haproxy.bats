#!/usr/bin/env bats
# haproxy between both ends: keeps half-closes until its timers for half-closed
# connections end them.

load helpers/common
load helpers/check
load boxes/boxes

teardown() {
	stop_all
}

@test "plain: every half-close is preserved, but an abort may arrive as an EOF" {
	start_far_end
	start_haproxy
	check_json
	jq -e '[.scenarios[] | select(.name | test("abort") | not)]
		| length == 10 and all(.[]; .verdict == "preserved")' "$CHECK_OUT"
	# 2.6 closes its client's side cleanly when a server resets.
	jq -e '.scenarios[] | select(.name | test("abort"))
		| .verdict == "preserved" or .verdict == "abort-masked"' "$CHECK_OUT"
}

@test "timeout client-fin 1s and server-fin 1s: streams live, a silence ends after 1 s" {
	start_far_end
	start_haproxy "timeout client-fin 1s" "timeout server-fin 1s"
	check_json --scenario download,late --hold 3s
	assert_scenario download preserved
	assert_scenario late idle-expired-close "(99[0-9]\\.[0-9] ms|1\\.[0-9]* s) after the FIN"
	assert_status 1
}

@test "the responder of check itself, behind a middlebox on this machine" {
	SERVER_ADDRESS=$(box_host):$((10000 + RANDOM % 20000))
	local own=$SERVER_ADDRESS
	start_haproxy
	check_json --listen "$own" --via "$BOX_ADDRESS" --scenario baseline,download
	assert_all_preserved 2
	jq -e --arg via "$BOX_ADDRESS" '.path.via == $via' "$CHECK_OUT"
}

@test "two responders behind round robin: the far view is still found" {
	start_far_end
	local first=$RESPONDER_ADDRESS
	start_far_end
	SERVER_ADDRESS="$first $RESPONDER_ADDRESS"
	start_haproxy
	check_json --scenario baseline,download,request
	assert_all_preserved 3
	jq -e 'all(.scenarios[]; .remote != null)' "$CHECK_OUT"
}
