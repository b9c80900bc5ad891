/* SPDX-License-Identifier: MIT
 *
 * The table of timers, and how a measured time compares with it and with the
 * standards. Only values that are documented, or were measured, are in it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/parse.h"
#include "known_timers.h"

#define MILLISECONDS(n) ((n) * NSEC_PER_MSEC)
#define SECONDS(n) ((n) * NSEC_PER_SEC)
#define MINUTES(n) (INT64_C(60) * SECONDS(n))
#define HOURS(n) (INT64_C(60) * MINUTES(n))

/* Shortest first; of those that fit equally well the first is reported first.
 * Left out: HAProxy's own defaults (its timeouts are unset), and proxies that
 * close at once instead of after a time. */
const struct known_timer known_timers[] = {
	{ "Traefik TCP", "terminationDelay", MILLISECONDS(100), TIMER_HALF_CLOSED,
	  "Traefik ServersTransport (TCP) reference; traefik issue 5366" },
	{ "socat", "-t", MILLISECONDS(500), TIMER_HALF_CLOSED,
	  "socat(1); measured with 1.7.4.4" },
	{ "Calico eBPF with DSR", "TCPFinsSeen", SECONDS(30), TIMER_HALF_CLOSED,
	  "calico issues 9607 and 13956" },
	{ "HAProxy as Debian configures it", "timeout client, timeout server", SECONDS(50), TIMER_BOTH,
	  "/etc/haproxy/haproxy.cfg of Debian 12" },
	{ "Linux conntrack", "nf_conntrack_tcp_timeout_close_wait", SECONDS(60), TIMER_HALF_CLOSED,
	  "Linux nf_conntrack-sysctl; measured with Linux 6.18" },
	{ "Istio sidecar", "nf_conntrack_tcp_timeout_close_wait", SECONDS(60), TIMER_HALF_CLOSED,
	  "istio issue 43297" },
	{ "Linux conntrack", "nf_conntrack_tcp_timeout_fin_wait", SECONDS(120), TIMER_HALF_CLOSED,
	  "Linux nf_conntrack-sysctl; holds until the FIN is acknowledged" },
	{ "Linux IPVS", "tcpfin", SECONDS(120), TIMER_HALF_CLOSED,
	  "ipvsadm(8) --set; kubernetes issue 81308" },
	{ "FortiGate", "tcp-halfclose-timer", SECONDS(120), TIMER_HALF_CLOSED,
	  "Fortinet technical tip: FortiGate timer for TCP half-close sessions" },
	{ "Palo Alto PAN-OS", "timeout-tcp-half-closed", SECONDS(120), TIMER_HALF_CLOSED,
	  "PAN-OS show session info" },
	{ "Juniper SRX", "time-wait-state apply-to-half-close-state", SECONDS(150), TIMER_HALF_CLOSED,
	  "Junos CLI reference; only where that statement is set" },
	{ "Azure Load Balancer", "idle timeout", MINUTES(4), TIMER_BOTH,
	  "Azure documentation: load-balancer-tcp-reset" },
	{ "Azure NAT gateway", "TCP idle timeout", MINUTES(4), TIMER_BOTH,
	  "Azure documentation: nat-gateway-resource" },
	{ "AWS Network Load Balancer", "tcp.idle_timeout.seconds", SECONDS(350), TIMER_BOTH,
	  "Elastic Load Balancing: update the TCP idle timeout" },
	{ "AWS NAT gateway", "idle timeout", SECONDS(350), TIMER_ESTABLISHED,
	  "Amazon VPC: troubleshoot NAT gateways" },
	{ "nginx stream", "proxy_timeout", MINUTES(10), TIMER_BOTH,
	  "nginx.org ngx_stream_proxy_module; half-closed only with proxy_half_close on" },
	{ "Cisco ASA", "timeout half-closed", MINUTES(10), TIMER_HALF_CLOSED,
	  "Cisco ASA firewall CLI configuration guide: connection settings" },
	{ "pf", "tcp.closing", SECONDS(900), TIMER_HALF_CLOSED,
	  "FreeBSD pf.h" },
	{ "Linux IPVS", "tcp", SECONDS(900), TIMER_ESTABLISHED,
	  "ipvsadm(8) --set; kubernetes issue 81308" },
	{ "Google Cloud NAT", "TCP established connection idle timeout", SECONDS(1200),
	  TIMER_ESTABLISHED, "Cloud NAT documentation: tune NAT configuration" },
	{ "Juniper SRX", "TCP session timeout", MINUTES(30), TIMER_ESTABLISHED,
	  "Junos CLI reference: rst-invalidate-session" },
	{ "kube-proxy", "conntrack-tcp-timeout-close-wait", HOURS(1), TIMER_HALF_CLOSED,
	  "kube-proxy reference; kubernetes issue 32551" },
	{ "Envoy tcp_proxy", "idle_timeout", HOURS(1), TIMER_BOTH,
	  "Envoy tcp_proxy.proto; envoy issue 41086" },
	{ "Calico eBPF", "TCPEstablished", HOURS(1), TIMER_BOTH,
	  "calico issue 9607" },
	{ "FortiGate", "session-ttl", HOURS(1), TIMER_ESTABLISHED,
	  "Fortinet technical tip: default session timeout value" },
	{ "Cisco ASA", "timeout conn", HOURS(1), TIMER_ESTABLISHED,
	  "Cisco ASA firewall CLI configuration guide: connection settings" },
	{ "passt", "ACT_TIMEOUT", SECONDS(7200), TIMER_BOTH,
	  "passt tcp.c" },
	{ "Jool", "tcp-est-timeout", SECONDS(7440), TIMER_BOTH,
	  "Jool source, after RFC 6146 section 3.5.2.2" },
	{ "kube-proxy", "conntrack-tcp-timeout-established", HOURS(24), TIMER_ESTABLISHED,
	  "kube-proxy reference" },
	{ "Linux conntrack", "nf_conntrack_tcp_timeout_established", HOURS(120), TIMER_ESTABLISHED,
	  "Linux nf_conntrack-sysctl" },
};
const size_t known_timers_count = sizeof(known_timers) / sizeof(known_timers[0]);

int64_t
known_timer_initial(const struct known_timer *timer, double scale)
{
	return (int64_t)((double)timer->initial * scale);
}

/* How far TIMER is from TIME. */
static int64_t
distance(const struct known_timer *timer, double scale, int64_t time)
{
	return llabs(known_timer_initial(timer, scale) - time);
}

size_t
known_timers_near(int64_t lived, int64_t died, enum timer_state state, double scale,
                  const struct known_timer **found, size_t capacity)
{
	int64_t middle = lived + (died - lived) / 2;
	size_t count = 0;

	if (died < 0)
		return 0;
	for (size_t i = 0; i < known_timers_count; i++) {
		const struct known_timer *timer = &known_timers[i];
		int64_t initial = known_timer_initial(timer, scale);
		size_t place = count;

		if ((timer->state & state) == 0 || initial < lived - lived / 10 ||
		    initial - died > died / 10)
			continue;
		/* Insert it behind those that are as near or nearer; the last one falls out. */
		while (place > 0 &&
		       distance(found[place - 1], scale, middle) > distance(timer, scale, middle))
			place--;
		if (place == capacity)
			continue;
		if (count < capacity)
			count++;
		for (size_t j = count - 1; j > place; j--)
			found[j] = found[j - 1];
		found[place] = timer;
	}
	return count;
}

/* What a measured time says about a lower bound. */
enum standing { MEETS, BREAKS, OPEN };

static enum standing
stand(int64_t bound, int64_t lived, int64_t died)
{
	if (lived >= bound)
		return MEETS;
	return died >= 0 && died < bound ? BREAKS : OPEN;
}

/* RFC 5382 REQ-5: the established connection idle-timeout MUST NOT be less than
 * 2 hours 4 minutes, the transitory one not less than 4 minutes. RFC 6146
 * section 3.5.2.2: a NAT64 that saw one FIN alone (V4 FIN RCV, V6 FIN RCV) keeps
 * the established one; only both FINs lead to the transitory one. */
void
known_timers_grade(int64_t lived, int64_t died, enum timer_state state,
                   char text[static GRADE_MAX])
{
#define REQ5 "RFC 5382 REQ-5 (at least 4m0s)"
#define REQ5_ESTABLISHED "RFC 5382 REQ-5 (at least 2h4m0s)"
#define NAT64 "RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)"
	/* By what the transitory bound says, then the established one: what is decided,
	 * and what is not. What breaks 4 minutes breaks 2 hours, so a cell without text
	 * is never read. */
	static const struct {
		const char *decided, *undecided;
	} half_closed[][3] = {
		{ { "meets " REQ5 " and " NAT64, "" },
		  { "meets " REQ5 ", but violates " NAT64, "" },
		  { "meets " REQ5 "; ", NAT64 } },
		{ { "", "" }, { "violates " REQ5 " and " NAT64, "" }, { "", "" } },
		{ { "", "" }, { "violates " NAT64 "; ", REQ5 }, { "", REQ5 " or " NAT64 } },
	}, alive[] = {
		{ "meets " REQ5_ESTABLISHED, "" },
		{ "violates " REQ5_ESTABLISHED, "" },
		{ "", REQ5_ESTABLISHED },
	}, *row;
	enum standing established = stand(TIMER_REQ5_ESTABLISHED, lived, died);
	enum standing transitory = stand(TIMER_REQ5_TRANSITORY, lived, died);
	char lived_text[PARSE_TEXT_MAX], died_text[PARSE_TEXT_MAX];
	const char *undecided = died < 0 ? "not tested long enough to judge "
	                                 : "not tested precisely enough to judge ";

	row = state == TIMER_ESTABLISHED ? &alive[established] : &half_closed[transitory][established];
	format_duration(lived, lived_text);
	if (died >= 0)
		format_duration(died, died_text);
	snprintf(text, GRADE_MAX, "%s %s%s%s: %s%s%s", died < 0 ? "survived" : "survives at least",
	         lived_text, died < 0 ? "" : ", fails before ", died < 0 ? "" : died_text,
	         row->decided, row->undecided[0] != '\0' ? undecided : "", row->undecided);
}
