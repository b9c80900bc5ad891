#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --log-level: what is less urgent is not written.

load helpers/common

teardown() {
	stop_all
}

# levels ARGS...: the levels that a client writes which cannot connect.
levels() {
	run_client -s 127.0.0.1:1 --connect-timeout 5s "$@"
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
	LEVELS=$(jq -r .level "$CLIENT_LOG" | sort -u | tr '\n' ' ')
}

@test "the default is info" {
	need jq
	levels
	assert_equal "$LEVELS" "ERROR INFO "
}

@test "error leaves errors only" {
	need jq
	levels --log-level error
	assert_equal "$LEVELS" "ERROR "
	levels --log-level warn
	assert_equal "$LEVELS" "ERROR "
}
