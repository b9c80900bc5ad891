#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Flags in GNU style: every way to write one is understood. What was understood
# is read off --print-config.

bats_require_minimum_version 1.5.0
load helpers/common

teardown() {
	stop_all
}

# value COMMAND KEY FLAGS...: what --print-config says of KEY.
value() {
	local command=$1 key=$2
	shift 2
	"$PROGRAM" "$command" --config none "$@" --print-config |
		sed -n "s/^\t$key = \(.*\);$/\1/p"
}

@test "a value behind the letter, with and without a blank" {
	assert_equal "$(value server chunk -c 10)" '"10"'
	assert_equal "$(value server chunk -c10)" '"10"'
}

@test "a value behind the long flag, with a blank or an equals sign" {
	assert_equal "$(value server chunk --chunk 10)" '"10"'
	assert_equal "$(value server chunk --chunk=10)" '"10"'
}

@test "the last of two counts" {
	assert_equal "$(value server chunk -c 10 --chunk=20)" '"20"'
}

@test "an unambiguous beginning stands for the long flag" {
	assert_equal "$(value client write-timeout --write 7s)" '"7s"'
}

@test "letters without a value are bundled" {
	assert_equal "$(value client ipv4 -46 -P3)" true
	assert_equal "$(value client ipv6 -46 -P3)" true
	assert_equal "$(value client parallel -46P3)" 3
}

@test "a switch is true alone and takes =true and =false" {
	assert_equal "$(value server nagle)" false
	assert_equal "$(value server nagle --nagle)" true
	assert_equal "$(value server nagle --nagle=true)" true
	assert_equal "$(value server nagle --nagle --nagle=false)" false
}

@test "an empty value is a value" {
	assert_equal "$(value server file -f x --file=)" '""'
	assert_equal "$(value check listen -l :1 -l '')" '""'
}

@test "-- ends the flags" {
	run -0 "$PROGRAM" server --config none --print-config --
	run -2 "$PROGRAM" server --config none -- --print-config
	[[ $output == *'unexpected argument "--print-config"'* ]]
}

@test "POSIXLY_CORRECT changes nothing" {
	POSIXLY_CORRECT=1 run -2 "$PROGRAM" server --config none stray --chunkk
	[[ $output == *'unexpected argument "stray"'* ]]
}

@test "addresses are taken as host:port, [v6]:port and :port" {
	local address
	for address in localhost:4000 '[::1]:4000' '[fe80::1%lo]:http' :4000 192.0.2.1:0; do
		assert_equal "$(value server listen -l "$address")" "\"$address\""
	done
}

@test "each command has defaults of its own" {
	assert_equal "$(value server listen)" '"0.0.0.0:4000"'
	assert_equal "$(value responder listen)" '"0.0.0.0:4001"'
	assert_equal "$(value check listen)" '""'
	assert_equal "$(value client server)" '"127.0.0.1:4000"'
	assert_equal "$(value client read-timeout)" '"10m0s"'
	assert_equal "$(value client buf-size)" '"1k"'
}

@test "port 0 is told by the port that was chosen, however it is written" {
	local port
	for port in 0 00 00000; do
		start_server --listen "127.0.0.1:$port"
		assert_line "$SERVER_LOG" "new server" '.server.listen | test("^127.0.0.1:[1-9][0-9]*$")'
		stop "$SERVER_PID"
	done
}
