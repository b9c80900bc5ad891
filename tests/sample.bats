#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The sample configuration in the tree is the one that the program would write.

load helpers/common

setup() {
	SRC=${top_srcdir:-$TOP}
	SAMPLE=$SRC/etc/tcp-half-close-tester.conf.sample
}

@test "the sample is up to date (make sample)" {
	sh "$SRC/etc/make-sample" "$PROGRAM" >"$BATS_TEST_TMPDIR/sample"
	diff -u "$SAMPLE" "$BATS_TEST_TMPDIR/sample"
}

@test "it has every group once and sets nothing" {
	assert_equal "$(grep -E '^[a-z]+:$' "$SAMPLE" | tr -d '\n')" \
		common:server:client:responder:check:probe:ask:
	run grep -nvE '^[[:space:]]*(#|$)|^[a-z]+:$|^\{$|^\};$' "$SAMPLE"
	assert_equal "$output" ""
}

@test "a value whose comment sign is removed is in force" {
	sed '/^client:/,$s/^\t#write-timeout = .*/\twrite-timeout = "7s";/' "$SAMPLE" >"$BATS_TEST_TMPDIR/conf"
	"$PROGRAM" client --config "$BATS_TEST_TMPDIR/conf" --print-config >"$BATS_TEST_TMPDIR/out"
	grep -q 'write-timeout = "7s"' "$BATS_TEST_TMPDIR/out"
}
