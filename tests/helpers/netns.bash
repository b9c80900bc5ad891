# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Hosts of a test's own: client -- router -- server, three network namespaces
# joined by veth pairs. Their names carry the process id, so that files run side
# by side; netns_down removes everything, and the kernel the rest with it.
#
#   client 192.0.2.2, 2001:db8:1::2 -- router -- server 198.51.100.2, 2001:db8:2::2

need_netns() {
	need_root
	need ip
	ip netns add "hc$$-try" 2>/dev/null ||
		cannot_run "network namespaces cannot be made here"
	ip netns del "hc$$-try"
}

# netns_up: makes the hosts and routes between them. Sets CLIENT_NS, ROUTER_NS,
# SERVER_NS and lets start_server, run_client… work there.
netns_up() {
	CLIENT_NS=hc$$-client ROUTER_NS=hc$$-router SERVER_NS=hc$$-server
	local ns
	for ns in "$CLIENT_NS" "$ROUTER_NS" "$SERVER_NS"; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
	ip -n "$CLIENT_NS" link add eth0 type veth peer name eth0 netns "$ROUTER_NS"
	ip -n "$SERVER_NS" link add eth0 type veth peer name eth1 netns "$ROUTER_NS"
	address "$CLIENT_NS" eth0 192.0.2.2/24 2001:db8:1::2/64
	address "$ROUTER_NS" eth0 192.0.2.1/24 2001:db8:1::1/64
	address "$ROUTER_NS" eth1 198.51.100.1/24 2001:db8:2::1/64
	address "$SERVER_NS" eth0 198.51.100.2/24 2001:db8:2::2/64
	ip -n "$CLIENT_NS" route add default via 192.0.2.1
	ip -n "$CLIENT_NS" route add default via 2001:db8:1::1
	ip -n "$SERVER_NS" route add default via 198.51.100.1
	ip -n "$SERVER_NS" route add default via 2001:db8:2::1
	ip netns exec "$ROUTER_NS" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# shellcheck disable=SC2034 # read by common.bash
	SERVER_IN=(ip netns exec "$SERVER_NS") CLIENT_IN=(ip netns exec "$CLIENT_NS")
}

# address NS DEVICE IPV4 IPV6: up, and usable at once (no duplicate detection).
address() {
	ip -n "$1" link set "$2" up
	ip -n "$1" address add "$3" dev "$2"
	ip -n "$1" address add "$4" dev "$2" nodad
}

# netns_nat RULES...: the router hides the client behind its own address; each
# rule joins the chains for what it forwards and for what is (no longer known not
# to be) its own. Skips where the kernel has no such NAT.
netns_nat() {
	local hook
	need nft
	{
		echo "table ip test {"
		echo "	chain post { type nat hook postrouting priority srcnat;"
		echo "		oifname eth1 masquerade; }"
		for hook in forward input; do
			echo "	chain at_$hook { type filter hook $hook priority filter;"
			printf "\t\t%s\n" "$@"
			echo "	}"
		done
		echo "}"
	} >"$BATS_TEST_TMPDIR/nat.nft"
	ip netns exec "$ROUTER_NS" nft -f "$BATS_TEST_TMPDIR/nat.nft" ||
		cannot_run "nftables cannot masquerade here"
}

# router_sysctl NAME=VALUE...
router_sysctl() {
	ip netns exec "$ROUTER_NS" sysctl -qw "$@" || cannot_run "cannot set $* here"
}

netns_down() {
	local ns
	for ns in "hc$$-client" "hc$$-router" "hc$$-server"; do
		ip netns del "$ns" 2>/dev/null || true
	done
}
