#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# explain: verdicts and systems, from the tables that judge.

bats_require_minimum_version 1.5.0
load helpers/common

SRC=${top_srcdir:-$TOP}
PAGE=$SRC/man/tcp-half-close-tester-explain.1

verdicts() {
	sed -n 's/^VERDICT([A-Z_]*, "\([a-z-]*\)", .*/\1/p' "$SRC/src/judge/verdicts.def"
}

# known: the words that explain takes, as the completions have them, one a line.
known() {
	"$PROGRAM" completion fish | sed -n "s/.*from explain' -a '\(.*\)'/\1/p" | tr ' ' '\n'
}

@test "without a word: every verdict, and how to ask for systems" {
	local verdict
	run -0 "$PROGRAM" explain
	for verdict in $(verdicts); do
		grep -q "^  $verdict " <<<"$output" || fail "no $verdict"
	done
	[[ $output == *"explain SYSTEM"* ]]
}

@test "every word that is offered is explained, within 80 columns of plain text" {
	local word
	[ "$(known | wc -l)" -ge 50 ]
	while read -r word; do
		"$PROGRAM" explain "$word" >"$BATS_TEST_TMPDIR/out" || fail "explain $word: $?"
		! grep -nE '.{81}' "$BATS_TEST_TMPDIR/out" || fail "too wide: $word"
		! LC_ALL=C grep -n '[^ -~]' "$BATS_TEST_TMPDIR/out" || fail "not plain: $word"
	done < <(known)
}

@test "a verdict: meaning, ladder, systems with remedies, how to reproduce it" {
	run -0 "$PROGRAM" explain full-close
	[[ ${lines[0]} == "full-close: the path closed both directions"* ]]
	[[ $output == *"RST"*"nginx stream"*"remedy   proxy_half_close on;"*"nc -N HOST PORT"*tcpdump* ]]
	run -0 "$PROGRAM" explain idle-expired-reset
	[[ $output == *"Linux conntrack"* ]]
	run -0 "$PROGRAM" explain preserved
	[[ $output != *"Systems known"* ]]
}

@test "a system: all its rows, by any word of its name, in either case" {
	local word
	for word in nginx NGINX; do
		run -0 "$PROGRAM" explain "$word"
		[[ $output == *proxy_half_close*proxy_timeout*proxy_ignore_client_abort* ]]
		[[ $output != *HAProxy\ TCP* ]]
	done
	run -0 "$PROGRAM" explain conntrack
	[[ $output == *nf_conntrack_tcp_timeout_close_wait* ]]
	run -0 "$PROGRAM" explain "Linux IPVS"
	[[ $output == *tcpfin* ]]
}

@test "an unknown word: exit status 2 and the nearest name" {
	run -2 --separate-stderr "$PROGRAM" explain ful-close
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *'"ful-close"'*'did you mean "full-close"?'* ]]
	run -2 --separate-stderr "$PROGRAM" explain conntrak
	[[ $stderr == *'did you mean "conntrack"?'* ]]
	run -2 --separate-stderr "$PROGRAM" explain qqqqqqqq
	[[ $stderr == *"see \"tcp-half-close-tester explain\"" ]]
	run -2 "$PROGRAM" explain nginx haproxy
	run -0 "$PROGRAM" explain --help
	[[ $output == *"explain [VERDICT|SYSTEM]"* ]]
}

@test "the page has every word, and no other" {
	local listed
	listed=$(sed -n '/^\.Sh SYSTEMS/,/^\.Sh EXIT/s/^\.Li //p' "$PAGE" | tr -d ',' | tr -s ' ' '\n' | grep -vx '\.' | grep . | sort)
	assert_equal "$listed" "$(known | sort)"
}
