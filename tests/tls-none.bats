#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A build without OpenSSL has the flags, and says that it has no TLS.

load helpers/common

@test "a build without TLS says so on one line, as a usage error" {
	"$PROGRAM" client --config none --tls both --print-config >/dev/null
	run "$PROGRAM" client --config none -s 127.0.0.1:1 --tls both
	[ "$status" = 3 ] && skip "built with TLS"
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"this build has no TLS"* ]]
	run "$PROGRAM" server --config none -l 127.0.0.1:0 --tls-cert /dev/null
	[ "$status" = 2 ]
	run "$PROGRAM" check --config none --tls both
	[ "$status" = 2 ]
}
