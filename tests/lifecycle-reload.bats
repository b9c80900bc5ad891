#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# SIGHUP reads the file again: new values for new connections, or, when the file
# is broken, the old ones and a line that says where.

load helpers/common
load helpers/service

setup() {
	CONF=$BATS_TEST_TMPDIR/server.conf
	configure 'size = "3k"; chunk = "0";'
	start_server --config "$CONF"
}

teardown() {
	stop_all
}

configure() {
	printf 'server: {\n  %s\n};\n' "$1" >"$CONF.new"
	mv "$CONF.new" "$CONF"
}

received() {
	run_peer 1 shut drain
	sed -n 's/^eof 1 reset 0 bytes //p' "$PEER_LOG"
}

@test "new values serve new connections" {
	assert_equal "$(received)" 3072
	configure 'size = "5k"; chunk = "0";'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	assert_equal "$(received)" 5120
}

@test "a connection keeps the values that it began with" {
	configure 'size = "30"; chunk = "1"; interval = "50ms";'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	configure 'size = "5k"; chunk = "0";'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 2
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 30"
}

@test "a reload that cannot have TLS says what is served instead" {
	configure 'size = "3k"; tls-key = "/nonexistent";'
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" "configuration not reloaded: --tls-key requires --tls-cert"
	configure 'size = "3k"; tls-cert = "/nonexistent";'
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" "; connections remain plain TCP"
	assert_equal "$(received)" 3072
}

@test "limits change as well" {
	configure 'size = "3k"; interval = "1h"; max-per-source = 1;'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	start_peer 1 wait
	wait_for_children "$SERVER_PID" 1
	run_peer 1 drain
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 0 reset 1 bytes 0"
}

@test "a broken file is refused with its line, and the old values stay" {
	configure 'size = "5k"; chunk = "many";'
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" "$CONF:2: .*many"
	jq -se --arg conf "$CONF:2:" 'any(.[]; .level == "ERROR" and (.msg | contains($conf)))' \
		"$SERVER_LOG" >/dev/null || fail "no error with the line" "$SERVER_LOG"
	assert_equal "$(received)" 3072
	refute has_lines "$SERVER_LOG" "reloaded configuration" 1
}

@test "so is one with a syntax error, and one that is gone; a good one is taken later" {
	printf 'server: {' >"$CONF"
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" '"ERROR".*server.conf'
	rm "$CONF"
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" '"ERROR".*No such file'
	assert_equal "$(received)" 3072
	configure 'size = "1k"; chunk = "0";'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	assert_equal "$(received)" 1024
}

@test "SIGHUP to the whole group, as killall sends it, ends nobody who is served" {
	configure 'size = "30"; chunk = "1"; interval = "50ms";'
	kill -HUP "$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 1
	start_peer 1 shut drain
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	kill -HUP -- "-$SERVER_PID"
	wait_for_lines "$SERVER_LOG" "reloaded configuration" 2
	wait_for_end "$PEER_PID"
	assert_equal "$(grep ^eof "$PEER_LOG")" "eof 1 reset 0 bytes 30"
}
