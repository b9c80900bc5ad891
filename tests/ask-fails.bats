#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A service that fails anyway says nothing of half-closes.

load helpers/common
load boxes/boxes
load helpers/services

teardown() {
	stop_all
}

# fails PATTERN: everything is inconclusive, since the reference is, by this reason.
fails() {
	assert_asked inconclusive 4 || return
	assert_variant open inconclusive "$1" || return
	assert_variant behind inconclusive "not played, because open is inconclusive"
}

@test "RST" {
	start_odd rst
	run_ask "http://$SERVICE_ADDRESS/"
	fails "ECONNRESET"
}

@test "never an answer" {
	start_odd silent
	run_ask --patience 1s "http://$SERVICE_ADDRESS/"
	fails "no byte of a reply within .*--patience"
}

@test "a byte a second" {
	start_odd trickle
	run_ask --patience 1500ms "http://$SERVICE_ADDRESS/"
	fails "--patience"
}

@test "a reply without an end" {
	start_odd infinite
	run_ask "http://$SERVICE_ADDRESS/"
	fails "64 MiB"
}

@test "no HTTP" {
	start_odd garbage
	run_ask "http://$SERVICE_ADDRESS/"
	fails "no HTTP reply"
}

@test "a chunked reply that is cut anyway" {
	start_odd chunked 60
	run_ask "http://$SERVICE_ADDRESS/"
	fails "without a half-close, too"
}

@test "a gateway without its service" {
	start_odd status "502 Bad Gateway"
	run_ask "http://$SERVICE_ADDRESS/"
	fails "HTTP 502"
}

@test "a port for TLS" {
	need nginx openssl
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" \
		-subj /CN=test -days 1 2>/dev/null
	start_nginx_http "return 204; } ssl_certificate $BATS_TEST_TMPDIR/cert; ssl_certificate_key $BATS_TEST_TMPDIR/key; location /x { return 204"
	# Its port is for TLS only now.
	stop "$BOX_PID"
	sed -i "s/listen $BOX_ADDRESS;/listen $BOX_ADDRESS ssl;/" "$BOX_CONF"
	background "$BOX_LOG" "$BOX_LOG.err" nginx -p "$BATS_TEST_TMPDIR" -c "$BOX_CONF" -e stderr
	wait_for "$PATIENCE" is_listening "$BOX_ADDRESS"
	run_ask "http://$SERVICE_ADDRESS/"
	fails "requires TLS"
}

@test "nobody listens: it could not be run" {
	run_ask "http://127.0.0.1:1/"
	assert_equal "$ASK_STATUS" 3
	grep -q "cannot connect to 127.0.0.1:1" "$ASK_ERR"
}
