# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# One function a row of the table. Each lets ours and the peers take turns, and
# collects a number a run in a file of $WORK.

# member NAME: an integer of a log line on stdin.
member() {
	sed -n "s/.*\"$1\":\(-\{0,1\}[0-9]*\).*/\1/p"
}

# ---- small chunks -------------------------------------------------------------

# With what nearly every system has, and with what this one prefers: bbr holds
# segments back for its pace, so that chunks share them, and both ends gain.
# --nagle tells what is left of a chunk's cost when it has no segment of its own.
row_small() {
	local run congestion
	for congestion in $(congestion_common) $(congestion_here); do
		[ ! -e "$WORK/small.$congestion.ours" ] || continue
		for ((run = 0; run < RUNS; run++)); do
			ours_stream 10 10485760 1024 "$congestion" >>"$WORK/small.$congestion.ours"
			peers_stream 10 10485760 1024 "$congestion" >>"$WORK/small.$congestion.peer"
			ours_stream 10 10485760 1024 "$congestion" --nagle >>"$WORK/small.$congestion.nagle"
		done
		result small "chunks of 10 bytes, $congestion" "1/s" "small.$congestion.ours" \
			"write(2) and recv(2)" "small.$congestion.peer" "ratio >= 2"
		result small "the same, --nagle" "1/s" "small.$congestion.nagle" \
			"write(2) and recv(2)" "small.$congestion.peer" ""
	done
}

congestion_here() {
	cat /proc/sys/net/ipv4/tcp_congestion_control
}

congestion_common() {
	if grep -qw cubic /proc/sys/net/ipv4/tcp_available_congestion_control; then
		echo cubic
	else
		congestion_here
	fi
}

# ours_stream CHUNK SIZE BUFFER CONGESTION [SERVER-FLAGS...]: chunks a second.
ours_stream() {
	local line
	start_ours -c "$1" --size "$2" --congestion "$4" "${@:5}" || return
	line=$(run_client -b "$3" --congestion "$4" | grep '"finish handling"')
	end "$PID"
	[ "$(member total <<<"$line")" = "$2" ] || fail "our client lost bytes: $line" || return
	calc "$2 / $1 / ($(member duration <<<"$line") / 1e9)"
	echo
}

peers_stream() {
	local bytes ns
	start_peers write "$2" "$1" "$4" || return
	read -r bytes ns < <(run_peers recv "$PORT" "$3")
	end "$PID"
	[ "$bytes" = "$2" ] || fail "the peer lost bytes" || return
	calc "$bytes / $1 / ($ns / 1e9)"
	echo
}

# ---- system calls -------------------------------------------------------------

# strace(1), attached to the parent once it has started, counts the child and the
# little that accepting one connection takes: a hundred calls, so that the stream is
# one of some seconds.
row_syscalls() {
	local chunks=1000000 line server calls sends
	have strace || {
		skip syscalls "system calls a chunk" "strace is not installed"
		return
	}
	# A file: the end of the pattern's block cuts a chunk in two now and then.
	head -c "${chunks}0" /dev/zero >"$WORK/stream"
	start_ours -c 10 --file "$WORK/stream" || return
	server=$PID
	start strace strace -f -c -o "$WORK/strace.table" -p "$server"
	await 10 grep -q attached "$WORK/strace.err" || {
		skip syscalls "system calls a chunk" "strace may not attach here"
		end "$PID"
		end "$server"
		return
	}
	line=$(run_client | grep '"finish handling"')
	await 10 grep -q '"close server side connection"' "$SERVER_LOG"
	end "$server"
	await 10 dead "$PID"
	end "$PID"
	# % time, seconds, usecs/call, calls, perhaps errors, name
	calls=$(awk '$NF == "total" { print $4 }' "$WORK/strace.table")
	sends=$(awk '$NF == "sendfile" { print $4 }' "$WORK/strace.table")
	[ -n "$calls" ] || fail "strace counted nothing: $(cat "$WORK/strace.err")" || return
	calc "$sends / $chunks" >"$WORK/calls.chunk"
	calc "($calls - $sends) / ($(member duration <<<"$line") / 1e9)" >"$WORK/calls.other"
	calc "$calls / $chunks" >"$WORK/calls.all"
	result syscalls "sendfile(2) a chunk" "" calls.chunk "" "" "ours <= 1"
	result syscalls "other calls of the child" "1/s" calls.other "" "" "ours <= 1000"
	result syscalls "all calls a chunk, under strace" "" calls.all "" "" ""
}

# ---- bulk ---------------------------------------------------------------------

# The same congestion control on both ends of both.
row_bulk() {
	local run congestion size=2147483648
	congestion=$(congestion_common)
	for ((run = 0; run < RUNS; run++)); do
		ours_bulk "$size" "$congestion" >>"$WORK/bulk.ours"
		! have iperf3 || iperf_bulk "$size" "$congestion" >>"$WORK/bulk.peer"
	done
	result bulk "2 GiB in chunks of 1 MiB" "Gbit/s" bulk.ours "iperf3 -Z" bulk.peer "ratio >= 1" "$congestion"
}

ours_bulk() {
	local line
	start_ours -c 1m --size "$1" --congestion "$2" || return
	line=$(run_client -b 1m --congestion "$2" | grep '"finish handling"')
	end "$PID"
	[ "$(member total <<<"$line")" = "$1" ] || fail "our client lost bytes: $line" || return
	calc "8 * $1 / $(member duration <<<"$line")"
	echo
}

iperf_bulk() {
	free_port && start_on_port iperf3 iperf3 -s -1 -B 127.0.0.1 -p "$PORT" || return
	timeout -k 5 60 iperf3 -c 127.0.0.1 -p "$PORT" -Z -n "$1" -C "$2" -f k >"$WORK/iperf3.client" ||
		fail "iperf3: $(tail -n 1 "$WORK/iperf3.client")"
	end "$PID"
	awk '/receiver$/ { for (i = 1; i < NF; i++) if ($(i + 1) == "Kbits/sec") print $i / 1e6 }' \
		"$WORK/iperf3.client"
}

# ---- connections --------------------------------------------------------------

row_connections() {
	local run peer
	for ((run = 0; run < RUNS; run++)); do
		start_ours --file "$WORK/1k" && connect >>"$WORK/connections.ours"
		start_peers fork "$WORK/1k" && connect >>"$WORK/connections.fork"
		start_ours --file "$WORK/1k" --sandbox=off && connect >>"$WORK/connections.open"
		start_quiet && connect >>"$WORK/connections.quiet"
		for peer in socat tcpserver nginx; do
			if have "$peer" && "start_$peer"; then
				connect >>"$WORK/connections.$peer"
			fi
		done
	done
	result connections "of 1 KiB, 4 at once" "1/s" connections.ours \
		"bare accept, fork, sendfile" connections.fork "ratio >= 0.75"
	result connections "of 1 KiB, 4 at once, --sandbox=off" "1/s" connections.open \
		"bare accept, fork, sendfile" connections.fork ""
	result connections "the same, and --log-level=warn" "1/s" connections.quiet \
		"bare accept, fork, sendfile" connections.fork ""
	result connections "of 1 KiB, 4 at once" "1/s" connections.ours \
		"socat TCP-LISTEN,fork" connections.socat "ratio >= 3"
	result connections "the bare loop's, of 1 KiB, 4 at once" "1/s" connections.fork \
		"socat TCP-LISTEN,fork" connections.socat ""
	result connections "of 1 KiB, 4 at once" "1/s" connections.ours \
		"tcpserver and cat" connections.tcpserver ""
	result connections "of 1 KiB, 4 at once" "1/s" connections.ours \
		"nginx stream return, which does not fork" connections.nginx ""
}

# Ours without what makes it more than a loop that forks. It tells no port.
start_quiet() {
	free_port && start_on_port server "$PROGRAM" server --config none --listen "127.0.0.1:$PORT" \
		--drain-timeout 0s --file "$WORK/1k" --sandbox=off --log-level=warn
}

# Connections a second to $PORT, 4 at once; ends the server.
connect() {
	local count ns bytes
	read -r count ns bytes < <(run_peers connect "$PORT" 2000 4)
	end "$PID"
	[ "${bytes:-0}" -gt 0 ] && [ "$bytes" = $((count * 1024)) ] ||
		fail "not every connection brought 1 KiB" || return
	calc "$count / ($ns / 1e9)"
	echo
}

start_socat() {
	free_port && start_on_port socat socat "TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr,backlog=1024" \
		"OPEN:$WORK/1k,rdonly"
}

start_tcpserver() {
	start tcpserver tcpserver -1 -H -R -l0 -b1024 -c1000 127.0.0.1 0 cat "$WORK/1k"
	await 10 test -s "$WORK/tcpserver.out" || fail "tcpserver did not start" || return
	read -r PORT <"$WORK/tcpserver.out"
}

# An answer of 1 KiB without a file, for nginx's stream module serves none.
start_nginx() {
	local module=/usr/lib/nginx/modules/ngx_stream_module.so
	free_port || return
	{
		[ ! -e "$module" ] || echo "load_module $module;"
		echo "daemon off; master_process off; pid $WORK/nginx.pid; error_log $WORK/nginx.log;"
		echo "events { worker_connections 1024; }"
		echo "stream { server { listen 127.0.0.1:$PORT backlog=1024; return \"$(printf '%01024d' 0)\"; } }"
	} >"$WORK/nginx.conf"
	start_on_port nginx nginx -e "$WORK/nginx.log" -p "$WORK" -c "$WORK/nginx.conf"
}

# ---- memory -------------------------------------------------------------------

# Since Linux 6.7 each processor may keep hundreds of MiB of free pages for itself
# (mm/page_alloc.c, pcp), which MemAvailable does not count.
mem_available() {
	awk -v page="$(($(getconf PAGESIZE) / 1024))" '/^MemAvailable/ { n += $2 }
		$1 == "count:" { n += $2 * page } END { printf "%d\n", n }' /proc/meminfo /proc/zoneinfo
}

# MemAvailable once it stands still: what ended just before is freed late.
settled_memory() {
	local last now
	now=$(mem_available)
	for _ in {1..20}; do
		last=$now
		sleep 0.1
		now=$(mem_available)
		((now - last > 512 || last - now > 512)) || break
	done
	echo "$now"
}

# Holders of COUNT half-closed connections to $PORT, as few processes as the
# limit of descriptors allows. Sets holders.
start_holders() {
	local left=$1 each=$(($(ulimit -S -n) - 64)) n
	HOLDERS=()
	while ((left > 0)); do
		n=$((left < each ? left : each))
		start "holder${#HOLDERS[@]}" "$WORK/peers" hold "$PORT" "$n"
		HOLDERS+=("$PID")
		left=$((left - n))
	done
}

all_hold() {
	local i
	for ((i = 0; i < ${#HOLDERS[@]}; i++)); do
		grep -q ^held "$WORK/holder$i.out" || return
	done
}

# What COUNT connections to the server $PID need, server and holder, both socket
# ends, kernel and all. Prints KIB-A-CONNECTION SECONDS-TO-SET-UP; ends the server.
hold_memory() {
	local server=$PID before after ns holder
	before=$(settled_memory)
	start_holders "$1"
	if await 60 all_hold; then
		after=$(settled_memory)
		ns=$(sort -k 3 -n -r "$WORK"/holder*.out | awk '/^held/ { print $3; exit }')
		echo "$(calc "($before - $after) / $1") $(calc "$ns / 1e9")"
	else
		fail "$1 connections could not be held: $(cat "$WORK"/holder*.err)"
	fi
	for holder in "${HOLDERS[@]}"; do
		end "$holder"
	done
	rm -f "$WORK"/holder*.out
	end "$server"
}

# ours_held COUNT, bare_held COUNT: what hold_memory says.
ours_held() {
	start_ours --interval 1h --size 2k -c 1k --max-connections 20000 --max-per-source 0 && hold_memory "$1"
}

bare_held() {
	start_peers fork "$WORK/1k" hold && hold_memory "$1"
}

row_memory() {
	local run
	for ((run = 0; run < RUNS; run++)); do
		ours_held 1000 >>"$WORK/memory.ours"
		bare_held 1000 >>"$WORK/memory.peer"
	done
	result memory "a held connection, both ends" "KiB" memory.ours \
		"bare accept, fork, sendfile" memory.peer "ratio <= 1.4"
}

# ---- many held ----------------------------------------------------------------

# As many as this system allows of what was asked for.
limit_held() {
	local most
	for most in "$(ulimit -S -u)" "$(cat /proc/sys/kernel/pid_max)"; do
		[ "$most" != unlimited ] || continue
		most=$((most - $(ps -e -o pid= | wc -l) - 200))
		((HELD <= most)) || HELD=$most
	done
	# An ephemeral port each; and half of the memory at most.
	read -r low high </proc/sys/net/ipv4/ip_local_port_range
	((HELD <= high - low - 1000)) || HELD=$((high - low - 1000))
	most=$(($(mem_available) / 2 / 200))
	((HELD <= most)) || HELD=$most
}

# Time on a processor of all processes of a group, in ns (to the tick where the
# kernel counts no better), and how many they are.
cpu_of() {
	local files
	mapfile -t files < <({ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v group="$1" '{ pid = $1; sub(/.*\) /, "") } $3 == group { print "/proc/" pid }')
	if [ -r /proc/self/schedstat ]; then
		cat "${files[@]/%//schedstat}" 2>/dev/null | awk '{ n += $1 } END { printf "%.0f %d\n", n, NR }'
	else
		cat "${files[@]/%//stat}" 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" \
			'{ sub(/.*\) /, ""); n += $12 + $13 } END { printf "%.0f %d\n", n / hz * 1e9, NR }'
	fi
}

# The stream's second half comes when the pause ends; until then nothing moves.
row_held() {
	local server pause before memory begin span cpu cpu_after count count_after holder
	local complete=0 bytes=0
	limit_held
	pause=$((HOLD + 5 + HELD / 500))
	start_ours --interval "${pause}s" --size 2k -c 1k --max-connections 20000 --max-per-source 0 || return
	server=$PID
	before=$(settled_memory)
	start_holders "$HELD"
	begin=$(date +%s%N)
	await $((pause - HOLD - 4)) all_hold || {
		fail "$HELD connections could not be held in time: $(cat "$WORK"/holder*.err)"
		end_all
		return
	}
	calc "($(date +%s%N) - $begin) / 1e9" >"$WORK/held.setup"
	memory=$(settled_memory)
	calc "($before - $memory) / $HELD" >"$WORK/held.memory"
	read -r cpu count < <(cpu_of "$server")
	begin=$(date +%s%N)
	start pause sleep "$HOLD" # so that a signal need not wait for it
	await $((HOLD + 5)) dead "$PID"
	end "$PID"
	span=$(($(date +%s%N) - begin))
	read -r cpu_after count_after < <(cpu_of "$server")
	if [ "$count" = $((HELD + 1)) ] && [ "$count_after" = "$count" ]; then
		calc "100 * ($cpu_after - $cpu) / $span" >"$WORK/held.cpu"
	else
		fail "held: of $((HELD + 1)) processes there were $count, and $HOLD s later $count_after"
	fi
	for holder in "${HOLDERS[@]}"; do
		await 60 dead "$holder" || fail "held: the streams do not end"
		end "$holder"
	done
	read -r complete bytes < <(cat "$WORK"/holder*.out |
		awk '/^complete/ { n += $2; b += $3 } END { printf "%d %.0f\n", n, b }')
	[ "$bytes" = $((complete * 2048)) ] || complete=0
	calc "$HELD - $complete" >"$WORK/held.lost"
	end "$server"
	result held "$HELD held for $HOLD s: CPU of all processes" "% of a core" held.cpu "" "" "ours <= 2"
	result held "$HELD held for $HOLD s: lost" "" held.lost "" "" "ours <= 0"
	result held "$HELD held: memory of each" "KiB" held.memory "" "" ""
	result held "$HELD held: time to set up" "s" held.setup "" "" ""
}

# ---- lateness of the FIN ------------------------------------------------------

row_lateness() {
	local run
	for ((run = 0; run < 10 * RUNS; run++)); do
		start_ours -c 64k --size 1g || return
		late -w 100ms >>"$WORK/late.ours"
		# A timer of 100 ms and nothing else, on the same stream.
		run_peers alarm "$PORT" 100 | awk '{ print $1 / 1000 }' >>"$WORK/late.peer"
		end "$PID"
	done
	result lateness "of the FIN, median" "us" late.ours "a timer of the same" late.peer "ours <= 100"
	result lateness "of the FIN, 99th percentile" "us" late.ours "a timer of the same" late.peer \
		"ours <= 1000" "" 99
}

late() {
	local line
	line=$(run_client "$@" | grep '"write timeout is expired"') ||
		fail "the write timeout did not expire" || return
	calc "$(member late <<<"$line") / 1000"
	echo
}

# ---- pacing -------------------------------------------------------------------

row_pacing() {
	local chunks ns first last
	start_ours -c 100 --size 1000100 -i 1ms || return
	read -r chunks ns first last < <(run_peers pace "$PORT" 100 1000)
	end "$PID"
	[ "$chunks" = 10001 ] || fail "pacing: ${chunks:-no} chunks of 10001" || return
	calc "100 * ($ns - 1e10) / 1e10" | tr -d - >"$WORK/pace.total"
	calc "($last - $first) / 1000" | tr -d - >"$WORK/pace.drift"
	result pacing "10 s, a chunk each ms: total off by" "%" pace.total "" "" "ours <= 1"
	result pacing "last second later than the first by" "us" pace.drift "" "" "ours <= 1000"
}
