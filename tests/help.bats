#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Help on every level and the version: on stdout, exit status 0.

bats_require_minimum_version 1.5.0
load helpers/common

@test "no command, help, -h and --help print the same overview" {
	run -0 --separate-stderr "$PROGRAM"
	local overview=$output
	# shellcheck disable=SC2154 # set by run
	assert_equal "$stderr" ""
	[[ $overview == *"Usage:"* ]]
	local word
	for word in help -h --help; do
		run -0 "$PROGRAM" "$word"
		assert_equal "$output" "$overview"
	done
}

@test "the overview names every command" {
	run -0 "$PROGRAM" help
	local command
	for command in server client responder check probe ask completion explain help; do
		grep -q "^  $command  *[A-Z]" <<<"$output" || fail "no $command in: $output"
	done
}

@test "a command's help is the same through help COMMAND, -h and --help" {
	local command
	for command in server client responder check probe ask; do
		run -0 --separate-stderr "$PROGRAM" "$command" -h
		local text=$output
		assert_equal "$stderr" ""
		assert_equal "${lines[0]}" "Run the tcp-half-close-tester $command"
		run -0 "$PROGRAM" "$command" --help
		assert_equal "$output" "$text"
		run -0 "$PROGRAM" help "$command"
		assert_equal "$output" "$text"
	done
}

@test "the layout is a line, Usage: and Flags: in columns" {
	run -0 "$PROGRAM" client -h
	assert_equal "$(head -n 6 <<<"$output")" "Run the tcp-half-close-tester client

Usage:
  tcp-half-close-tester client [flags]

Flags:"
	# Every help begins in the same column, three blanks behind the longest flag.
	local rows columns longest
	rows=$(sed '1,6d' <<<"$output")
	columns=$(awk '{ match($0, /^ +(-., )?--[a-z0-9-]+( [a-z]+)?  +/); print RLENGTH }' <<<"$rows" |
		sort -u)
	longest=$(awk '{ match($0, /[a-z0-9]   /); print RSTART }' <<<"$rows" | sort -n | tail -n 1)
	assert_equal "$columns" "$((longest + 3))"
	# By long name.
	local names
	names=$(sed -n '7,$s/^[^a-z]*\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' <<<"$output")
	assert_equal "$names" "$(LC_ALL=C sort <<<"$names")"
}

@test "a row tells letter, name, type, help and default" {
	run -0 "$PROGRAM" server -h
	grep -qE '^  -c, --chunk size  +Chunk size.*\(default 1024\)$' <<<"$output"
	grep -qE '^  -l, --listen address  +Listen address:port \(default "0.0.0.0:4000"\)$' <<<"$output"
	grep -qE '^      --log-level string  +Log level \(debug, info, warn, error\) \(default "info"\)$' <<<"$output"
	grep -qE '^  -h, --help  +help for server$' <<<"$output"
	run -0 "$PROGRAM" client -h
	grep -qE '^  -w, --write-timeout duration  +Write timeout to close connection for writing \(half-close\) \(default 10m0s\)$' <<<"$output"
	grep -qE '^  -s, --server address  +Server address to connect to \(default "127.0.0.1:4000"\)$' <<<"$output"
}

@test "defaults that say nothing are left out" {
	run -0 "$PROGRAM" server -h
	! grep -E 'default (0|0s|false|"")\)' <<<"$output" || false
	grep -qE '^  -f, --file file  +File path to send[^()]*$' <<<"$output"
}

@test "-h wins over errors before and behind it" {
	run -0 "$PROGRAM" server --nonsense -c x -h stray
	assert_equal "${lines[0]}" "Run the tcp-half-close-tester server"
}

@test "help, help completion and completion -h" {
	run -0 "$PROGRAM" completion -h
	[[ $output == *"completion bash|zsh|fish"* ]]
	run -0 "$PROGRAM" completion bash --help
	[[ $output == *"completion bash|zsh|fish"* ]]
	run -0 "$PROGRAM" help completion
	[[ $output == *"completion bash|zsh|fish"* ]]
}

@test "--version" {
	run -0 --separate-stderr "$PROGRAM" --version
	[[ $output =~ ^tcp-half-close-tester\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	assert_equal "${#lines[@]}" 1
	assert_equal "$stderr" ""
}

@test "help that cannot be written is an error" {
	local arguments
	for arguments in --help --version 'server -h' 'completion bash'; do
		# shellcheck disable=SC2086 # words
		run -3 bash -c '"$0" "$@" >/dev/full' "$PROGRAM" $arguments
		assert_equal "$output" \
			"tcp-half-close-tester: cannot write to standard output: No space left on device"
	done
	run -3 bash -c '"$0" --help >&-' "$PROGRAM"
}
