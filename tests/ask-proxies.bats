#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Proxies in front of a service that thinks for half a second: some take the
# client's FIN for an abort.

load helpers/common
load boxes/boxes
load helpers/services

setup() {
	start_odd late-http 500
}

teardown() {
	stop_all
}

@test "nginx: not a byte of the reply" {
	start_nginx_http "proxy_pass http://@UPSTREAM@"
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked truncated 1
	assert_variant behind truncated "no byte of a reply of 5[0-9]+: EOF came"
	assert_variant with-data truncated
	assert_variant late truncated
}

@test "nginx with proxy_ignore_client_abort: complete" {
	start_nginx_http "proxy_pass http://@UPSTREAM@" "proxy_ignore_client_abort on"
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
	assert_variant late complete
}

@test "haproxy: complete" {
	start_haproxy_http
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
	assert_variant late complete
}

@test "haproxy with abortonclose: another reply" {
	start_haproxy_http "option abortonclose"
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked reply-differs 1
	assert_variant behind reply-differs "^HTTP [0-9]+, [0-9]+ bytes, instead of HTTP 200, 5[0-9]+ bytes"
	assert_variant late reply-differs
}
