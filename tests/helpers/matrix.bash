# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# `check` over paths of tests/helpers/profiles, several at a time since most of it
# is waiting; and what a file of them begins with. Load after common.bash.

for helper in service check wan; do
	# shellcheck source=/dev/null
	source "$HELPERS/$helper.bash"
done

setup() {
	need_wan
}

teardown() {
	stop_all
	wan_down
}

# run_matrix SEED NAME...: every profile, each from a seed of its own that follows
# from SEED. Fails when one is not preserved in every row, and says all about it; the
# reports and logs stay in TESTS_MATRIX_DIR when that is set.
run_matrix() {
	local seed=$1 name number=0 failed=0 jobs=${TESTS_MATRIX_JOBS:-6}
	shift
	MATRIX=${TESTS_MATRIX_DIR:-$BATS_TEST_TMPDIR/matrix}
	mkdir -p "$MATRIX"
	echo "# $# profiles from seed $seed" >&3
	for name in "$@"; do
		while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
			# Not `wait -n`: it would also return for what has ended before.
			sleep 0.1
		done
		number=$((number + 1))
		play_profile "$name" $((seed + number)) >"$MATRIX/$name.out" 2>&1 &
	done
	wait
	for name in "$@"; do
		[ -e "$MATRIX/$name.preserved" ] && continue
		failed=$((failed + 1))
		echo "=== $name is not preserved"
		cat "$MATRIX/$name.out"
	done
	[ "$failed" = 0 ] || fail "$failed of $# profiles failed"
}

# play_profile NAME SEED: in a subshell; NAME.preserved is made when all is well.
play_profile() {
	# shellcheck disable=SC2034 # for common.bash
	PIDS=() PATIENCE=90
	BATS_TEST_TMPDIR=$MATRIX/$1
	mkdir "$BATS_TEST_TMPDIR"
	local begin=$SECONDS result=FAILED
	if profile_is_preserved "$1" "$2"; then
		result=preserved
		touch "$MATRIX/$1.preserved"
	fi
	stop_all || true
	echo "# $1 (seed $2): $result, $((SECONDS - begin)) s" >&3
}

# Every step says whether it failed: `set -e` does nothing in a condition.
profile_is_preserved() {
	wan_profile "$1" && wan_setup "$1" && start_far_end --listen "$FAR:0" &&
		wan_start --seed "$2" "${PROFILE[@]}" && run_check --format json || return
	wan_stop || return
	jq -e '(.scenarios | length) >= 10 and .verdict == "preserved"
		and all(.scenarios[]; .verdict == "preserved")' "$CHECK_OUT" >/dev/null &&
		[ "$CHECK_STATUS" = 0 ] && return
	echo "check exits with $CHECK_STATUS:"
	cat "$CHECK_ERR"
	jq -r '.scenarios[] | "\(.name): \(.verdict): \(.reason)"' "$CHECK_OUT"
	wan_counts tojson
	jq -c '.scenarios[] | select(.verdict != "preserved")' "$CHECK_OUT"
	return 1
}
