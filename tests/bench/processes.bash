# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Starting, awaiting and ending what the benchmark runs. Each background process
# leads a process group of its own, so that its children end with it.

JOBS=() # process groups: everything in the background

tell() {
	echo "bench: $*" >&2
}

# Runs that fail are told, and show in the exit status.
fail() {
	tell "$*"
	: >"$WORK/failed"
	return 1
}

have() {
	command -v "$1" >/dev/null
}

# start NAME COMMAND...: in the background, output in $WORK/NAME.out and .err.
# Sets PID. setsid(1) does not fork where it need not, so PID is the group too.
# Never in a subshell, for the group would be forgotten.
start() {
	local name=$1
	shift
	# What it is awaited by must not be that of the one before.
	: >"$WORK/$name.out" 2>"$WORK/$name.err"
	setsid "$@" </dev/null >>"$WORK/$name.out" 2>>"$WORK/$name.err" &
	PID=$!
	disown "$PID" # no word from bash when it is killed
	JOBS+=("$PID")
}

# await SECONDS COMMAND...: until it succeeds. False when it never did.
await() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$until" ] || return 1
		sleep 0.02
	done
}

# No process of the group is left.
dead() {
	! kill -0 -- "-$1" 2>/dev/null
}

# end GROUP: all of it, cleanly if it can.
end() {
	local group left=()
	kill -TERM -- "-$1" 2>/dev/null
	kill -CONT -- "-$1" 2>/dev/null
	await 8 dead "$1" || kill -KILL -- "-$1" 2>/dev/null
	for group in "${JOBS[@]}"; do
		[ "$group" = "$1" ] || left+=("$group")
	done
	JOBS=("${left[@]}")
}

end_all() {
	local group
	for group in "${JOBS[@]}"; do
		kill -KILL -- "-$group" 2>/dev/null
	done
	for group in "${JOBS[@]}"; do
		await 20 dead "$group"
	done
	JOBS=()
}

# start_ours FLAGS...: our server with its log in a file. Sets PID and PORT.
start_ours() {
	start_ours_under "" "$@"
}

# start_ours_under "COMMAND..." FLAGS...: the same, run by COMMAND.
start_ours_under() {
	local under=$1
	shift
	# shellcheck disable=SC2086
	start server $under "$PROGRAM" server --config none --listen 127.0.0.1:0 \
		--drain-timeout 0s "$@"
	SERVER_LOG=$WORK/server.out
	await 10 grep -q '"start the server"' "$SERVER_LOG" ||
		fail "the server did not start: $(cat "$WORK/server.err")" || return
	PORT=$(sed -n 's/.*"start the server".*"listen":"[^"]*:\([0-9]*\)".*/\1/p' "$SERVER_LOG")
}

# run_client FLAGS...: our client against the server on PORT, its log on stdout.
# Exit status 4 says that nothing was half-closed, which is not always the aim.
run_client() {
	timeout -k 5 120 "$PROGRAM" client --config none --server "127.0.0.1:$PORT" "$@" \
		2>"$WORK/client.err"
	case $? in
	0 | 4) ;;
	*) fail "the client failed: $(cat "$WORK/client.err")" ;;
	esac
}

# start_peers MODE ARGUMENTS...: a server of peers.c. Sets PID and PORT.
start_peers() {
	start peer "$WORK/peers" "$@"
	await 10 test -s "$WORK/peer.out" || fail "peers $1 did not start" || return
	read -r PORT <"$WORK/peer.out"
}

# run_peers MODE ARGUMENTS...: a client of peers.c.
run_peers() {
	timeout -k 5 120 "$WORK/peers" "$@" || fail "peers $1 failed"
}

# A port for servers that cannot choose: below the ephemeral ones, and unused.
free_port() {
	for _ in {1..100}; do
		PORT=$((10000 + RANDOM % 20000))
		is_used "$PORT" || return 0
	done
	fail "no free port"
}

is_used() {
	grep -qs ":$(printf %04X "$1") " /proc/net/tcp /proc/net/tcp6
}

# start_on_port NAME COMMAND...: one that listens on $PORT.
start_on_port() {
	start "$@"
	await 10 is_used "$PORT" || fail "$1 did not start: $(cat "$WORK/$1.err")"
}

# As many descriptors and processes as this user may have.
raise_limits() {
	ulimit -S -n "$(ulimit -H -n)" 2>/dev/null
	ulimit -S -u "$(ulimit -H -u)" 2>/dev/null
}

# Against the same libraries as our program, needed or not.
build_peers() {
	local libraries
	libraries=$(ldd "$PROGRAM" 2>/dev/null |
		awk '$2 == "=>" && $3 ~ /^\// && $1 !~ /^(libc|libasan|libubsan)\.so/ { print $3 }')
	# shellcheck disable=SC2086
	${CC:-cc} -std=gnu17 -O2 -D_GNU_SOURCE -o "$WORK/peers" "$HERE/peers.c" \
		-Wl,--no-as-needed ${libraries:--lconfig -ljson-c}
}
