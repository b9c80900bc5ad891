#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What all scenarios together say of a path, and who is suspected: faults of our own
# relay, and real middleboxes, which are named among the first three.

load helpers/common
load helpers/check
load boxes/boxes

teardown() {
	stop_all
}

short=(--scenario "baseline,download,request,upload,late,abort" --size 64k --after-fin 300ms --timeout 5s)

# diagnosed PATTERN [TEXT]: that pattern, and its text matches.
diagnosed() {
	jq -e --arg pattern "$1" --arg text "${2:-}" \
		'.diagnosis | .pattern == $pattern and (.text | test($text))' "$CHECK_OUT" >/dev/null || {
		jq '.diagnosis, (.scenarios[] | {name, verdict, reason})' "$CHECK_OUT"
		fail "not $1 ${2:-}"
	}
}

# suspected SYSTEM: among the first three.
suspected() {
	jq -e --arg system "$1" '.diagnosis.suspects[:3] | any(.[]; .system == $system)' "$CHECK_OUT" >/dev/null || {
		jq '.diagnosis, (.scenarios[] | {name, verdict, reason})' "$CHECK_OUT"
		fail "$1 is not suspected"
	}
}

nobody_suspected() {
	jq -e '.diagnosis.suspects == []' "$CHECK_OUT" >/dev/null || fail "somebody is suspected" "$CHECK_OUT"
}

# through_relay SWITCHES...
through_relay() {
	start_far_end
	start_relay "$@"
	check_json "${short[@]}"
}

@test "no middlebox: none, and no suspects" {
	start_far_end
	check_json "${short[@]}"
	diagnosed none "^This path preserves half-closed connections.$"
	nobody_suspected
}

@test "only the client's FIN closes both directions" {
	through_relay forward --fault close@passed:client
	diagnosed closes-both "as soon as the client half-closes \([0-9]+ of [0-9]+\), but not with a FIN of the server"
}

@test "swallows the FIN" {
	through_relay forward --swallow-fin --direction both
	diagnosed swallows-fin
}

@test "holds the FIN until the other direction has ended" {
	through_relay forward --fault hold@fin:both
	diagnosed holds-fin "FIN of either end"
}

@test "masks aborts" {
	through_relay forward --fault rst-to-fin:both
	diagnosed masks-aborts "RST of"
	suspected "HAProxy TCP"
}

@test "limits the bytes of every connection" {
	through_relay forward --fault close@byte:server=30000
	diagnosed limits-bytes "half-closed or not"
	nobody_suspected
}

@test "one connection that is cut is no limit, and nothing to report" {
	start_far_end
	start_relay forward --fault close@byte:server=30000
	run_check --scenario baseline --size 64k --timeout 5s
	grep -q "^This path fails even without a half-close (1 of 1).$" "$CHECK_OUT" || fail "not that" "$CHECK_OUT"
	refute grep -q "please report it" "$CHECK_OUT"
	refute grep -q "^Suspects" "$CHECK_OUT"
	run_check --scenario baseline --size 64k --timeout 5s --format markdown
	refute grep -qE "please report it|suspect" "$CHECK_OUT"
}

@test "flips a bit: no known system does that" {
	through_relay forward --flip 1000
	diagnosed alters
	nobody_suspected
	run_check "${short[@]}"
	grep -q "^No known system behaves like this; please report it.$" "$CHECK_OUT"
}

@test "nginx stream; one explanation and one ladder in text" {
	start_far_end
	start_nginx
	check_json "${short[@]}"
	diagnosed closes-both "either end half-closes"
	suspected "nginx stream"
	jq -e '.diagnosis.suspects[0] | has("system") and has("setting") and has("default") and has("remedy") and has("source")' \
		"$CHECK_OUT" >/dev/null
	run_check "${short[@]}"
	assert_equal "$(grep -c '^here: ' "$CHECK_OUT")" 1 "ladders" "$CHECK_OUT"
	grep -q "  nginx stream  *proxy_half_close on;" "$CHECK_OUT" || fail "no remedy" "$CHECK_OUT"
	grep -q "full-close .* as download$" "$CHECK_OUT" || fail "not one explanation" "$CHECK_OUT"
}

@test "haproxy with client-fin" {
	start_far_end
	start_haproxy "timeout client-fin 500ms" "timeout server-fin 500ms"
	check_json "${short[@]}"
	diagnosed closes-idle "the client"
	suspected "HAProxy TCP"
}

@test "socat" {
	start_far_end
	start_socat
	check_json "${short[@]}"
	diagnosed closes-idle
	suspected socat
}

@test "node" {
	start_far_end
	start_node_pipe
	check_json "${short[@]}"
	diagnosed discards
	suspected "Node.js pipe"
}
