#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The table of middleboxes: every row can be read, and its starter exists.

load helpers/common
load boxes/boxes

@test "every row is complete, and no name comes twice" {
	local name names
	mapfile -t names < <(box_rows | cut -f 1)
	[ "${#names[@]}" -ge 30 ]
	assert_equal "$(printf '%s\n' "${names[@]}" | sort -u | wc -l)" "${#names[@]}" "different names"
	for name in "${names[@]}"; do
		box_row "$name"
		assert_equal "$BOX_NAME" "$name"
		[[ $BOX_WITH = check || $BOX_WITH = ask ]] || fail "$name is played with $BOX_WITH"
		[ -n "$BOX_SYSTEM" ] && [ -n "$BOX_PACKAGE" ] || fail "$name has no system or no package"
		declare -F "start_${BOX_START%% *}" >/dev/null || fail "there is no start_${BOX_START%% *}"
	done
}

@test "a row that is not there is one line" {
	run box_row no-such-box
	[ "$status" -ne 0 ]
	assert_equal "${#lines[@]}" 1 lines
}
