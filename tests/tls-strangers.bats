#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# More of the others' TLS: stunnel on either side, a haproxy that makes TLS of a plain
# stream, GnuTLS as a server, and proxies that have to be asked and pass TLS on.

load helpers/common
load helpers/check
load helpers/services
load boxes/boxes
load helpers/tls

setup() {
	need_tls
	make_own_cert
}

teardown() {
	stop_all
}

# plays LOCAL REMOTE FLAGS...: both half-closes, with that version of TLS at either end,
# or null.
plays() {
	local here=$1 there=$2
	shift 2
	check_json --scenario download,upload --size 64k --chunk 4k --interval 10ms --timeout 5s "$@"
	jq -e --argjson here "$here" --argjson there "$there" \
		'all(.scenarios[]; .local.tls == $here and .remote.tls == $there)' "$CHECK_OUT"
}

@test "stunnel in front of a plain responder: preserved" {
	start_far_end
	start_stunnel server
	plays '"TLSv1.3"' null --tls client --tls-ca "$CERTIFICATE" --tls-server-name box
	assert_all_preserved 2
}

@test "stunnel behind a plain check: preserved" {
	start_far_end --tls-cert "$PEM"
	start_stunnel client
	plays null '"TLSv1.3"'
	assert_all_preserved 2
}

@test "haproxy makes TLS of a plain stream: its FIN is an alert there" {
	start_far_end --tls-cert "$PEM"
	HAPROXY_SERVER=" ssl verify required ca-file $PEM.crt verifyhost localhost" start_haproxy
	plays null '"TLSv1.3"'
	assert_all_preserved 2
	jq -e '.scenarios[] | select(.name == "download").remote.events | map(.event)
		| index("close-notify-seen") != null' "$CHECK_OUT"
}

# A port is another's when GnuTLS does not listen there; it listens on all addresses.
start_gnutls_serv() {
	local port err=$BATS_TEST_TMPDIR/gnutls.err
	need gnutls-serv
	for _ in 1 2 3 4 5; do
		port=$((10000 + RANDOM % 20000))
		background "$BATS_TEST_TMPDIR/gnutls.out" "$err" gnutls-serv --echo -p "$port" \
			--x509keyfile "$PEM.key" --x509certfile "$PEM.crt"
		wait_for "$PATIENCE" gnutls_settled "$err" || break
		SERVICE_ADDRESS=127.0.0.1:$port
		! grep -q "IPv4 .*done" "$err" || return 0
		stop "$PID" || true
	done
	fail "no gnutls-serv" "$err"
}

gnutls_settled() {
	grep -q "IPv4 .*done" "$1" || gone "$PID"
}

@test "gnutls-serv answers after the half-close" {
	start_gnutls_serv
	run_ask --tls both --tls-ca "$PEM" --send 'hello\n' --repeat 1 "$SERVICE_ADDRESS"
	jq -e 'all(.scenarios[]; .local.tls == "TLSv1.3")' "$ASK_OUT"
	assert_asked complete 0
	assert_variant behind complete
}

@test "through dante: TLS passes as it is" {
	start_far_end --tls-cert "$PEM"
	start_dante
	plays '"TLSv1.3"' '"TLSv1.3"' --tls both --tls-ca "$PEM" "${BOX_FLAGS[@]}"
	assert_all_preserved 2
}

@test "through tinyproxy: a full close, and the alert is named" {
	start_far_end --tls-cert "$PEM"
	start_tinyproxy
	plays '"TLSv1.3"' '"TLSv1.3"' --tls both --tls-ca "$PEM" "${BOX_FLAGS[@]}"
	assert_scenario download full-close "answered the close_notify and the FIN by closing both"
	assert_status 1
}
