#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# TLS from end to end where the other end is far: alerts and FINs that take a while are
# not late, and none is lost.

load ../helpers/common
load ../helpers/check
load ../helpers/service
load ../helpers/wan
load ../boxes/boxes
load ../helpers/tls

setup() {
	need_wan
	need_tls
	make_cert wan "IP:$FAR"
	wan_setup
}

teardown() {
	stop_all
	wan_down
}

@test "check --tls both, 100 ms away: preserved" {
	start_far_end --listen "$FAR:0" --tls-cert "$PEM"
	wan_start --delay 50ms
	check_json --tls both --tls-ca "$PEM" --size 64k --scenario baseline,download,upload,request
	wan_stop
	assert_all_preserved 4
	jq -e '.path.rtt >= 100000000 and all(.scenarios[]; .local.tls == "TLSv1.3" and .remote.tls == "TLSv1.3"
		and ([.local, .remote] | all(.[].events[]; .event != "eof-without-close-notify")))' "$CHECK_OUT"
}
