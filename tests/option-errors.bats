#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A command line that is wrong: one line on stderr that names what is wrong and
# what would be right, nothing on stdout, exit status 2.

bats_require_minimum_version 1.5.0
load helpers/common

# refused MESSAGE ARGS...
refused() {
	local message=$1
	shift
	run -2 --separate-stderr "$PROGRAM" "$@"
	assert_equal "$output" "" "stdout"
	# shellcheck disable=SC2154 # set by run
	assert_equal "$stderr" "tcp-half-close-tester: $message" "stderr"
}

@test "a bad value names the flag, the value and the reason" {
	refused 'invalid argument "10" for "-w, --write-timeout": missing unit in duration "10"' \
		client -w 10
	refused 'invalid argument "10" for "--idle-timeout": missing unit in duration "10"' \
		client --idle-timeout 10
	refused 'invalid argument "1x" for "-c, --chunk": unknown unit "x" in size "1x"; use k, m, g, t or p' \
		server --chunk=1x
	refused 'invalid argument "nowhere" for "-s, --server": missing port in address "nowhere"' \
		client -s nowhere
	refused 'invalid argument "::1:4000" for "-l, --listen": too many colons in address "::1:4000"; put an IPv6 address in brackets: [::1]:4000' \
		server -l ::1:4000
	refused 'invalid argument "loud" for "--log-level": must be debug, info, warn or error' \
		server --log-level loud
	refused 'invalid argument "maybe" for "--nagle": must be true or false' server --nagle=maybe
}

@test "an empty value is refused where there must be one" {
	refused 'invalid argument "" for "-l, --listen": missing port in address ""' server -l ''
	refused 'invalid argument "" for "-c, --chunk": invalid size ""' server -c ''
	refused 'invalid argument "" for "-w, --write-timeout": invalid duration ""' client -w ''
}

@test "a value out of range names the range in the user's units" {
	refused 'invalid argument "2g" for "-b, --buf-size": must be between 1 and 1g' client -b 2g
	refused 'invalid argument "0" for "-r, --read-timeout": must be at least 1ns' client -r 0
	# The kernel takes no more (TCP_KEEPIDLE, tcp(7)).
	refused 'invalid argument "32768s" for "--keepalive": must be at most 9h6m7s' \
		client --keepalive 32768s
	refused 'invalid argument "65536" for "--backlog": must be between 1 and 65535' \
		server --backlog 65536
}

@test "an unknown flag names the nearest" {
	refused 'unknown flag: --chunkk; did you mean --chunk?' server --chunkk 10
	refused 'unknown flag: --chunkk; did you mean --chunk?' server --chunkk=10
	refused 'unknown flag: -C; did you mean -c, --chunk?' server -C 10
	refused 'unknown flag: --zzzzzz; see "server --help"' server --zzzzzz
	refused 'unknown flag: -z; see "server --help"' server -z
}

@test "a flag of another command says whose it is" {
	refused 'flag --write-timeout is not valid for "server" (only for: client)' \
		server --write-timeout 1s
}

@test "an ambiguous flag names the candidates" {
	refused 'ambiguous flag: --ma; it could be --max-connections, --max-per-source' server --ma 1
}

@test "a flag without its value says what it takes" {
	refused 'flag needs an argument: -c, --chunk size' server -c
	refused 'flag needs an argument: -c, --chunk size' server --chunk
}

@test "a stray argument is named" {
	refused 'unexpected argument "chunk"; did you mean --chunk?' server chunk
	refused 'unexpected argument "stray"; see "server --help"' server -c 10 stray
	refused 'unexpected argument "true"; see "server --help"' server --nagle true
	refused 'unexpected argument "b"' help server b
	refused 'unexpected argument "b"' --version b
}

@test "an unknown command names the nearest" {
	refused 'unknown command "sever"; did you mean "server"?' sever
	refused 'unknown command "Client"; did you mean "client"?' Client
	refused 'unknown command "zzz"; see "tcp-half-close-tester help"' zzz
	refused 'unknown command "sever"; did you mean "server"?' help sever
	refused 'unknown flag "--chunk"; see "tcp-half-close-tester help"' --chunk 10 server
	refused 'unknown flag "--versoin"; did you mean "--version"?' --versoin
	refused 'unknown command "version"; did you mean "--version"?' version
}

@test "control characters and long values stay on one short line" {
	refused 'invalid argument "a\nb\x1b\"" for "-c, --chunk": invalid size "a\nb\x1b\""' \
		server -c $'a\nb\033"'
	run -2 --separate-stderr "$PROGRAM" server -c "$(printf '%05000d' 0)x"
	assert_equal "$output" ""
	[ "${#stderr}" -lt 500 ]
	[[ $stderr == *'unknown unit "x"'* ]]
}

@test "the first error is told" {
	refused 'invalid argument "1" for "-r, --read-timeout": missing unit in duration "1"' \
		client -r 1 -w 2 --nonsense
}
