#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Web servers that survive a half-close, and one that does not: nobody of them
# knows that he is tested.

load helpers/common
load boxes/boxes
load helpers/services

teardown() {
	stop_all
}

@test "nginx and a file: complete" {
	make_site
	start_nginx_http "root $SITE"
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
	assert_variant open preserved "^HTTP 200, 5[0-9]+ bytes in "
	assert_variant behind complete "HTTP 200, 5[0-9]+ bytes as without"
	assert_variant with-data complete
	assert_variant slow complete
}

@test "python's http.server: complete" {
	start_python_http
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
}

@test "busybox httpd: complete" {
	start_busybox_httpd
	run_ask "http://$SERVICE_ADDRESS/index.html"
	assert_asked complete 0
}

@test "node's http drops the reply: truncated" {
	start_odd http 200
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked truncated 1
	assert_variant behind truncated "no byte of a reply of 5[0-9]+: EOF came .* instead of HTTP 200"
	assert_variant late truncated "no byte of a reply"
}

@test "100 Continue first: complete" {
	start_odd continue
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
	assert_variant reading complete
}

@test "a connection that stays open: complete" {
	start_odd keep-alive
	run_ask "http://$SERVICE_ADDRESS/"
	assert_asked complete 0
	assert_variant behind complete "stays open"
}

@test "a page that is not there is a reply as well" {
	make_site
	start_nginx_http "root $SITE"
	run_ask "http://$SERVICE_ADDRESS/nothing?here#there"
	assert_asked complete 0
	assert_variant behind complete "HTTP 404"
}
