#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every recipe of contrib/ADDING.md, followed to the letter in one copy of the
# tree, which is then built once. A new recipe is a function follow_NAME here and
# a test of what it brought.

load helpers/common
load helpers/recipes

setup_file() {
	local recipe log=$BATS_FILE_TMPDIR/log
	export TREE=$BATS_FILE_TMPDIR/tree
	command -v automake >/dev/null || return 0
	copy_tree "$TREE"
	for recipe in $(compgen -A function follow_); do
		"$recipe"
	done
	# Fast to build, and any warning is an error.
	(cd "$TREE" && autoreconf --install --force && ./configure --quiet --enable-werror CFLAGS=-O0 --disable-hardening &&
		make -s -j2 build) >"$log" 2>&1 || fail "the tree with all recipes does not build" "$log"
}

setup() {
	need automake
	BUILT=$TREE/bin/tcp-half-close-tester
}

follow_format() {
	append "A format" "$TREE" src/report/formats.def
	append "A format" "$TREE" src/report/csv.c
	insert "A format" "$TREE" Makefile.am "libthct_a_SOURCES = "
}

@test "a format: its word is offered, completed and written" {
	"$BUILT" check --help | grep -q -e '--format .*, csv)' || fail "not in --help"
	"$BUILT" completion bash | grep -q 'prometheus.* csv' || fail "not completed"
	"$BUILT" check --config none --scenario baseline --format csv >"$BATS_TEST_TMPDIR/out"
	assert_equal "$(tr -d '\r' <"$BATS_TEST_TMPDIR/out")" baseline,preserved
	run "$BUILT" check --config none --format tsv
	[ "$status" = 2 ]
	[[ $output == *csv* ]]
}

@test "every recipe of ADDING.md is followed" {
	local heading
	grep '^## ' "${top_srcdir:-$TOP}/contrib/ADDING.md" | cut -c 4- >"$BATS_TEST_TMPDIR/recipes"
	[ -s "$BATS_TEST_TMPDIR/recipes" ]
	while read -r heading; do
		grep -q -F -e "\"$heading\" \"\$TREE\"" "$BATS_TEST_FILENAME" || fail "nothing follows \"$heading\""
	done <"$BATS_TEST_TMPDIR/recipes"
}
