# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for the helpers
#
# What the program says of the boxes of the table: one box at a time, each as often
# as asked, in a process and with folders of its own. Load after boxes.bash and the
# helpers for check, probe, netns, service and services.

# A silence that the short timers of the table do not survive; no BOX_MAX_IDLE: no probe.
BOX_HOLD=2500ms
BOX_MAX_IDLE=3s
BOX_SCENARIOS=baseline,download,request,upload,echo,late,late-server,slow-reader
BOX_SCENARIOS+=,simultaneous,fin-with-data,large-request,abort,client-abort

# play_boxes RUNS NAME...: BOXES_DIR/NAME.json for each, or NAME.skipped with the
# reason; fails when one cannot be played, and says which.
play_boxes() {
	local runs=$1 name run begin failed=()
	shift
	mkdir -p "$BOXES_DIR"
	for name in "$@"; do
		begin=$SECONDS
		rm -f "$BOXES_DIR/$name".*
		for ((run = 1; run <= runs; run++)); do
			(play_box "$name" "$run") >"$BOXES_DIR/$name.log" 2>&1 || break
			[ ! -e "$BOXES_DIR/$name.skipped" ] || break
		done
		if [ -e "$BOXES_DIR/$name.skipped" ]; then
			echo "# $name: not played: $(cat "$BOXES_DIR/$name.skipped")" >&3
		elif [ "$run" -le "$runs" ] || ! merge_runs "$name"; then
			failed+=("$name")
			cat "$BOXES_DIR/$name.log"
			echo "# $name: FAILED" >&3
		else
			echo "# $name: $((SECONDS - begin)) s: $(jq -r '[.scenarios[][]] | unique | join(" ")' \
				"$BOXES_DIR/$name.json")" >&3
		fi
	done
	[ "${#failed[@]}" = 0 ] || fail "could not be played: ${failed[*]}"
}

# play_box NAME RUN: in a subshell; the reports are NAME.RUN.report and NAME.probe.
play_box() {
	local rc=0
	PIDS=() BOX_RUN=$BOXES_DIR/$1
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_FILE_TMPDIR/box.XXXXXX")
	chmod 755 "$BATS_TEST_TMPDIR"
	# Not installed, or not possible here.
	# shellcheck disable=SC2317 # called by cannot_run
	skip() {
		echo "$*" >"$BOX_RUN.skipped"
		exit 0
	}
	trap 'stop_all || true; netns_down; rm -rf "$BATS_TEST_TMPDIR"' EXIT
	box_row "$1" && start_row || return
	row_version >"$BOX_RUN.version"
	if [ "$BOX_WITH" = ask ]; then
		run_ask "${BOX_FLAGS[@]}" "http://$SERVICE_ADDRESS/" || rc=1
		cp "$ASK_OUT" "$BOX_RUN.$2.report"
	else
		run_check --format json --hold "$BOX_HOLD" --scenario "$BOX_SCENARIOS" "${BOX_FLAGS[@]}" || rc=1
		cp "$CHECK_OUT" "$BOX_RUN.$2.report"
		cat "$CHECK_ERR"
		if [ "$2" = 1 ] && [ -n "$BOX_MAX_IDLE" ]; then
			run_probe --format json --max "$BOX_MAX_IDLE" "${BOX_FLAGS[@]}" || rc=1
			cp "$PROBE_OUT" "$BOX_RUN.probe"
		fi
	fi
	[ -s "$BOX_RUN.$2.report" ] && return "$rc"
}

# merge_runs NAME: NAME.json, what the matrix says of a box.
merge_runs() {
	local box=$BOXES_DIR/$1
	box_row "$1" || return
	[ -e "$box.probe" ] || echo null >"$box.probe"
	jq -n --arg name "$1" --arg with "$BOX_WITH" --arg system "$BOX_SYSTEM" --arg setting "$BOX_SETTING" \
		--arg package "$BOX_PACKAGE" --arg version "$(cat "$box.version")" \
		--slurpfile probe "$box.probe" -f "$BOXES/merge.jq" "$box".*.report >"$box.json"
}

# misdiagnosed: of the boxes in BOXES_DIR those that are not named among the first
# three suspects in every run, and why; one a line. A box that cannot be told from
# another of them counts when that one is named; one that keeps every half-close
# must have no suspect.
misdiagnosed() {
	jq -r -s -f "$BOXES/misdiagnosed.jq" "$BOXES_DIR"/*.json
}
