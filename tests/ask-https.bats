#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ask https:// of openssl s_server, which serves one connection at a time, and of nginx;
# and the line that reproduces it.

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

@test "ask https: openssl s_server in TLS 1.2 and 1.3, and the line to reproduce it" {
	need socat
	local version
	for version in 1_2 1_3; do
		cd "$BATS_FILE_TMPDIR"
		start_box - openssl s_server -accept @BOX@ -cert "$PEM" "-tls$version" -WWW
		run_ask "https://$BOX_ADDRESS/${PEM##*/}.crt" --tls-ca "$PEM" --repeat 1 --jobs 1
		jq -e --arg version "TLSv${version/_/.}" '.scenarios[0].local.tls == $version' "$ASK_OUT" || fail version "$ASK_OUT" "$ASK_ERR" "$BOX_LOG" "$BOX_LOG.err"
		assert_asked complete 0
	done
	run bash -c "$(jq -r .reproduce "$ASK_OUT")"
	[[ $output == *"BEGIN CERTIFICATE"* ]]
}

# What nginx makes of a close_notify that comes with the request, in both versions.
ask_nginx() {
	local version
	for version in 1.2 1.3; do
		start_odd late-http 200
		NGINX_LISTEN=" ssl; ssl_certificate $PEM; ssl_certificate_key $PEM; ssl_protocols TLSv$version" \
			start_nginx_http_proxy "proxy_ignore_client_abort $1"
		run_ask "https://$BOX_ADDRESS/" --tls-ca "$PEM" --repeat 1
		jq -e --arg version "TLSv$version" \
			'.scenarios | length == 6 and all(.[]; .local.tls == $version)' "$ASK_OUT" ||
			fail "not $version" "$ASK_OUT" "$ASK_ERR"
		assert_variant open preserved "HTTP 200, 5175 bytes"
		assert_variant with-data "$2" "$3"
		assert_equal "$ASK_STATUS" 1 "exit status"
	done
}

@test "ask https: nginx takes the half-close for an abort, in TLS 1.2 and 1.3" {
	ask_nginx off truncated "no byte of a reply of 5175: EOF came .* after the close_notify"
}

@test "ask https: nginx sends all of the reply, but no close_notify after it has read one" {
	ask_nginx on close-notify-lost "HTTP 200, 5175 bytes, then EOF without a close_notify"
}
