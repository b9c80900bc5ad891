#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The rules of the house that a grep can hold: one owner for each dangerous
# thing, includes that point down only, the field's own terms.

load helpers/common

setup() {
	cd "${top_srcdir:-$TOP}" || return
}

# The code of all sources, without comments and string literals, one line for one
# line, in a tree of the same shape.
setup_file() {
	cd "${top_srcdir:-$TOP}" || return
	find src -name '*.[ch]' -exec awk -v to="$BATS_FILE_TMPDIR/" '
		FNR == 1 {
			if (NR > 1) close(copy)
			copy = to FILENAME
			folder = copy
			sub("/[^/]*$", "", folder)
			if (!made[folder]++) system("mkdir -p " folder)
			comment = 0
		}
		{
			rest = $0
			out = ""
			while (rest != "") {
				if (comment) {
					if (!(at = index(rest, "*/"))) break
					rest = substr(rest, at + 2)
					comment = 0
				} else if (!match(rest, /\/\*|\/\/|["\047]/)) {
					out = out rest
					break
				} else {
					out = out substr(rest, 1, RSTART - 1)
					mark = substr(rest, RSTART, RLENGTH)
					rest = substr(rest, RSTART + RLENGTH)
					if (mark == "//") break
					if (mark == "/*") { comment = 1; continue }
					out = out mark
					# Up to the quote that ends it.
					while (rest != "" && (one = substr(rest, 1, 1)) != mark)
						rest = substr(rest, one == "\\" ? 3 : 2)
					rest = substr(rest, 2)
				}
			}
			print out >copy
		}' {} +
}

# users_of PATTERN: the files under src whose code has it, on one line. FOUND.
users_of() {
	FOUND=$(cd "$BATS_FILE_TMPDIR" && grep -rl -e "$1" src | LC_ALL=C sort | paste -sd ' ')
}

# owned PATTERN OWNER...: the owners have it, and nobody else. An owner that has
# no use for it would be a rule that holds by accident: that fails as well.
owned() {
	users_of "$1"
	shift
	assert_equal "$FOUND" "$*" "users"
}

@test "processes are made and left in daemon/children.c only" {
	owned '\<fork *(' src/daemon/children.c
	owned '\<_exit *(' src/daemon/children.c
	owned '\<\(vfork\|clone3\?\|posix_spawnp\?\|daemon\|system\|popen\|_Exit\|quick_exit\) *('
}

@test "bytes are sent from a file in transport/tcp.c only" {
	owned '\<sendfile\(64\)\? *(' src/transport/tcp.c
	owned '\<\(splice\|copy_file_range\) *('
}

@test "a connection is shut down in transport/tcp.c only, and made in dial.c" {
	owned '\<shutdown *(' src/transport/tcp.c
	owned '\<connect *(' src/transport/dial.c
}

@test "what carries a connection is known to transport/ only" {
	# Whoever plays an exchange sees a table of operations.
	users_of '\(^\|[^>.a-z_]\)\(send\|recv\)\(to\|from\|msg\)\? *('
	assert_equal "$FOUND" src/transport/tcp.c users
}

@test "signal handlers are installed in base/signals.c only" {
	owned '\<sigaction *(' src/base/signals.c
	owned '\<\(signal\|bsd_signal\|sysv_signal\|sigset\) *('
}

@test "the program is left from main.c and base/log.c only" {
	users_of '\<exit *('
	local file
	for file in $FOUND; do
		case $file in
		src/main.c | src/base/log.c) ;;
		*) fail "exit( in $file" ;;
		esac
	done
	[ -n "$FOUND" ]
}

@test "only main.c and cmd/ end the program with an error" {
	users_of '\<log_fatalx\? *('
	local file
	for file in $FOUND; do
		case $file in
		src/main.c | src/cmd/* | src/base/log.[ch]) ;;
		*) fail "log_fatal in $file" ;;
		esac
	done
	[ -n "$FOUND" ]
}

@test "libconfig is included in base/conffile.c only" {
	run grep -rl '<libconfig' src
	assert_equal "$output" src/base/conffile.c
}

@test "json-c is included in the log, the observation, the wire and the reports only" {
	run grep -rlE '<json(-c)?/' src
	local file
	[ -n "$output" ]
	for file in $output; do
		case $file in
		src/base/log_line.c | src/exchange/observation.c | src/wire/* | src/report/*) ;;
		*) fail "json-c in $file" ;;
		esac
	done
}

@test "getopt, libsystemd and libseccomp have one owner each" {
	run grep -rl --include='*.[ch]' '<getopt\.h>' src
	assert_equal "$output" src/base/options.c
	run grep -rl --include='*.[ch]' '<systemd/' src
	assert_equal "$output" src/daemon/systemd.c
	run grep -rlE --include='*.[ch]' '<(seccomp|linux/(seccomp|filter))\.h>' src
	assert_equal "$output" src/daemon/sandbox.c
	owned '\<SECCOMP_' src/daemon/sandbox.c
	run grep -rl --include='*.[ch]' '<openssl/' src
	assert_equal "$output" src/transport/tls.c
}

@test "each part of a daemon has one owner" {
	owned '\<set\(res\|re\|e\)\?[ug]id *(' src/daemon/user.c
	owned '\<\(init\|set\)groups *(' src/daemon/user.c
	owned '\<setsid *(' src/daemon/detach.c
	owned '\<F_SETLK' src/daemon/pid_file.c
	owned '\<accept4\? *(' src/daemon/fork_server.c
}

@test "a daemon knows nothing of half-close, and its server nothing of systemd" {
	run grep -rhoE --include='*.[ch]' '^#include "(\.\./[a-z]+/)?' src/daemon
	assert_equal "$(sort -u <<<"$output")" '#include "
#include "../base/'
	refute grep -lE '(systemd|detach|pid_file|user|sandbox)\.h' src/daemon/fork_server.[ch] src/daemon/children.[ch] src/daemon/jobs.[ch]
}

# floor DIRECTORY: sets FLOOR. A file may include its own directory's headers and
# those of lower floors.
floor() {
	case $1 in
	base) FLOOR=0 ;;
	transport) FLOOR=1 ;;
	exchange) FLOOR=2 ;;
	judge) FLOOR=3 ;;
	wire) FLOOR=4 ;;
	daemon) FLOOR=5 ;;
	session) FLOOR=6 ;;
	report) FLOOR=7 ;;
	cmd) FLOOR=8 ;;
	src) FLOOR=9 ;; # main.c
	*) fail "src/$1 is on no floor" ;;
	esac
}

@test "includes point down only" {
	local file line from to name includes=0
	while IFS=: read -r file line; do
		line=${line#*\"}
		line=${line%%\"*}
		includes=$((includes + 1))
		[[ $line == */* ]] || continue
		from=${file%/*} name=${line##*/} to=${line%/*}
		from=${from##*/} to=${to##*/}
		[ -e "src/$to/$name" ] || fail "$file includes $line, which is not there"
		floor "$from"
		from=$FLOOR
		floor "$to"
		[ "$FLOOR" -lt "$from" ] || fail "$file includes $line, upwards"
	done < <(grep -rn '^ *# *include *"' src --include='*.[ch]' | sed 's/:[0-9]*:/:/')
	[ "$includes" -gt 50 ]
}

@test "every source is listed in Makefile.am, and every listed one is there" {
	diff <(find src -name '*.c' -o -name '*.h' -o -name '*.def' | LC_ALL=C sort) \
		<(grep -o 'src/[a-z0-9_/]*\.\(c\|h\|def\)\>' Makefile.am | LC_ALL=C sort -u)
}

@test "every C program of the tests is listed in Makefile.am" {
	# replay.c is part of each fuzzer; shim.c is a library that a test makes itself.
	diff <(find tests/unit tests/helpers tests/fuzz -name '*.c' ! -name replay.c ! -name shim.c | sed 's/\.c$//' | LC_ALL=C sort) \
		<(grep -oE '\<tests/(unit/[a-z_]+|helpers/[a-z_]+|fuzz/fuzz_[a-z_]+)\>( |$)' Makefile.am | tr -d ' ' | grep -vx tests/helpers/profiles | LC_ALL=C sort -u)
}

@test "a connection is half-closed, never anything else" {
	# Spelt so that this file does not find itself. A socket that a SYN has opened
	# on one side only is something else (RFC 9293 section 3.5.1).
	run grep -rniE '(^|[^w])half[-_ ]?[o]pen' src tests man etc contrib bootstrap configure.ac Makefile.am \
		README.md CONTRIBUTING.md NEWS --include='*' --exclude='*.o' --exclude='*.log'
	assert_equal "$output" ""
}

@test "the word of a format stands in its row, and nowhere else" {
	local word words=0
	while read -r word; do
		words=$((words + 1))
		# In JSON, a diagnosis has a member of that name, too.
		run grep -rlE --exclude=formats.def --exclude=json.c "\"([a-z|]*[|])?$word([|][a-z|]*)?\"" src
		# Also the words of --log-format, which has a text and a json of its own.
		case $word in
		text | json) assert_equal "$output" src/base/options.def ;;
		*) assert_equal "$output" "" "sources that repeat $word" ;;
		esac
		grep -rqE "^report_$word\(FILE" src/report || fail "no report_$word"
	done < <(sed -n 's/^FORMAT(\([a-z]*\), .*/\1/p' src/report/formats.def)
	[ "$words" -ge 6 ]
}

@test "the name of a scenario stands in its row, and nowhere is one compared" {
	local names
	names=$(sed -n 's/^[[:space:]]{ "\([a-z-]*\)", ".*/\1/p' src/judge/scenarios.c | paste -sd '|')
	[[ $names == baseline\|* ]]
	refute grep -rnE --include='*.[ch]' "strn?(case)?cmp\\([^;]*\"($names)\"" src
	refute grep -nE "\"[a-z|-]*\\b($names)\\|" src/base/options.def
}

@test "main.c stays small: a table, dispatch and help" {
	[ "$(wc -l <src/main.c)" -lt 120 ]
}

@test "nothing that is made is tracked" {
	git rev-parse --git-dir >/dev/null 2>&1 || skip "not in a clone"
	git ls-files -ci --exclude-standard | diff /dev/null -
}

@test "every source begins with its licence" {
	run find src tests \( -name '*.[ch]' -o -name '*.def' \) \
		! -exec grep -q 'SPDX-License-Identifier: MIT' {} \; -print
	assert_equal "$output" ""
}
