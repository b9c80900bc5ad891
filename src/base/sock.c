/* SPDX-License-Identifier: MIT
 *
 * Resolve, listen, name. A name can have many addresses; listening takes the first
 * that can be bound.
 */
#include "sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "parse.h"

char *
sock_name(const union sock_address *address, char name[static SOCK_NAME_MAX])
{
	char host[INET6_ADDRSTRLEN], scope[16] = "";
	const struct in6_addr *in6 = &address->in6.sin6_addr;

	switch (address->sa.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof host);
		snprintf(name, SOCK_NAME_MAX, "%s:%u", host, ntohs(address->in.sin_port));
		break;
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(in6)) {
			inet_ntop(AF_INET, &in6->s6_addr[12], host, sizeof host);
			snprintf(name, SOCK_NAME_MAX, "%s:%u", host,
			         ntohs(address->in6.sin6_port));
			break;
		}
		inet_ntop(AF_INET6, in6, host, sizeof host);
		/* The scope as a number: its name would take a socket of its own, which
		 * a sandboxed child must not open (if_indextoname(3)). */
		if (address->in6.sin6_scope_id != 0)
			snprintf(scope, sizeof scope, "%%%u", address->in6.sin6_scope_id);
		snprintf(name, SOCK_NAME_MAX, "[%s%s]:%u", host, scope,
		         ntohs(address->in6.sin6_port));
		break;
	default:
		snprintf(name, SOCK_NAME_MAX, "?");
	}
	return name;
}

char *
sock_source(const union sock_address *address, char source[static SOCK_SOURCE_MAX])
{
	struct in6_addr in6 = address->in6.sin6_addr;
	char host[INET6_ADDRSTRLEN], scope[16] = "";

	if (address->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->in.sin_addr, source, SOCK_SOURCE_MAX);
	} else if (address->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6)) {
		inet_ntop(AF_INET, &in6.s6_addr[12], source, SOCK_SOURCE_MAX);
	} else if (address->sa.sa_family == AF_INET6) {
		memset(&in6.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &in6, host, sizeof host);
		if (address->in6.sin6_scope_id != 0)
			snprintf(scope, sizeof scope, "%%%u", address->in6.sin6_scope_id);
		snprintf(source, SOCK_SOURCE_MAX, "%s%s/64", host, scope);
	} else {
		snprintf(source, SOCK_SOURCE_MAX, "?");
	}
	return source;
}

uint64_t
sock_source_number(const union sock_address *address)
{
	const struct sockaddr_in6 *in6 = &address->in6;
	/* The first half of no IPv6 address that anybody has: it would be multicast. */
	const uint64_t ipv4 = UINT64_C(0xffffffff) << 32;
	uint64_t number = 0;
	uint32_t host;

	if (address->sa.sa_family == AF_INET)
		return ipv4 | ntohl(address->in.sin_addr.s_addr);
	if (address->sa.sa_family != AF_INET6)
		return ipv4 << 8; /* nor is that one */
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(&host, &in6->sin6_addr.s6_addr[12], sizeof(host));
		return ipv4 | ntohl(host);
	}
	for (int i = 0; i < 8; i++)
		number = number << 8 | in6->sin6_addr.s6_addr[i];
	/* Only link-local addresses have a scope, and there these bits are 0. */
	return number ^ in6->sin6_scope_id;
}

char *
sock_local_name(int fd, char name[static SOCK_NAME_MAX])
{
	union sock_address address = { .sa.sa_family = AF_UNSPEC };
	socklen_t length = sizeof address;

	if (getsockname(fd, &address.sa, &length) != 0)
		address.sa.sa_family = AF_UNSPEC;
	return sock_name(&address, name);
}

char *
sock_peer_name(int fd, char name[static SOCK_NAME_MAX])
{
	union sock_address address = { .sa.sa_family = AF_UNSPEC };
	socklen_t length = sizeof address;

	if (getpeername(fd, &address.sa, &length) != 0)
		address.sa.sa_family = AF_UNSPEC;
	return sock_name(&address, name);
}

int
sock_resolve(const char *host, const char *port, int family, int flags, struct addrinfo **list,
        const char **why)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = flags,
	};
	struct in_addr ignored;
	int rc;

	if (host != NULL && host[0] == '\0')
		host = NULL;
	/* Each libc has words of its own for this. */
	if (family == AF_INET && host != NULL && strchr(host, ':') != NULL) {
		*why = "an IPv6 address where only IPv4 will do";
		return -1;
	}
	if (family == AF_INET6 && host != NULL && inet_pton(AF_INET, host, &ignored) == 1) {
		*why = "an IPv4 address where only IPv6 will do";
		return -1;
	}
	rc = getaddrinfo(host, host == NULL && port == NULL ? "0" : port, &hints, list);
	if (rc == 0)
		return 0;
	*why = rc == EAI_SYSTEM    ? strerror(errno)
	       : rc == EAI_SERVICE ? "no such service or port"
	                           : gai_strerror(rc);
	return -1;
}

union sock_address
sock_address_of(const struct addrinfo *entry)
{
	union sock_address address = { .sa.sa_family = AF_UNSPEC };

	if (entry->ai_addrlen <= sizeof address)
		memcpy(&address, entry->ai_addr, entry->ai_addrlen);
	return address;
}

/* close(2) that keeps errno; always -1. */
static int
close_failed(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

static int
listen_on(const struct addrinfo *entry, int backlog)
{
	const union sock_address address = sock_address_of(entry);
	const int on = 1;
	int fd = socket(entry->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	/* SO_REUSEADDR: a restarted server does not wait for its old connections in
	 * TIME_WAIT. Whether IPv4 comes in through the IPv6 wildcard is said for
	 * each socket, because the system's default can be either (ipv6(7)). */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		return close_failed(fd);
	if (entry->ai_family == AF_INET6) {
		const int only = !IN6_IS_ADDR_UNSPECIFIED(&address.in6.sin6_addr);

		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0)
			return close_failed(fd);
	}
	if (bind(fd, entry->ai_addr, entry->ai_addrlen) != 0 || listen(fd, backlog) != 0)
		return close_failed(fd);
	return fd;
}

/* Listens on the first of ADDRESS's addresses of FAMILY that can be bound. */
static int
listen_family(const char *text, const struct address *address, int family, int backlog,
              char error[static SOCK_ERROR_MAX])
{
	struct addrinfo *list;
	const char *why;
	int fd = -1;

	if (sock_resolve(address->host, address->port, family, AI_PASSIVE, &list, &why) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot listen on %s: %s", text, why);
		return -1;
	}
	for (const struct addrinfo *entry = list; entry != NULL && fd < 0; entry = entry->ai_next) {
		fd = listen_on(entry, backlog);
		if (fd < 0)
			snprintf(error, SOCK_ERROR_MAX, "cannot listen on %s: %s", text,
			         strerror(errno));
	}
	freeaddrinfo(list);
	return fd;
}

int
sock_listen(const char *text, int family, int backlog, char error[static SOCK_ERROR_MAX])
{
	char problem[PARSE_ERROR_MAX];
	struct address address;
	int fd = -1;

	if (parse_address(text, &address, problem) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot listen on %s: %s", text, problem);
		return -1;
	}
	/* `:4000` means everybody: the IPv6 wildcard takes IPv4 as well, but
	 * getaddrinfo(3) may name it last. */
	if (address.host[0] == '\0' && family == AF_UNSPEC)
		fd = listen_family(text, &address, AF_INET6, backlog, error);
	if (fd < 0)
		fd = listen_family(text, &address, family, backlog, error);
	return fd;
}

int
sock_set_keepalive(int fd, int64_t interval)
{
	const int on = 1;
	int64_t seconds = interval / NSEC_PER_SEC + (interval % NSEC_PER_SEC != 0);
	int value = seconds < INT32_MAX ? (int)seconds : INT32_MAX; /* the kernel refuses > 32767 */

	if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &value, sizeof value) != 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int
sock_set_congestion(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name));
}

int
sock_abort_on_close(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

int
sock_finish_on_close(int fd)
{
	const struct linger off = { .l_onoff = 0 };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
}

int
sock_set_optional(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof value) == 0)
		return 0;
	if (errno != ENOPROTOOPT && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)
		return -1;
	log_debug("the kernel does not have %s: %s", name, strerror(errno));
	return 1;
}

int
sock_set_nodelay(int fd)
{
	return sock_set_optional(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
}

int
sock_cork(int fd)
{
	return sock_set_optional(fd, IPPROTO_TCP, TCP_CORK, 1, "TCP_CORK");
}
