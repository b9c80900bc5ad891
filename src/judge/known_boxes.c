/* SPDX-License-Identifier: MIT
 *
 * The table. Only what is documented, or was measured, is in it; what its makers
 * have repaired says in which versions it is met. Of systems that fit equally well
 * the first is named first, so those that are met most stand on top of a pattern.
 */
#include "known_boxes.h"

#include "../base/clock.h"

#define MILLISECONDS(n) ((n) * NSEC_PER_MSEC)
#define SECONDS(n) ((n) * NSEC_PER_SEC)
#define MINUTES(n) (INT64_C(60) * SECONDS(n))
#define HOURS(n) (INT64_C(60) * MINUTES(n))

#define FORWARDERS "there is no setting; HAProxy half-closes, and so does socat -t"
#define NO_SETTING "there is no setting; end with a message that the other end confirms, not with an RST"
#define SHORTER "; or let keepalive be shorter than that"

const struct known_box known_boxes[] = {
	/* Both directions at once. */
	{ .system = "nginx stream", .setting = "proxy_half_close", .initial = "off",
	  .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFFFFFFF",
	  .remedy = "proxy_half_close on; (nginx 1.21.4 or later)",
	  .source = "nginx.org ngx_stream_proxy_module; measured with 1.22.1" },
	{ .system = "Go program", .setting = "CloseWrite", .initial = "not called: both connections are closed after io.Copy",
	  .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFFFFFFF",
	  .remedy = "call CloseWrite of the net.TCPConn when io.Copy returns, and Close when both directions have ended",
	  .source = "Go package net; measured with a relay of two io.Copy" },
	{ .system = "systemd-socket-proxyd", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFFFFFF", .remedy = FORWARDERS, .source = "measured with systemd 252" },
	{ .system = "docker-proxy", .setting = "userland-proxy", .initial = "true", .versions = "Docker before 17.03",
	  .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = "update Docker, or set \"userland-proxy\": false in daemon.json",
	  .source = "moby issue 27539; libnetwork pull request 1598" },
	{ .system = "rinetd", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFFFFFFF",
	  .remedy = FORWARDERS, .source = "measured with 0.73" },
	{ .system = "stunnel", .setting = "TIMEOUTclose = 0", .initial = "60", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFpFFFF", .remedy = "TIMEOUTclose = 60, the default", .source = "measured with 5.68" },
	{ .system = "redir", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFF.FFFF",
	  .remedy = FORWARDERS, .source = "measured with 3.3" },
	{ .system = "simpleproxy", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFFUFFFF",
	  .remedy = FORWARDERS, .source = "measured with 3.5" },
	{ .system = "6tunnel", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP, .verdicts = "pFFFFFFFFFFF",
	  .remedy = FORWARDERS, .source = "measured with the package of Debian 12" },
	{ .system = "Python program", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFFFFFF", .remedy = "shutdown(SHUT_WR) of the other socket at EOF; close when both directions have ended", .source = "measured with a relay of two threads and Python 3.11" },
	{ .system = "shadowsocks-libev", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFFFFFF", .remedy = FORWARDERS, .source = "measured with 3.3.5" },
	{ .system = "sslh", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFUFFFF", .remedy = FORWARDERS, .source = "measured with 1.20" },
	{ .system = "sslh-select", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFFFFFFFFFF", .remedy = FORWARDERS, .source = "measured with 1.20" },
	{ .system = "xinetd redirect", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFF.FFUFFFF", .remedy = FORWARDERS, .source = "measured with 2.3.15.3" },
	{ .system = "Hitch", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFF.FFFFFFF", .remedy = FORWARDERS, .source = "measured with 1.7.2" },
	{ .system = "lighttpd mod_sockproxy", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pFFDXFFUXFXD", .remedy = FORWARDERS, .source = "measured with 1.4.69" },
	{ .system = "nginx stream", .setting = "ssl with proxy_half_close on", .initial = "off", .sides = SIDE_SERVER, .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .verdicts = "pppFpppppApF", .remedy = "terminate TLS in HAProxy or stunnel", .source = "measured with 1.22.1" },
	{ .system = "frp", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = FORWARDERS, .source = "frp issue 4967" },
	{ .system = "chisel", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = FORWARDERS, .source = "chisel issue 535" },
	{ .system = "Lima", .setting = "port forwarder", .initial = "gRPC", .versions = "before the repair of issue 5329",
	  .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = "update Lima, or use its ssh port forwarder", .source = "lima issues 5329 and 5401" },
	{ .system = "WSL2 relay", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = "connect to the address of the virtual machine, not to localhost", .source = "WSL issues 41328 and 41342" },
	{ .system = "badvpn tun2socks", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_TCP,
	  .remedy = "there is no setting", .source = "badvpn issue 122" },
	{ .system = "microsocks", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_SOCKS,
	  .verdicts = "pFFFFFFFFFFF", .remedy = "there is no setting; Dante half-closes",
	  .source = "measured with 1.0.3" },
	{ .system = "tinyproxy", .setting = "CONNECT", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_CONNECT,
	  .remedy = "there is no setting", .source = "measured with 1.11.1" },
	{ .system = "squid", .setting = "CONNECT", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_CONNECT,
	  .remedy = "there is no setting for tunnels", .source = "measured with 5.7" },
	{ .system = "Privoxy", .setting = "CONNECT", .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_CONNECT,
	  .verdicts = "pFFFFFFFFFFF", .remedy = "there is no setting; Apache httpd half-closes",
	  .source = "measured with 3.0.34" },
	{ .system = "lighttpd mod_proxy", .setting = "CONNECT", .pattern = PATTERN_CLOSES_BOTH,
	  .carrier = CARRIER_CONNECT, .verdicts = "pFXDXFFUXFXD",
	  .remedy = "there is no setting; Apache httpd half-closes", .source = "measured with 1.4.69" },
	{ .system = "Go httputil.ReverseProxy", .setting = "upgraded connections", .versions = "before the repair of issue 35892",
	  .pattern = PATTERN_CLOSES_BOTH, .carrier = CARRIER_HTTP, .remedy = "update Go",
	  .source = "Go issue 35892; caddy issue 8026" },

	/* After a time, whatever flows. */
	{ .system = "Traefik TCP", .setting = "terminationDelay", .initial = "100ms", .pattern = PATTERN_CLOSES_LATER,
	  .carrier = CARRIER_TCP, .after = MILLISECONDS(100), .state = TIMER_HALF_CLOSED, .adjusted = true,
	  .remedy = "terminationDelay: -1 in the serversTransport of the TCP service",
	  .source = "Traefik ServersTransport (TCP) reference; traefik issue 5366" },

	/* Without an error for the sender. */
	{ .system = "Node.js pipe", .setting = "allowHalfOpen", .initial = "false", .pattern = PATTERN_DISCARDS,
	  .carrier = CARRIER_TCP, .verdicts = "pDDDDDDDDDDD",
	  .remedy = "allowHalfOpen: true in net.createServer and in net.connect",
	  .source = "Node.js documentation of net; measured with v18 and v20" },
	{ .system = "pen", .pattern = PATTERN_DISCARDS, .carrier = CARRIER_TCP, .verdicts = "pppp.ppDpA.A",
	  .remedy = FORWARDERS, .source = "measured with 0.34.1" },

	/* FINs. */
	{ .system = "cloud-provider-kind", .versions = "before the repair of issue 259", .pattern = PATTERN_SWALLOWS_FIN,
	  .carrier = CARRIER_TCP, .remedy = "update cloud-provider-kind", .source = "cloud-provider-kind issue 259" },
	{ .system = "microsandbox", .versions = "before the repair of issue 1181", .pattern = PATTERN_SWALLOWS_FIN,
	  .carrier = CARRIER_TCP, .remedy = "update microsandbox", .source = "microsandbox issue 1181" },
	{ .system = "OpenZiti router", .pattern = PATTERN_SWALLOWS_FIN, .sides = SIDE_SERVER, .carrier = CARRIER_TCP,
	  .remedy = "update OpenZiti", .source = "ziti issue 4394" },
	{ .system = "ncat --sh-exec", .pattern = PATTERN_CLOSES_BOTH, .sides = SIDE_CLIENT, .carrier = CARRIER_TCP,
	  .verdicts = "EFFXFIFSFFFX", .remedy = FORWARDERS, .source = "measured with 7.93" },

	/* Bytes. */
	{ .system = "passt", .versions = "of Debian 12", .pattern = PATTERN_REPEATS, .sides = SIDE_CLIENT,
	  .carrier = CARRIER_TCP, .verdicts = "pCCpCCCSCCCA",
	  .remedy = "update passt", .source = "measured with the package of Debian 12" },

	/* Aborts. */
	{ .system = "HAProxy TCP", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP, .verdicts = "pppppppppApA",
	  .remedy = NO_SETTING, .source = "measured with 2.6.12" },
	{ .system = "nginx stream", .setting = "proxy_half_close on", .initial = "off", .pattern = PATTERN_MASKS_ABORTS,
	  .carrier = CARRIER_TCP, .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 1.22.1" },
	{ .system = "socat", .setting = "-t", .initial = "0.5", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 1.7.4.4" },
	{ .system = "docker-proxy", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 20.10.24" },
	{ .system = "OpenSSH -L", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 9.2p1" },
	{ .system = "stunnel", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 5.68" },
	{ .system = "stone", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 2.4" },
	{ .system = "tcpreen", .pattern = PATTERN_MASKS_ABORTS, .carrier = CARRIER_TCP,
	  .verdicts = "pppppppppApA", .remedy = NO_SETTING, .source = "measured with 1.4.4" },
	{ .system = "slirp4netns", .pattern = PATTERN_MASKS_ABORTS, .sides = SIDE_CLIENT, .verdicts = "pppppppppppA", .carrier = CARRIER_TCP, .remedy = NO_SETTING,
	  .source = "measured with the package of Debian 12" },

	/* Idle times, shortest first. */
	{ .system = "socat", .setting = "-t", .initial = "0.5", .pattern = PATTERN_CLOSES_IDLE, .carrier = CARRIER_TCP,
	  .after = MILLISECONDS(500), .state = TIMER_HALF_CLOSED, .adjusted = true, .verdicts = "pppppIpLpApA",
	  .remedy = "-t SECONDS, longer than the other end may take to answer",
	  .source = "socat(1); measured with 1.7.4.4" },
	{ .system = "HAProxy TCP", .setting = "timeout client-fin, timeout server-fin", .pattern = PATTERN_CLOSES_IDLE,
	  .carrier = CARRIER_TCP, .adjusted = true, .verdicts = "pppppIpppApA",
	  .remedy = "longer timeout client-fin and timeout server-fin, or none", .source = "HAProxy configuration manual; measured with 2.6.12" },
	{ .system = "Calico eBPF with DSR", .setting = "TCPFinsSeen", .initial = "30s", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(30), .state = TIMER_HALF_CLOSED,
	  .remedy = "raise the timeout" SHORTER, .source = "calico issues 9607 and 13956" },
	{ .system = "HAProxy as Debian configures it", .setting = "timeout client, timeout server", .initial = "50000",
	  .pattern = PATTERN_CLOSES_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(50), .state = TIMER_BOTH, .adjusted = true,
	  .remedy = "longer timeout client and timeout server", .source = "/etc/haproxy/haproxy.cfg of Debian 12" },
	{ .system = "Linux conntrack", .setting = "nf_conntrack_tcp_timeout_close_wait", .initial = "60",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(60), .state = TIMER_HALF_CLOSED,
	  .adjusted = true, .remedy = "sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=7440" SHORTER,
	  .source = "Linux nf_conntrack-sysctl; measured with Linux 6.18" },
	{ .system = "Istio sidecar", .setting = "nf_conntrack_tcp_timeout_close_wait", .initial = "60",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(60), .state = TIMER_HALF_CLOSED,
	  .remedy = "sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait=7440 on the node" SHORTER,
	  .source = "istio issue 43297" },
	{ .system = "Linux conntrack", .setting = "nf_conntrack_tcp_timeout_fin_wait", .initial = "120",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(120), .state = TIMER_HALF_CLOSED,
	  .remedy = "sysctl net.netfilter.nf_conntrack_tcp_timeout_fin_wait=7440" SHORTER,
	  .source = "Linux nf_conntrack-sysctl; holds until the FIN is acknowledged" },
	{ .system = "Linux IPVS", .setting = "tcpfin", .initial = "120", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(120), .state = TIMER_HALF_CLOSED,
	  .remedy = "ipvsadm --set 0 7440 0" SHORTER, .source = "ipvsadm(8) --set; kubernetes issue 81308" },
	{ .system = "FortiGate", .setting = "tcp-halfclose-timer", .initial = "120", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(120), .state = TIMER_HALF_CLOSED,
	  .remedy = "config system global, set tcp-halfclose-timer SECONDS" SHORTER,
	  .source = "Fortinet technical tip: FortiGate timer for TCP half-close sessions" },
	{ .system = "Palo Alto PAN-OS", .setting = "timeout-tcp-half-closed", .initial = "120",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(120), .state = TIMER_HALF_CLOSED,
	  .remedy = "a longer timeout-tcp-half-closed" SHORTER, .source = "PAN-OS show session info" },
	{ .system = "Juniper SRX", .setting = "time-wait-state apply-to-half-close-state", .initial = "150",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(150), .state = TIMER_HALF_CLOSED,
	  .remedy = "delete apply-to-half-close-state" SHORTER,
	  .source = "Junos CLI reference; only where that statement is set" },
	{ .system = "Azure Load Balancer", .setting = "idle timeout", .initial = "4 minutes", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = MINUTES(4), .state = TIMER_BOTH, .adjusted = true, .least = MINUTES(4),
	  .remedy = "a longer idle timeout, TCP reset on idle" SHORTER, .source = "Azure documentation: load-balancer-tcp-reset" },
	{ .system = "Azure NAT gateway", .setting = "TCP idle timeout", .initial = "4 minutes", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = MINUTES(4), .state = TIMER_BOTH, .adjusted = true, .least = MINUTES(4),
	  .remedy = "a longer TCP idle timeout" SHORTER, .source = "Azure documentation: nat-gateway-resource" },
	{ .system = "AWS Network Load Balancer", .setting = "tcp.idle_timeout.seconds", .initial = "350",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(350), .state = TIMER_BOTH, .adjusted = true, .least = SECONDS(60),
	  .remedy = "tcp.idle_timeout.seconds up to 6000" SHORTER, .source = "Elastic Load Balancing: update the TCP idle timeout" },
	{ .system = "AWS NAT gateway", .setting = "idle timeout", .initial = "350 seconds", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(350), .state = TIMER_ESTABLISHED,
	  .remedy = "keepalive every 300 seconds or less", .source = "Amazon VPC: troubleshoot NAT gateways" },
	{ .system = "nginx stream", .setting = "proxy_timeout", .initial = "10m", .pattern = PATTERN_CLOSES_IDLE,
	  .carrier = CARRIER_TCP, .after = MINUTES(10), .state = TIMER_BOTH, .adjusted = true,
	  .remedy = "a longer proxy_timeout", .source = "nginx.org ngx_stream_proxy_module; half-closed only with proxy_half_close on" },
	{ .system = "Cisco ASA", .setting = "timeout half-closed", .initial = "0:10:00", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = MINUTES(10), .state = TIMER_HALF_CLOSED,
	  .remedy = "a longer timeout half-closed" SHORTER, .source = "Cisco ASA firewall CLI configuration guide: connection settings" },
	{ .system = "pf", .setting = "tcp.closing", .initial = "900", .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP,
	  .after = SECONDS(900), .state = TIMER_HALF_CLOSED, .remedy = "set timeout tcp.closing 7440" SHORTER,
	  .source = "FreeBSD pf.h" },
	{ .system = "Linux IPVS", .setting = "tcp", .initial = "900", .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP,
	  .after = SECONDS(900), .state = TIMER_ESTABLISHED, .remedy = "ipvsadm --set 7440 0 0" SHORTER,
	  .source = "ipvsadm(8) --set; kubernetes issue 81308" },
	{ .system = "Google Cloud NAT", .setting = "TCP established connection idle timeout", .initial = "1200 seconds",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = SECONDS(1200), .state = TIMER_ESTABLISHED,
	  .remedy = "a longer TCP established connection idle timeout" SHORTER,
	  .source = "Cloud NAT documentation: tune NAT configuration" },
	{ .system = "Juniper SRX", .setting = "TCP session timeout", .initial = "1800", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = MINUTES(30), .state = TIMER_ESTABLISHED,
	  .remedy = "a longer inactivity-timeout of the application" SHORTER, .source = "Junos CLI reference: rst-invalidate-session" },
	{ .system = "kube-proxy", .setting = "conntrack-tcp-timeout-close-wait", .initial = "1h0m0s",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = HOURS(1), .state = TIMER_HALF_CLOSED,
	  .remedy = "--conntrack-tcp-timeout-close-wait 2h4m" SHORTER, .source = "kube-proxy reference; kubernetes issue 32551" },
	{ .system = "Envoy tcp_proxy", .setting = "idle_timeout", .initial = "1h", .pattern = PATTERN_CLOSES_IDLE,
	  .carrier = CARRIER_TCP, .after = HOURS(1), .state = TIMER_BOTH, .adjusted = true,
	  .remedy = "a longer idle_timeout of the tcp_proxy", .source = "Envoy tcp_proxy.proto; envoy issue 41086" },
	{ .system = "Calico eBPF", .setting = "TCPEstablished", .initial = "1h", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = HOURS(1), .state = TIMER_BOTH, .remedy = "raise the timeout" SHORTER,
	  .source = "calico issue 9607" },
	{ .system = "FortiGate", .setting = "session-ttl", .initial = "3600", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = HOURS(1), .state = TIMER_ESTABLISHED,
	  .remedy = "config system session-ttl, set default SECONDS" SHORTER,
	  .source = "Fortinet technical tip: default session timeout value" },
	{ .system = "Cisco ASA", .setting = "timeout conn", .initial = "1:00:00", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = HOURS(1), .state = TIMER_ESTABLISHED, .remedy = "a longer timeout conn" SHORTER,
	  .source = "Cisco ASA firewall CLI configuration guide: connection settings" },
	{ .system = "passt", .setting = "ACT_TIMEOUT", .initial = "7200", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(7200), .state = TIMER_BOTH, .remedy = "keepalive, more often than that",
	  .source = "passt tcp.c" },
	{ .system = "Jool", .setting = "tcp-est-timeout", .initial = "2:04:00", .pattern = PATTERN_FORGETS_IDLE,
	  .carrier = CARRIER_TCP, .after = SECONDS(7440), .state = TIMER_BOTH, .remedy = "keepalive, more often than that",
	  .source = "Jool source, after RFC 6146 section 3.5.2.2" },
	{ .system = "kube-proxy", .setting = "conntrack-tcp-timeout-established", .initial = "24h0m0s",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = HOURS(24), .state = TIMER_ESTABLISHED,
	  .remedy = "keepalive, more often than that", .source = "kube-proxy reference" },
	{ .system = "Linux conntrack", .setting = "nf_conntrack_tcp_timeout_established", .initial = "432000",
	  .pattern = PATTERN_FORGETS_IDLE, .carrier = CARRIER_TCP, .after = HOURS(120), .state = TIMER_ESTABLISHED,
	  .remedy = "keepalive, more often than that", .source = "Linux nf_conntrack-sysctl" },

	/* Services, and what stands in front of them. */
	{ .system = "nginx http", .setting = "proxy_ignore_client_abort", .initial = "off", .pattern = PATTERN_NO_REPLY,
	  .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP, .remedy = "proxy_ignore_client_abort on;",
	  .source = "nginx.org ngx_http_proxy_module; measured with 1.22.1" },
	{ .system = "Envoy HTTP/1", .pattern = PATTERN_NO_REPLY, .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP,
	  .remedy = "there is no setting; the client must not half-close", .source = "envoy issues 2066 and 17160" },
	{ .system = "HAProxy HTTP", .setting = "option abortonclose", .initial = "off; on in recent versions",
	  .pattern = PATTERN_OTHER_REPLY, .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP,
	  .remedy = "no option abortonclose", .source = "HAProxy configuration manual; measured with 2.6.12" },
	{ .system = "nghttpx", .pattern = PATTERN_NO_REPLY, .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP,
	  .remedy = "there is no setting", .source = "measured with 1.52.0" },
	{ .system = "squid", .setting = "half_closed_clients", .initial = "off", .pattern = PATTERN_NO_REPLY,
	  .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP, .remedy = "half_closed_clients on, but not in 5.7, where that aborts squid",
	  .source = "squid.conf documentation; measured with 5.7" },
	{ .system = "Node.js", .setting = "allowHalfOpen", .initial = "false", .pattern = PATTERN_NO_REPLY,
	  .sides = SIDE_CLIENT, .carrier = CARRIER_SERVICE, .remedy = "allowHalfOpen: true in net.createServer",
	  .source = "Node.js documentation of net" },
	{ .system = "Netty", .setting = "ALLOW_HALF_CLOSURE", .initial = "false", .pattern = PATTERN_NO_REPLY,
	  .sides = SIDE_CLIENT, .carrier = CARRIER_SERVICE,
	  .remedy = "childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), and handle ChannelInputShutdownEvent",
	  .source = "Netty ChannelOption" },
	{ .system = "squid", .setting = "half_closed_clients on", .initial = "off", .versions = "5.7",
	  .pattern = PATTERN_RESETS, .sides = SIDE_CLIENT, .carrier = CARRIER_HTTP,
	  .remedy = "half_closed_clients off, or another version", .source = "measured with 5.7, which it crashes" },
	{ .system = "Envoy tunnels over HTTP/2 and HTTP/3", .pattern = PATTERN_RESETS, .carrier = CARRIER_TCP,
	  .remedy = "there is no setting", .source = "envoy pull request 47378" },
};
const size_t known_boxes_count = sizeof(known_boxes) / sizeof(known_boxes[0]);

char
known_box_letter(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PRESERVED:
		return 'p';
	case VERDICT_FULL_CLOSE:
		return 'F';
	case VERDICT_LINGER_CUTOFF:
		return 'L';
	case VERDICT_SILENT_DISCARD:
		return 'D';
	case VERDICT_UPLOAD_TRUNCATED:
		return 'U';
	case VERDICT_RESET:
		return 'R';
	case VERDICT_ABORT_MASKED:
		return 'A';
	case VERDICT_CORRUPTED:
		return 'C';
	case VERDICT_FIN_LOST:
		return 'X';
	case VERDICT_FIN_DELAYED:
		return 'H';
	case VERDICT_EOF_LOST:
		return 'E';
	case VERDICT_STALLED:
		return 'S';
	case VERDICT_TRUNCATED:
		return 'T';
	case VERDICT_IDLE_EXPIRED_CLOSE:
		return 'I';
	case VERDICT_IDLE_EXPIRED_RESET:
	case VERDICT_IDLE_EXPIRED_BLACKHOLE:
		return 'i';
	default:
		return '?';
	}
}
