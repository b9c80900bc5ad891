/* SPDX-License-Identifier: MIT
 *
 * A report without addresses and names, before any format sees it: none has to know of
 * that.
 */
#include <string.h>

#include "../base/redact.h"
#include "report.h"

/* FOREIGN: it came from the other end, and its words are not ours. */
static void
redact_view(struct redact *redact, struct observation *seen, bool foreign)
{
	static const char *const roles[] = {"client", "server", "responder"};
	bool known = !foreign;

	redact_array(redact, seen->local, sizeof(seen->local), foreign);
	redact_array(redact, seen->peer, sizeof(seen->peer), foreign);
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		known = known || strcmp(seen->role, roles[i]) == 0;
	if (!known)
		snprintf(seen->role, sizeof(seen->role), "redacted");
}

static void
redact_row(struct redact *redact, struct report_row *row)
{
	/* A responder's refusal and a service's status line are in the reason. */
	redact_array(redact, row->finding.reason, sizeof(row->finding.reason), true);
	redact_view(redact, &row->local, false);
	redact_view(redact, &row->remote, true);
	row->reply = redact_text(redact, row->reply, true);
	/* Anything may stand there. */
	row->head = NULL;
	row->head_length = 0;
}

void
report_redact(struct redact *redact, struct report *report)
{
	report->client = redact_text(redact, report->client, false);
	report->proxy = redact_text(redact, report->proxy, false);
	report->via = redact_text(redact, report->via, false);
	report->server = redact_text(redact, report->server, false);
	for (size_t i = 0; i < report->row_count; i++)
		redact_row(redact, &report->rows[i]);
	if (report->probe != NULL)
		redact_array(redact, report->probe->reason, sizeof(report->probe->reason), true);
	if (report->ask != NULL) {
		report->ask->summary = redact_text(redact, report->ask->summary, true);
		report->ask->reproduce = redact_text(redact, report->ask->reproduce, false);
	}
	/* Last: a name may be known from the reasons alone. */
	report->invocation = redact_text(redact, report->invocation, false);
}
