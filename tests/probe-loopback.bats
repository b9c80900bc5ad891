#!/usr/bin/env bats
# probe without a path of its own: loopback, where no timer ends a connection.

load helpers/common
load helpers/probe

teardown() {
	stop_all
}

lives() {
	assert_status 0
	assert_probe '.verdict == "preserved" and ."dies-before" == null and .remedy == null
		and .culprits == [] and (.trials | all(.[]; .verdict == "preserved"))'
	assert_probe '."lives-at-least" == $max and any(.trials[]; .silence == $max)' \
		--argjson max "$1"
}

@test "a half-closed connection lives through --max 5s" {
	probe_json --max 5s
	lives 5000000000
	assert_probe '.state == "half-closed" and .closer == "client"'
	# Each trial was silent for as long as it says, at both ends, and half-closed.
	assert_probe 'def at(e): first(.events[] | select(.event == e).at);
		all(.trials[]; . as $t
		| (.local | at("first-byte")) >= $t.silence
		and (.remote | at("send-started") - at("fin-seen")) >= $t.silence)'
}

@test "--closer server: the responder half-closes, the client is silent and then sends" {
	probe_json --max 2s --closer server
	lives 2000000000
	assert_probe '.closer == "server" and all(.trials[];
		(.remote."bytes-received" == .local."bytes-sent") and .local."bytes-sent" > 0)'
}

@test "--state established: nobody half-closes before the silence is over" {
	probe_json --max 2s --state established
	lives 2000000000
	# The responder holds the silence by its own clock; the client's may have been
	# started later, so its FIN is compared with what it waited for.
	assert_probe 'def at(e): first(.events[] | select(.event == e).at);
		.state == "established" and all(.trials[]; . as $t
		| (.remote | at("fin-sent")) >= $t.silence
		and (.local | at("fin-sent") >= at("first-byte")))'
}

@test "--state established --closer server: the client is the one that sends" {
	probe_json --max 1s --state established --closer server
	lives 1000000000
	assert_probe 'all(.trials[]; .local."bytes-sent" > 0 and .remote."bytes-sent" == 0)'
}

@test "--min, --max and --jobs: the ladder holds both ends, and is climbed with one job as well" {
	probe_json --min 300ms --max 1200ms --resolution 100ms --jobs 1
	lives 1200000000
	assert_probe 'all(.trials[]; .silence == 0 or (.silence >= 3e8 and .silence <= 12e8))
		and any(.trials[]; .silence == 3e8)'
}

@test "--size 0 and --size 1: hardly a byte behind the silence" {
	probe_json --max 1s --size 1
	lives 1000000000
	# Without a byte nothing can be told.
	probe_json --max 1s --size 0
	assert_status 4
	assert_probe '.verdict == "inconclusive" and ."lives-at-least" == 0'
}

@test "the time that it takes at most is announced beforehand" {
	start_probe --max 2s
	wait_for_line "$PROBE_ERR" '"start to probe"'
	wait_probe
	assert_line "$PROBE_ERR" "start to probe" '.probe."takes-at-most" >= 2e9'
}

@test "the answer in text: one line that says it, and the trials" {
	run_probe --max 1s
	assert_status 0
	grep -q "An idle half-closed connection survives at least 1s (the longest time tested)" "$PROBE_OUT"
	grep -q "verdict  *preserved: it survived an idle time of 1s" "$PROBE_OUT"
	grep -q "RFC 5382 REQ-5" "$PROBE_OUT"
	refute grep -q "remedy" "$PROBE_OUT"
}
