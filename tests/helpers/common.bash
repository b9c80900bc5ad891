# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every test file shares: finding the program, skipping what cannot run
# here, starting and ending background processes, waiting for conditions,
# reading log lines. `load helpers/common` first; call stop_all in teardown.

PATH=$PATH:/usr/sbin:/sbin
HELPERS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=${HELPERS%/*/*}

# The program under test.
for PROGRAM in "${TCP_HALF_CLOSE_TESTER:-}" "$TOP/bin/tcp-half-close-tester" \
	"$TOP/tcp-half-close-tester"; do
	if [ -n "$PROGRAM" ]; then
		[ -x "$PROGRAM" ] && break
	fi
done

# Longest wait for anything that should happen at once, in seconds: CI runs
# many files at a time on few cores, some under sanitizers.
PATIENCE=${TESTS_PATIENCE:-30}

# Prefixes for the program's two ends and the relay, such as (ip netns exec NAME).
SERVER_IN=()
CLIENT_IN=()
RELAY_IN=()

# Undoes what bash does to background jobs, and nohup(1) to all: ignoring these
# signals (GNU env).
DEFAULT_SIGNALS=(env --default-signal=HUP --default-signal=INT --default-signal=QUIT)
"${DEFAULT_SIGNALS[@]}" true 2>/dev/null || DEFAULT_SIGNALS=()

# A pipe that nothing is ever written to, see nap.
exec {NEVER}<> <(:)

PIDS=()
SERIAL=0
OPEN_DIR=

# fail MESSAGE [FILE...]: prints the message and the files, and fails.
fail() {
	echo "$1"
	shift
	local file
	for file in "$@"; do
		echo "--- $file"
		cat "$file"
	done
	return 1
}

# need TOOL...: skips the test when one is missing, or fails it where nothing
# may be skipped.
need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || cannot_run "$tool is not installed"
	done
}

# has_sanitizer: such a build has no sandbox, and does not run under valgrind.
has_sanitizer() {
	grep -q __asan_init "$PROGRAM"
}

# need_loader: a static program preloads nothing. The name of the loader stands in a
# program's first page; a script may run anything.
need_loader() {
	head -c 4096 "$PROGRAM" | grep -qa -e '^#!' -e '/ld[-.6]' ||
		cannot_run "the program is linked statically"
}

# need_terminal: script(1), and the pseudo-terminals that a bare container lacks.
need_terminal() {
	need script
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || cannot_run "there are no pseudo-terminals"
}

need_root() {
	[ "$(id -u)" = 0 ] || cannot_run "needs root"
}

# without_root: from here on PROGRAM runs without root's rights, from a copy in
# OPEN_DIR, a directory that everybody can enter, until stop_all removes it.
without_root() {
	OPEN_DIR=$(mktemp -d /tmp/open.XXXXXX)
	chmod 755 "$OPEN_DIR"
	[ "$(id -u)" = 0 ] || return 0
	need setpriv
	cp "$PROGRAM" "$OPEN_DIR/program"
	cat >"$OPEN_DIR/without-root" <<-END
		#!/bin/sh
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$OPEN_DIR/program" "\$@"
	END
	chmod 755 "$OPEN_DIR/program" "$OPEN_DIR/without-root"
	PROGRAM=$OPEN_DIR/without-root
}

cannot_run() {
	if [ "${TESTS_REQUIRE_ALL:-}" = 1 ]; then
		fail "must not be skipped here: $1" || exit 1
	fi
	skip "$1"
}

# nap: the time between two looks. Many tests wait; a sleep(1) for each look would
# keep a processor busy.
nap() {
	read -rt 0.02 -u "$NEVER" || true
}

# wait_for SECONDS COMMAND...: polls until COMMAND succeeds; fails after SECONDS.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		nap
	done
}

# wait_for_line FILE PATTERN [SECONDS]: until a line matches the basic regular
# expression.
wait_for_line() {
	wait_for "${3:-$PATIENCE}" grep -q -e "$2" "$1" ||
		fail "no line \"$2\" within ${3:-$PATIENCE} s" "$1"
}

# gone PID: it has ended. A child that bash was not told of yet, or was told of while it
# looked elsewhere, is a zombie until wait(1p): a loop of nothing but builtins may never hear.
gone() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	[ "${stat%% *}" = Z ]
}

# children_of PID: the pids of its children, one a line, zombies included.
children_of() {
	# Some end while they are read.
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" '{ pid = $1; sub(/.*\) /, "") } $2 == parent { print pid }'
}

# living_of GROUP: the pids of its processes, one a line, without zombies.
living_of() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v group="$1" '{ pid = $1; sub(/.*\) /, "") } $3 == group && $1 != "Z" { print pid }'
}

# wait_for_end PID [SECONDS]: until the process ended; its status is STATUS.
wait_for_end() {
	wait_for "${2:-$PATIENCE}" gone "$1" || {
		ps -o pid,ppid,stat,wchan:20,args --forest -s "$1" 2>/dev/null || true
		fail "process $1 goes on"
	} || return
	forget "$1"
	STATUS=0
	wait "$1" || STATUS=$?
}

forget() {
	local pid kept=()
	for pid in "${PIDS[@]}"; do
		[ "$pid" = "$1" ] || kept+=("$pid")
	done
	PIDS=("${kept[@]}")
}

# background OUT ERR COMMAND...: starts it in a process group of its own, so
# that its children can be ended with it, without the descriptors of bats, and
# with the signals that bash makes background jobs ignore. Sets PID.
background() {
	local out=$1 err=$2
	shift 2
	setsid "${DEFAULT_SIGNALS[@]}" "$@" >"$out" 2>"$err" </dev/null 3>&- 4>&- {NEVER}>&- &
	PID=$!
	PIDS+=("$PID")
}

# stop PID [SIGNAL]: asks it to end, twice (the second time at once), and waits.
# What is left of its group is killed.
stop() {
	local rc=0
	kill "-${2:-TERM}" "$1" 2>/dev/null || true
	wait_for 0 gone "$1" || kill -TERM "$1" 2>/dev/null || true
	wait_for "$PATIENCE" gone "$1" || rc=1
	kill -KILL -- "-$1" 2>/dev/null || true
	STATUS=0
	wait "$1" 2>/dev/null || STATUS=$?
	forget "$1"
	[ "$rc" = 0 ] || fail "process $1 did not end when asked to"
}

# For teardown: ends what `background` started and nothing else.
stop_all() {
	local pid rc=0
	[ -z "$OPEN_DIR" ] || rm -r "$OPEN_DIR"
	for pid in "${PIDS[@]}"; do
		stop "$pid" || rc=1
	done
	return "$rc"
}

# start_server ARGS...: on a free port of loopback unless ARGS say where. Sets
# SERVER_PID, SERVER_LOG, SERVER_ERR, SERVER_ADDRESS and SERVER_PORT.
start_server() {
	start_service server "$@"
	# shellcheck disable=SC2034 # for the tests
	SERVER_PID=$PID SERVER_LOG=$LOG SERVER_ERR=$ERR
	SERVER_ADDRESS=$(jq -r 'select(.msg == "start the server").server.listen' "$LOG")
	# shellcheck disable=SC2034
	SERVER_PORT=${SERVER_ADDRESS##*:}
}

# start_responder ARGS...: the same for RESPONDER_PID…
start_responder() {
	start_service responder "$@"
	# shellcheck disable=SC2034
	RESPONDER_PID=$PID RESPONDER_LOG=$LOG RESPONDER_ERR=$ERR
	RESPONDER_ADDRESS=$(jq -r 'select(.msg == "start the responder").responder.listen' "$LOG")
	# shellcheck disable=SC2034
	RESPONDER_PORT=${RESPONDER_ADDRESS##*:}
}

started_or_gone() {
	grep -q "\"start the $1\"" "$LOG" || gone "$PID"
}

start_service() {
	local command=$1 where=(--listen 127.0.0.1:0) from=(--config none) arg
	shift
	for arg in "$@"; do
		case $arg in
		-l* | --listen | --listen=*) where=() ;;
		--config | --config=*) from=() ;;
		esac
	done
	need jq setsid
	SERIAL=$((SERIAL + 1))
	LOG=$BATS_TEST_TMPDIR/$command-$SERIAL.log ERR=$BATS_TEST_TMPDIR/$command-$SERIAL.err
	background "$LOG" "$ERR" "${SERVER_IN[@]}" "$PROGRAM" "$command" "${from[@]}" \
		"${where[@]}" "$@"
	wait_for "$PATIENCE" started_or_gone "$command" || true
	grep -q "\"start the $command\"" "$LOG" || fail "the $command did not start" "$LOG" "$ERR"
}

# path_to_test ARGS...: sets WHERE to the flags that lead to the other end, or to what
# stands in front of it; to none when ARGS name a path.
# shellcheck disable=SC2034
path_to_test() {
	local arg
	WHERE=()
	[ -z "${SERVER_ADDRESS:-}" ] || WHERE=(--server "$SERVER_ADDRESS")
	for arg in "$@"; do
		case $arg in
		-s* | --server | --server=* | --listen | --listen=* | -l*) WHERE=() ;;
		esac
	done
}

# run_client ARGS...: against the server unless ARGS name another; waits for its
# end. Sets CLIENT_STATUS, CLIENT_LOG and CLIENT_ERR.
run_client() {
	start_client "$@"
	wait_client
}

# start_client ARGS...: the same in the background; also sets CLIENT_PID.
start_client() {
	local where=(-s "${SERVER_ADDRESS:-}") from=(--config none) arg
	for arg in "$@"; do
		case $arg in
		-s* | --server | --server=*) where=() ;;
		--config | --config=*) from=() ;;
		esac
	done
	SERIAL=$((SERIAL + 1))
	CLIENT_LOG=$BATS_TEST_TMPDIR/client-$SERIAL.log
	CLIENT_ERR=$BATS_TEST_TMPDIR/client-$SERIAL.err
	background "$CLIENT_LOG" "$CLIENT_ERR" "${CLIENT_IN[@]}" "$PROGRAM" client "${from[@]}" \
		"${where[@]}" "$@"
	CLIENT_PID=$PID
}

wait_client() {
	wait_for_end "$CLIENT_PID" $((PATIENCE * 2)) ||
		fail "the client goes on" "$CLIENT_LOG" "$CLIENT_ERR" || return
	# shellcheck disable=SC2034
	CLIENT_STATUS=$STATUS
}

# Prints the log line(s) of FILE whose message is MSG; fails when there is none.
log_line() {
	local lines
	lines=$(jq -c --arg msg "$2" 'select(.msg == $msg)' "$1")
	[ -n "$lines" ] || fail "no line \"$2\"" "$1" || return
	echo "$lines"
}

count_lines() {
	jq -s --arg msg "$2" 'map(select(.msg == $msg)) | length' "$1"
}

has_lines() {
	[ "$(count_lines "$1" "$2")" -ge "$3" ]
}

# wait_for_lines FILE MSG COUNT: until FILE has that many lines with the message.
wait_for_lines() {
	wait_for "$PATIENCE" has_lines "$@" ||
		fail "only $(count_lines "$1" "$2") of $3 lines \"$2\"" "$1"
}

# assert_line FILE MSG FILTER [JQ-ARGS...]: every line with the message, and at
# least one, satisfies the jq filter.
assert_line() {
	local file=$1 msg=$2 filter=$3
	shift 3
	jq -se --arg msg "$msg" "$@" \
		"map(select(.msg == \$msg)) | length > 0 and all(.[]; $filter)" "$file" >/dev/null ||
		fail "line \"$msg\" does not satisfy: $filter $*" "$file"
}

# assert_equal GOT WANTED [WHAT [FILE...]]
assert_equal() {
	[ "$1" = "$2" ] || fail "${3:-value} is \"$1\", not \"$2\"" "${@:4}"
}

# assert_verdict WORD STATUS: of the client that ran last.
assert_verdict() {
	assert_line "$CLIENT_LOG" "finish handling" ".client.verdict == \"$1\""
	assert_equal "$CLIENT_STATUS" "$2" "exit status" "$CLIENT_LOG" "$CLIENT_ERR"
}

# assert_reason PATTERN: extended regular expression for the client's reason.
assert_reason() {
	assert_line "$CLIENT_LOG" "finish handling" ".client.reason | test(\"$1\")"
}

# start_relay MODE SWITCHES...: between the client and the server that was
# started last. Clients go through it from then on. Sets RELAY_PID, RELAY_LOG,
# RELAY_ADDRESS, SERVER_ADDRESS.
start_relay() {
	find_relay
	SERIAL=$((SERIAL + 1))
	RELAY_LOG=$BATS_TEST_TMPDIR/relay-$SERIAL.log
	background "$RELAY_LOG" "$RELAY_LOG.err" "${RELAY_IN[@]}" "$RELAY" --connect "$SERVER_ADDRESS" "$@"
	# shellcheck disable=SC2034
	RELAY_PID=$PID
	wait_for_line "$RELAY_LOG" "^listening on " || fail "no relay" "$RELAY_LOG.err" || return
	RELAY_ADDRESS=$(sed -n 's/^listening on //p' "$RELAY_LOG")
	SERVER_ADDRESS=$RELAY_ADDRESS
}

# The relay: the one make has built, else built here once a file.
find_relay() {
	RELAY=${TCP_HALF_CLOSE_RELAY:-}
	[ -x "$RELAY" ] && return
	RELAY=${top_builddir:-$TOP}/tests/helpers/relay
	if [ -x "$RELAY" ] && [ ! "$HELPERS/relay.c" -nt "$RELAY" ]; then
		return
	fi
	RELAY=$BATS_FILE_TMPDIR/relay
	[ -x "$RELAY" ] && return
	need "${CC:-cc}"
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -o "$RELAY" "$HELPERS/relay.c"
}

# make_file FILE SIZE: bytes in which every loss and every shift shows.
make_file() {
	local size=$2
	head -c "$size" /dev/urandom >"$1"
}

# jq functions for times: `ns` turns a line's time into nanoseconds (to about
# 256 of them: jq counts in doubles).
# shellcheck disable=SC2034
JQ_TIME='def ns: capture("^(?<s>[^.Z]*)(\\.(?<f>[0-9]+))?Z$")
	| (.s + "Z" | fromdateiso8601) * 1e9 + (((.f // "") + "000000000")[0:9] | tonumber);'

# time_of FILE MSG: when the first line with that message was written, in ns.
time_of() {
	log_line "$1" "$2" | jq -s "$JQ_TIME .[0].time | ns | floor"
}

# refute COMMAND...: it must fail. (A plain `!` does not fail a test.)
refute() {
	if "$@"; then
		fail "should have failed: $*"
	fi
}
