#!/usr/bin/env bats
# What the client says of each way in which a path can treat a half-close: its
# one-sided verdict and its exit status.

load helpers/common

setup() {
	start_server --size 40k -c 1k -i 25ms --linger-timeout 1s
}

teardown() {
	stop_all
}

# through MODE SWITCHES...: half-closes after 300 ms of about a second.
through() {
	start_relay "$@"
	run_client -w 300ms --idle-timeout 5s --expect-size 40k --expect-pattern
}

@test "a path that forwards the FIN: preserved" {
	through forward
	assert_verdict complete 0
	assert_line "$CLIENT_LOG" "got EOF" '.client.total == 40960'
}

@test "a path that closes both ways at the FIN: truncated" {
	through close
	assert_verdict truncated 1
	assert_line "$CLIENT_LOG" "got EOF" '.client.total < 40960'
	local total
	total=$(log_line "$CLIENT_LOG" "finish handling" | jq .client.total)
	assert_reason "$total of 40960"
}

@test "without an expectation an early EOF is at best inconclusive, and the reason names the flag" {
	start_relay close
	run_client -w 300ms
	assert_verdict inconclusive 4
	assert_reason "--expect-size"
}

@test "a path that swallows the FIN: the client cannot tell, the server does not say preserved" {
	through forward --swallow-fin
	assert_verdict complete 0
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
	assert_line "$SERVER_LOG" "close server side connection" '.server.verdict == "inconclusive"'
	[ "$(count_lines "$SERVER_LOG" "got EOF in reader")" = 0 ]
}

@test "a path that delays the FIN: preserved, and the server tells when it came" {
	through forward --delay-fin 400
	assert_verdict complete 0
	[ $(($(time_of "$SERVER_LOG" "got EOF in reader") - \
		$(time_of "$CLIENT_LOG" "write timeout is expired"))) -ge 390000000 ]
}

@test "a path that resets after the FIN: reset" {
	through forward --reset-after-fin
	assert_verdict reset 1
	assert_reason ECONNRESET
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "a path that cuts the stream a while after the FIN: truncated" {
	through forward --cut-after 300
	assert_verdict truncated 1
	assert_line "$CLIENT_LOG" "finish handling" '.client.total > 0 and .client.total < 40960'
}

@test "a path that loses the last bytes: truncated, by exactly those" {
	through forward --drop-last 13
	assert_verdict truncated 1
	assert_reason "13 are missing"
}

@test "a path that flips a bit: corrupted, with the offset" {
	through forward --flip 20001
	assert_verdict corrupted 1
	assert_reason "offset 20001 .*expected 0x[0-9a-f]{2}, got 0x[0-9a-f]{2}"
}

@test "a path that never delivers the EOF: eof-lost" {
	start_relay forward --hide-eof
	run_client -w 300ms --idle-timeout 1500ms --expect-size 40k --expect-pattern
	assert_verdict eof-lost 1
	[ "$(count_lines "$CLIENT_LOG" "got EOF")" = 0 ]
}

@test "a path that throws the stream away after the FIN: truncated" {
	through forward --read-all-then-close
	assert_verdict truncated 1
}

@test "a path that masks an abort as an EOF: truncated" {
	start_relay forward --reset-after-fin
	through forward --mask-reset
	assert_verdict truncated 1
}
