#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --evidence: a directory that one can send to a stranger.

load helpers/common
load helpers/services
load helpers/probe
load helpers/check
load boxes/boxes

setup() {
	DIR=$BATS_TEST_TMPDIR/evidence
}

teardown() {
	stop_all
}

# has_bundle VERDICT: all files of it, which say the same; nothing else is there.
has_bundle() {
	need jq xmllint
	assert_equal "$(cd "$DIR" && echo *)" "environment.txt report.html report.json report.md report.txt" files
	assert_equal "$(jq -r .verdict "$DIR/report.json")" "$1" verdict
	xmllint --noout "$DIR/report.html"
	grep -q "<title>$1: " "$DIR/report.html"
	grep -q "^### tcp-half-close-tester .*: \`$1\`" "$DIR/report.md"
	grep -q "$1" "$DIR/report.txt"
	grep -q '^kernel: Linux ' "$DIR/environment.txt"
	grep -q '^net.ipv4.tcp_fin_timeout: [0-9]' "$DIR/environment.txt"
	grep -q '^net.netfilter.nf_conntrack_tcp_timeout_close_wait: \([0-9]\|not known (\)' "$DIR/environment.txt"
	grep -q '^interface: lo$' "$DIR/environment.txt"
	grep -q '^tcp-segmentation-offload: \(on\|off\|not known (\)' "$DIR/environment.txt"
	assert_equal "$(stat -c %a "$DIR/report.html")" 644
}

@test "check: beside the report on standard output, which stays as it was" {
	start_far_end
	start_relay close
	run_check --scenario baseline,download --size 64k --evidence "$DIR"
	assert_status 1
	has_bundle full-close
	grep -q '^Half-close is broken on this path.$' "$CHECK_OUT"
	grep -q "^command: tcp-half-close-tester check --config none --server $SERVER_ADDRESS --scenario baseline,download --size 64k --evidence $DIR\$" "$DIR/environment.txt"
	# What people read first: the page shows it, ladders and all.
	grep -q '<h1>Half-close is broken on this path.</h1>' "$DIR/report.html"
	grep -q 'made by the path' "$DIR/report.html"
}

@test "check behind nginx: what a stranger can be sent" {
	start_far_end
	start_nginx
	run_check --scenario baseline,download --evidence "$DIR"
	assert_status 1
	has_bundle full-close
	grep -q '<h1>Half-close is broken on this path.</h1>' "$DIR/report.html"
	grep -q '<b>download:</b> EOF came here .* the path closed both directions at once' "$DIR/report.html"
	# The likeliest of the systems known for it, and what helps.
	grep -q '<p class="lead">This path closes both directions' "$DIR/report.html"
	grep -q '<th scope="row">nginx stream.*proxy_half_close on;' "$DIR/report.html"
}

@test "check: beside a report in a file, into an empty directory" {
	mkdir "$DIR"
	run_check --scenario download --size 64k --evidence "$DIR" -o "$BATS_TEST_TMPDIR/report" --format tap
	assert_status 0
	has_bundle preserved
	grep -q '^ok 1 - download' "$BATS_TEST_TMPDIR/report"
	[ ! -s "$CHECK_OUT" ]
}

@test "probe" {
	run_probe --max 1s --evidence "$DIR"
	has_bundle preserved
	grep -q 'class="search"' "$DIR/report.html"
}

@test "ask" {
	start_odd closes-at-eof
	run_ask --repeat 1 --send 'hello' --evidence "$DIR" "$SERVICE_ADDRESS"
	has_bundle "$(jq -r .verdict "$ASK_OUT")"
	cmp <(jq .scenarios "$ASK_OUT") <(jq .scenarios "$DIR/report.json")
}

@test "a directory that cannot be used is refused before anything is played" {
	start_far_end
	mkdir "$DIR"
	echo mine >"$DIR/notes"
	run_check --evidence "$DIR"
	assert_status 3
	grep -q "directory \"$DIR\" contains \"notes\": evidence requires a new or an empty directory" "$CHECK_ERR"
	assert_equal "$(cat "$DIR/notes")" mine
	run_check --evidence "$DIR/notes"
	assert_status 3
	grep -q "cannot use \"$DIR/notes\" for evidence: Not a directory" "$CHECK_ERR"
	run_check --evidence "$DIR/none/below"
	assert_status 3
	grep -q "cannot create directory \"$DIR/none/below\": No such file or directory" "$CHECK_ERR"
	# Evidence of an earlier run is not replaced.
	rm "$DIR/notes"
	touch "$DIR/report.json"
	run_check --evidence "$DIR"
	assert_status 3
	refute grep -q '"start to play"' "$RESPONDER_LOG"
}

@test "a file that cannot be written is named, and the exit status says so" {
	without_root
	mkdir "$OPEN_DIR/evidence"
	chmod 777 "$OPEN_DIR/evidence"
	start_far_end
	# The directory goes while the scenario runs.
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "$PROGRAM" check --config none --server "$SERVER_ADDRESS" \
		--scenario late --hold 500ms --evidence "$OPEN_DIR/evidence"
	wait_for_line "$RESPONDER_LOG" '"start to play"'
	chmod 555 "$OPEN_DIR/evidence"
	wait_for_end "$PID"
	assert_equal "$STATUS" 3
	grep -q "cannot write .*/evidence/report\.[a-z]*" "$BATS_TEST_TMPDIR/err"
	assert_equal "$(ls "$OPEN_DIR/evidence")" ""
	grep -q 'preserved' "$BATS_TEST_TMPDIR/out"
}
