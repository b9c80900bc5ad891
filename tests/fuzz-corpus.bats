#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every input that the fuzzers ever stumbled over, or that shows a form, is read
# again: no property of tests/fuzz/fuzz_NAME.c may fail on it.

load helpers/common

setup() {
	CORPUS=${top_srcdir:-$TOP}/tests/fuzz/corpus
}

# replay NAME: all of its corpus, which is not empty.
replay() {
	local program=${top_builddir:-$TOP}/tests/fuzz/fuzz_$1
	[ -x "$program" ] || fail "no tests/fuzz/fuzz_$1: make check TESTS= builds it"
	[ -n "$(ls -A "$CORPUS/$1")" ]
	run "$program" "$CORPUS/$1"/*
	[ "$status" = 0 ] || fail "$output"
}

@test "address" { replay address; }
@test "conffile" { replay conffile; }
@test "the reply to CONNECT" { replay connect_reply; }
@test "duration" { replay duration; }
@test "http reply" { replay http_reply; }
@test "markup" { replay markup; }
@test "observation" { replay observation; }
@test "the header of the PROXY protocol" { replay proxy_header; }
@test "the URL of a proxy" { replay proxy_url; }
@test "redact" { replay redact; }
@test "reply" { replay reply; }
@test "request" { replay request; }
@test "size" { replay size; }
@test "the reply of SOCKS5" { replay socks_reply; }

@test "no fuzzer is forgotten here" {
	diff <(cd "${top_srcdir:-$TOP}/tests/fuzz" && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//') \
		<(sed -n 's/^@test .* { replay \(.*\); }$/\1/p' "$BATS_TEST_FILENAME")
}

@test "an input that breaks a property would be noticed" {
	# The replay names what it reads and fails with an input that cannot be read.
	run "${top_builddir:-$TOP}/tests/fuzz/fuzz_size" "$BATS_TEST_TMPDIR/none"
	[ "$status" != 0 ]
}
