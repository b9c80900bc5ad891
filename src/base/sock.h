/* SPDX-License-Identifier: MIT
 *
 * Addresses and sockets: resolve, listen, name, options. Nothing here connects,
 * sends, receives or shuts down; transport/ does that.
 */
#ifndef BASE_SOCK_H
#define BASE_SOCK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Room for "[v6%scope]:port" or for "host:port" as a person wrote it. */
#define SOCK_NAME_MAX 336
#define SOCK_ERROR_MAX 768

union sock_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

/* "192.0.2.1:4000" or "[2001:db8::1]:4000"; an IPv4-mapped IPv6 address is
 * written as IPv4. Returns NAME. */
char *sock_name(const union sock_address *address, char name[static SOCK_NAME_MAX]);

/* The two ends of a connected or listening socket, "?" where unknown. */
char *sock_local_name(int fd, char name[static SOCK_NAME_MAX]);
char *sock_peer_name(int fd, char name[static SOCK_NAME_MAX]);

/* A non-blocking, close-on-exec listening socket on the first address of
 * ADDRESS that can be bound. An IPv6 wildcard also takes IPv4. FAMILY is
 * AF_UNSPEC, AF_INET or AF_INET6. Returns the descriptor, or -1 with one line
 * in ERROR. */
int sock_listen(const char *address, int family, int backlog, char error[static SOCK_ERROR_MAX]);

/* Who ADDRESS is counted as: an IPv4 address, or the /64 of an IPv6 address, from
 * which one host can choose at will (RFC 4291 section 2.5.1): "192.0.2.1",
 * "2001:db8::/64". Returns SOURCE. */
#define SOCK_SOURCE_MAX 64
char *sock_source(const union sock_address *address, char source[static SOCK_SOURCE_MAX]);
/* The same as a number: equal for equal sources, and for no others that hosts have. */
uint64_t sock_source_number(const union sock_address *address);

/* The addresses of HOST ("" or NULL: the wildcard with AI_PASSIVE in FLAGS,
 * loopback without) and PORT (NULL: 0), for freeaddrinfo(3). Returns 0, or -1 with
 * the reason in *WHY. Without AI_ADDRCONFIG: loopback must work where it is the only
 * address. */
struct addrinfo;
int sock_resolve(const char *host, const char *port, int family, int flags, struct addrinfo **list,
                 const char **why);
union sock_address sock_address_of(const struct addrinfo *entry);

/* Probes after INTERVAL ns of idle time and every INTERVAL ns from then on;
 * whole seconds are what the kernel takes, so it is rounded up (tcp(7)).
 * Returns 0, or -1 with errno. */
int sock_set_keepalive(int fd, int64_t interval);

/* Congestion control by name (tcp(7), TCP_CONGESTION). 0, or -1 with errno. */
int sock_set_congestion(int fd, const char *name);

/* Sets an option that the program can do without. 0; 1 where the kernel does not
 * have it (ENOPROTOOPT, EOPNOTSUPP, EINVAL, ENOSYS), which is logged with its NAME at
 * debug; or -1 with errno. */
int sock_set_optional(int fd, int level, int option, int value, const char *name);

/* Each small write leaves at once as a segment of its own (TCP_NODELAY). On a
 * listening socket it holds for all that it accepts. As sock_set_optional. */
int sock_set_nodelay(int fd);

/* Holds back the last, partial segment, so that the FIN rides on it (TCP_CORK).
 * As sock_set_optional. */
int sock_cork(int fd);

/* Makes the next close(2) of FD send RST instead of FIN (SO_LINGER of zero,
 * RFC 9293 section 3.10.5, ABORT). 0, or -1 with errno. */
int sock_abort_on_close(int fd);

/* Takes that back. 0, or -1 with errno. */
int sock_finish_on_close(int fd);

#endif
