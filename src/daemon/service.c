/* SPDX-License-Identifier: MIT
 *
 * The service side of the program; systemd through libsystemd, the filter
 * through libseccomp, both optional.
 *
 * What the parent has mapped, every fork(2) copies the tables of and every child
 * carries: libsystemd and the ten libraries it brings would make a connection a
 * quarter dearer. It is loaded when systemd asks for it, and for that moment.
 */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_LIBSYSTEMD
#include <dlfcn.h>
#include <systemd/sd-daemon.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
	__has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(HAVE_LIBSECCOMP) && !defined(SANITIZED)
#define FILTER 1
#include <seccomp.h>
#endif

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "children.h"

static struct {
	int waiting; /* the pipe on which the parent of a detached daemon waits, or -1 */
	bool keep_output;
	int pid_fd;
	char *pid_path;
	struct sock_fprog filter;
} service = { .waiting = -1, .pid_fd = -1 };

static int __attribute__((format(printf, 2, 3)))
fail(char error[static SERVICE_ERROR_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, SERVICE_ERROR_MAX, format, arguments);
	va_end(arguments);
	return -1;
}

/* ---- systemd ---- */

#ifdef HAVE_LIBSYSTEMD
struct systemd {
	void *library;
	__typeof__(sd_listen_fds) *listen_fds;
	__typeof__(sd_is_socket_inet) *is_socket_inet;
	__typeof__(sd_notify) *notify;
};

/* dlsym(3) gives an object pointer, which ISO C does not convert. */
static bool
resolve(const struct systemd *systemd, const char *name, void *function)
{
	void *symbol = dlsym(systemd->library, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

/* Returns false with the reason in dlerror(3). */
static bool
systemd_load(struct systemd *systemd)
{
	systemd->library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (systemd->library == NULL)
		return false;
	return resolve(systemd, "sd_listen_fds", &systemd->listen_fds) &&
	       resolve(systemd, "sd_is_socket_inet", &systemd->is_socket_inet) &&
	       resolve(systemd, "sd_notify", &systemd->notify);
}

static void
systemd_unload(struct systemd *systemd)
{
	if (systemd->library != NULL)
		dlclose(systemd->library);
}

int
service_sockets(int *fds, int max, int *count, char error[static SERVICE_ERROR_MAX])
{
	struct systemd systemd;
	int found, rc = -1;

	*count = 0;
	if (getenv("LISTEN_FDS") == NULL)
		return 0;
	if (!systemd_load(&systemd)) {
		fail(error, "sockets from systemd: %s", dlerror());
		goto cleanup;
	}
	found = systemd.listen_fds(1);
	if (found < 0) {
		fail(error, "sockets from systemd: %s", strerror(-found));
		goto cleanup;
	}
	if (found > max) {
		fail(error, "%d sockets from systemd: at most %d can be served", found, max);
		goto cleanup;
	}
	for (int i = 0; i < found; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		int flags = fcntl(fd, F_GETFL);

		if (systemd.is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) <= 0) {
			fail(error, "descriptor %d from systemd: not a listening TCP socket "
			            "(ListenStream= with a port, Accept=no)", fd);
			goto cleanup;
		}
		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
			fail(error, "descriptor %d from systemd: %s", fd, strerror(errno));
			goto cleanup;
		}
		fds[i] = fd;
	}
	*count = found;
	rc = 0;
cleanup:
	systemd_unload(&systemd);
	return rc;
}

static void
notify(const char *state)
{
	struct systemd systemd;
	int rc;

	if (getenv("NOTIFY_SOCKET") == NULL)
		return;
	if (!systemd_load(&systemd))
		log_warnx("cannot notify systemd: %s", dlerror());
	else if ((rc = systemd.notify(0, state)) < 0)
		log_warnx("cannot notify systemd: %s", strerror(-rc));
	systemd_unload(&systemd);
}
#else
int
service_sockets(int *fds, int max, int *count, char error[static SERVICE_ERROR_MAX])
{
	(void)fds;
	(void)max;
	(void)error;
	*count = 0;
	return 0;
}

static void
notify(const char *state)
{
	(void)state;
}
#endif

void
service_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	         clock_now() / NSEC_PER_USEC);
	notify(state);
}

void
service_stopping(void)
{
	notify("STOPPING=1\nSTATUS=Draining");
}

/* ---- detach ---- */

/* In the process that was started: reads the byte that service_ready writes;
 * end of file instead of it means that the daemon is gone. */
static int
wait_until_ready(void *context)
{
	const int *pipe_fds = context;
	char byte;
	ssize_t n;
	int status;

	close(pipe_fds[1]);
	do
		n = read(pipe_fds[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return STATUS_OK;
	while (waitpid(-1, &status, 0) < 0)
		if (errno != EINTR)
			return STATUS_CANNOT_RUN;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_errorx("the service was killed by signal %d before it was ready", WTERMSIG(status));
	return STATUS_CANNOT_RUN;
}

static int
null_device(int first, int last)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	for (int target = first; target <= last; target++) {
		if (dup2(fd, target) < 0) {
			close(fd);
			return -1;
		}
	}
	if (fd > last)
		close(fd);
	return 0;
}

int
service_detach(bool keep_output, char error[static SERVICE_ERROR_MAX])
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail(error, "cannot detach: pipe: %s", strerror(errno));
	if (children_detach(wait_until_ready, fds) != 0) {
		fail(error, "cannot detach: fork: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	close(fds[0]);
	service.waiting = fds[1];
	service.keep_output = keep_output;
	if (setsid() < 0)
		return fail(error, "cannot detach: setsid: %s", strerror(errno));
	if (null_device(STDIN_FILENO, STDIN_FILENO) != 0)
		return fail(error, "cannot detach: /dev/null: %s", strerror(errno));
	return 0;
}

void
service_ready(const char *listen)
{
	char state[512];

	snprintf(state, sizeof(state), "READY=1\nSTATUS=Listening on %s", listen);
	notify(state);
	if (service.waiting < 0)
		return;
	if (!service.keep_output && null_device(STDOUT_FILENO, STDERR_FILENO) != 0)
		log_warn("cannot detach the output: /dev/null");
	/* A parent that was killed waits no more; SIGPIPE is ignored. */
	(void)!write(service.waiting, "", 1);
	close(service.waiting);
	service.waiting = -1;
}

/* ---- pid file ---- */

/* Whether FD holds what a pid file may hold: nothing, or a number and a newline.
 * Any other file was named by mistake, and is not ours to overwrite. */
static bool
holds_pid(int fd)
{
	char text[32];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	if (length < 0 || length == (ssize_t)sizeof(text) - 1)
		return false;
	text[length] = '\0';
	return (size_t)length == strspn(text, "0123456789 \n");
}

/* Opens and locks PATH. POSIX record locks, because fork(2) does not hand them
 * on: a child that outlives the service does not keep a successor out. (They
 * vanish when any descriptor of the file is closed; this process has one.) */
static int
open_locked(const char *path, char error[static SERVICE_ERROR_MAX])
{
	for (;;) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		struct stat opened, named;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

		if (fd < 0)
			return fail(error, "pid file %s: %s", path, strerror(errno));
		if (fcntl(fd, F_SETLK, &lock) != 0) {
			if (errno != EACCES && errno != EAGAIN)
				fail(error, "pid file %s: lock: %s", path, strerror(errno));
			else if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
				fail(error, "pid file %s: held by process %ld", path,
				     (long)lock.l_pid);
			else
				fail(error, "pid file %s: held by another process", path);
			close(fd);
			return -1;
		}
		if (fstat(fd, &opened) != 0 || !S_ISREG(opened.st_mode) || !holds_pid(fd)) {
			close(fd);
			return fail(error, "pid file %s: exists, and is not a pid file", path);
		}
		/* Its last owner may have removed it between open and lock. */
		if (stat(path, &named) == 0 && named.st_dev == opened.st_dev &&
		    named.st_ino == opened.st_ino)
			return fd;
		close(fd);
	}
}

int
service_pid_file(const char *path, char error[static SERVICE_ERROR_MAX])
{
	int fd = open_locked(path, error);

	if (fd < 0)
		return -1;
	service.pid_path = strdup(path);
	if (service.pid_path == NULL || ftruncate(fd, 0) != 0 ||
	    dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		fail(error, "pid file %s: %s", path, strerror(errno));
		free(service.pid_path);
		service.pid_path = NULL;
		close(fd);
		return -1;
	}
	service.pid_fd = fd;
	return 0;
}

void
service_cleanup(void)
{
	if (service.pid_fd < 0)
		return;
	/* A user without rights in the folder can still say that nobody lives here. */
	if (unlink(service.pid_path) != 0 && ftruncate(service.pid_fd, 0) != 0)
		log_warn("cannot remove or empty the pid file %s", service.pid_path);
	close(service.pid_fd);
	free(service.pid_path);
	service.pid_fd = -1;
	service.pid_path = NULL;
}

/* ---- user ---- */

int
service_user(const char *user, char error[static SERVICE_ERROR_MAX])
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL)
		return fail(error, "user \"%s\": %s", user,
		            errno != 0 && errno != ENOENT ? strerror(errno) : "does not exist");
	if (geteuid() != 0) {
		if (entry->pw_uid == geteuid() && entry->pw_uid == getuid())
			return 0;
		return fail(error, "user \"%s\": only root can become another user", user);
	}
	if (initgroups(entry->pw_name, entry->pw_gid) != 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return fail(error, "user \"%s\": %s", user, strerror(errno));
	if (entry->pw_uid != 0 && (setresuid(0, 0, 0) == 0 || seteuid(0) == 0))
		return fail(error, "user \"%s\": root could be regained", user);
	return 0;
}

/* ---- sandbox ---- */

#ifdef FILTER
/* What a child does once it has its socket: play a plan, log, end. Nothing here
 * opens a file, makes a socket, starts a process or names another one. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek),
	SCMP_SYS(sendfile), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	/* Memory for log lines and JSON. */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	/* Time and signals. */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(setitimer), SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
	SCMP_SYS(timer_delete), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* The same on 32-bit machines; not there on others, which libseccomp knows. */
	SCMP_SYS(sendfile64), SCMP_SYS(_llseek), SCMP_SYS(fcntl64), SCMP_SYS(fstat64),
	SCMP_SYS(ppoll_time64), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(timer_settime64), SCMP_SYS(sigreturn),
};

/* The filter as the kernel takes it, in memory shared with the process that made
 * it. */
struct exported {
	int rc; /* negative errno */
	unsigned short length;
	struct sock_filter code[BPF_MAXINSNS];
};

static int
fill_filter(scmp_filter_ctx filter)
{
	static const unsigned long ioctls[] = { SIOCOUTQ, SIOCINQ, SIOCOUTQNSD, TCGETS };
	static const int raised[] = { SIGABRT, SIGALRM, SIGTERM };
	/* No memory that can be run. */
	static const int mappings[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect) };
	int rc;

	if ((rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) < 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)) < 0) /* a binary tree */
		return rc;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0)) < 0)
			return rc;
	for (size_t i = 0; i < sizeof(ioctls) / sizeof(*ioctls); i++)
		if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		                           SCMP_A1(SCMP_CMP_EQ, ioctls[i], 0))) < 0)
			return rc;
	/* raise(3) and abort(3). */
	for (size_t i = 0; i < sizeof(raised) / sizeof(*raised); i++)
		if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		                           SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)raised[i], 0))) < 0)
			return rc;
	for (size_t i = 0; i < sizeof(mappings) / sizeof(*mappings); i++)
		if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mappings[i], 1,
		                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))) < 0)
			return rc;
	return 0;
}

/* libseccomp's work is done once, here; a child only loads the result. That costs
 * it time as well: since Linux 5.11 the kernel runs a new filter for every call
 * there is, to cache those that are always allowed, and for a child that lives a
 * millisecond that is a third of its cost. It leaves out a filter that does what
 * its emulation does not know (kernel/seccomp.c, seccomp_is_const_allow), such as
 * a load of the index register; the tree then takes some nanoseconds a call. */
static int
export_filter(struct exported *exported)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = -ENOMEM, fd = -1;
	ssize_t length;

	if (filter == NULL || (rc = fill_filter(filter)) < 0)
		goto cleanup;
	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
		goto cleanup;
	}
	if ((rc = seccomp_export_bpf(filter, fd)) < 0)
		goto cleanup;
	rc = -EIO;
	length = lseek(fd, 0, SEEK_END);
	if (length <= 0 || (size_t)length > sizeof(exported->code) - sizeof(exported->code[0])
	    || pread(fd, exported->code + 1, (size_t)length, 0) != length)
		goto cleanup;
	exported->code[0] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0);
	exported->length = (unsigned short)(1 + (size_t)length / sizeof(exported->code[0]));
	rc = 0;
cleanup:
	if (fd >= 0)
		close(fd);
	if (filter != NULL)
		seccomp_release(filter);
	return rc;
}

static int
export_in_child(void *context)
{
	struct exported *exported = context;

	exported->rc = export_filter(exported);
	return 0;
}

/* In a process of its own: libseccomp leaves a heap full of holes behind, and
 * every child to come would copy a page for each one that it fills. */
static int
make_filter(char error[static SERVICE_ERROR_MAX])
{
	struct children *children = children_new();
	struct exported *exported = mmap(NULL, sizeof(*exported), PROT_READ | PROT_WRITE,
	                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child child;
	int status, rc = -1;

	if (children == NULL || exported == MAP_FAILED) {
		fail(error, "sandbox: %s", strerror(errno));
		goto cleanup;
	}
	exported->rc = -ECHILD; /* unless the child gets to its end */
	if (children_spawn(children, NULL, 0, export_in_child, exported) < 0)
		exported->rc = -errno;
	while (children_reap(children, true, &child, &status) >= 0)
		;
	if (exported->rc != 0) {
		fail(error, "sandbox: the filter cannot be made: %s", strerror(-exported->rc));
		goto cleanup;
	}
	if (mprotect(exported, sizeof(*exported), PROT_READ) != 0) {
		fail(error, "sandbox: %s", strerror(errno));
		goto cleanup;
	}
	service.filter.filter = exported->code;
	service.filter.len = exported->length;
	rc = 0;
cleanup:
	if (rc != 0 && exported != MAP_FAILED)
		munmap(exported, sizeof(*exported));
	children_free(children);
	return rc;
}
#endif

bool
service_has_filter(void)
{
#ifdef FILTER
	return true;
#else
	return false;
#endif
}

int
service_sandbox_prepare(bool filter, char error[static SERVICE_ERROR_MAX])
{
#ifdef FILTER
	if (!filter || service.filter.filter != NULL)
		return 0;
	/* A kernel that takes filters looks at the address first (seccomp(2)). */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno != EFAULT)
		return fail(error, "sandbox: this system takes no filter (seccomp: %s); "
		                   "--sandbox off goes without", strerror(errno));
	return make_filter(error);
#else
	(void)filter;
	(void)error;
	return 0;
#endif
}

/* Closes FIRST..LAST. */
static void
close_between(unsigned first, unsigned last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	/* Before Linux 5.9, and under filters older than it. */
	long limit = sysconf(_SC_OPEN_MAX);
	for (unsigned fd = first; fd <= last && (long)fd < limit; fd++)
		close((int)fd);
}

int
service_sandbox(const int *keep, size_t count, bool filter, char error[static SERVICE_ERROR_MAX])
{
	for (unsigned first = STDERR_FILENO + 1;;) {
		unsigned next = UINT_MAX;

		for (size_t i = 0; i < count; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= first && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == UINT_MAX) {
			close_between(first, UINT_MAX);
			break;
		}
		if (next > first)
			close_between(first, next - 1);
		first = next + 1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(error, "sandbox: no new privileges: %s", strerror(errno));
	if (!filter || !service_has_filter())
		return 0;
	if (service_sandbox_prepare(filter, error) != 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail(error, "sandbox: no dumps: %s", strerror(errno));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &service.filter, 0, 0) != 0)
		return fail(error, "sandbox: the filter cannot be loaded: %s", strerror(errno));
	return 0;
}
