#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What the README shows exists: commands, flags, targets, files, words. So do the
# members of the log lines in the walk-through.

load helpers/common

setup() {
	SRC=${top_srcdir:-$TOP}
	README=$SRC/README.md
	WALK=$SRC/contrib/walkthrough.md
}

teardown() {
	stop_all
}

# commands: what is typed in the README behind a prompt, without the prompt, and
# without what a pipe leads to.
commands() {
	sed -n 's/^    [a-z]*[$#] \(.*\)/\1/p' "$README" "$WALK" | sed 's/ | .*//; s/  *#.*//'
}

@test "every command line of the program has a command and flags that exist" {
	local line words word command help count=0
	while read -r line; do
		line=${line#bin/}
		[[ $line == tcp-half-close-tester\ * ]] || continue
		read -ra words <<<"$line"
		command=${words[1]}
		help=$("$PROGRAM" help "$command") || fail "no command: $line"
		for word in "${words[@]:2}"; do
			case $word in
			--*) grep -qE -e "^ .*${word%%=*}( |\$)" <<<"$help" || fail "no flag $word: $line" ;;
			-*) grep -q -e "^  ${word:0:2}, " <<<"$help" || fail "no flag $word: $line" ;;
			esac
		done
		count=$((count + 1))
	done < <(commands)
	[ "$count" -ge 8 ]
}

@test "every flag that the text names exists" {
	local flag all
	all=$(for command in server client responder check probe ask; do "$PROGRAM" "$command" --help; done)
	while read -r flag; do
		case $flag in
		--full | --now) continue ;; # of bootstrap, of systemctl
		esac
		grep -qE -e "^ .*$flag( |\$)" <<<"$all" || fail "no flag $flag"
	done < <(grep -oE '(`| )--[a-z][a-z0-9-]*' "$README" | tr -d '` ' | sort -u)
}

@test "every make target and every argument of bootstrap exists" {
	local target
	while read -r target; do
		grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" "$SRC/Makefile.am" || [ "$target" = install ] ||
			[ "$target" = uninstall ] || fail "no target $target"
	done < <(grep -oE 'make [a-z][a-z-]+' "$README" | grep -vE 'make (it|them|a|pkg-config)$' | cut -d ' ' -f 2 | sort -u)
	grep -q 'make build' "$README"
	grep -q 'make gen-file SIZE=200m FILE=another-data' "$README"
	while read -r target; do
		sh "$SRC/bootstrap" --help | grep -qF -e "$target" || fail "no $target"
	done < <(grep -oE '\./bootstrap [a-z]+( --[a-z]+)?' "$README" | sort -u)
}

@test "every file that is linked to is there" {
	local name count=0
	while read -r name; do
		[ -e "$SRC/$name" ] || fail "no $name"
		count=$((count + 1))
	done < <(grep -oE '\]\([^)#]+\)' "$README" | tr -d '])(' | grep -v '^http')
	[ "$count" -ge 10 ]
	# Links within the page, to headings as GitHub names them.
	while read -r name; do
		grep -qx -e "$name" < <(sed -n 's/^##* //p' "$README" | tr 'A-Z ' 'a-z-' | tr -d '?') || fail "no heading #$name"
	done < <(grep -oE '\]\(#[^)]+\)' "$README" | tr -d '])(#')
	# And every man page is linked to.
	for name in "$SRC"/man/*.[157]; do
		grep -qF "(man/$(basename "$name"))" "$README" || fail "$name is not mentioned"
	done
}

@test "every unit that is named is there" {
	local name
	while read -r name; do
		[ -e "$SRC/contrib/systemd/${name/@NAME/@}.in" ] || fail "no $name"
	done < <(grep -oE 'tcp-half-close-tester-[a-z]+(@NAME)?\.(service|socket)' "$README" | sort -u)
	grep -q 'tcp-half-close-tester-server@NAME\.service' "$README"
}

@test "the table of verdicts is that of the program" {
	assert_equal "$(sed -n 's/^| `\([a-z-]*\)` |.*/\1/p' "$README" | sort)" \
		"$(sed -n 's/^VERDICT([A-Z_]*, "\([a-z-]*\)", .*/\1/p' "$SRC/src/judge/verdicts.def" | sort)"
}

@test "the shown check plays the scenarios that check plays" {
	local shown played
	shown=$(sed -n '/^## Test a path/,/^## /s/^    ok   \([a-z-]*\)  *preserved .*/\1/p' "$README")
	LC_ALL=C "$PROGRAM" check --config none --size 256k --chunk 4k --hold 1ms >"$BATS_TEST_TMPDIR/out"
	played=$(sed -n 's/^ok   \([a-z-]*\)  *preserved .*/\1/p' "$BATS_TEST_TMPDIR/out")
	assert_equal "$shown" "$played" "scenarios" "$BATS_TEST_TMPDIR/out"
}

# members FILE: each message once with the names of its members in order.
members() {
	jq -rc '[.msg, (to_entries[-1] | .key, (.value | keys_unsorted[]))] | join(" ")' "$1" |
		awk '!seen[$0]++'
}

@test "the log lines of the walk-through have the messages and members of today" {
	need jq
	grep '^    {"' "$WALK" | sed 's/^ *//' >"$BATS_TEST_TMPDIR/shown"
	start_server --size 1m --interval 1ms
	run_client -w 200ms --expect-size 1m
	assert_verdict complete 0
	wait_for_line "$SERVER_LOG" '"close server side connection"'
	cat "$CLIENT_LOG" "$SERVER_LOG" >"$BATS_TEST_TMPDIR/today"
	[ "$(members "$BATS_TEST_TMPDIR/shown" | wc -l)" -ge 12 ]
	diff -u <(members "$BATS_TEST_TMPDIR/shown" | sort) <(members "$BATS_TEST_TMPDIR/today" | sort)
}

@test "the configuration that is shown is valid" {
	sed -n '/^    server:$/,/^    };$/s/^    //p' "$README" >"$BATS_TEST_TMPDIR/conf"
	"$PROGRAM" server --config "$BATS_TEST_TMPDIR/conf" --print-config >"$BATS_TEST_TMPDIR/out"
	grep -q 'max-per-source = 16' "$BATS_TEST_TMPDIR/out"
}

@test "tcpdump takes the filter that is shown" {
	need tcpdump
	local filter
	filter=$(sed -n "s/^    [^ ]* .*tcpdump [^']*'\(.*\)'\$/\\1/p" "$WALK")
	[ -n "$filter" ]
	tcpdump -d -y EN10MB "$filter" >"$BATS_TEST_TMPDIR/code"
}
