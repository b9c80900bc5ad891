# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Hosts between hosts, in namespaces of their own (netns.bash): CLIENT_IN is where
# the client is. netns_down removes them.

# start_nat masquerade [NAME=VALUE...]: a router that hides the client behind its own address;
# its conntrack is set so.
start_nat() {
	need_netns
	netns_up
	netns_nat
	shift
	[ $# = 0 ] || router_sysctl "${@/#/net.netfilter.nf_conntrack_}"
	start_far_end --listen 198.51.100.2:4001
}

# start_dnat dnat [NAME=VALUE...]: a router whose own port 4002 is the server's 4001.
start_dnat() {
	need_netns
	need nft
	netns_up
	ip netns exec "$ROUTER_NS" nft -f - <<-END || cannot_run "nftables cannot translate here"
		table ip test {
			chain pre { type nat hook prerouting priority dstnat;
				tcp dport 4002 dnat to 198.51.100.2:4001; }
		}
	END
	shift
	[ $# = 0 ] || router_sysctl "${@/#/net.netfilter.nf_conntrack_}"
	start_far_end --listen 198.51.100.2:4001
	# shellcheck disable=SC2034 # for run_check
	SERVER_ADDRESS=192.0.2.1:4002
}

# user_host: a host without a way out, for user-mode networks; sets CLIENT_NS.
user_host() {
	need_netns
	CLIENT_NS=hc$$-client
	ip netns add "$CLIENT_NS"
	ip -n "$CLIENT_NS" link set lo up
	# shellcheck disable=SC2034 # read by common.bash
	CLIENT_IN=(ip netns exec "$CLIENT_NS")
}

has_route() {
	ip -n "$CLIENT_NS" -4 route | grep -q default
}

user_network_is_up() {
	has_route || gone "$PID"
}

# user_network COMMAND...: until it has given the host a route.
user_network() {
	SERIAL=$((SERIAL + 1))
	BOX_LOG=$BATS_TEST_TMPDIR/box-$SERIAL.log
	background "$BOX_LOG" "$BOX_LOG.err" "$@"
	wait_for "$PATIENCE" user_network_is_up
	has_route || fail "$1 did not start" "$BOX_LOG" "$BOX_LOG.err"
}

# The responder's loopback is the gateway's address.
start_slirp4netns() {
	need slirp4netns
	user_host
	user_network slirp4netns --configure --disable-dns --netns-type=path "/run/netns/$CLIENT_NS" tap0
	SERVER_ADDRESS=10.0.2.2:${SERVER_ADDRESS##*:}
}

start_pasta() {
	need pasta
	user_host
	user_network pasta -f -q --runas 0 --config-net -a 10.0.2.15 -n 24 -g 10.0.2.2 -t none -u none -T none -U none \
		--netns "/run/netns/$CLIENT_NS"
	SERVER_ADDRESS=10.0.2.2:${SERVER_ADDRESS##*:}
}
