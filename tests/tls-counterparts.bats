#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# TLS with strangers: terminators in front of a plain responder, web servers, and the
# servers and clients of others, in TLS 1.2 and 1.3.

load helpers/common
load helpers/check
load boxes/boxes
load helpers/services
load helpers/tls

setup() {
	need_tls
	make_own_cert
}

teardown() {
	stop_all
}

TRUST=()
trust() {
	TRUST=(--tls client --tls-ca "$PEM" --tls-server-name localhost)
}

@test "haproxy terminates TLS: an alert becomes a FIN, and a FIN an alert" {
	start_far_end
	HAPROXY_BIND=" ssl crt $PEM" start_haproxy
	trust
	check_json "${TRUST[@]}" --scenario baseline,download,request,upload --tls-half-close close-notify
	assert_all_preserved 4
	jq -e '.scenarios[] | select(.name == "upload")
		| (.local.events | map(.event) | index("close-notify-seen") != null)
		and .local.tls == "TLSv1.3" and .remote.tls == null' "$CHECK_OUT"
}

@test "haproxy terminates TLS 1.2" {
	start_far_end
	HAPROXY_BIND=" ssl crt $PEM ssl-max-ver TLSv1.2" start_haproxy
	trust
	check_json "${TRUST[@]}" --scenario baseline,download,upload
	assert_all_preserved 3
	jq -e 'all(.scenarios[]; .local.tls == "TLSv1.2")' "$CHECK_OUT"
	run_check "${TRUST[@]}" --tls-min 1.3 --scenario baseline
	assert_status 3
}

@test "nginx terminates TLS 1.3: a full close, which answers the alert" {
	start_far_end
	NGINX_LISTEN=" ssl" start_nginx "ssl_certificate $PEM" "ssl_certificate_key $PEM" \
		"ssl_protocols TLSv1.3"
	trust
	check_json "${TRUST[@]}" --scenario download,request
	assert_scenario download full-close "the path answered the close_notify and the FIN by closing both directions .round trip"
	check_json "${TRUST[@]}" --scenario download --tls-half-close close-notify
	assert_scenario download full-close "answered the close_notify by closing"
}

@test "nginx terminates TLS 1.2: TLS before 1.3 demands the full close" {
	start_far_end
	NGINX_LISTEN=" ssl" start_nginx "ssl_certificate $PEM" "ssl_certificate_key $PEM" \
		"ssl_protocols TLSv1.2"
	trust
	check_json "${TRUST[@]}" --scenario download
	assert_scenario download full-close "as TLS before 1.3 demands"
	assert_status 1
}

@test "ask https: a haproxy in front of an HTTP service, in TLS 1.2 and 1.3" {
	local version
	for version in 1.2 1.3; do
		start_odd late-http 50
		HAPROXY_BIND=" ssl crt $PEM ssl-min-ver TLSv$version ssl-max-ver TLSv$version" start_haproxy
		run_ask "https://$SERVICE_ADDRESS/" --tls-ca "$PEM" --tls-server-name localhost --repeat 1
		jq -e --arg version "TLSv$version" \
			'.scenarios | length == 6 and all(.[]; .local.tls == $version)' "$ASK_OUT" ||
			fail "not $version" "$ASK_OUT" "$ASK_ERR"
		assert_asked complete 0
	done
}

# server_saw FILTER: the line of the connection that ended last satisfies it.
server_saw() {
	wait_for_lines "$SERVER_LOG" "close server side connection" "$1"
	jq -se --argjson n "$1" "map(select(.msg == \"close server side connection\")) | .[\$n - 1].server | $2" \
		"$SERVER_LOG" || fail "not $2" "$SERVER_LOG"
}

@test "strangers half-close the server's stream: socat and gnutls-cli get all of it" {
	need socat gnutls-cli
	start_server --tls-cert "$PEM" --size 256k -i 1ms
	(echo hello; sleep 0.05) |
		timeout "$PATIENCE" socat -t 10 - "OPENSSL:$SERVER_ADDRESS,cafile=$PEM,commonname=localhost" \
			>"$BATS_TEST_TMPDIR/socat"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/socat")" = 262144 ]
	server_saw 1 '."bytes-sent-after-fin" > 0 and ."bytes-sent" == 262144 and ."bytes-received" == 6'
	echo hello | timeout "$PATIENCE" gnutls-cli --x509cafile "$PEM.crt" --verify-hostname localhost \
		-p "$SERVER_PORT" 127.0.0.1 >"$BATS_TEST_TMPDIR/gnutls"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/gnutls")" -ge 262144 ]
	server_saw 2 '."bytes-sent-after-fin" > 0'
}
