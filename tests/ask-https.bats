#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ask https:// of openssl s_server, which serves one connection at a time, and the line
# that reproduces it.

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
		run_ask "https://$BOX_ADDRESS/own.pem.crt" --tls-ca "$PEM" --repeat 1 --jobs 1
		jq -e --arg version "TLSv${version/_/.}" '.scenarios[0].local.tls == $version' "$ASK_OUT" || fail version "$ASK_OUT" "$ASK_ERR" "$BOX_LOG" "$BOX_LOG.err"
		assert_asked complete 0
	done
	run bash -c "$(jq -r .reproduce "$ASK_OUT")"
	[[ $output == *"BEGIN CERTIFICATE"* ]]
}
