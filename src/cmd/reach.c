/* SPDX-License-Identifier: MIT
 *
 * A text option that was not given is "" there, and NULL here.
 */
#include "reach.h"

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"

static const char *
given(const char *text)
{
	return *text != '\0' ? text : NULL;
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
		            .keepalive = options->keepalive },
	};
}
