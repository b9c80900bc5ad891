#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The tests with real middleboxes and NATs again and again: each gives the same verdict
# every time. TESTS_REPEAT says how often (20), TESTS_REPEAT_FILES which files of tests/.

load ../helpers/common

@test "every test of a middlebox passes every time" {
	local files file number failed=() result
	read -r -a files < <(cd "$HELPERS/.." &&
		echo "${TESTS_REPEAT_FILES:-$(grep -lE "load (../)?(boxes/boxes|helpers/(netns|services))$" ./*.bats netns/*.bats |
			paste -s -d ' ')}")
	[ "${#files[@]}" -gt 0 ]
	for ((number = 1; number <= ${TESTS_REPEAT:-20}; number++)); do
		for file in "${files[@]}"; do
			result=$BATS_TEST_TMPDIR/$(basename "$file")-$number
			bats --tap "$HELPERS/../$file" >"$result" 2>&1 3>&- && continue
			failed+=("$result")
			# Told at once, since all of it takes long.
			grep -e "^not ok" "$result" | sed "s|^|# $file: |" >&3 || true
		done
		echo "# run $number: ${#failed[@]} failures so far" >&3
	done
	[ "${#failed[@]}" = 0 ] || fail "${#failed[@]} runs differ" "${failed[@]}"
}
