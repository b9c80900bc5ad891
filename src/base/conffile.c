/* SPDX-License-Identifier: MIT
 *
 * Reads and writes the configuration file. libconfig parses; the option table
 * decides what may stand where, and option_set turns texts into values.
 *
 * libconfig 1.5 ends the process when an @include names a directory (its
 * scanner cannot read one), and cuts integers beyond 32 bits without a word.
 * So the text is looked through for both before it is parsed.
 */
#include "conffile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libconfig.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#define FILE_NAME "tcp-half-close-tester.conf"

/* More is no configuration, but the wrong file. */
#define FILE_SIZE_MAX (1 << 20)

/* libconfig's own limit is 10; it words the error for what is deeper. */
#define INCLUDE_DEPTH_MAX 10

/* Of files in all: some that include each other twice would be read a thousand
 * times at that depth. */
#define INCLUDES_MAX 100

/* One file on its way into OPTIONS. */
struct load {
	const char *path;
	char *directory; /* of PATH: where relative includes are looked for */
	char *error;     /* OPTIONS_ERROR_MAX bytes */
	int includes;    /* looked into */
};

static int
fail(const struct load *load, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Writes "FILE:LINE: message", without the line when it is 0. FILE NULL is the
 * file itself. */
static int
fail(const struct load *load, const char *file, unsigned line, const char *format, ...)
{
	/* libconfig 1.5 names an included file as the @include does. */
	const bool beside = file != NULL && file[0] != '/' && file != load->path;
	char message[OPTIONS_ERROR_MAX / 2], number[PARSE_TEXT_MAX] = "";
	va_list args;
	int used;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (line > 0)
		snprintf(number, sizeof(number), ":%u", line);
	/* A name too long for the line loses its end, not the message. */
	used = snprintf(load->error, OPTIONS_ERROR_MAX / 4, "%s%s%s", beside ? load->directory : "",
	                beside ? "/" : "", file == NULL ? load->path : file);
	if (used >= OPTIONS_ERROR_MAX / 4)
		used = OPTIONS_ERROR_MAX / 4 - 1;
	for (char *p = load->error; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	snprintf(load->error + used, OPTIONS_ERROR_MAX - OPTIONS_ERROR_MAX / 4, "%s: %s", number,
	         message);
	return -1;
}

/* The bytes of the file at PATH with a NUL after them, to be freed. NULL with
 * errno; EFBIG means more than a configuration can have. */
static char *
read_whole(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t used = 0;
	char *text = NULL;
	int failure = 0;

	if (fd == -1)
		return NULL;
	text = malloc(FILE_SIZE_MAX + 1);
	if (text == NULL)
		failure = ENOMEM;
	while (failure == 0) {
		ssize_t n = read(fd, text + used, FILE_SIZE_MAX + 1 - used);

		if (n == 0)
			break;
		if (n > 0)
			used += (size_t)n;
		else if (errno != EINTR)
			failure = errno;
		if (used > FILE_SIZE_MAX)
			failure = EFBIG;
		else if (n > 0 && memchr(text + used - n, '\0', (size_t)n) != NULL)
			failure = EILSEQ; /* a NUL would hide the rest from libconfig */
	}
	close(fd);
	if (failure != 0) {
		free(text);
		errno = failure;
		return NULL;
	}
	text[used] = '\0';
	return text;
}

static const char *
read_error(int number)
{
	if (number == EFBIG)
		return "larger than 1 MiB, so not a configuration file";
	if (number == EILSEQ)
		return "contains a NUL byte, so not a text file";
	return strerror(number);
}

static int look_through(struct load *load, const char *file, const char *text, int depth);

/* Looks through the file that an @include names; NAME is what follows the
 * opening quote. What cannot be opened is libconfig's to tell. */
static int
look_into_include(struct load *load, const char *file, unsigned line, const char *name,
                  int depth)
{
	char path[PATH_MAX * 2]; /* the directory is shorter than PATH_MAX: a file in it was opened */
	char quoted[PARSE_QUOTE_MAX];
	size_t used = 0;
	char *text;
	int rc;

	if (++load->includes > INCLUDES_MAX)
		return fail(load, file, line, "more than %d files are included", INCLUDES_MAX);
	if (name[0] != '/')
		used = (size_t)snprintf(path, PATH_MAX, "%s/", load->directory);
	for (; *name != '"' && *name != '\0' && used < sizeof(path) - 1; name++) {
		if (*name == '\\' && (name[1] == '\\' || name[1] == '"'))
			name++;
		path[used++] = *name;
	}
	path[used] = '\0';
	text = read_whole(path);
	if (text == NULL && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (text == NULL)
		return fail(load, file, line, "cannot include \"%s\": %s", parse_quote(path, quoted),
		            read_error(errno));
	rc = look_through(load, path, text, depth + 1);
	free(text);
	return rc;
}

/* Checks the number at *P and moves after it. */
static int
look_at_number(const struct load *load, const char *file, unsigned line, const char **p)
{
	const char *start = *p, *digits = start + (*start == '-' || *start == '+');
	const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(start, &end, hex ? 16 : 10);
	*p = end;
	if (!hex && (*end == '.' || *end == 'e' || *end == 'E')) {
		/* A float, which no option takes: for apply_setting to refuse. */
		*p = end + strspn(end, ".0123456789eE+-");
		return 0;
	}
	if (errno == ERANGE || (*end != 'L' && (value > INT32_MAX || value < INT32_MIN)))
		return fail(load, file, line,
		            "integer \"%.*s\" does not fit in %d bits; write it in quotes",
		            (int)(end - start < 64 ? end - start : 64), start, *end == 'L' ? 64 : 32);
	return 0;
}

/* Goes over TEXT token by token, just so far that strings, comments and names
 * are not taken for what is looked for. */
static int
look_through(struct load *load, const char *file, const char *text, int depth)
{
	static const char name_signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                 "0123456789-_*";
	const char *p = text, *line_start = text;
	unsigned line = 1;

	while (*p != '\0') {
		if (*p == '\n') {
			line++;
			line_start = ++p;
		} else if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
			p += strcspn(p, "\n");
		} else if (p[0] == '/' && p[1] == '*') {
			for (p += 2; *p != '\0' && (p[0] != '*' || p[1] != '/'); p++)
				line += *p == '\n';
			p += *p == '\0' ? 0 : 2;
		} else if (*p == '"') {
			for (p++; *p != '\0' && *p != '"'; p++) {
				p += p[0] == '\\' && p[1] != '\0';
				line += *p == '\n';
			}
			p += *p == '"';
		} else if (*p == '@') {
			const char *name = p + strlen("@include");

			if (strncmp(p, "@include", strlen("@include")) == 0 &&
			    line_start + strspn(line_start, " \t") == p &&
			    name[strspn(name, " \t")] == '"' && depth < INCLUDE_DEPTH_MAX &&
			    look_into_include(load, file, line, name + strspn(name, " \t") + 1, depth) == -1)
				return -1;
			p++;
		} else if ((*p >= '0' && *p <= '9') ||
		           ((*p == '-' || *p == '+') && p[1] >= '0' && p[1] <= '9')) {
			if (look_at_number(load, file, line, &p) == -1)
				return -1;
			p += strspn(p, name_signs);
		} else {
			p += strspn(p, name_signs) > 0 ? strspn(p, name_signs) : 1;
		}
	}
	return 0;
}

static const char *
type_text(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a decimal point";
	case CONFIG_TYPE_STRING:
		return "a quoted string";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	default:
		return "a list";
	}
}

/* What to write for ROW; tells with type_text what is wrong. */
static const char *
wanted_text(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_SIZE:
	case OPTION_COUNT:
		return "an integer or a quoted string";
	case OPTION_FLAG:
		return "true or false";
	default:
		return "a quoted string";
	}
}

static int
apply_setting(const struct load *load, struct options *options, const char *group,
              const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);
	const char *file = config_setting_source_file(setting);
	const unsigned line = config_setting_source_line(setting);
	const unsigned commands = strcmp(group, "common") == 0 ? COMMAND_ALL : options->command;
	const int type = config_setting_type(setting);
	const struct option_row *row = option_find(name, commands);
	char number[PARSE_TEXT_MAX], takers[OPTION_TEXT_MAX], why[OPTIONS_ERROR_MAX];
	const char *text = NULL;

	if (row == NULL) {
		const char *nearest = option_nearest(name, commands);

		if (nearest == NULL)
			return fail(load, file, line, "unknown key \"%.100s\" in group \"%s\"", name, group);
		return fail(load, file, line, "unknown key \"%.100s\" in group \"%s\"; did you mean \"%s\"?",
		            name, group, nearest);
	}
	if (row->commands & COMMAND_ARGV_ONLY)
		return fail(load, file, line, "\"%s\" is valid on the command line only", name);
	if (commands & ~row->commands)
		return fail(load, file, line, "key \"%s\" is not valid in group \"%s\" (only in: %s)", name,
		            group, option_takers(row, takers));
	if (row->type == OPTION_FLAG) {
		if (type == CONFIG_TYPE_BOOL)
			text = config_setting_get_bool(setting) ? "true" : "false";
	} else if (type == CONFIG_TYPE_STRING) {
		text = config_setting_get_string(setting);
	} else if ((type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
	           (row->type == OPTION_SIZE || row->type == OPTION_COUNT ||
	            row->type == OPTION_DURATION)) {
		/* A duration too: its own parser says that the unit is missing. */
		snprintf(number, sizeof(number), "%lld", config_setting_get_int64(setting));
		text = number;
	}
	if (text == NULL)
		return fail(load, file, line, "wrong type for \"%s\": expected %s, got %s", name,
		            wanted_text(row), type_text(setting));
	if (option_set(options, row, text, why) == -1)
		return fail(load, file, line, "%s", why);
	return 0;
}

static int
apply_group(const struct load *load, struct options *options, const char *name,
            const config_setting_t *group)
{
	for (int i = 0; i < config_setting_length(group); i++)
		if (apply_setting(load, options, name,
		                  config_setting_get_elem(group, (unsigned)i)) == -1)
			return -1;
	return 0;
}

/* Checks a group of another command on that command's defaults. */
static int
check_group(const struct load *load, unsigned command, const config_setting_t *group)
{
	struct options other;
	int rc = -1;

	if (options_init(&other, command, load->error) == 0 &&
	    apply_group(load, &other, option_group(command), group) == 0)
		rc = 0;
	options_free(&other);
	return rc;
}

/* The command whose group has this name, COMMAND_ALL for common, 0 for none. */
static unsigned
command_of(const char *group)
{
	for (unsigned command = 1; command & COMMAND_ALL; command <<= 1)
		if (strcmp(group, option_group(command)) == 0)
			return command;
	return strcmp(group, option_group(COMMAND_ALL)) == 0 ? COMMAND_ALL : 0;
}

static int
check_outline(const struct load *load, const config_setting_t *root)
{
	const char *names[sizeof(unsigned) * CHAR_BIT] = { option_group(COMMAND_ALL) };
	size_t count = 1;

	for (unsigned command = 1; command & COMMAND_ALL; command <<= 1)
		names[count++] = option_group(command);
	names[count] = NULL;
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *group = config_setting_get_elem(root, (unsigned)i);
		const char *file = config_setting_source_file(group);
		const char *name = config_setting_name(group);
		const unsigned line = config_setting_source_line(group);
		const char *nearest = parse_nearest(name, names);

		if (command_of(name) == 0 && option_find(name, COMMAND_ALL) != NULL)
			return fail(load, file, line, "key \"%s\" must be inside a group", name);
		if (command_of(name) == 0 && nearest != NULL)
			return fail(load, file, line, "unknown group \"%.100s\"; did you mean \"%s\"?", name,
			            nearest);
		if (command_of(name) == 0)
			return fail(load, file, line,
			            "unknown group \"%.100s\"; use \"common\" or the name of a command", name);
		if (!config_setting_is_group(group))
			return fail(load, file, line, "wrong type for \"%s\": expected a group, got %s", name,
			            type_text(group));
	}
	return 0;
}

static int
apply_file(const struct load *load, struct options *options, const config_t *config)
{
	const config_setting_t *root = config_root_setting(config);
	const config_setting_t *common = config_setting_get_member(root, option_group(COMMAND_ALL));

	if (check_outline(load, root) == -1)
		return -1;
	/* First common, wherever it stands: the command's own group goes above it. */
	if (common != NULL &&
	    apply_group(load, options, option_group(COMMAND_ALL), common) == -1)
		return -1;
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *group = config_setting_get_elem(root, (unsigned)i);
		const unsigned command = command_of(config_setting_name(group));
		int rc = 0;

		if (command == options->command)
			rc = apply_group(load, options, option_group(command), group);
		else if (command != COMMAND_ALL)
			rc = check_group(load, command, group);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
conffile_load(struct options *options, const char *path, char error[static OPTIONS_ERROR_MAX])
{
	static const char *const places[] = { SYSCONFDIR "/" FILE_NAME, "/etc/" FILE_NAME };
	struct load load = { .path = path, .error = error };
	const char *slash;
	config_t config;
	char *text = NULL, *beside;
	int rc = -1;

	if (strcmp(path, "none") == 0)
		return 0;
	if (path[0] == '\0') {
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && text == NULL; i++) {
			load.path = places[i];
			text = read_whole(load.path);
			if (text == NULL && errno != ENOENT && errno != ENOTDIR)
				break;
			if (text == NULL && i + 1 == sizeof(places) / sizeof(places[0]))
				return 0;
		}
	} else {
		text = read_whole(path);
	}
	if (text == NULL)
		return fail(&load, NULL, 0, "cannot read the configuration: %s", read_error(errno));
	config_init(&config);
	slash = strrchr(load.path, '/');
	beside = slash == NULL ? strdup(".") : strndup(load.path, (size_t)(slash - load.path) + 1);
	/* Absolute, for a service that goes to another directory and reads again. */
	load.directory = beside == NULL ? NULL : realpath(beside, NULL);
	if (load.directory == NULL) {
		fail(&load, NULL, 0, "%s", strerror(errno));
		goto cleanup;
	}
	config_set_include_dir(&config, load.directory);
	if (look_through(&load, load.path, text, 0) == -1)
		goto cleanup;
	if (config_read_string(&config, text) != CONFIG_TRUE) {
		fail(&load, config_error_file(&config), (unsigned)config_error_line(&config), "%s",
		     config_error_text(&config));
		goto cleanup;
	}
	rc = apply_file(&load, options, &config);

cleanup:
	config_destroy(&config);
	free(load.directory);
	free(beside);
	free(text);
	return rc;
}

/* A text in quotes, so that libconfig reads the same bytes back. */
static void
print_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fprintf(out, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
	}
	putc('"', out);
}

static void
print_row(FILE *out, const struct options *options, const struct option_row *row)
{
	char range[OPTION_TEXT_MAX], initial[OPTION_TEXT_MAX], text[OPTION_TEXT_MAX];
	const char *value = option_text(options, row, text);

	option_range(row, range);
	fprintf(out, "\n\t# %s\n\t# %s%s%s; default %s\n\t%s = ", row->help,
	        row->type == OPTION_CHOICE || row->type == OPTION_FLAG ? "" : option_type_name(row),
	        range[0] == '\0' || row->type == OPTION_CHOICE || row->type == OPTION_FLAG ? "" : ", ",
	        range, option_default_text(row, options->command, initial), row->name);
	if (row->type == OPTION_FLAG)
		fprintf(out, "%s", value);
	else if (row->type == OPTION_COUNT && strcmp(value, "auto") != 0)
		/* The L is what libconfig wants after more than 32 bits. */
		fprintf(out, "%s%s", value, strtoll(value, NULL, 10) > INT32_MAX ? "L" : "");
	else
		print_text(out, value);
	fprintf(out, ";\n");
}

static void
print_group(FILE *out, const struct options *options, unsigned command)
{
	const bool common = command == COMMAND_ALL;

	fprintf(out, "\n%s:\n{", option_group(command));
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->commands & COMMAND_ARGV_ONLY || !(row->commands & command))
			continue;
		/* What all share stands in common, with the value in force, and needs
		 * no second place. */
		if (((row->commands & COMMAND_ALL) == COMMAND_ALL) == common)
			print_row(out, options, row);
	}
	fprintf(out, "};\n");
}

void
conffile_print(FILE *out, const struct options *options)
{
	fprintf(out, "# Effective configuration of: tcp-half-close-tester %s\n",
	        option_group(options->command));
	fprintf(out, "# A duration is a number with a unit (ns, us, ms, s, m, h), such as 1h15m0.5s;\n"
	             "# a size is a number of bytes, optionally with k, m, g, t or p (powers of 1024).\n");
	print_group(out, options, COMMAND_ALL);
	print_group(out, options, options->command);
}
