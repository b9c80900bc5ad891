#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# TLS from end to end, without a path that could break it.

load helpers/common
load helpers/check
load boxes/boxes
load helpers/tls

setup() {
	need_tls
}

teardown() {
	stop_all
}

@test "check --tls both: the built-in responder has a certificate that check trusts" {
	check_json --tls both --tls-min 1.3
	assert_all_preserved 12
	jq -e 'all(.scenarios[]; .local.tls == "TLSv1.3" and .remote.tls == "TLSv1.3")
		and (.scenarios[] | select(.name == "download") |
			(.local.events | map(.event) | index("close-notify-sent") + 1 == index("fin-sent")
				and index("close-notify-seen") != null)
			and (.remote.events | map(.event) | index("close-notify-seen") != null
				and index("close-notify-sent") + 1 == index("fin-sent"))
			and ([.local, .remote] | all(.[].events[]; .event != "eof-without-close-notify")))' \
		"$CHECK_OUT"
}

@test "the alert alone half-closes: no FIN until the connection is closed" {
	check_json --tls both --tls-half-close close-notify
	assert_all_preserved 12
	jq -e '.scenarios[] | select(.name == "download") | .local.events[]
		| select(.event == "fin-sent") | .state == "ESTABLISHED"' "$CHECK_OUT"
	run_check --tls both --tls-half-close close-notify --scenario download --size 64k -v
	grep -q -e "[─-] close_notify [─-]" "$CHECK_OUT" || fail "the ladder lacks it" "$CHECK_OUT"
}

@test "a FIN without the alert is an event of its own" {
	check_json --tls both --tls-half-close fin --scenario baseline,download,request
	assert_all_preserved 3
	jq -e '.scenarios[] | select(.name == "download")
		| (.local.events | map(.event) | index("close-notify-sent") == null)
		and (.remote.events | map(.event) | index("eof-without-close-notify") != null)' "$CHECK_OUT"
}

@test "client and server: complete, and the alarm is not late" {
	make_own_cert
	start_server --tls-cert "$PEM" --size 1m -c 4096 -i 2ms --sandbox on
	run_client --tls both --tls-ca "$PEM" -w 200ms --expect-pattern --expect-size 1m
	assert_verdict complete 0
	assert_line "$CLIENT_LOG" "write timeout is expired" '.client.late >= 0'
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "close server side connection" '.server.verdict == "orderly"'
	assert_line "$SERVER_LOG" "got EOF in reader" '.server."bytes-sent" > 0'
}

@test "client --echo: everything comes back until the half-close" {
	make_own_cert
	start_server --tls-cert "$PEM.crt" --tls-key "$PEM.key" --size 1m
	run_client --tls both --tls-ca "$PEM" --echo -w 100ms --expect-pattern --expect-size 1m
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 1048576 and .client."bytes-sent" > 0'
}

@test "probe --tls both" {
	run "$PROGRAM" probe --config none --tls both --min 100ms --max 200ms --format json
	[ "$status" = 0 ]
	jq -e '.verdict == "preserved"' <<<"$output"
}

@test "a plain check of a TLS responder, and the other way round" {
	make_own_cert
	start_far_end --tls-cert "$PEM"
	run_check
	assert_status 3
	grep -q "speaks TLS" "$CHECK_OUT" "$CHECK_ERR"
	start_far_end
	run_check --tls both --tls-ca "$PEM"
	assert_status 3
	grep -q "does not speak TLS" "$CHECK_OUT" "$CHECK_ERR"
}
