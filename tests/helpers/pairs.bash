# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Random pairs of a fault (relay.c) and a link (wan.c), both drawn from a seed: a box
# that is broken, or not, somewhere behind a path that is slow, far, lossy or jumpy.
# What the relay wrote down is the truth. Load after common.bash, service.bash,
# check.bash, relay.bash, truth.bash, wan.bash and matrix.bash.

# draw_pair SEED [LINK...]: prints where the box is ("near" or "far" from check), the
# name of a link, for wan_profile, and a fault in relay.c's words; or none. The link is
# one of those, or any.
draw_pair() {
	local links=${*:2}
	awk -v seed="$1" -v links="${links:-$(wan_profiles | paste -s -d ' ')}" -v any="${links:+0}" '
	function even(low, high) { return int(low * exp(rand() * log(high / low))) }
	function one_of(words,   all, n) { n = split(words, all, " "); return all[1 + int(rand() * n)] }
	function one_in(n) { return rand() * n < 1 }
	function side() { return one_of("client server") }
	# Whom it is done to: an end, or both.
	function whom() { return one_in(2) ? "" : ":" side() }
	function fin() { return one_of("fin:first fin:client fin:server fin:first fin:client fin:server fin:last") }
	function behind_fin() { return "@" fin() (one_in(3) ? "" : "+" even(5, 3000)) }
	function early() { return one_in(2) ? "@byte:" side() "=" even(300, 300000) : "@open+" even(20, 4000) }
	function idle() { return "@" one_of("half-idle idle") "=" even(300, 900) }
	function edit() {
		return one_of("flip corrupt drop=" even(1, 20000) " insert=" even(1, 20000) \
			" repeat=" even(1, 20000) "x" even(1, 30) " swap=" even(1, 5000))
	}
	# An edit has its stream between its name and its number.
	function in_stream(name,   at) {
		at = index(name, "=")
		return at == 0 ? name whom() : substr(name, 1, at - 1) whom() substr(name, at)
	}
	BEGIN {
		srand(seed); rand()
		place = one_of("near far")
		link = any != "0" && one_in(2) ? "drawn-" seed : one_of(links)
		kind = int(rand() * 17)
		if (kind == 1) fault = "hold@" fin()
		else if (kind == 2) fault = "swallow@" (one_in(5) ? "fin" : fin())
		else if (kind == 3) fault = "late=" even(20, 8000) "@" fin()
		else if (kind == 4) fault = "late-bytes=" even(100, 1000000) "@fin:" side()
		else if (kind == 5) fault = "close" (one_in(2) ? "@passed:" one_of("first client server") : behind_fin())
		else if (kind == 6) fault = "close" behind_fin()
		else if (kind == 7) fault = "reset" whom() behind_fin()
		else if (kind == 8) fault = "blackhole" whom() behind_fin()
		else if (kind == 9) fault = "discard:" side() behind_fin()
		else if (kind == 10) fault = "fin:" side() (one_in(3) ? "@open+" even(20, 2000) : behind_fin())
		else if (kind == 11) fault = "rst-to-fin" whom()
		else if (kind == 12) fault = one_of("close reset blackhole") early()
		else if (kind == 13) fault = one_of("close reset reset:server reset:client blackhole") idle()
		else if (kind == 14) fault = in_stream(edit()) "@byte:" side() "=" even(300, 200000)
		else if (kind == 15) fault = in_stream(edit()) behind_fin()
		else if (kind == 16) fault = one_of("lf crlf tail:server=" even(1, 2000) " tail:client=" even(1, 400))
		print place, link, fault
	}'
}

# More flags for check.
PAIR_CHECK=()

# run_pairs SEED COUNT [LINK...]: so many of them, each from a seed of its own. Fails
# when a verdict is not what the relay did; the reports stay in TESTS_PAIRS_DIR when
# that is set. TESTS_PAIRS_SEEDS names pairs to be played, instead of those.
run_pairs() {
	local first=$1 count=$2 seed failed=0 jobs=${TESTS_MATRIX_JOBS:-6} all=()
	shift 2
	PAIRS=${TESTS_PAIRS_DIR:-$BATS_TEST_TMPDIR/pairs}
	mkdir -p "$PAIRS"
	find_relay
	read -r -a all <<<"${TESTS_PAIRS_SEEDS:-$(seq -s ' ' $((first * 1000 + 1)) $((first * 1000 + count)))}" || true
	echo "# ${#all[@]} pairs from seed $first" >&3
	for seed in "${all[@]}"; do
		while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
			sleep 0.1
		done
		play_pair "$seed" "$@" >"$PAIRS/$seed.out" 2>&1 &
	done
	wait
	for seed in "${all[@]}"; do
		[ -e "$PAIRS/$seed.true" ] && continue
		failed=$((failed + 1))
		echo "=== TESTS_PAIRS_SEEDS=$seed"
		cat "$PAIRS/$seed.out"
	done
	[ "$failed" = 0 ] || fail "$failed of ${#all[@]} pairs failed"
}

# play_pair SEED [LINK...]: in a subshell; SEED.true is made when all is well.
play_pair() {
	# shellcheck disable=SC2034 # for common.bash
	PIDS=() PATIENCE=90
	BATS_TEST_TMPDIR=$PAIRS/$1
	mkdir "$BATS_TEST_TMPDIR"
	local begin=$SECONDS result=FALSE place link fault
	read -r place link fault < <(draw_pair "$@")
	if pair_is_true "$1" "$place" "$link" "$fault"; then
		result=$(jq -r '[.scenarios[] | select(.verdict != "preserved")] | length' "$CHECK_OUT")
		touch "$PAIRS/$1.true"
	fi
	stop_all || true
	echo "# $1 (${fault:-no fault} $place, $link): $result, $((SECONDS - begin)) s" >&3
}

# Every step says whether it failed: `set -e` does nothing in a condition.
# shellcheck disable=SC2034 # RELAY_IN is for common.bash
pair_is_true() {
	local seed=$1 place=$2 link=$3 fault=$4 flags=()
	wan_profile "$link" && wan_setup "$seed" || return
	[ -z "$fault" ] || flags=(--fault "$fault")
	if [ "$place" = far ]; then
		start_far_end --listen 127.0.0.1:0 && wan_start --seed "$seed" "${PROFILE[@]}" &&
			RELAY_IN=("${SERVER_IN[@]}") && start_relay forward --listen "$FAR:0" "${flags[@]}" || return
	else
		start_far_end --listen "$FAR:0" && wan_start --seed "$seed" "${PROFILE[@]}" &&
			RELAY_IN=("${CLIENT_IN[@]}") && start_relay forward "${flags[@]}" || return
	fi
	echo "${fault:-no fault}, $place, $link: ${PROFILE[*]}"
	run_check --format json "${PAIR_CHECK[@]}" || return
	if ! jq -e . "$CHECK_OUT" >/dev/null; then
		fail "no JSON" "$CHECK_OUT" "$CHECK_ERR" || return
	fi
	# shellcheck disable=SC2034 # for truth.bash
	TRUTH_LOSSY=true
	wan_stop && assert_truth 0 && return
	wan_counts tojson
	return 1
}
