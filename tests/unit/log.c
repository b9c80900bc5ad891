/* SPDX-License-Identifier: MIT
 *
 * Log lines: their bytes, their stamps, their length, and what happens when they
 * cannot be written.
 */
#include "../../src/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/signals.h"
#include "unit.h"

static char directory[] = "/tmp/log.XXXXXX";
static char path[64];
static char written[1 << 16]; /* what the log file holds, NUL behind it */

static void
read_log(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd >= 0 ? read(fd, written, sizeof written - 1) : 0;

	written[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* An empty log file with these settings. */
static void
start(enum log_format format, enum log_level level, bool colour)
{
	const struct log_settings settings = {
		.group = "client", .path = path, .level = level, .format = format, .colour = colour,
	};

	unlink(path);
	if (log_open(&settings) != 0)
		unit_bail("cannot open %s: %s", path, strerror(errno));
}

/* The member NAME of the line's group, or NULL; for a line that is the whole log. */
static struct json_object *line;

static struct json_object *
member(const char *name)
{
	struct json_object *group, *value = NULL;

	json_object_put(line);
	read_log();
	line = json_tokener_parse(written);
	if (json_object_object_get_ex(line, "client", &group))
		json_object_object_get_ex(group, name, &value);
	return value;
}

static void
test_json(void)
{
	const char *rest;

	start(FORMAT_JSON, LEVEL_INFO, false);
	errno = 4711;
	log_event(LEVEL_INFO, "got EOF", LOG_STRING("server", "localhost:4000"),
	          LOG_STRING("absent", NULL), LOG_INTEGER("total", 104857600),
	          LOG_DURATION("timeout", INT64_C(10000000000)), LOG_BOOLEAN("echo", true),
	          LOG_STRING("file", "./data/\"x\"\n"));
	unit_is_int(errno, 4711, "errno is kept");
	read_log();
	rest = strstr(written, "\",");
	unit_ok(strncmp(written, "{\"time\":\"2", 10) == 0, "time comes first");
	unit_is(rest != NULL ? rest : "",
	        "\",\"level\":\"INFO\",\"msg\":\"got EOF\",\"client\":{\"server\":\"localhost:4000\","
	        "\"total\":104857600,\"timeout\":10000000000,\"echo\":true,"
	        "\"file\":\"./data/\\\"x\\\"\\n\"}}\n",
	        "then the others in the caller's order");

	start(FORMAT_JSON, LEVEL_DEBUG, false);
	log_debug("only %d", 1);
	read_log();
	unit_ok(strstr(written, "\"level\":\"DEBUG\",\"msg\":\"only 1\"}\n") != NULL,
	        "without members there is no group");
	start(FORMAT_JSON, LEVEL_INFO, false);
	errno = ENOENT;
	log_warn("cannot open %s", "x");
	read_log();
	unit_ok(strstr(written, "\"level\":\"WARN\",\"msg\":\"cannot open x: No such file or directory\"")
	        != NULL, "log_warn adds the reason");
	start(FORMAT_JSON, LEVEL_INFO, false);
	errno = ENOENT;
	log_errorx("100%%");
	read_log();
	unit_ok(strstr(written, "\"level\":\"ERROR\",\"msg\":\"100%\"}") != NULL, "log_errorx does not");
}

static void
test_levels(void)
{
	static const int lines[] = { 4, 3, 2, 1 };

	for (int level = LEVEL_DEBUG; level <= LEVEL_ERROR; level++) {
		int count = 0;

		start(FORMAT_JSON, (enum log_level)level, false);
		log_debug("x");
		log_info("x");
		log_warnx("x");
		log_errorx("x");
		read_log();
		for (const char *at = written; *at != '\0'; at++)
			count += *at == '\n';
		unit_is_int(count, lines[level], "lines from level %d on", level);
		unit_ok(log_enabled(LEVEL_ERROR) && log_enabled(LEVEL_DEBUG) == (level == LEVEL_DEBUG),
		        "and it can be asked");
	}
}

static void
test_utf8(void)
{
#define BAD "\xef\xbf\xbd"
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf" },
		{ "a\xff" "b", "a" BAD "b" },
		{ "\x80\xbf", BAD BAD },
		{ "\xc0\x80", BAD BAD },
		{ "\xc1\xbf", BAD BAD },
		{ "\xe0\x9f\xbf", BAD BAD BAD },
		{ "\xed\xa0\x80", BAD BAD BAD },
		{ "\xf0\x8f\xbf\xbf", BAD BAD BAD BAD },
		{ "\xf4\x90\x80\x80", BAD BAD BAD BAD },
		{ "\xf5\x80\x80\x80", BAD BAD BAD BAD },
		{ "\xc3", BAD },
		{ "\xe2\x82", BAD BAD },
		{ "\xf0\x9f\x98", BAD BAD BAD },
		{ "\xc3(", BAD "(" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char what[64];

		start(FORMAT_JSON, LEVEL_INFO, false);
		log_event(LEVEL_INFO, "x", LOG_STRING("text", cases[i].text));
		snprintf(what, sizeof what, "UTF-8, case %zu", i);
		unit_is(json_object_get_string(member("text")), cases[i].wanted, what);
	}
}

/* LENGTH times the bytes of UNIT. */
static const char *
repeat(const char *unit, size_t length)
{
	static char text[1 << 16];
	size_t size = strlen(unit);

	for (size_t i = 0; i < length; i++)
		memcpy(text + i * size, unit, size);
	text[length * size] = '\0';
	return text;
}

static void
test_length(void)
{
	static const struct {
		const char *unit;
		size_t count;
		bool whole;
	} cases[] = {
		{ "a", 3000, true },       { "a", 3900, true },       { "a", 4096, false },
		{ "a", 60000, false },     { "\"", 1900, true },      { "\"", 2100, false },
		{ "\x01", 600, true },     { "\x01", 4000, false },   { "\xff", 1300, true },
		{ "\xff", 4000, false },   { "\xe2\x82\xac", 1300, true },
		{ "\xe2\x82\xac", 1500, false }, { "\xf0\x9f\x98\x80", 4000, false },
	};

	for (int format = FORMAT_JSON; format <= FORMAT_TEXT; format++) {
		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			size_t length;

			start((enum log_format)format, LEVEL_INFO, false);
			log_event(LEVEL_INFO, "long", LOG_STRING("text", repeat(cases[i].unit, cases[i].count)),
			          LOG_INTEGER("behind", 7));
			read_log();
			length = strlen(written);
			unit_ok(length > 0 && length <= PIPE_BUF, "case %zu: a line is at most PIPE_BUF", i);
			unit_is_int(strstr(written, "\xe2\x80\xa6") == NULL, cases[i].whole,
			            "case %zu: and shortened only when it must be", i);
			unit_ok(cases[i].whole || length > PIPE_BUF * 3 / 4, "case %zu: by no more", i);
			if (format == FORMAT_JSON)
				unit_is_int(json_object_get_int64(member("behind")), 7,
				            "case %zu: what follows is there", i);
		}
	}
	start(FORMAT_JSON, LEVEL_INFO, false);
	log_event(LEVEL_INFO, "two", LOG_STRING("long", repeat("a", 9000)), LOG_STRING("short", "whole"));
	unit_is(json_object_get_string(member("short")), "whole", "the longest string is cut first");
	start(FORMAT_JSON, LEVEL_INFO, false);
	log_info("%s", repeat("m", 9000));
	read_log();
	unit_ok(strlen(written) <= PIPE_BUF && strlen(written) > PIPE_BUF * 3 / 4 &&
	        strstr(written, "\xe2\x80\xa6\"}\n") != NULL, "a long message is cut");
}

static void
test_text(void)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "word", "word" },
		{ "two words", "\"two words\"" },
		{ "", "\"\"" },
		{ "a=b", "\"a=b\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\nb\tc", "\"a\\nb\\tc\"" },
		{ "\033[31m", "\"\\u001b[31m\"" },
		{ "\x7f", "\"\\u007f\"" },
		{ "\xc2\x9b" "x", "\"\\u009bx\"" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "[::1]:4000", "[::1]:4000" },
	};
	char wanted[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *at;

		start(FORMAT_TEXT, LEVEL_INFO, false);
		log_event(LEVEL_INFO, "x", LOG_STRING("text", cases[i].text));
		read_log();
		at = strstr(written, " text=");
		snprintf(wanted, sizeof wanted, " text=%s\n", cases[i].wanted);
		unit_is(at != NULL ? at : "", wanted, "text: a string");
	}

	start(FORMAT_TEXT, LEVEL_INFO, false);
	log_event(LEVEL_INFO, "got EOF", LOG_STRING("server", "localhost:4000"), LOG_STRING("no", NULL),
	          LOG_INTEGER("total", -1), LOG_DURATION("timeout", INT64_C(90000000000)),
	          LOG_DURATION("unknown", -1), LOG_BOOLEAN("echo", false));
	read_log();
	unit_is(written + strlen("2026-11-22 13:04:05.123"),
	        "Z INFO  got EOF                       server=localhost:4000 total=-1 timeout=1m30s "
	        "unknown=-1 echo=false\n", "text: members in columns, durations in Go's syntax");
	written[23] = '\0';
	for (char *at = written; *at != '\0'; at++)
		if (*at >= '0' && *at <= '9')
			*at = '9';
	unit_is(written, "9999-99-99 99:99:99.999", "text: the stamp has milliseconds");

	start(FORMAT_TEXT, LEVEL_INFO, true);
	log_errorx("a\033[0mb\n");
	read_log();
	unit_is(written + 25, "\033[31mERROR\033[0m a\\u001b[0mb\\n\n",
	        "text: only the level is coloured, a message cannot colour itself");
}

/* A pipe is opened anew, so that numbers tell nothing. */
static bool
same(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_ino == other.st_ino;
}

static void
test_open(void)
{
	struct log_settings settings = { .group = "client", .path = "/nonexistent/log" };
	char other[80], wrong[80];
	int fd;

	start(FORMAT_JSON, LEVEL_INFO, false);
	fd = log_fd();
	unit_ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "the file is close-on-exec");
	unit_ok((fcntl(fd, F_GETFL) & O_APPEND) != 0, "and appended to");
	unit_ok(log_open(&settings) == -1 && errno == ENOENT, "a file that cannot be opened");
	unit_is_int(log_fd(), fd, "leaves the old one in use");
	log_info("still here");
	read_log();
	unit_ok(strstr(written, "still here") != NULL, "with its settings");

	snprintf(other, sizeof other, "%s.1", path);
	rename(path, other);
	log_info("to the old name");
	unit_is_int(log_reopen(), 0, "reopened");
	log_info("to the new file");
	read_log();
	unit_ok(strstr(written, "new file") != NULL && strstr(written, "old name") == NULL,
	        "lines go to the new file");
	unlink(other);
	snprintf(wrong, sizeof wrong, "%s.d", directory);
	rename(directory, wrong);
	unit_is_int(log_reopen(), -1, "reopening where the directory is gone fails");
	log_info("and goes on");
	rename(wrong, directory);
	read_log();
	unit_ok(strstr(written, "and goes on") != NULL, "but lines still go to the old one");
	unit_is_int(log_lost(), 0, "nothing was lost");

	settings.path = NULL;
	unit_is_int(log_open(&settings), 0, "no path");
	unit_ok(same(log_fd(), STDOUT_FILENO), "is stdout");
	settings.path = "/dev/stdout";
	log_open(&settings);
	unit_ok(same(log_fd(), STDOUT_FILENO), "/dev/stdout is descriptor 1");
	settings.path = "/dev/stderr";
	log_open(&settings);
	unit_ok(same(log_fd(), STDERR_FILENO), "/dev/stderr is descriptor 2");
	unit_is_int(log_reopen(), 0, "which can be reopened");
	unit_ok(same(log_fd(), STDERR_FILENO), "and stays");
	settings.path = directory;
	unit_ok(log_open(&settings) == -1 && errno == EISDIR, "a directory is refused");
	mkfifo(other, 0600);
	settings.path = other;
	unit_ok(log_open(&settings) == -1 && errno == ENXIO, "a fifo without reader is, not waited for");
	unlink(other);
}

static void
test_lost(void)
{
	struct log_settings settings = { .group = "client", .path = "/dev/full" };
	int pipes[2];
	char buffer[PIPE_BUF] = "";
	int saved = dup(STDERR_FILENO);
	int64_t before;
	size_t held = 0;
	pid_t child;
	int status;

	if (pipe(pipes) != 0)
		unit_bail("no pipe");
	dup2(pipes[1], STDERR_FILENO);
	close(pipes[1]);
	unit_is_int(log_open(&settings), 0, "/dev/full opens");
	log_info("one");
	log_info("two");
	unit_is_int(log_lost(), 2, "what it does not take is lost");
	memset(written, 0, sizeof written);
	unit_ok(read(pipes[0], written, sizeof written - 1) > 0, "stderr hears of it");
	unit_is(written, "tcp-half-close-tester: cannot write the log: No space left on device\n",
	        "once");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		log_info("a child's");
		_exit((int)log_lost());
	}
	waitpid(child, &status, 0);
	unit_is_int(WEXITSTATUS(status), 3, "a child counts with its parent");
	unit_is_int(log_lost(), 3, "and its parent with the child");
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	unit_is_int(read(pipes[0], written, sizeof written - 1), -1, "of whose loss stderr does not hear again");
	start(FORMAT_JSON, LEVEL_ERROR, false);
	log_errorx("three");
	log_errorx("four");
	memset(written, 0, sizeof written);
	unit_ok(read(pipes[0], written, sizeof written - 1) > 0, "stderr hears of the end");
	unit_is(written, "tcp-half-close-tester: the log can be written again; it lacks 3 lines\n", "once");
	close(pipes[0]);
	read_log();
	unit_ok(strstr(written, "\"level\":\"WARN\",\"msg\":\"log lines were lost\",\"client\":{\"count\":3,"
	               "\"error\":\"No space left on device\"}}\n") != NULL, "the next file tells");
	unit_ok(strstr(written, "lost") < strstr(written, "three"), "before its first line");
	unit_ok(strstr(strstr(written, "lost") + 1, "lost\"") == NULL, "and once");

	/* A closed pipe. */
	if (pipe(pipes) != 0)
		unit_bail("no pipe");
	close(pipes[0]);
	snprintf(buffer, sizeof buffer, "/dev/fd/%d", pipes[1]);
	dup2(pipes[1], STDERR_FILENO);
	close(pipes[1]);
	settings.path = "/dev/stderr";
	log_open(&settings);
	log_info("five");
	unit_is_int(log_lost(), 4, "a closed pipe loses lines and does not kill");

	/* A full non-blocking one. */
	if (pipe2(pipes, O_NONBLOCK) != 0)
		unit_bail("no pipe");
	while (write(pipes[1], buffer, sizeof buffer) > 0)
		held++;
	dup2(pipes[1], STDERR_FILENO);
	start(FORMAT_JSON, LEVEL_INFO, false);
	log_info("told");
	log_open(&settings);
	before = clock_now();
	log_info("six");
	unit_ok(clock_now() - before >= NSEC_PER_SEC, "a full pipe is waited for, a second");
	before = clock_now();
	for (int i = 0; i < 100; i++)
		log_info("seven");
	unit_ok(clock_now() - before < NSEC_PER_SEC, "but not for every line");
	unit_is_int(log_lost(), 105, "all were lost");
	while (held-- > 0)
		if (read(pipes[0], buffer, sizeof buffer) != sizeof buffer)
			unit_bail("the pipe held less");
	log_info("eight");
	memset(written, 0, sizeof written);
	unit_ok(read(pipes[0], written, sizeof written - 1) > 0 &&
	        strstr(written, "{\"count\":101,\"error\":\"Resource temporarily unavailable\"}") != NULL &&
	        strstr(written, "eight") != NULL, "then it is told");
	close(pipes[0]);
	close(pipes[1]);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/* A line torn by a full disk must not swallow the one after it; a limit on the
 * size of files stands in for the disk. */
static void
test_torn(void)
{
	struct rlimit old, narrow;
	const int64_t before = log_lost();
	const int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const char *fragment;

	dup2(null, STDERR_FILENO); /* or the limit would tear what is told there, too */
	start(FORMAT_JSON, LEVEL_INFO, false);
	log_info("first");
	read_log();
	getrlimit(RLIMIT_FSIZE, &old);
	narrow = old;
	narrow.rlim_cur = strlen(written) + 20;
	fflush(stdout);
	setrlimit(RLIMIT_FSIZE, &narrow);
	log_info("second");
	setrlimit(RLIMIT_FSIZE, &old);
	unit_is_int(log_lost(), before + 1, "a torn line is lost");
	log_info("third");
	log_info("fourth");
	read_log();
	fragment = strchr(written, '\n');
	unit_ok(fragment != NULL && strchr(fragment + 1, '\n') == fragment + 21 &&
	        strncmp(fragment + 22, "{\"time\"", 7) == 0, "the next line begins anew");
	unit_ok(strstr(written, "\"msg\":\"log lines were lost\",\"client\":{\"count\":1,"
	               "\"error\":\"File too large\"}}\n{") != NULL, "and tells");
	unit_ok(strstr(written, "third\"}\n{") != NULL, "no empty line later");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(null);
}

static void
test_early(void)
{
	int status, pipes[2];
	pid_t child;

	if (pipe(pipes) != 0)
		unit_bail("no pipe");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		errno = EACCES;
		log_fatal(3, "cannot open %s", "it");
	}
	close(pipes[1]);
	waitpid(child, &status, 0);
	memset(written, 0, sizeof written);
	unit_ok(read(pipes[0], written, sizeof written - 1) > 0, "log_fatal writes");
	unit_is(written, "tcp-half-close-tester: cannot open it: Permission denied\n", "its line");
	unit_is_int(WEXITSTATUS(status), 3, "and exits");
	close(pipes[0]);

	if (pipe(pipes) != 0)
		unit_bail("no pipe");
	child = fork();
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		log_info("not shown");
		log_warnx("shown");
		_exit(0);
	}
	close(pipes[1]);
	waitpid(child, &status, 0);
	memset(written, 0, sizeof written);
	unit_ok(read(pipes[0], written, sizeof written - 1) > 0 && strstr(written, "WARN  shown\n") != NULL &&
	        strstr(written, "not shown") == NULL, "before log_open, warnings go to stderr");
	close(pipes[0]);
}

int
main(void)
{
	signals_handle(SIGPIPE, SIG_IGN);
	signals_handle(SIGXFSZ, SIG_IGN);
	if (mkdtemp(directory) == NULL)
		unit_bail("no directory: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/log", directory);
	test_early();
	test_json();
	test_levels();
	test_utf8();
	test_length();
	test_text();
	test_open();
	test_lost();
	test_torn();
	json_object_put(line);
	unlink(path);
	rmdir(directory);
	return unit_done();
}
