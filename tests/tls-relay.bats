#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Faults below TLS: a path that knows nothing of it, and what check --tls both says. The
# relay's log is the truth.

load helpers/common
load helpers/check
load helpers/relay
load boxes/boxes
load helpers/tls

setup() {
	need_tls
	make_own_cert
	start_far_end --tls-cert "$PEM" --linger-timeout 3s
}

teardown() {
	stop_all
}

# through FAULT [FLAGS...]: one half-close through a relay that has it. To the relay all
# connections look alike, also those that measure the path and fetch the other end's view.
through() {
	start_relay forward --fault "$1"
	shift
	check_json --tls both --tls-ca "$PEM" --scenario download --size 128k --chunk 4k --interval 20ms \
		--timeout 5s "$@"
	jq -e '.scenarios[] | .local.tls == "TLSv1.3" and .remote.tls == "TLSv1.3"' "$CHECK_OUT"
}

@test "one bit flipped: corrupted, as TLS itself found" {
	through flip:server@byte=100000
	told byte-flipped server '.at == 100000'
	assert_scenario download corrupted "EBADMSG"
	jq -e '.scenarios[].local.error == "EBADMSG"' "$CHECK_OUT"
	assert_status 1
}

@test "cut a while after the FIN: linger-cutoff" {
	through close@fin:client+200
	told closed both '.when == "fin" and .read.server > 60000 and .read.client < 1000'
	assert_scenario download linger-cutoff "after the"
	assert_status 1
}

@test "closed both ways at the FIN: full-close, and the alert is named" {
	through close@fin:client
	told closed both '.when == "fin" and .read.server > 60000 and .read.client < 1000'
	assert_scenario download full-close "answered the close_notify and the FIN by closing both directions"
	assert_status 1
}

@test "the FIN held back: the alert that passes half-closes TLS all the same" {
	through hold@fin:client
	told fin-held client '.read.server > 60000 and .read.client < 1000'
	assert_scenario download preserved "after the close_notify, which was seen there"
	jq -e '.scenarios[].remote.events[] | select(.event == "fin-seen") | .state == "ESTABLISHED"' "$CHECK_OUT"
	assert_status 0
}

@test "the FIN held back where there is no alert: fin-lost" {
	through hold@fin:client --tls-half-close fin
	told fin-held client '.read.server > 60000 and .read.client < 1000'
	assert_scenario download fin-lost
	assert_status 1
}
