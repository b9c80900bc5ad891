#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The page in a real browser, on a telephone and on a screen, dark and light: nothing
# overflows or is cut off, nothing is loaded, the console is silent.

load helpers/common

setup() {
	REPORT=${top_builddir:-$TOP}/tests/unit/report
	[ -x "$REPORT" ] || fail "no tests/unit/report: make check TESTS= builds it"
	need node chromium
}

# looks FLAGS...: in one browser after the other, each report that differs.
looks() {
	local report
	for report in check probe empty; do
		"$REPORT" html "$report" >"$BATS_TEST_TMPDIR/$report.html"
		run timeout -k 5 $((PATIENCE * 2)) node "$HELPERS/page.js" "$BATS_TEST_TMPDIR/$report.html" \
			"$BATS_TEST_TMPDIR/profile-$report" "$@"
		# Chromium's own troubles with the machine are not the page's.
		[ "$status" = 0 ] || fail "$(grep -v '^\[[0-9:/.]*:[A-Z]*:' <<<"$output")"
	done
}

@test "fits 360 and 1400 pixels, dark and light, and the switch of the ladders works" {
	looks
}

@test "what would be wrong is noticed" {
	"$REPORT" html check | sed 's|</main>|<p style="width:200vw">x</p><img src="x.png" alt=""/></main>|' \
		>"$BATS_TEST_TMPDIR/wrong.html"
	run timeout -k 5 $((PATIENCE * 2)) node "$HELPERS/page.js" "$BATS_TEST_TMPDIR/wrong.html" "$BATS_TEST_TMPDIR/profile"
	[ "$status" = 1 ]
	[[ $output == *"console: "*"Content Security Policy"* ]]
	[[ $output == *"wider than the window: "* ]]
}

@test "axe-core finds nothing" {
	# It is in no distribution: `npm install axe-core`, and AXE_CORE names the directory.
	# Not even TESTS_REQUIRE_ALL makes this one fail.
	[ -r "${AXE_CORE:-}/axe.min.js" ] || skip "AXE_CORE does not name a directory with axe.min.js"
	looks --axe "$AXE_CORE/axe.min.js"
}
