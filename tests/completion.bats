#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Completion scripts: they load, and offer what the program takes.

bats_require_minimum_version 1.5.0
load helpers/common

COMMANDS=(server client responder check probe ask)

# flags COMMAND: the long flags that its help tells, one a line.
flags() {
	"$PROGRAM" "$1" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' | sort
}

# offered WORDS...: what bash offers for the last of the words, one a line.
offered() (
	local -a COMPREPLY
	eval "$("$PROGRAM" completion bash)"
	COMP_WORDS=(tcp-half-close-tester "$@")
	COMP_CWORD=$#
	# shellcheck disable=SC2317 # called by the function; valid inside of a completion only
	compopt() { :; }
	_tcp_half_close_tester
	printf '%s\n' "${COMPREPLY[@]}"
)

@test "bash: the script loads without a word" {
	run -0 bash -euc 'eval "$("$0" completion bash)"; complete -p tcp-half-close-tester' "$PROGRAM"
	[[ $output == *_tcp_half_close_tester* ]]
}

@test "bash: commands" {
	assert_equal "$(offered ser)" server
	assert_equal "$(offered c | sort | xargs)" "check client completion"
	assert_equal "$(offered help pro)" probe
	assert_equal "$(offered completion z)" zsh
}

@test "bash: every flag of a command, and no other" {
	local command
	for command in "${COMMANDS[@]}"; do
		diff <(offered "$command" -- | sed 's/^--//' | sort) <(flags "$command")
	done
	assert_equal "$(offered client --w)" --write-timeout
}

@test "bash: choices behind a blank and behind an equals sign" {
	assert_equal "$(offered server --log-level d)" debug
	assert_equal "$(offered server --log-level = d)" debug
	assert_equal "$(offered server --log-level = | xargs)" "debug info warn error"
	assert_equal "$(offered check --format '' | xargs)" "text json tap junit markdown prometheus html"
}

@test "bash: files where a file is wanted, nothing for other values" {
	cd "$BATS_TEST_TMPDIR"
	touch 'data one' data-two
	assert_equal "$(offered server -f data | sort)" $'data one\ndata-two'
	assert_equal "$(offered server --chunk '')" ""
	assert_equal "$(offered server --listen d)" ""
}

@test "zsh and fish: every flag of every command, with its help" {
	local command flag
	"$PROGRAM" completion zsh >"$BATS_TEST_TMPDIR/zsh"
	"$PROGRAM" completion fish >"$BATS_TEST_TMPDIR/fish"
	for command in "${COMMANDS[@]}"; do
		sed -n "/^\t$command)/,/;;/p" "$BATS_TEST_TMPDIR/zsh" >"$BATS_TEST_TMPDIR/part"
		grep "__fish_seen_subcommand_from $command'" "$BATS_TEST_TMPDIR/fish" >"$BATS_TEST_TMPDIR/lines"
		for flag in $(flags "$command"); do
			grep -q -e "[' ,{]--$flag\(=\|\[\|}\)" "$BATS_TEST_TMPDIR/part" || fail "zsh: $command --$flag"
			grep -q -e " -l $flag .*-d '.\+'\$" "$BATS_TEST_TMPDIR/lines" || fail "fish: $command --$flag"
		done
		assert_equal "$(grep -c -e '--' "$BATS_TEST_TMPDIR/part")" "$(flags "$command" | wc -l)" "zsh flags"
		assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/lines")" "$(flags "$command" | wc -l)" "fish flags"
	done
}

@test "zsh: the script is valid" {
	need zsh
	"$PROGRAM" completion zsh >"$BATS_TEST_TMPDIR/_script"
	run -0 zsh -n "$BATS_TEST_TMPDIR/_script"
	assert_equal "$output" ""
}

@test "fish: the script is valid" {
	need fish
	"$PROGRAM" completion fish >"$BATS_TEST_TMPDIR/script.fish"
	run -0 fish -n "$BATS_TEST_TMPDIR/script.fish"
	assert_equal "$output" ""
}

@test "quotes in the scripts are balanced" {
	# bash reads single quotes and backslashes as the other two do.
	"$PROGRAM" completion fish >"$BATS_TEST_TMPDIR/fish"
	run -0 bash -n "$BATS_TEST_TMPDIR/fish"
	"$PROGRAM" completion bash >"$BATS_TEST_TMPDIR/bash"
	run -0 bash -n "$BATS_TEST_TMPDIR/bash"
}

@test "an unknown shell, none, or one too many is refused" {
	run -2 "$PROGRAM" completion fisch
	assert_equal "$output" 'tcp-half-close-tester: unknown shell "fisch"; did you mean fish?'
	run -2 "$PROGRAM" completion
	assert_equal "$output" \
		'tcp-half-close-tester: completion requires the name of a shell: bash, zsh or fish'
	run -2 "$PROGRAM" completion bash zsh
	assert_equal "$output" \
		'tcp-half-close-tester: unexpected argument "zsh"; usage: completion bash|zsh|fish'
}
