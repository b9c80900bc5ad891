# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Two hosts with a wide-area link between them, near and far: network namespaces
# with a TUN device each, and wan.c, which says what a link can do. Load after
# common.bash and service.bash; call stop_all and wan_down in teardown.
#
#   near 10.77.0.1, fd77::1 -- wan -- far 10.77.0.2, fd77::2

NEAR=10.77.0.1 FAR=10.77.0.2
# shellcheck disable=SC2034 # for the tests
NEAR6=fd77::1 FAR6=fd77::2

need_wan() {
	need_root
	need ip jq
	[ -c /dev/net/tun ] || cannot_run "there is no /dev/net/tun"
	ip netns add "wan$$-try" 2>/dev/null ||
		cannot_run "network namespaces cannot be made here"
	if ! ip -n "wan$$-try" tuntap add dev wan0 mode tun 2>/dev/null; then
		ip netns del "wan$$-try"
		cannot_run "TUN devices cannot be made here"
	fi
	ip netns del "wan$$-try"
	find_helper wan
	WAN=$HELPER
}

# wan_setup [TAG]: makes the hosts. Sets NEAR_NS and FAR_NS, and lets start_server,
# run_check… work there. TAG tells links of the same test apart.
wan_setup() {
	local tag=${1:-0} ns
	NEAR_NS=wan$$-$tag-near FAR_NS=wan$$-$tag-far
	for ns in "$NEAR_NS" "$FAR_NS"; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
		ip -n "$ns" tuntap add dev wan0 mode tun
		# Nobody speaks unasked: no link-local address, hence no solicitations.
		ip -n "$ns" link set wan0 addrgenmode none
		ip -n "$ns" link set wan0 up
	done
	ip -n "$NEAR_NS" address add "$NEAR/24" dev wan0
	ip -n "$FAR_NS" address add "$FAR/24" dev wan0
	ip -n "$NEAR_NS" address add "$NEAR6/64" dev wan0 nodad
	ip -n "$FAR_NS" address add "$FAR6/64" dev wan0 nodad
	# shellcheck disable=SC2034 # read by common.bash
	CLIENT_IN=(ip netns exec "$NEAR_NS") SERVER_IN=(ip netns exec "$FAR_NS")
}

# wan_start FLAGS...: packets flow when it returns. Sets WAN_PID, WAN_LOG and
# WAN_SEED. What was connected stays so while the link is stopped and started with
# other flags. (An MTU below 1280 takes the IPv6 addresses away for good.)
wan_start() {
	SERIAL=$((SERIAL + 1))
	WAN_LOG=$BATS_TEST_TMPDIR/wan-$SERIAL.log
	background "$WAN_LOG" "$WAN_LOG.err" "$WAN" --near "$NEAR_NS" --far "$FAR_NS" "$@"
	WAN_PID=$PID
	wait_for "$PATIENCE" wan_started_or_gone || true
	WAN_SEED=$(jq -r 'select(.msg == "ready").seed' "$WAN_LOG")
	[ -n "$WAN_SEED" ] || fail "the link did not start" "$WAN_LOG.err" || return
	wait_for "$PATIENCE" wan_has_carrier || fail "the devices have no carrier" || return
	# Printed when the test fails.
	echo "link with seed $WAN_SEED: $*"
}

wan_started_or_gone() {
	grep -q '"ready"' "$WAN_LOG" || gone "$WAN_PID"
}

# The kernel notices a little later that somebody holds the devices, and drops what
# is sent until then.
wan_has_carrier() {
	local ns
	for ns in "$NEAR_NS" "$FAR_NS"; do
		! ip -n "$ns" link show wan0 | grep -q -e NO-CARRIER -e "state DOWN" || return
	done
}

# wan_stop: the counts are in WAN_LOG then, for wan_counts.
wan_stop() {
	stop "$WAN_PID"
	[ "$STATUS" = 0 ] || fail "the link failed: $STATUS" "$WAN_LOG.err"
}

# wan_counts FILTER: of the link that was stopped last, such as .up.lost
wan_counts() {
	jq -r "select(.msg == \"end\") | $1" "$WAN_LOG"
}

# assert_counts FILTER: it is true.
assert_counts() {
	[ "$(wan_counts "$1")" = true ] || {
		echo "the counts are not: $1"
		jq 'select(.msg == "end")' "$WAN_LOG"
		return 1
	}
}

wan_near() {
	ip netns exec "$NEAR_NS" "$@"
}

wan_far() {
	ip netns exec "$FAR_NS" "$@"
}

# wan_profile NAME: sets PROFILE to the flags of that row of the table of paths, or,
# for a name of drawn-NUMBER, to those of a path drawn from that number.
wan_profile() {
	local name flags
	if [[ $1 == drawn-* ]]; then
		read -r -a PROFILE < <(wan_draw "${1#drawn-}")
		return
	fi
	while read -r name flags; do
		if [ "$name" = "$1" ]; then
			# shellcheck disable=SC2034 # for the tests
			read -r -a PROFILE <<<"$flags"
			return
		fi
	done <"$HELPERS/profiles"
	fail "there is no profile $1" || return
}

# Any path without a fault: 256 kbit/s to 1 Gbit/s or no limit, a round trip of up to
# 1.2 s, up to 10 % of loss (less where the other end is far), and all the rest.
wan_draw() {
	awk -v seed="$1" '
	function between(low, high) { return low + rand() * (high - low) }
	function even(low, high) { return low * exp(rand() * log(high / low)) }
	function flag(name, format, value) { printf " --%s " format, name, value }
	function one_in(n) { return rand() * n < 1 }
	BEGIN {
		srand(seed); rand()
		rtt = one_in(6) ? 0 : even(2, 1200)
		up = one_in(6) ? 0 : even(256, 1000000)
		down = one_in(3) ? up * even(1, 20) : up
		if (down > 1000000) down = 1000000
		flag("seed", "%d", seed)
		if (rtt > 0) {
			share = one_in(3) ? between(0.2, 0.8) : 0.5
			flag("up-delay", "%.1fms", rtt * share)
			flag("down-delay", "%.1fms", rtt * (1 - share))
			if (one_in(3))
				flag(one_in(4) ? "jitter-any-order" : "jitter", "%.1fms", rtt * between(0, 0.4))
			if (one_in(5)) {
				flag("reorder", "%.2f%%", even(0.1, 10))
				flag("reorder-by", "%.1fms", between(0.5, 20))
			}
		}
		if (up > 0) {
			flag("up-rate", "%dkbit", up)
			flag("down-rate", "%dkbit", down)
			if (one_in(5)) flag("queue", "%dp", between(4, 40))
			else flag("queue", "%dms", even(20, 2000))
		}
		most = rtt > 200 ? 2000 / rtt : 10
		if (one_in(2)) flag(one_in(5) ? "up-loss" : one_in(5) ? "down-loss" : "loss", "%.2f%%", even(0.05, most))
		if (one_in(6)) printf " --burst %.3f/%dms", even(0.01, 0.3), even(2, 400)
		if (one_in(8)) flag("duplicate", "%.2f%%", even(0.1, 10))
		if (one_in(6)) printf " --stall %dms/%dms", even(10, 400), even(500, 10000)
		if (one_in(4)) flag("mtu", "%d", between(576, one_in(4) ? 9000 : 1500))
		print ""
	}'
}

# All names of the table, one a line.
wan_profiles() {
	sed -n 's/^\([a-z][^ ]*\).*/\1/p' "$HELPERS/profiles"
}

# wan_down: removes all that wan_setup made.
wan_down() {
	local ns
	for ns in $(ip netns list | sed -n "s/^\(wan$$-[^ ]*\).*/\1/p"); do
		ip netns del "$ns"
	done
}
