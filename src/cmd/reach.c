/* SPDX-License-Identifier: MIT
 *
 * A text option that was not given is "" there, and NULL here.
 */
#include "reach.h"

#include <stdio.h>
#include <string.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../transport/tls.h"

static const char *
given(const char *text)
{
	return *text != '\0' ? text : NULL;
}

/* The first line of the file, which nobody else needs to be able to read. */
static void
read_user(struct proxy *proxy, const char *name)
{
	FILE *file = fopen(name, "re");
	char line[2 * PROXY_USER_MAX + 2] = "", error[PARSE_ERROR_MAX];

	if (file == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot read the proxy's user and password from \"%s\"", name);
	if (fgets(line, sizeof(line), file) == NULL && ferror(file))
		log_fatal(STATUS_CANNOT_RUN, "cannot read the proxy's user and password from \"%s\"", name);
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	if (proxy_user_parse(line, proxy, error) == -1)
		log_fatalx(STATUS_USAGE, "invalid file \"%s\" for \"--proxy-user-file\": %s", name, error);
	explicit_bzero(line, sizeof(line));
}

static void
open_proxy(struct reach *reach, const struct options *options)
{
	char error[PARSE_ERROR_MAX];

	if (*options->proxy == '\0') {
		if (*options->proxy_user_file != '\0')
			log_fatalx(STATUS_USAGE, "--proxy-user-file requires --proxy");
		return;
	}
	if (proxy_url_parse(options->proxy, &reach->proxy, error) == -1) /* as it was checked */
		log_fatalx(STATUS_USAGE, "invalid proxy: %s", error);
	if (*options->proxy_user_file != '\0')
		read_user(&reach->proxy, options->proxy_user_file);
	proxy_url_name(&reach->proxy, reach->proxy_name);
	reach->target.proxy = &reach->proxy;
}

void
reach_open(struct reach *reach, const struct options *options, const char *address)
{
	if (options->ipv4 && options->ipv6)
		log_fatalx(STATUS_USAGE, "--ipv4 and --ipv6 are mutually exclusive");
	*reach = (struct reach){
		.target = { .address = address,
		            .bind = given(options->bind),
		            .congestion = given(options->congestion),
		            .family = options->ipv4   ? AF_INET
		                      : options->ipv6 ? AF_INET6
		                                      : AF_UNSPEC,
		            .timeout = options->connect_timeout,
		            .keepalive = options->keepalive,
		            .header = (enum proxy_header)options->proxy_protocol },
	};
	open_proxy(reach, options);
}

void
reach_open_tls(struct reach *reach, const struct options *options, bool wanted, const char *name,
               const struct tls *also, const char *protocol)
{
	const struct tls_trust trust = {
		.ca = given(options->tls_ca),
		.name = given(options->tls_server_name) != NULL ? options->tls_server_name : name,
		.protocol = protocol,
		.insecure = options->tls_insecure,
		.at_least_1_3 = options->tls_min != 0,
		.half_close = (enum tls_half_close)options->tls_half_close,
		.also = also,
	};
	char error[TLS_ERROR_MAX];

	if (!wanted && options->tls == TLS_OFF)
		return;
	reach->tls = tls_tester(&trust, error);
	if (reach->tls == NULL)
		log_fatalx(tls_built_in() ? STATUS_CANNOT_RUN : STATUS_USAGE, "%s", error);
	reach->target.tls = reach->tls;
}

void
reach_close(struct reach *reach)
{
	tls_free(reach->tls);
	reach->tls = NULL;
	reach->target.tls = NULL;
}
