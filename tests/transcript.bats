#!/usr/bin/env bats
# shellcheck disable=SC2016 # jq has variables of its own
# The seed's session: messages, their order, members and totals.

load helpers/common

setup() {
	make_file "$BATS_TEST_TMPDIR/data" 2000
	start_server -f "$BATS_TEST_TMPDIR/data" -c 10 -i 5ms
	run_client -w 300ms
	wait_for_lines "$SERVER_LOG" "close server side connection" 1
}

teardown() {
	stop_all
}

messages() {
	jq -r .msg "$1"
}

# members FILE MSG: the names of the group's members, in their order.
members() {
	log_line "$1" "$2" | jq -r 'to_entries[3].value | keys_unsorted | join(" ")'
}

# begins_with FILE MSG NAMES: ours may follow the seed's.
begins_with() {
	local names
	names=$(members "$1" "$2")
	[[ "$names " == "$3 "* ]] || fail "\"$2\" has members $names, not first $3" "$1"
}

@test "the client's messages come in the seed's order" {
	assert_equal "$(messages "$CLIENT_LOG")" "new client
start to read
write timeout is expired
got EOF
finish handling" messages "$CLIENT_LOG"
}

@test "the server's messages come in order" {
	assert_equal "$(messages "$SERVER_LOG")" "new server
ready to send data
start the server
start to stream with chunk
got EOF in reader
finish streaming with chunk
close server side connection" messages "$SERVER_LOG"
}

@test "every line has time, level, msg and one group, in that order" {
	jq -se 'all(.[]; keys_unsorted[0:3] == ["time", "level", "msg"])' "$SERVER_LOG" "$CLIENT_LOG"
	jq -se 'all(.[]; keys_unsorted[3:] == ["server"])' "$SERVER_LOG"
	jq -se 'all(.[]; keys_unsorted[3:] == ["client"])' "$CLIENT_LOG"
	jq -se 'all(.[]; .level == "INFO")' "$SERVER_LOG" "$CLIENT_LOG"
}

@test "time is RFC 3339 in UTC with nanoseconds, trailing zeros trimmed" {
	jq -se 'all(.[]; .time | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]{0,8}[1-9])?Z$"))' \
		"$SERVER_LOG" "$CLIENT_LOG"
}

@test "a line's members begin with the seed's" {
	begins_with "$SERVER_LOG" "new server" "listen file chunk"
	begins_with "$SERVER_LOG" "ready to send data" "listen size"
	begins_with "$SERVER_LOG" "start the server" "listen"
	begins_with "$SERVER_LOG" "start to stream with chunk" "listen chunk"
	begins_with "$SERVER_LOG" "got EOF in reader" "listen total"
	begins_with "$SERVER_LOG" "finish streaming with chunk" "listen size"
	begins_with "$SERVER_LOG" "close server side connection" "listen"
	begins_with "$CLIENT_LOG" "new client" "server read-timeout write-timeout"
	begins_with "$CLIENT_LOG" "start to read" "server"
	begins_with "$CLIENT_LOG" "write timeout is expired" "server timeout"
	begins_with "$CLIENT_LOG" "got EOF" "server total"
	begins_with "$CLIENT_LOG" "finish handling" "server verdict reason total"
}

@test "values are what was asked for, durations in ns" {
	assert_line "$SERVER_LOG" "new server" '.server.file == $f and .server.chunk == 10' \
		--arg f "$BATS_TEST_TMPDIR/data"
	assert_line "$SERVER_LOG" "start the server" '.server.listen == $a' --arg a "$SERVER_ADDRESS"
	assert_line "$CLIENT_LOG" "new client" '.client == {server: $a, "read-timeout": 600000000000,
		"write-timeout": 300000000}' --arg a "$SERVER_ADDRESS"
	assert_line "$CLIENT_LOG" "write timeout is expired" '.client.timeout == 300000000'
}

@test "totals are the file's size at both ends" {
	assert_line "$SERVER_LOG" "ready to send data" '.server.size == 2000'
	assert_line "$SERVER_LOG" "finish streaming with chunk" '.server.size == 2000'
	assert_line "$SERVER_LOG" "got EOF in reader" '.server.total == 0'
	assert_line "$CLIENT_LOG" "got EOF" '.client.total == 2000'
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 2000'
}

@test "the write timeout is logged when it is over, not before" {
	local start end
	start=$(time_of "$CLIENT_LOG" "start to read")
	end=$(time_of "$CLIENT_LOG" "write timeout is expired")
	# The timer starts with the connection, a moment before that line.
	[ $((end - start)) -ge 250000000 ]
	[ $((end - start)) -lt 5000000000 ]
}

@test "the stream goes on after the client's FIN and is preserved" {
	assert_verdict orderly 0
	assert_line "$SERVER_LOG" "close server side connection" '.server.verdict == "orderly"'
}
