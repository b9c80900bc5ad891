/* SPDX-License-Identifier: MIT
 *
 * The words, and what several judges say alike. Who judges: one.c a single view,
 * both.c two of them, idle.c connections that nobody half-closed.
 */
#include "verdict.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/names.h"
#include "../exchange/plan.h"
#include "finding.h"

static const struct {
	const char *name, *meaning;
	int status;
	bool expiry, tells_when;
} rows[VERDICTS] = {
#define VERDICT(id, name, status, expiry, tells_when, meaning) \
	{ name, meaning, status, expiry, tells_when },
#include "verdicts.def"
#undef VERDICT
};

const char *
verdict_name(enum verdict verdict)
{
	return (unsigned)verdict < VERDICTS ? rows[verdict].name : NULL;
}

enum verdict
verdict_by_name(const char *name)
{
	unsigned i;

	for (i = 0; i < VERDICTS; i++)
		if (strcmp(rows[i].name, name) == 0)
			break;
	return (enum verdict)i;
}

int
verdict_status(enum verdict verdict)
{
	return rows[verdict].status;
}

const char *
verdict_meaning(enum verdict verdict)
{
	return rows[verdict].meaning;
}

bool
verdict_is_expiry(enum verdict verdict)
{
	return rows[verdict].expiry;
}

bool
verdict_tells_when(enum verdict verdict)
{
	return rows[verdict].tells_when;
}

static int
severity(enum verdict verdict)
{
	switch (verdict_status(verdict)) {
	case STATUS_OK:
		return verdict == VERDICT_PRESERVED ? 0 : 1;
	case STATUS_INCONCLUSIVE:
		return 2;
	default:
		return 3;
	}
}

enum verdict
verdict_worse(enum verdict a, enum verdict b)
{
	return severity(b) > severity(a) ? b : a;
}

struct finding
finding(enum verdict verdict, int64_t after, const char *format, ...)
{
	struct finding found = { .verdict = verdict, .after = after };
	va_list args;

	va_start(args, format);
	vsnprintf(found.reason, sizeof(found.reason), format, args);
	va_end(args);
	return found;
}

/* 0 never gets here. */
const char *
finding_error_name(int error)
{
	const char *name = errno_name(error);

	return name != NULL ? name : "an unknown error";
}

bool
finding_could_not_test(const struct observation *seen, const char *where, struct finding *found)
{
	if (evidence_saw(seen, EVENT_SOURCE_ERROR)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "a file failed %s (%s), so nothing was tested", where,
		                 finding_error_name(seen->error));
		return true;
	}
	/* Memory that is short here is no word of the path either (sendfile(2), tcp(7)). */
	if (evidence_saw(seen, EVENT_ERROR) && (seen->error == ENOMEM || seen->error == ENOBUFS)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "the socket failed %s for lack of memory (%s) after %s",
		                 where, finding_error_name(seen->error),
		                 SPAN(evidence_at_or_end(seen, EVENT_ERROR)));
		return true;
	}
	if (evidence_saw(seen, EVENT_INTERRUPTED)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "interrupted %s after %s", where,
		                 SPAN(evidence_at_or_end(seen, EVENT_INTERRUPTED)));
		return true;
	}
	return false;
}

/* "3 bytes altered, 1024 missing" of what a view counted. Returns TEXT. */
static const char *
differences(const struct observation *seen, char *text, size_t size)
{
	const struct {
		int64_t bytes;
		const char *what;
	} kinds[] = {
		{ seen->bytes_altered, "altered" },
		{ seen->bytes_missing, "missing" },
		{ seen->bytes_repeated, "repeated" },
		{ seen->bytes_inserted, "inserted" },
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && used < size; i++)
		if (kinds[i].bytes > 0)
			used += (size_t)snprintf(text + used, size - used, "%s%jd %s%s", used > 0 ? ", " : "",
			                         (intmax_t)kinds[i].bytes,
			                         used > 0             ? ""
			                         : kinds[i].bytes > 1 ? "bytes "
			                                              : "byte ",
			                         kinds[i].what);
	return text;
}

bool
finding_corrupted(const struct observation *seen, const char *where, struct finding *found)
{
	intmax_t bad = seen->first_bad_offset, places = seen->differences;
	char kinds[128];

	if (evidence_saw(seen, EVENT_ERROR) && seen->error == EBADMSG) {
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "what came %s after %jd bytes is not what TLS sent there (%s): bytes were altered, "
		                 "dropped, repeated or inserted below it",
		                 where, (intmax_t)seen->bytes_received, finding_error_name(seen->error));
		return true;
	}
	if (bad < 0)
		return false;
	if (seen->expected_byte < 0)
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "more bytes arrived %s than were sent: the stream ends at offset %jd, got "
		                 "0x%02x there",
		                 where, bad, (unsigned)seen->got_byte);
	else if (seen->line_ends > 0 && seen->line_ends >= places - places / 10)
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "line ends were rewritten (%s) at %jd places, the first at offset %jd %s",
		                 seen->bytes_missing > seen->bytes_inserted ? "CRLF to LF" : "LF to CRLF", places, bad,
		                 where);
	else if (seen->bytes_repeated > 0)
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "%s at offset %jd %s: the %jd bytes from offset %jd on came again, %jd bytes too "
		                 "many in all",
		                 differences(seen, kinds, sizeof(kinds)), bad, where,
		                 (intmax_t)seen->repeated_length, (intmax_t)seen->repeated_from,
		                 (intmax_t)seen->bytes_repeated);
	else if (places > 0)
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "%s at %jd place%s, the first at offset %jd %s: expected 0x%02x, got 0x%02x",
		                 differences(seen, kinds, sizeof(kinds)), places, places > 1 ? "s" : "", bad, where,
		                 (unsigned)seen->expected_byte, (unsigned)seen->got_byte);
	else
		*found = finding(VERDICT_CORRUPTED, -1, "byte at offset %jd differs %s: expected 0x%02x, got 0x%02x",
		                 bad, where, (unsigned)seen->expected_byte, (unsigned)seen->got_byte);
	return true;
}

struct finding
finding_never_half_closed(const struct observation *seen, const char *where)
{
	if (evidence_broken(seen) != NULL)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the connection failed %s with %s before the half-close, after %jd bytes", where,
		               finding_error_name(seen->error), (intmax_t)seen->bytes_received);
	if (evidence_saw(seen, EVENT_EOF))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream ended %s after %jd bytes, before the half-close: nothing was tested",
		               where, (intmax_t)seen->bytes_received);
	return finding(VERDICT_INCONCLUSIVE, -1,
	               "time ran out %s after %s, before the half-close: nothing was tested", where,
	               SPAN(evidence_at_or_end(seen, EVENT_CLOSED)));
}
