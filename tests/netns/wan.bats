#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# The link that other tests lean on does to packets what each parameter says.
# Seen at the other end by tcpdump, and by the program's own streams; times are
# asserted where a busy machine cannot break them: never too early.

load ../helpers/common
load ../helpers/service
load ../helpers/wan

setup() {
	need_wan
	wan_setup
}

teardown() {
	stop_all
	wan_down
}

# listen_in NS: what arrives in UDP there, as "TIME LENGTH" lines in ARRIVED.
listen_in() {
	need tcpdump
	ARRIVED=$BATS_TEST_TMPDIR/arrived-$1
	# A short snapshot, hence room for many.
	background "$ARRIVED" "$ARRIVED.err" ip netns exec "$1" tcpdump -n -tt -l \
		--immediate-mode -s 128 -B 8192 -i wan0 -Q in udp
	LISTENER=$PID
	wait_for_line "$ARRIVED.err" "listening on"
}

# send COUNT [PAUSE]: datagrams of 1, 2, 3… bytes to the other end: the length is
# the number.
send() {
	wan_near bash -c '
		for ((i = 1; i <= $1; i++)); do
			printf "%${i}s" "" >"/dev/udp/$2/9"
			[ -z "$3" ] || sleep "$3"
		done' bash "$1" "$FAR" "${2:-}"
}

# sent_on COUNT FLAGS...: sends them over a link like that, to the end. LENGTHS: what
# arrived, in that order, on one line.
sent_on() {
	local count=$1
	shift
	listen_in "$FAR_NS"
	wan_start --trace "$@"
	send "$count" "${PAUSE:-}"
	wait_for "$PATIENCE" all_arrived "$count" ||
		fail "$(trace_up | wc -l) of $count sent, $(lengths | wc -w) arrived" "$ARRIVED.err"
	wan_stop
	stop "$LISTENER" INT
	LENGTHS=$(lengths)
}

all_sent() {
	[ "$(trace_up | wc -l)" -ge "$1" ]
}

# As many copies as the link made of COUNT datagrams.
all_arrived() {
	all_sent "$1" && [ "$(lengths | wc -w)" -ge "$(trace_up | jq -s 'map(.copies) | add')" ]
}

trace_up() {
	grep '"direction":"up"' "$WAN_LOG"
}

lengths() {
	sed -n 's/.* length \([0-9]*\)$/\1/p' "$ARRIVED" | paste -s -d ' '
}

# ascending "NUMBERS": none comes before a smaller one.
ascending() {
	tr ' ' '\n' <<<"$1" | sort -n -c 2>/dev/null
}

# transfer FLAGS...: 400 KiB from the server to the client, over a link like that.
# RATE: in kbit/s, of the bytes of the stream.
transfer() {
	start_server --listen "${LISTEN:-$FAR:0}" --size 400k -c 16k -i 0s
	wan_start "$@"
	run_client --expect-size 400k --expect-pattern
	wan_stop
	RATE=$(jq 'select(.msg == "finish handling") | .client.total * 8e6 / .client.duration | floor' \
		"$CLIENT_LOG")
	echo "$RATE kbit/s"
}

@test "delay: a round trip takes both directions' delays, and little more" {
	start_server --listen "$FAR:0" --size 1k
	wan_start --up-delay 150ms --down-delay 50ms
	local rtt least=$((10 ** 10))
	for _ in 1 2 3; do
		run_client
		rtt=$(jq 'select(.msg == "finish handling").client.rtt' "$CLIENT_LOG")
		[ "$rtt" -ge 200000000 ] || fail "a round trip took only $rtt ns"
		[ "$rtt" -ge "$least" ] || least=$rtt
	done
	[ "$least" -le 240000000 ] || fail "no round trip took less than $least ns"
}

@test "delay: IPv6 as well" {
	start_server --listen "[$FAR6]:0" --size 1k
	wan_start --delay 100ms
	run_client
	jq -e 'select(.msg == "finish handling").client.rtt >= 200000000' "$CLIENT_LOG"
	wan_stop
	assert_counts '.up.packets >= 3 and .down.packets >= 3'
}

@test "delay: nothing comes early, and one way has a delay of its own" {
	sent_on 50 --up-delay 300ms
	assert_equal "$(wc -w <<<"$LENGTHS")" 50
	trace_up | jq -se 'all(.[]; .takes == 300e6)'
}

@test "rate, from far to near: a stream is that fast, less the headers" {
	transfer --down-rate 2mbit --delay 5ms
	[ "$RATE" -le 2000 ]
	[ "$RATE" -ge 1700 ]
}

@test "rate, from near to far" {
	SERVER_IN=(ip netns exec "$NEAR_NS") CLIENT_IN=(ip netns exec "$FAR_NS") LISTEN=$NEAR:0
	transfer --up-rate 1mbit --delay 5ms
	[ "$RATE" -le 1000 ]
	[ "$RATE" -ge 850 ]
}

@test "rate: the other direction has none" {
	transfer --up-rate 1mbit
	[ "$RATE" -ge 5000 ]
}

# 180 ms and more each, so that all come while the first ones are sent.
@test "queue: of 40 packets one goes and 10 wait, the others are dropped" {
	sent_on 40 --up-rate 1280bit --queue 10p
	assert_counts '.up["queue-max-packets"] == 10 and .up.packets == 40'
	assert_counts '.up.dropped + .up.delivered == 40 and .up.dropped >= 20'
	[[ $LENGTHS == "1 2 3 4 5 6 7 8 9 10 11"* ]]
}

@test "queue: in bytes" {
	sent_on 40 --up-rate 1280bit --queue 300
	assert_counts '.up["queue-max-bytes"] <= 300 and .up["queue-max-bytes"] > 200'
	assert_counts '.up.dropped >= 20'
}

@test "queue: in time, and an idle link takes a packet whatever the queue" {
	sent_on 40 --up-rate 1280bit --queue 1s
	assert_counts '.up["queue-max-ms"] <= 1000 and .up["queue-max-ms"] > 500'
	assert_counts '.up.dropped >= 20'
	sent_on 1 --up-rate 1280bit --queue 0p
	assert_equal "$LENGTHS" 1
}

@test "loss: as many as the counts say, never the order; the same from the same seed" {
	local first
	sent_on 400 --up-loss 10% --seed 7
	first=$LENGTHS
	# Three standard deviations, and always the same.
	assert_counts '.up.lost >= 22 and .up.lost <= 58 and .up.lost + .up.delivered == 400'
	assert_equal "$(wc -w <<<"$first")" "$(wan_counts .up.delivered)"
	ascending "$first"
	sent_on 400 --up-loss 10% --up-jitter 2ms --seed 7
	assert_equal "$LENGTHS" "$first" "what arrived"
	sent_on 400 --up-loss 10% --seed 8
	[ "$LENGTHS" != "$first" ]
}

@test "loss: of all, nothing passes" {
	wan_start --trace --up-loss 100
	send 20
	wait_for "$PATIENCE" all_sent 20
	wan_stop
	assert_counts '.up.lost == 20 and .up.delivered == 0'
}

@test "burst: losses come in a row" {
	PAUSE=0.01
	sent_on 200 --up-burst 2/200ms --seed 3
	assert_counts '.up.lost >= 8'
	# Fewer gaps than half of what is lost.
	local gaps
	gaps=$(awk '{ for (i = 2; i <= NF; i++) n += $i > $(i - 1) + 1 } END { print n }' <<<"$LENGTHS")
	[ "$gaps" -ge 1 ]
	[ $((gaps * 2)) -lt "$(wan_counts .up.lost)" ]
}

@test "jitter: the order is kept, the delays differ" {
	PAUSE=0.01
	sent_on 100 --up-delay 40ms --up-jitter 30ms
	ascending "$LENGTHS"
	assert_equal "$(wc -w <<<"$LENGTHS")" 100
	trace_up | jq -se 'map(.takes / 1e6) | min >= 10 and max <= 70 and max - min > 20'
}

@test "jitter-any-order: packets pass each other, none is lost" {
	sent_on 200 --up-delay 40ms --up-jitter-any-order 30ms
	refute ascending "$LENGTHS"
	assert_equal "$(tr ' ' '\n' <<<"$LENGTHS" | sort -n | paste -s -d ' ')" "$(seq -s ' ' 200)"
	trace_up | jq -se 'map(.takes / 1e6) | min >= 10 and max <= 70'
}

@test "reorder: some come later than those behind them" {
	sent_on 200 --up-reorder 10% --up-reorder-by 200ms --seed 5
	assert_counts '.up.reordered >= 8 and .up.reordered <= 32 and .up.delivered == 200'
	refute ascending "$LENGTHS"
	# Without those that came late the order is kept.
	local late
	late=$(trace_up | jq -r 'select(.fate == "reordered").number + 1' | paste -s -d '|')
	ascending "$(tr ' ' '\n' <<<"$LENGTHS" | grep -v -x -E "$late")"
}

@test "duplicate: some come twice" {
	sent_on 200 --up-duplicate 10% --seed 5
	assert_counts '.up.duplicated >= 8 and .up.duplicated <= 32'
	assert_counts '.up.delivered == 200 + .up.duplicated'
	ascending "$LENGTHS"
	assert_equal "$(tr ' ' '\n' <<<"$LENGTHS" | uniq -d | wc -l)" "$(wan_counts .up.duplicated)"
}

@test "stall: all wait until it is over" {
	PAUSE=0.01
	sent_on 150 --stall 300ms/400ms --queue 1000p
	assert_counts '.up["queue-max-ms"] > 200 and .up["queue-max-ms"] <= 300 and .up.delivered == 150'
	ascending "$LENGTHS"
}

@test "mtu: a datagram that is longer comes in pieces" {
	wan_start --trace --mtu 576
	wan_near bash -c "printf '%1000s' '' >/dev/udp/$FAR/9"
	wait_for "$PATIENCE" all_sent 2
	wan_stop
	assert_counts '.up.packets == 2 and .up.bytes > 1000 + 2 * 20'
}

@test "all at once: every packet is accounted for, and the stream is whole" {
	start_server --listen "$FAR:0" --size 400k -c 16k -i 0s
	wan_start --rate 4mbit --queue 20p --delay 10ms --jitter 5ms --loss 4 --burst 0.1/20ms \
		--reorder 1 --duplicate 1
	run_client --expect-size 400k --expect-pattern
	jq -e 'select(.msg == "finish handling").client.total == 409600' "$CLIENT_LOG"
	wan_stop
	assert_counts '([.up, .down] | map(.packets + .duplicated - .lost - .dropped - .delivered - .refused)
		| add) == .["in-flight"]'
	assert_counts '.down.lost > 0 and .down["device-dropped"] == 0'
}

@test "an idle link sleeps" {
	wan_start --rate 1mbit --delay 10ms
	local before
	before=$(grep ctxt_switches "/proc/$WAN_PID/status")
	sleep 0.5
	assert_equal "$(grep ctxt_switches "/proc/$WAN_PID/status")" "$before"
}

@test "connections live on while the link is replaced by another" {
	start_server --listen "$FAR:0" --size 40k -c 1k -i 50ms
	wan_start --delay 1ms
	start_client -w 1s --expect-size 40k --expect-pattern
	wait_for_line "$SERVER_LOG" "start to stream"
	wan_stop
	wan_start --delay 20ms
	wait_client
	assert_equal "$CLIENT_STATUS" 0 "exit status" "$CLIENT_LOG"
}

@test "a parameter that is none is one line" {
	local args
	for args in "--delay 5" "--rate 1mb" "--loss 101" "--queue x" "--delai 5ms" "--mtu 5" "--up-burst 1" "--up-burst 1/20"; do
		# shellcheck disable=SC2086
		run "$WAN" --near a --far b $args
		assert_equal "$status" 2 "status of $args"
		assert_equal "${#lines[@]}" 1 "lines of $args"
		[[ $output == "wan: "* ]]
	done
}

@test "nothing is left behind" {
	wan_start
	stop_all
	wan_down
	refute grep -q "^wan$$-" <(ip netns list)
	refute kill -0 "$WAN_PID"
}
