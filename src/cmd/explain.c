/* SPDX-License-Identifier: MIT
 *
 * explain: what a verdict means, what is seen on the wire, who is known for it and
 * what helps; or what is known of a system. All of it from the tables that judge.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/parse.h"
#include "../base/text.h"
#include "../judge/known_boxes.h"
#include "../judge/verdict.h"
#include "cmd.h"

#define PROGRAM "tcp-half-close-tester"
#define COLUMNS 80

#define BIT(pattern) (1U << PATTERN_##pattern)

/* What is told of a verdict beside its meaning: the patterns that lead to it, and how
 * the packets go. NULL: nothing. */
static const struct {
	uint32_t patterns;
	const char *ladder;
	bool no_nc; /* nc(1) does not show it */
} verdicts[VERDICTS] = {
	[VERDICT_PRESERVED] = { .patterns = 0,
		.ladder = "client            path            server\n"
		"  |------ FIN ------|------ FIN ------>|  CLOSE_WAIT\n"
		"  |<----- data -----|------ data ------|\n"
		"  |<----- FIN ------|------ FIN -------|\n" },
	[VERDICT_FULL_CLOSE] = { .patterns = BIT(CLOSES_BOTH),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  CLOSE_WAIT\n"
		"  |<----- FIN ------|                  |  EOF, though the server sent none\n"
		"  |                 |<----- data ------|\n"
		"  |                 |------ RST ------>|  EPIPE or ECONNRESET\n" },
	[VERDICT_LINGER_CUTOFF] = { .patterns = BIT(CLOSES_LATER) | BIT(CLOSES_IDLE),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  CLOSE_WAIT\n"
		"  |<----- data -----|<----- data ------|  for a while\n"
		"  |<----- FIN ------|<----- data ------|\n"
		"  |                 |------ RST ------>|  EPIPE or ECONNRESET\n" },
	[VERDICT_SILENT_DISCARD] = { .patterns = BIT(DISCARDS),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  CLOSE_WAIT\n"
		"  |<----- FIN ------|<----- data ------|  acknowledged, and thrown away\n"
		"  |                 |<----- FIN -------|  no error\n" },
	[VERDICT_UPLOAD_TRUNCATED] = { .patterns = BIT(DISCARDS) | BIT(CLOSES_BOTH),
		.ladder = "client            path            server\n"
		"  |-- data, FIN --->|-- less, FIN ---->|  EOF, with data missing\n", .no_nc = true },
	[VERDICT_RESET] = { .patterns = BIT(RESETS),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|                  |\n"
		"  |<----- RST ------|------ RST ------>|  ECONNRESET, though neither end aborted\n" },
	[VERDICT_ABORT_MASKED] = { .patterns = BIT(MASKS_ABORTS),
		.ladder = "client            path            server\n"
		"  |<----- FIN ------|<----- RST -------|  an EOF, though the server aborted\n", .no_nc = true },
	[VERDICT_CORRUPTED] = { .patterns = BIT(ALTERS) | BIT(REPEATS),
		.ladder = "client            path            server\n"
		"  |-- data -------->|-- other data --->|\n", .no_nc = true },
	[VERDICT_FIN_LOST] = { .patterns = BIT(SWALLOWS_FIN) | BIT(HOLDS_FIN) | BIT(FORGES_FIN),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|                  |  ESTABLISHED: waits for more\n"
		"  |<----- ACK ------|                  |  FIN_WAIT2, by the path's word alone\n" },
	[VERDICT_FIN_DELAYED] = { .patterns = BIT(DELAYS_FIN) | BIT(HOLDS_FIN),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|                  |\n"
		"  |                 |------ FIN ------>|  much later\n" },
	[VERDICT_EOF_LOST] = { .patterns = BIT(SWALLOWS_FIN),
		.ladder = "client            path            server\n"
		"  |<----- data -----|<-- data, FIN ----|  all data, but no EOF: the client waits\n" },
	[VERDICT_IDLE_EXPIRED_CLOSE] = { .patterns = BIT(CLOSES_IDLE) | BIT(CLOSES_LATER),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  then silence\n"
		"  |<----- FIN ------|<----- data ------|  too late\n"
		"  |                 |------ RST ------>|  EPIPE or ECONNRESET\n" },
	[VERDICT_IDLE_EXPIRED_RESET] = { .patterns = BIT(FORGETS_IDLE),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  then silence\n"
		"  |                 |<----- data ------|  of a connection the path has forgotten\n"
		"  |                 |------ RST ------>|  the client waits in FIN_WAIT2\n" },
	[VERDICT_IDLE_EXPIRED_BLACKHOLE] = { .patterns = BIT(FORGETS_IDLE),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|------ FIN ------>|  then silence\n"
		"  |                 x<----- data ------|  retransmitted until TCP gives up\n" },
	[VERDICT_STALLED] = { .patterns = BIT(STALLS) | BIT(SWALLOWS_FIN),
		.ladder = "client            path            server\n"
		"  |------ FIN ----->|                  |\n"
		"  |                 |                  |  nothing more, and no error\n" },
	[VERDICT_TRUNCATED] = { .patterns = BIT(CUTS_REPLY) | BIT(NO_REPLY) | BIT(LIMITS_BYTES) | BIT(LIMITS_TIME) | BIT(CLOSES_BOTH),
		.ladder = "client            path            ?\n"
		"  |------ FIN ----->|\n"
		"  |<----- FIN ------|  an EOF in front of which data is missing\n" },
	[VERDICT_REPLY_DIFFERS] = { .patterns = BIT(OTHER_REPLY), .ladder = NULL },
	[VERDICT_CLOSE_NOTIFY_LOST] = { .patterns = BIT(CLOSE_NOTIFY), .ladder = NULL },
};

/* TEXT behind INDENT blanks, broken at blanks. FIRST is how far the line is. */
static void
put_paragraph(const char *text, int indent, int first)
{
	int column = first;

	for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
		size_t length = strcspn(word, " ");
		bool begins = word == text;

		if (!begins && column + 1 + (int)length > COLUMNS - 1) {
			printf("\n%*s", indent, "");
			column = indent;
			begins = true;
		}
		printf("%s%.*s", begins ? "" : " ", (int)length, word);
		column += (int)length + !begins;
		word += length;
	}
	putchar('\n');
}

static void
put_field(const char *name, const char *text)
{
	printf("  %-9s", name);
	put_paragraph(text, 11, 11);
}

static bool
leads_to(const struct known_box *box, enum verdict verdict)
{
	return (verdicts[verdict].patterns & (1U << box->pattern)) != 0;
}

/* The name that the completions offer: "nginx-stream". */
#define WORD_MAX 64
#define WORDS_MAX ((size_t)4 * 128)
static void
system_word(const struct known_box *box, char word[static WORD_MAX])
{
	size_t length = 0;

	for (const char *c = box->system; *c != '\0' && length < WORD_MAX - 1; c++)
		word[length++] = (char)(*c == ' ' ? '-' : tolower((unsigned char)*c));
	word[length] = '\0';
}

const char *
explain_word(size_t index)
{
	static char word[WORD_MAX];

	if (index < VERDICTS)
		return verdict_name((enum verdict)index);
	index -= VERDICTS;
	for (size_t i = 0; i < known_boxes_count; i++) {
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = strcmp(known_boxes[j].system, known_boxes[i].system) == 0;
		if (!again && index-- == 0) {
			system_word(&known_boxes[i], word);
			return word;
		}
	}
	return NULL;
}

/* Whether WORD is the system's name, or a word of it. */
static bool
is_meant(const struct known_box *box, const char *word)
{
	char whole[WORD_MAX];
	size_t length = strlen(word);

	system_word(box, whole);
	if (strcasecmp(box->system, word) == 0 || strcasecmp(whole, word) == 0)
		return true;
	for (const char *part = whole; part != NULL; part = strchr(part, '-') != NULL ? strchr(part, '-') + 1 : NULL)
		if (length > 2 && strncasecmp(part, word, length) == 0 && (part[length] == '-' || part[length] == '\0'))
			return true;
	return false;
}

static void
put_box(const struct known_box *box)
{
	char does[PATTERN_TEXT_MAX], time[PARSE_TEXT_MAX], text[512];

	printf("\n%s%s%s%s\n", box->system, box->versions != NULL ? " (" : "", box->versions != NULL ? box->versions : "",
	       box->versions != NULL ? ")" : "");
	put_field("does", pattern_text(box->pattern, box->sides,
	                               box->after > 0 ? format_duration(box->after, time) : NULL, does));
	if (box->setting != NULL) {
		snprintf(text, sizeof(text), "%s%s%s", box->setting, box->initial != NULL ? ", default " : "",
		         box->initial != NULL ? box->initial : "");
		put_field("setting", text);
	}
	put_field("remedy", box->remedy);
	put_field("source", box->source);
}

static void
explain_verdict(enum verdict verdict)
{
	const char *seconds = verdict_is_expiry(verdict) ? "600" : "3";
	bool any = false;

	printf("%s: ", verdict_name(verdict));
	put_paragraph(verdict_meaning(verdict), 2, (int)strlen(verdict_name(verdict)) + 2);
	if (verdicts[verdict].ladder != NULL)
		printf("\nOn the wire, where the client is the end that half-closes:\n\n%s", verdicts[verdict].ladder);
	for (size_t i = 0; i < known_boxes_count; i++) {
		if (!leads_to(&known_boxes[i], verdict))
			continue;
		if (!any)
			printf("\nSystems known for it:\n");
		any = true;
		put_box(&known_boxes[i]);
	}
	if (verdict_status(verdict) != STATUS_BROKEN || verdicts[verdict].ladder == NULL)
		return;
	if (!verdicts[verdict].no_nc)
		printf("\nTo reproduce it with nc(1) and socat(1), and see it with tcpdump(8):\n\n"
		       "  behind the path:\n"
		       "    socat -t999 TCP-LISTEN:5000 SYSTEM:'cat; sleep %s; echo answer'\n"
		       "  in front of it:\n    echo question | nc -N HOST PORT\n"
		       "  on both ends:\n    tcpdump -n 'tcp port 5000'\n\n"
		       "The question must come back, and the answer %s seconds later.\n",
		       seconds, seconds);
	printf("\nTo see every scenario:\n\n"
	       "  behind the path:  " PROGRAM " responder\n"
	       "  in front of it:   " PROGRAM " check --server HOST:PORT --verbose\n");
}

static void
list_verdicts(void)
{
	printf("Verdicts:\n");
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		printf("  %-23s", verdict_name((enum verdict)verdict));
		put_paragraph(verdict_meaning((enum verdict)verdict), 25, 25);
	}
	printf("\nUse \"" PROGRAM " explain VERDICT\" for what is seen on the wire, who does it and\n"
	       "what helps, and \"" PROGRAM " explain SYSTEM\" for what is known of a\n"
	       "system, such as nginx, haproxy, conntrack or socat.\n");
}

/* Ends the program: nothing is known by the name of WORD. */
static void __attribute__((noreturn))
unknown(const char *word)
{
	static char words[WORDS_MAX][WORD_MAX];
	const char *names[VERDICTS + WORDS_MAX + 1] = { NULL }, *nearest;
	char lower[WORD_MAX], quoted[PARSE_QUOTE_MAX];
	size_t count = 0, used = 0, length = 0;

	for (; length < WORD_MAX - 1 && word[length] != '\0'; length++)
		lower[length] = (char)tolower((unsigned char)word[length]);
	lower[length] = '\0';
	for (; count < VERDICTS; count++)
		names[count] = verdict_name((enum verdict)count);
	/* Whole names, and their words. */
	for (size_t i = 0; i < known_boxes_count; i++) {
		char whole[WORD_MAX];

		system_word(&known_boxes[i], whole);
		for (char *part = whole; part != NULL && used < WORDS_MAX; part = strchr(part, '-') != NULL ? strchr(part, '-') + 1 : NULL) {
			memcpy(words[used], whole, WORD_MAX);
			if (part != whole)
				snprintf(words[used], WORD_MAX, "%.*s", (int)strcspn(part, "-"), part);
			names[count++] = words[used++];
			if (part == whole && strchr(whole, '-') != NULL && used < WORDS_MAX) {
				snprintf(words[used], WORD_MAX, "%.*s", (int)strcspn(whole, "-"), whole);
				names[count++] = words[used++];
			}
		}
	}
	nearest = parse_nearest(lower, names);
	log_fatalx(STATUS_USAGE, "no verdict or system \"%s\" is known; %s \"%s\"%s", parse_quote(word, quoted),
	           nearest != NULL ? "did you mean" : "see", nearest != NULL ? nearest : PROGRAM " explain",
	           nearest != NULL ? "?" : "");
}

int
cmd_explain(int argc, char **argv)
{
	char quoted[PARSE_QUOTE_MAX];
	enum verdict verdict;
	bool found = false;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			printf("Explain a verdict or what is known of a system\n\nUsage:\n  " PROGRAM
			       " explain [VERDICT|SYSTEM]\n");
			return STATUS_OK;
		}
	if (argc > 2)
		log_fatalx(STATUS_USAGE, "unexpected argument \"%s\"; usage: explain [VERDICT|SYSTEM]",
		           parse_quote(argv[2], quoted));
	if (argc < 2) {
		list_verdicts();
		return STATUS_OK;
	}
	verdict = verdict_by_name(argv[1]);
	if (verdict != VERDICTS) {
		explain_verdict(verdict);
		return STATUS_OK;
	}
	for (size_t i = 0; i < known_boxes_count; i++) {
		if (!is_meant(&known_boxes[i], argv[1]))
			continue;
		if (!found)
			printf("Known of %s:\n", argv[1]);
		found = true;
		put_box(&known_boxes[i]);
	}
	if (!found)
		unknown(argv[1]);
	return STATUS_OK;
}
