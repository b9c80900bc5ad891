#!/usr/bin/env bats
# nginx' stream proxy: closes both ways by default, keeps half-closes when told
# to (ngx_stream_proxy_module, proxy_half_close).

load helpers/common
load boxes/boxes

setup() {
	start_server --size 40k -c 1k -i 25ms
}

teardown() {
	stop_all
}

@test "proxy_half_close off: truncated" {
	start_nginx "proxy_half_close off"
	run_client -w 300ms --expect-size 40k --expect-pattern
	assert_verdict truncated 1
}

@test "proxy_half_close on: preserved" {
	start_nginx "proxy_half_close on"
	run_client -w 300ms --expect-size 40k --expect-pattern
	assert_verdict complete 0
}
