#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# --redact: no address and no name of the path is left in anything that is written, and
# one that is replaced is replaced by the same everywhere.

load helpers/common
load helpers/services
load helpers/check

setup() {
	DIR=$BATS_TEST_TMPDIR/evidence
}

teardown() {
	stop_all
}

# assert_gone FILES -- WORDS...: none of the words is in any of the files.
assert_gone() {
	local files=() word
	while [ "$1" != -- ]; do
		files+=("$1")
		shift
	done
	shift
	for word in "$@"; do
		refute grep -rniF -e "$word" "${files[@]}"
	done
}

@test "check: the ends and what lies between, in all formats" {
	need jq
	local here=127.45.67.89 there=127.98.76.54 client server
	start_far_end --listen "$there:0"
	run_check --redact --bind "$here" --scenario download,late --hold 50ms --size 64k --evidence "$DIR"
	assert_status 0
	assert_gone "$DIR" "$CHECK_OUT" -- "$here" "$there"
	client=$(jq -r '.path.client' "$DIR/report.json") server=$(jq -r .path.server "$DIR/report.json")
	[[ $client == 192.0.2.*:* ]]
	[[ $server == 192.0.2.*:"$RESPONDER_PORT" ]]
	[ "${client%:*}" != "${server%:*}" ]
	# Both ends name both alike, and so do all files.
	jq -e --arg here "${client%:*}" --arg there "$server" 'all(.scenarios[];
		(.local.local | startswith($here + ":")) and .local.peer == $there
		and (.remote.peer | startswith($here + ":")) and .remote.local == $there)' "$DIR/report.json"
	local file
	for file in "$DIR"/report.* "$CHECK_OUT"; do
		grep -qF "${client%:*}" "$file" && grep -qF "$server" "$file" || fail "not the same" "$file"
	done
	grep -qF -- "--bind ${client%:*}" "$DIR/environment.txt"
	grep -qF -- "--server $server" "$DIR/environment.txt"
	grep -q '^host: host-' "$DIR/environment.txt"
	# The interface was found by the address it really has.
	grep -q '^interface: lo$' "$DIR/environment.txt"
}

@test "a name that does not resolve is not left in the reason either" {
	run_ask --redact --repeat 1 --evidence "$DIR" http://db.corp.invalid/
	assert_equal "$ASK_STATUS" 3
	assert_gone "$DIR" "$ASK_OUT" -- db.corp corp.invalid
	grep -q 'http://host-a/' "$DIR/report.txt"
	grep -q '^command: .* http://host-a/$' "$DIR/environment.txt"
}

@test "ask: nothing of credentials, or of a host in the request" {
	start_odd resets-at-eof
	run_ask --redact --repeat 1 --evidence "$DIR" --send \
		'GET / HTTP/1.0\r\nHost: 127.45.67.89\r\nAuthorization: Basic c2VjcmV0\r\n\r\n' "$SERVICE_ADDRESS"
	assert_equal "$ASK_STATUS" 1
	assert_gone "$DIR" "$ASK_OUT" -- c2VjcmV0 127.45.67.89
	grep -qF "printf 'GET / HTTP/1.0\\r\\nHost: 192.0.2.1\\r\\nAuthorization: ***\\r\\n" "$DIR/report.md"
}

@test "ask: no name that only the request has" {
	start_odd resets-at-eof
	run_ask --redact --repeat 1 --evidence "$DIR" --send \
		'GET / HTTP/1.0\r\nHost: intranet.corp.invalid\r\n\r\n' "$SERVICE_ADDRESS"
	assert_equal "$ASK_STATUS" 1
	assert_gone "$DIR" "$ASK_OUT" -- corp.invalid
	grep -qF 'Host: host-' "$DIR/report.md"
	grep -qF 'Host: host-' "$DIR/report.html"
}

@test "check: not the name that a certificate is for" {
	run_check --redact --tls both --tls-server-name db.corp.invalid --scenario baseline --size 1k --evidence "$DIR"
	[ "$CHECK_STATUS" -ne 0 ]
	assert_gone "$DIR" "$CHECK_OUT" -- corp.invalid
	grep -q -- '--tls-server-name host-' "$DIR/report.html"
}

@test "ask: nothing of how the replies begin, which may be anything" {
	start_odd markup-at-eof
	run_ask --redact --show --repeat 1 --evidence "$DIR" "http://$SERVICE_ADDRESS/"
	assert_equal "$ASK_STATUS" 1
	assert_gone "$DIR" "$ASK_OUT" -- "alert(1" onerror
}

@test "every format on standard output" {
	local format there=127.98.76.54
	start_far_end --listen "$there:0"
	while read -r format; do
		run_check --redact --scenario baseline --size 1k --format "$format"
		assert_status 0
		assert_gone "$CHECK_OUT" -- "$there"
	done < <(sed -n 's/^FORMAT(\([a-z]*\), .*/\1/p' "${top_srcdir:-$TOP}/src/report/formats.def")
}

@test "without it, addresses are what they are" {
	local there=127.98.76.54
	start_far_end --listen "$there:0"
	run_check --scenario baseline --size 1k --format html
	grep -q "$there:$RESPONDER_PORT" "$CHECK_OUT"
}
