#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The tree stays clean: what lies at its top belongs there, and what runs leaves
# nothing beside what it was asked to write. .ci/run looks again after all tests.

load helpers/common

teardown() {
	stop_all
}

@test "nothing but what belongs there is tracked at the top" {
	cd "${top_srcdir:-$TOP}" || return
	git rev-parse --git-dir >/dev/null 2>&1 || skip "not in a clone"
	local name
	while IFS= read -rd '' name; do
		case ${name%%/*} in
		.ci | .clang-tidy | .github | .gitignore | .gitlab-ci.yml | .shellcheckrc | contrib | etc | man | src | tests) ;;
		CONTRIBUTING.md | GNUmakefile | LICENSE | Makefile.am | NEWS | README.md | bootstrap | configure.ac) ;;
		*) fail "stray: $(printf %q "$name")" || return ;;
		esac
	done < <(git ls-files -z)
}

@test "no test leaves a file at the top" {
	cd "${top_srcdir:-$TOP}" || return
	git rev-parse --git-dir >/dev/null 2>&1 || skip "not in a clone"
	git ls-files -z --others --exclude-standard ':(glob)*' | tr '\0' '\n' | diff /dev/null -
}

@test "server, check and probe leave nothing in the working directory" {
	need jq
	mkdir "$BATS_TEST_TMPDIR/empty"
	cd "$BATS_TEST_TMPDIR/empty" || return
	background /dev/null /dev/null "$PROGRAM" server --config none --listen 127.0.0.1:0 \
		--size 3 --log-file "$BATS_TEST_TMPDIR/log"
	SERVER_PID=$PID
	wait_for_line "$BATS_TEST_TMPDIR/log" "start the server"
	kill -HUP "$SERVER_PID"
	wait_for_line "$BATS_TEST_TMPDIR/log" "reloaded configuration"
	stop "$SERVER_PID"
	"$PROGRAM" check --config none --scenario request >/dev/null 2>&1 3>&-
	"$PROGRAM" probe --config none --min 1ms --max 2ms --resolution 1ms >/dev/null 2>&1 3>&-
	assert_equal "$(ls -A)" "" "left behind"
}
