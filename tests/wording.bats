#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The word list of CONTRIBUTING.md holds for all that users read: README and the
# other texts, man pages, --help, the sample configuration, and the strings in the
# sources.

load helpers/common

setup() {
	SRC=${top_srcdir:-$TOP}
}

# avoided: the first column of the list, a phrase per line.
avoided() {
	sed -n '/^## Words/,/^## /s/^| \([^|]*[^| ]\) *| [^|]*|$/\1/p' "$SRC/CONTRIBUTING.md" |
		grep -vE '^(avoid|---)$' | tr -s ';' '\n' | sed 's/^ *//; s/ *$//'
}

# joined FILE...: its words on one line each, so that a phrase may be wrapped.
joined() {
	cat "$@" | tr -s ' \t\n' ' '
}

# strings FILE...: the literals of C, without comments; adjacent ones are joined.
strings_of() {
	cat "$@" | tr '\n' '\r' | sed 's:/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/::g; s/"[ \t\r]*"//g' | tr '\r' '\n' |
		grep -v '^#include' | grep -oE '"([^"\\]|\\.)*"'
}

# mdoc FILE...: the words without the macros.
mdoc() {
	cat "$@" | grep -v '^\.\\"' | sed -E 's/^\.(Xr|Fl|Ar|Cm|Li|Dq|Sq|Pq|It|Em|Pa|Ic|Ev|Er|Nd|Dv)( |$)//; s/ (Ta|Cm|Li|Fl|Ar) / /g'
}

# One pattern per phrase, which stands alone.
setup_file() {
	SRC=${top_srcdir:-$TOP}
	avoided | sed 's/.*/(^|[^a-z-])(&)([^a-z-]|$)/' >"$BATS_FILE_TMPDIR/avoided"
}

# refute_words TEXT NAME: none of the phrases is in TEXT.
refute_words() {
	local hits
	hits=$(grep -oiE -f "$BATS_FILE_TMPDIR/avoided" <<<"$1") || return 0
	fail "$2 says: $hits"
}

@test "the list has words" {
	[ "$(avoided | wc -l)" -ge 25 ]
	# The search finds what it looks for, wrapped or not.
	run refute_words "$(printf 'a file with all values\nin force at the end\n' | joined)" sample
	[ "$status" -ne 0 ]
}

@test "the texts keep to the list" {
	local file
	for file in README.md NEWS contrib/walkthrough.md contrib/performance.md etc/tcp-half-close-tester.conf.sample; do
		refute_words "$(joined "$SRC/$file")" "$file"
	done
	# Of this one, all but the list itself.
	refute_words "$(sed '/^## Words/,/^## /d' "$SRC/CONTRIBUTING.md" | joined)" CONTRIBUTING.md
}

@test "the man pages keep to the list" {
	local file
	for file in "$SRC"/man/*.[157]; do
		refute_words "$(mdoc "$file" | joined)" "$(basename "$file")"
	done
}

@test "the help of every command keeps to the list" {
	local command
	for command in $("$PROGRAM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		refute_words "$("$PROGRAM" help "$command" | joined)" "help $command"
	done
}

@test "the strings of the sources keep to the list" {
	local file
	for file in "$SRC"/src/*.c "$SRC"/src/*/*.[c] "$SRC"/src/*/*.def "$SRC"/contrib/systemd/*.in; do
		refute_words "$(strings_of "$file" | joined)" "${file#"$SRC"/}"
	done
}
