#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every recipe of contrib/ADDING.md, followed to the letter in one copy of the
# tree, which is then built once. A new recipe is a function follow_NAME here and
# a test of what it brought.

load helpers/common
load helpers/recipes

setup_file() {
	local recipe log=$BATS_FILE_TMPDIR/log
	export TREE=$BATS_FILE_TMPDIR/tree
	command -v automake >/dev/null || return 0
	copy_tree "$TREE"
	for recipe in $(compgen -A function follow_); do
		"$recipe"
	done
	# Fast to build, and any warning is an error.
	(cd "$TREE" && autoreconf --install --force && ./configure --quiet --enable-werror CFLAGS=-O0 --disable-hardening &&
		make -s -j2 build) >"$log" 2>&1 || fail "the tree with all recipes does not build" "$log"
}

setup() {
	need automake
	BUILT=$TREE/bin/tcp-half-close-tester
}

follow_format() {
	append "A format" "$TREE" src/report/formats.def
	append "A format" "$TREE" src/report/csv.c
	insert "A format" "$TREE" Makefile.am "libthct_a_SOURCES = "
}

follow_scenario() {
	insert_before "A scenario" "$TREE" src/judge/scenarios.c "const struct scenario scenarios[] = {" 1
	insert "A scenario" "$TREE" src/judge/scenarios.c '{ "baseline",' 2
}

follow_verdict() {
	append "A verdict" "$TREE" src/judge/verdicts.def
	append "A verdict" "$TREE" src/judge/verdict.c
	insert "A verdict" "$TREE" src/judge/finding.h "bool finding_corrupted("
	insert "A verdict" "$TREE" src/judge/both.c "evidence_set(&evidence, local_plan,"
}

follow_option() {
	append "An option" "$TREE" src/base/options.def
	insert "An option" "$TREE" src/cmd/check.c "path_close(&path);"
}

follow_transport() {
	append "A transport" "$TREE" src/transport/inverted.c
	insert "A transport" "$TREE" src/transport/transport.h "struct transport transport_tcp(int fd);"
	insert "A transport" "$TREE" Makefile.am "libthct_a_SOURCES = "
	insert "A transport" "$TREE" src/transport/dial.h "struct dial_target {"
	insert "A transport" "$TREE" src/transport/dial.c "*transport = transport_tcp(fd);"
}

# program NAME: makes the C program NAME of standard input, linked with the tree's
# library, as the unit tests are.
program() {
	# shellcheck disable=SC2016 # for make
	cat >"$BATS_TEST_TMPDIR/$1.c"
	printf 'include Makefile\n%s: %s libthct.a\n\t$(COMPILE) -I. -o $@ $< $(AM_LDFLAGS) $(LDFLAGS) $(LDADD) $(LIBS)\n' \
		"$BATS_TEST_TMPDIR/$1" "$BATS_TEST_TMPDIR/$1.c" >"$TREE/$1.mk"
	make -s -C "$TREE" -f "$1.mk" "$BATS_TEST_TMPDIR/$1"
}

@test "a scenario: it is offered, completed and played" {
	"$BUILT" check --help | grep -q -e '--scenario .*baseline, push, ' || fail "not in --help"
	"$BUILT" completion bash | grep -q 'baseline push ' || fail "not completed"
	"$BUILT" check --config none --scenario push --format json >"$BATS_TEST_TMPDIR/out"
	# Both ends saw the client's data after the responder's FIN.
	jq -e '.scenarios | length == 1 and (.[0] | .name == "push" and .verdict == "preserved"
		and .remote."bytes-received" > 0 and .remote."bytes-sent" > 0
		and .remote."bytes-received-after-fin" == .remote."bytes-received")' "$BATS_TEST_TMPDIR/out"
}

@test "a verdict: the judge gives it, with its word and exit status" {
	program judge <<-'END'
		#include <stdio.h>
		#include "src/exchange/observation.h"
		#include "src/exchange/plan.h"
		#include "src/judge/verdict.h"

		int
		main(void)
		{
			const struct plan plan = plan_default;
			const struct judge_facts facts = { 0 };
			const struct observation good = { .first_bad_offset = -1 };
			const struct observation bad = { .first_bad_offset = 4096, .bytes_repeated = 512 };
			struct finding found = judge_both(&plan, &good, &plan, &bad, &facts);

			printf("%s %d: %s\n", verdict_name(found.verdict), verdict_status(found.verdict), found.reason);
			return verdict_by_name("duplicated") != found.verdict;
		}
	END
	run "$BATS_TEST_TMPDIR/judge"
	assert_equal "$output" "duplicated 1: 512 bytes arrived twice there, the first at offset 4096"
	[ "$status" = 0 ]
}

@test "an option: flag, key of the file, and what it does" {
	"$BUILT" check --help | grep -q -e '--quiet  .*Write no report if' || fail "not in --help"
	"$BUILT" check --config none --quiet --print-config >"$BATS_TEST_TMPDIR/conf"
	grep -q 'quiet = true;' "$BATS_TEST_TMPDIR/conf" || fail "not in --print-config" "$BATS_TEST_TMPDIR/conf"
	"$BUILT" completion bash | grep -q -e '--quiet' || fail "not completed"
	run "$BUILT" check --config "$BATS_TEST_TMPDIR/conf" --scenario baseline
	assert_equal "$status $output" "0 "
	run "$BUILT" check --config none --scenario baseline
	[[ $output == *baseline* ]]
}

@test "a transport: a line goes through it, and looks different on the way" {
	program carry <<-'END'
		#include <netinet/in.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/socket.h>
		#include "src/base/clock.h"
		#include "src/transport/dial.h"
		#include "src/transport/lines.h"

		int
		main(void)
		{
			struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
			socklen_t length = sizeof(address);
			int64_t deadline = clock_now() + 10 * NSEC_PER_SEC;
			int listener = socket(AF_INET, SOCK_STREAM, 0), passive;
			char name[32], error[SOCK_ERROR_MAX], line[64];
			struct transport here, there;
			unsigned char first = 0;
			FILE *file = tmpfile();

			if (bind(listener, (void *)&address, length) == -1 || listen(listener, 1) == -1 ||
			    getsockname(listener, (void *)&address, &length) == -1)
				return 1;
			snprintf(name, sizeof(name), "127.0.0.1:%u", ntohs(address.sin_port));
			struct dial_target target = { .address = name, .timeout = 10 * NSEC_PER_SEC, .inverted = true };
			if (dial(&target, NULL, &here, error) == -1)
				return fprintf(stderr, "%s\n", error), 1;
			passive = accept(listener, NULL, NULL);
			if (file == NULL || fputs("..world\n", file) == EOF || fflush(file) == EOF ||
			    lines_write(&here, "hello ", 6, deadline) == -1 ||
			    here.ops->send_file(&here, fileno(file), 2, 100) != 6 ||
			    recv(passive, &first, 1, MSG_PEEK) != 1)
				return perror("send"), 1;
			there = transport_inverted(passive);
			if (lines_read(&there, line, sizeof(line), deadline) != 11)
				return perror("lines_read"), 1;
			printf("%02x %s\n", first, line);
			return 0;
		}
	END
	run "$BATS_TEST_TMPDIR/carry"
	assert_equal "$status $output" "0 97 hello world"
}

@test "a format: its word is offered, completed and written" {
	"$BUILT" check --help | grep -q -e '--format .*, csv)' || fail "not in --help"
	"$BUILT" completion bash | grep -q 'prometheus.* csv' || fail "not completed"
	"$BUILT" check --config none --scenario baseline --format csv >"$BATS_TEST_TMPDIR/out"
	assert_equal "$(tr -d '\r' <"$BATS_TEST_TMPDIR/out")" baseline,preserved
	run "$BUILT" check --config none --format tsv
	[ "$status" = 2 ]
	[[ $output == *csv* ]]
}

@test "every recipe of ADDING.md is followed" {
	local heading
	grep '^## ' "${top_srcdir:-$TOP}/contrib/ADDING.md" | cut -c 4- >"$BATS_TEST_TMPDIR/recipes"
	[ -s "$BATS_TEST_TMPDIR/recipes" ]
	while read -r heading; do
		grep -q -F -e "\"$heading\" \"\$TREE\"" "$BATS_TEST_FILENAME" || fail "nothing follows \"$heading\""
	done <"$BATS_TEST_TMPDIR/recipes"
}
