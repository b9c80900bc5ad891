/* SPDX-License-Identifier: MIT
 *
 * Reads /proc/sys, uname(2), os-release(5) and ethtool's ioctl. Nothing here needs root,
 * and nothing that is missing is an error.
 */
#include "environment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <json-c/json.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "../base/parse.h"
#include "../base/span.h"
#include "render.h"

/* Below /proc/sys/net. */
static const char *const tcp_settings[] = {
	"ipv4/tcp_fin_timeout",
	"ipv4/tcp_keepalive_time",
	"ipv4/tcp_keepalive_intvl",
	"ipv4/tcp_keepalive_probes",
	"ipv4/tcp_syn_retries",
	"ipv4/tcp_synack_retries",
	"ipv4/tcp_retries1",
	"ipv4/tcp_retries2",
	"ipv4/tcp_orphan_retries",
	"ipv4/tcp_max_orphans",
	"ipv4/tcp_max_tw_buckets",
	"ipv4/tcp_tw_reuse",
	"ipv4/tcp_abort_on_overflow",
	"ipv4/tcp_congestion_control",
	"ipv4/tcp_available_congestion_control",
	"ipv4/tcp_window_scaling",
	"ipv4/tcp_timestamps",
	"ipv4/tcp_sack",
	"ipv4/tcp_ecn",
	"ipv4/tcp_fastopen",
	"ipv4/tcp_mtu_probing",
	"ipv4/tcp_rmem",
	"ipv4/tcp_wmem",
	"ipv4/ip_local_port_range",
	"core/rmem_max",
	"core/wmem_max",
	"core/somaxconn",
	"core/default_qdisc",
};

static const char *const conntrack_settings[] = {
	"netfilter/nf_conntrack_count",
	"netfilter/nf_conntrack_max",
	"netfilter/nf_conntrack_tcp_be_liberal",
	"netfilter/nf_conntrack_tcp_loose",
	"netfilter/nf_conntrack_tcp_timeout_syn_sent",
	"netfilter/nf_conntrack_tcp_timeout_syn_recv",
	"netfilter/nf_conntrack_tcp_timeout_established",
	"netfilter/nf_conntrack_tcp_timeout_fin_wait",
	"netfilter/nf_conntrack_tcp_timeout_close_wait",
	"netfilter/nf_conntrack_tcp_timeout_last_ack",
	"netfilter/nf_conntrack_tcp_timeout_time_wait",
	"netfilter/nf_conntrack_tcp_timeout_close",
	"netfilter/nf_conntrack_tcp_timeout_max_retrans",
	"netfilter/nf_conntrack_tcp_timeout_unacknowledged",
};

static void
put_line(FILE *out, const char *name, const char *value)
{
	char clean[TEXT_MAX];

	fprintf(out, "%s: %s\n", name, text_clean(value, true, clean, sizeof(clean)));
}

static void
put_settings(FILE *out, const char *heading, const char *const *names, size_t count)
{
	fprintf(out, "\n%s\n", heading);
	for (size_t i = 0; i < count; i++) {
		char path[128], value[256], name[128];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/sys/net/%s", names[i]);
		snprintf(name, sizeof(name), "net.%s", names[i]);
		for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
			*slash = '.';
		errno = 0;
		file = fopen(path, "re");
		if (file == NULL || fgets(value, sizeof(value), file) == NULL)
			snprintf(value, sizeof(value), "not known (%s)", errno != 0 ? strerror(errno) : "empty");
		value[strcspn(value, "\n")] = '\0';
		if (file != NULL)
			fclose(file);
		put_line(out, name, value);
	}
}

/* PRETTY_NAME of os-release(5), without its quotes. */
static void
put_distribution(FILE *out)
{
	char line[256] = "";
	bool found = false;
	FILE *file = fopen("/etc/os-release", "re");

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = strncmp(line, "PRETTY_NAME=", 12) == 0;
	if (file != NULL)
		fclose(file);
	if (!found) {
		put_line(out, "distribution", "not known");
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	for (char *quote = line + 12; (quote = strchr(quote, '"')) != NULL;)
		memmove(quote, quote + 1, strlen(quote));
	put_line(out, "distribution", line + 12);
}

static void
put_system(FILE *out)
{
	struct utsname name;
	char text[TEXT_MAX];

	if (uname(&name) == 0) {
		snprintf(text, sizeof(text), "%s %s %s %s", name.sysname, name.release, name.version, name.machine);
		put_line(out, "kernel", text);
		put_line(out, "host", name.nodename);
	}
	put_distribution(out);
#ifdef __GLIBC__
	snprintf(text, sizeof(text), "glibc %s", gnu_get_libc_version());
	put_line(out, "C library", text);
#else
	put_line(out, "C library", "not glibc");
#endif
	put_line(out, "json-c", json_c_version());
}

/* Offloads. ---------------------------------------------------------------------------- */

static void
put_offloads(FILE *out, const char *interface)
{
	static const struct {
		const char *name;
		uint32_t command, bit; /* bit 0: the whole value */
	} offloads[] = {
		{"rx-checksumming", ETHTOOL_GRXCSUM, 0},
		{"tx-checksumming", ETHTOOL_GTXCSUM, 0},
		{"scatter-gather", ETHTOOL_GSG, 0},
		{"tcp-segmentation-offload", ETHTOOL_GTSO, 0},
		{"generic-segmentation-offload", ETHTOOL_GGSO, 0},
		{"generic-receive-offload", ETHTOOL_GGRO, 0},
		{"large-receive-offload", ETHTOOL_GFLAGS, ETH_FLAG_LRO},
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = ""};
	char text[64];

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (fd != -1 && ioctl(fd, SIOCGIFMTU, &request) == 0) {
		snprintf(text, sizeof(text), "%d", request.ifr_mtu);
		put_line(out, "mtu", text);
	}
	for (size_t i = 0; i < sizeof(offloads) / sizeof(*offloads); i++) {
		struct ethtool_value value = {.cmd = offloads[i].command};

		request.ifr_data = (void *)&value;
		if (fd == -1 || ioctl(fd, SIOCETHTOOL, &request) == -1)
			snprintf(text, sizeof(text), "not known (%s)", strerror(errno));
		else
			snprintf(text, sizeof(text), "%s",
			         (offloads[i].bit != 0 ? value.data & offloads[i].bit : value.data) != 0 ? "on" : "off");
		put_line(out, offloads[i].name, text);
	}
	if (fd != -1)
		close(fd);
}

static bool
is_address(const struct sockaddr *address, const char *host)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes;

	if (address == NULL || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
		return false;
	bytes = address->sa_family == AF_INET
	                ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
	                : (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return inet_ntop(address->sa_family, bytes, text, sizeof(text)) != NULL && strcmp(text, host) == 0;
}

static void
put_interface(FILE *out, const char *client)
{
	char error[PARSE_ERROR_MAX];
	struct address parts;
	struct ifaddrs *list = NULL, *entry = NULL;

	fprintf(out, "\nInterface of the client\n");
	if (client != NULL && parse_address(client, &parts, error) == 0 && getifaddrs(&list) == 0) {
		parts.host[strcspn(parts.host, "%")] = '\0';
		/* All of 127.0.0.0/8 is on the loopback interface, without being its address. */
		for (entry = list; entry != NULL && !is_address(entry->ifa_addr, parts.host) &&
		                   !((entry->ifa_flags & IFF_LOOPBACK) != 0 && strncmp(parts.host, "127.", 4) == 0);)
			entry = entry->ifa_next;
	}
	if (entry == NULL) {
		put_line(out, "interface", "not known");
	} else {
		put_line(out, "interface", entry->ifa_name);
		put_offloads(out, entry->ifa_name);
	}
	freeifaddrs(list);
}

char *
environment_text(const struct report *report)
{
	char *text = NULL, date[DATE_MAX];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, "%s %s\n", render_tool, render_version);
	put_line(out, "command", report->invocation != NULL ? report->invocation : "not known");
	put_line(out, "started", date_rfc3339(report->started, date));
	put_system(out);
	put_settings(out, "TCP", tcp_settings, sizeof(tcp_settings) / sizeof(*tcp_settings));
	put_settings(out, "Conntrack", conntrack_settings,
	             sizeof(conntrack_settings) / sizeof(*conntrack_settings));
	put_interface(out, report->client);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
