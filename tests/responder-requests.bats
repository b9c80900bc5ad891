#!/usr/bin/env bats
# What strangers may ask of a responder: one line, answered with what it asks
# for or with one line of JSON that says why not.

load helpers/common

setup() {
	start_responder --max-size 1m --max-hold 5s --max-duration 20s --log-level debug
	ID=00112233445566778899aabbccddeeff
}

teardown() {
	stop_all
}

# ask TEXT: what comes back over a connection of its own is in ANSWER.
ask() {
	ANSWER=$(
		exec 5<>"/dev/tcp/${RESPONDER_ADDRESS%:*}/$RESPONDER_PORT"
		printf '%s' "$1" >&5
		cat <&5
	)
}

# play MEMBERS [ID]: a request to play.
play() {
	echo "{\"request\":\"play\",\"version\":2,\"id\":\"${2:-$ID}\",$1}"
}

# assert_refused ERROR: one line, and the same words in the log.
assert_refused() {
	assert_equal "$(wc -l <<<"$ANSWER")" 1 "lines of the answer"
	jq -e --arg error "$1" '.reply == "error" and (.error | contains($error))' <<<"$ANSWER" ||
		fail "not refused with \"$1\": $ANSWER"
	wait_for_line "$RESPONDER_LOG" '"refused request"'
	jq -e -s --argjson answer "$ANSWER" 'map(select(.msg == "refused request"))[-1]
		| .level == "WARN" and .responder.error == $answer.error and (.responder.peer | length > 0)' \
		"$RESPONDER_LOG" || fail "not logged as refused: $ANSWER" "$RESPONDER_LOG"
}

@test "malformed lines are refused" {
	local line
	for line in '' '{' '[]' '{"request":"play"' "{'request':'play'}" 'GET / HTTP/1.0' $'\001' \
		'[[[[[[[[[[[[1]]]]]]]]]]]]'; do
		ask "$line"$'\n'
		assert_refused ""
	done
}

@test "what is unknown is refused by name" {
	ask "$(play '"scenario":"downlaod","size":1,"timeout":1')"$'\n'
	assert_refused 'unknown scenario "downlaod", expected one of baseline, download'
	ask '{"request":"play","version":9}'$'\n'
	assert_refused 'member "version" is 9, expected 2'
	ask "{\"request\":\"guess\",\"version\":2,\"id\":\"$ID\"}"$'\n'
	assert_refused 'member "request" is "guess"'
}

@test "what is beyond the bounds is refused" {
	ask "$(play '"scenario":"late","size":1048577,"timeout":1000000000')"$'\n'
	assert_refused 'member "size" is 1048577, expected at most 1m here'
	ask "$(play '"scenario":"late","size":1,"timeout":1000000000,"hold":5000000001')"$'\n'
	assert_refused 'member "hold" is 5.000000001s, expected at most 5s here'
	ask "$(play '"scenario":"late","size":1,"timeout":16000000000,"hold":5000000000')"$'\n'
	assert_refused 'member "timeout" is 16s, expected at most 20s here, "hold" included'
	ask "$(play '"scenario":"late","size":99999999999999999999,"timeout":1')"$'\n'
	assert_refused 'member "size" is too large'
}

@test "a line of 1024 bytes is taken, one more is refused" {
	local line="{\"request\":\"report\",\"version\":2,\"id\":\"$ID\"}"
	ask "$(printf '%-1023s' "$line")"$'\n'
	assert_equal "$(jq -r .reply <<<"$ANSWER")" unknown "reply"
	ask "$(printf '%-1024s' "$line")"$'\n'
	assert_refused "the request line is longer than 1024 bytes"
}

@test "a line without end is refused after 1024 bytes" {
	ask "$(printf '%*s' 100000 '')"
	assert_refused "the request line is longer than 1024 bytes"
}

@test "a line that does not come within 5 s is refused" {
	ask '{"request":'
	assert_refused "no complete request line within 5 s"
}

@test "a connection without a request is nobody's fault" {
	exec 5<>"/dev/tcp/${RESPONDER_ADDRESS%:*}/$RESPONDER_PORT"
	exec 5>&-
	wait_for_line "$RESPONDER_LOG" '"connection without a request"'
	refute grep -q '"refused request"' "$RESPONDER_LOG"
}

# sees_silence: so far the run has come to its hold.
sees_silence() {
	ask "{\"request\":\"report\",\"version\":2,\"id\":\"$ID\"}"$'\n'
	jq -e '.reply == "view" and (.observation
		| .role == "responder" and .ended == false and ."bytes-sent" == 0
		and (.events | map(.event) == ["connected", "hold-started"]))' <<<"$ANSWER"
}

@test "a run by hand, seen while it goes on" {
	exec 5<>"/dev/tcp/${RESPONDER_ADDRESS%:*}/$RESPONDER_PORT"
	play '"scenario":"idle","size":4096,"timeout":5000000000,"hold":5000000000' >&5
	read -r ANSWER <&5
	assert_equal "$ANSWER" '{"reply":"ready"}' "answer"
	wait_for "$PATIENCE" sees_silence ||
		fail "not the view of a run that goes on: $ANSWER"
	exec 5>&-
}
