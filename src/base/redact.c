/* SPDX-License-Identifier: MIT
 *
 * Replaces rather too much than too little: text that cannot be searched for lack of
 * memory is dropped, and what may be an address is one.
 */
#include "redact.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct known_address {
	int family;
	unsigned char bytes[16];
};

/* Of a list, the latest first. */
struct text {
	struct text *next;
	size_t number; /* of a name: how many came before it */
	char *text;
};

struct redact {
	struct known_address *addresses;
	size_t address_count;
	struct text *names, *kept; /* the latter were handed out */
};

static const char dropped[] = "redacted";

/* Addresses and names that have numbers of their own. Every text is searched for all of
 * them, and the other end can make up as many as it likes. */
#define KNOWN_MAX 2048

/* Puts TEXT, which is taken over, in front of LIST. The new list, or NULL, and TEXT is
 * freed. */
static struct text *
prepend(struct text *list, char *text)
{
	struct text *first = text != NULL ? malloc(sizeof(*first)) : NULL;

	if (first == NULL) {
		free(text);
		return NULL;
	}
	*first = (struct text){.next = list, .number = list != NULL ? list->number + 1 : 0, .text = text};
	return first;
}

/* Frees the first of LIST; the rest. */
static struct text *
drop(struct text *list)
{
	struct text *next = list->next;

	free(list->text);
	free(list);
	return next;
}

struct redact *
redact_new(void)
{
	return calloc(1, sizeof(struct redact));
}

void
redact_free(struct redact *redact)
{
	if (redact == NULL)
		return;
	while (redact->names != NULL)
		redact->names = drop(redact->names);
	while (redact->kept != NULL)
		redact->kept = drop(redact->kept);
	free(redact->addresses);
	free(redact);
}

/* Addresses. ---------------------------------------------------------------------------- */

/* Which one it is among those of its family, from 0 on; it is remembered. */
static size_t
number_of(struct redact *redact, int family, const unsigned char *bytes, size_t length)
{
	struct known_address *more;
	size_t number = 0;

	for (size_t i = 0; i < redact->address_count; i++) {
		if (redact->addresses[i].family != family)
			continue;
		if (memcmp(redact->addresses[i].bytes, bytes, length) == 0)
			return number;
		number++;
	}
	if (redact->address_count >= KNOWN_MAX)
		return number;
	more = reallocarray(redact->addresses, redact->address_count + 1, sizeof(*more));
	if (more == NULL)
		return number; /* one that others have as well, but nobody's own */
	redact->addresses = more;
	more[redact->address_count] = (struct known_address){.family = family};
	memcpy(more[redact->address_count++].bytes, bytes, length);
	return number;
}

static void
replace_v4(struct redact *redact, unsigned char bytes[static 4])
{
	/* RFC 5737; then what RFC 2544 has for measurements. */
	static const uint32_t networks[] = {0xC0000200, 0xC6336400, 0xCB007100};
	uint32_t address;
	size_t number;

	memcpy(&address, bytes, sizeof(address));
	address = ntohl(address);
	if (address == INADDR_LOOPBACK || address == INADDR_ANY || address == INADDR_BROADCAST)
		return;
	number = number_of(redact, AF_INET, bytes, 4);
	address = htonl(number / 254 < 3 ? networks[number / 254] + (uint32_t)(number % 254) + 1
	                                 : 0xC6120000 + (uint32_t)(number % 0x20000));
	memcpy(bytes, &address, sizeof(address));
}

static void
replace_v6(struct redact *redact, unsigned char bytes[static 16])
{
	struct in6_addr address;
	uint32_t number;

	memcpy(&address, bytes, sizeof(address));
	if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address))
		return;
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		replace_v4(redact, bytes + 12);
		return;
	}
	number = htonl((uint32_t)number_of(redact, AF_INET6, bytes, 16) + 1);
	memset(bytes, 0, 16);
	memcpy(bytes, (const unsigned char[]){0x20, 0x01, 0x0D, 0xB8}, 4); /* RFC 3849 */
	memcpy(bytes + 12, &number, sizeof(number));
}

void
redact_address(struct redact *redact, int family, unsigned char *bytes)
{
	if (family == AF_INET)
		replace_v4(redact, bytes);
	else if (family == AF_INET6)
		replace_v6(redact, bytes);
}

/* Text. --------------------------------------------------------------------------------- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Whether a word can begin at AT of TEXT: after anything else, and after an escape
 * sequence such as \n or \040. */
static bool
begins_word(const char *text, const char *at)
{
	if (at == text || !is_word(at[-1]))
		return true;
	return (at - text >= 2 && at[-2] == '\\') || (at - text >= 4 && at[-4] == '\\');
}

/* The longest address at AT as BYTES of *FAMILY; its length in text, 0: none. */
static size_t
read_address(const char *text, const char *at, int *family, unsigned char bytes[static 16])
{
	size_t run = strspn(at, "0123456789abcdefABCDEF:."), colons = 0, dots = 0;
	char copy[INET6_ADDRSTRLEN + 1];

	if (run >= sizeof(copy))
		run = sizeof(copy) - 1;
	for (size_t i = 0; i < run; i++) {
		colons += at[i] == ':';
		dots += at[i] == '.';
	}
	if (colons < 2 && dots < 3)
		return 0;
	for (size_t length = run; length >= 2; length--) {
		memcpy(copy, at, length);
		copy[length] = '\0';
		*family = colons >= 2 && inet_pton(AF_INET6, copy, bytes) == 1 ? AF_INET6
		          : isdigit((unsigned char)*at) && inet_pton(AF_INET, copy, bytes) == 1 ? AF_INET
		                                                                               : AF_UNSPEC;
		/* "d::f" within a word is none. */
		if (*family == AF_INET || (*family == AF_INET6 &&
		                           (begins_word(text, at) || strpbrk(copy, "0123456789") != NULL)))
			return length;
	}
	return 0;
}

/* Writes what stands for the address at AT of TEXT; its length there, 0: none. */
static size_t
put_address(struct redact *redact, FILE *out, const char *text, const char *at)
{
	unsigned char bytes[16];
	char shown[INET6_ADDRSTRLEN];
	int family = AF_UNSPEC;
	size_t length;

	if (!isxdigit((unsigned char)*at) && *at != ':')
		return 0;
	length = read_address(text, at, &family, bytes);
	if (length == 0)
		return 0;
	redact_address(redact, family, bytes);
	fputs(inet_ntop(family, bytes, shown, sizeof(shown)) != NULL ? shown : dropped, out);
	/* The name of an interface says much of a host. */
	if (family == AF_INET6 && at[length] == '%')
		for (length++; is_word(at[length]) || at[length] == '.';)
			length++;
	return length;
}

/* Another name for number I, or for one that is not known. */
static void
put_substitute(FILE *out, size_t i)
{
	if (i < 26)
		fprintf(out, "host-%c", (char)('a' + i));
	else
		fprintf(out, "host-%zu", i + 1);
}

/* The same for the longest known name at AT. One with a dot is unmistakable; others are
 * words, which are this name only as a whole. */
static size_t
put_name(const struct redact *redact, FILE *out, const char *text, const char *at)
{
	size_t longest = 0, found = 0;

	for (const struct text *name = redact->names; name != NULL; name = name->next) {
		size_t length = strlen(name->text);
		bool dotted = strchr(name->text, '.') != NULL;

		if (length > longest &&
		    (dotted ? strncasecmp(at, name->text, length) == 0
		            : strncmp(at, name->text, length) == 0 && begins_word(text, at)) &&
		    !is_word(at[length])) {
			longest = length;
			found = name->number;
		}
	}
	if (longest > 0)
		put_substitute(out, found);
	return longest;
}

/* The number of the name that is LENGTH bytes long; it is remembered. SIZE_MAX: there is
 * no memory for it, or there are too many. */
static size_t
add_name(struct redact *redact, const char *name, size_t length)
{
	struct text *names;

	for (const struct text *known = redact->names; known != NULL; known = known->next)
		if (strlen(known->text) == length && strncasecmp(known->text, name, length) == 0)
			return known->number;
	if (redact->names != NULL && redact->names->number + 1 >= KNOWN_MAX)
		return SIZE_MAX;
	names = prepend(redact->names, strndup(name, length));
	if (names == NULL)
		return SIZE_MAX;
	redact->names = names;
	return names->number;
}

/* The same for what looks like a domain name: labels, the last of letters only. */
static size_t
put_guess(struct redact *redact, FILE *out, const char *text, const char *at)
{
	size_t length = 0, last = 0, number;

	if (!isalnum((unsigned char)*at) || !begins_word(text, at))
		return 0;
	while (is_word(at[length]) || (at[length] == '.' && is_word(at[length + 1]))) {
		if (at[length] == '.')
			last = length + 1;
		length++;
	}
	if (last == 0 || length - last < 2)
		return 0;
	for (size_t i = last; i < length; i++)
		if (!isalpha((unsigned char)at[i]))
			return 0;
	number = add_name(redact, at, length);
	if (number == SIZE_MAX)
		fputs(dropped, out);
	else
		put_substitute(out, number);
	return length;
}

const char *
redact_text(struct redact *redact, const char *text, bool guess)
{
	struct text *kept;
	char *clean = NULL;
	size_t size;
	FILE *out;

	if (text == NULL)
		return NULL;
	out = open_memstream(&clean, &size);
	if (out == NULL)
		return dropped;
	for (const char *at = text; *at != '\0';) {
		size_t length = put_name(redact, out, text, at);

		if (length == 0)
			length = put_address(redact, out, text, at);
		if (length == 0 && guess)
			length = put_guess(redact, out, text, at);
		if (length == 0)
			fputc(*at++, out);
		at += length;
	}
	if (fclose(out) != 0) {
		free(clean);
		return dropped;
	}
	kept = prepend(redact->kept, clean);
	if (kept == NULL)
		return dropped;
	redact->kept = kept;
	return kept->text;
}

void
redact_array(struct redact *redact, char *text, size_t size, bool guess)
{
	const char *clean = redact_text(redact, text, guess);

	snprintf(text, size, "%s", clean);
	/* Thousands of rows are not all kept. */
	if (clean != dropped)
		redact->kept = drop(redact->kept);
}

void
redact_add(struct redact *redact, const char *target)
{
	const char *scheme = strstr(target, "://"), *host = scheme != NULL ? scheme + 3 : target;
	unsigned char bytes[16];
	char name[256];
	size_t length = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', length);

	if (at != NULL) {
		length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (length == 0 || *host == '[')
		return;
	/* Two colons are an IPv6 address. */
	if (memchr(host, ':', length) != NULL)
		length = strcspn(host, ":");
	if (length == 0 || length >= sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)length, host);
	if (inet_pton(AF_INET, name, bytes) == 1 || strcmp(name, "localhost") == 0 || strcmp(name, "*") == 0 ||
	    strspn(name, "0123456789.") == length)
		return;
	add_name(redact, name, length);
}
