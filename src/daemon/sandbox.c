/* SPDX-License-Identifier: MIT
 *
 * The filter through libseccomp, where that is built in. The parent makes it once;
 * a child only loads it.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

#include "../base/log.h"
#include "children.h"

static struct sock_fprog made; /* no filter: not made yet */
static bool absent;            /* this kernel takes none */

#ifdef FILTER
/* What a child does once it has its socket: play a plan, log, end. Nothing here
 * opens a file, makes a socket, starts a process or names another one. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek),
	SCMP_SYS(sendfile), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	/* Memory for log lines and JSON. */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	/* Time and signals. */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(setitimer), SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
	SCMP_SYS(timer_delete), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* The same on 32-bit machines; not there on others, which libseccomp knows. Where
	 * recv and send are system calls, as on ARM and MIPS, glibc makes them. */
	SCMP_SYS(recv), SCMP_SYS(send), SCMP_SYS(sendfile64), SCMP_SYS(_llseek),
	SCMP_SYS(fstat64), SCMP_SYS(fstatat64), SCMP_SYS(ppoll_time64), SCMP_SYS(futex_time64),
	SCMP_SYS(clock_gettime64), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(timer_settime64),
	SCMP_SYS(sigreturn),
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
	static const int fcntls[] = { SCMP_SYS(fcntl), SCMP_SYS(fcntl64) };
	/* No memory that can be run. (On s390 mmap(2) has its arguments in memory, out of
	 * a filter's sight.) */
	static const int mappings[] = { SCMP_SYS(mmap2), SCMP_SYS(mprotect),
#ifndef __s390__
		                        SCMP_SYS(mmap),
#endif
	};
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
#ifdef __s390__
	if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0)) < 0)
		return rc;
#endif
	/* No signal to anybody: neither with tgkill(2), which raise(3) and abort(3) use,
	 * nor by way of a socket's owner (F_SETOWN, F_SETSIG, O_ASYNC). */
	for (size_t i = 0; i < sizeof(fcntls) / sizeof(*fcntls); i++)
		if ((rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, fcntls[i], 1,
		                           SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0))) < 0 ||
		    (rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, fcntls[i], 2,
		                           SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0),
		                           SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, 0))) < 0)
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
	off_t length;

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
	if (length <= 0 || length > (off_t)(sizeof(exported->code) - sizeof(exported->code[0]))
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
make_filter(char error[static DAEMON_ERROR_MAX])
{
	struct children *children = children_new();
	struct exported *exported = mmap(NULL, sizeof(*exported), PROT_READ | PROT_WRITE,
	                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child child;
	int status, rc = -1;

	if (children == NULL || exported == MAP_FAILED) {
		daemon_fail(error, "sandbox: %s", strerror(errno));
		goto cleanup;
	}
	exported->rc = -ECHILD; /* unless the child gets to its end */
	if (children_spawn(children, NULL, 0, export_in_child, exported) < 0)
		exported->rc = -errno;
	while (children_reap(children, true, &child, &status) >= 0)
		;
	if (exported->rc != 0) {
		daemon_fail(error, "sandbox: cannot build the seccomp filter: %s", strerror(-exported->rc));
		goto cleanup;
	}
	if (mprotect(exported, sizeof(*exported), PROT_READ) != 0) {
		daemon_fail(error, "sandbox: %s", strerror(errno));
		goto cleanup;
	}
	made.filter = exported->code;
	made.len = exported->length;
	rc = 0;
cleanup:
	if (rc != 0 && exported != MAP_FAILED)
		munmap(exported, sizeof(*exported));
	children_free(children);
	return rc;
}
#endif

bool
sandbox_has_filter(void)
{
#ifdef FILTER
	return true;
#else
	return false;
#endif
}

int
sandbox_prepare(bool filter, char error[static DAEMON_ERROR_MAX])
{
#ifdef FILTER
	if (!filter || absent || made.filter != NULL)
		return 0;
	/* A kernel that takes filters looks at the address first (seccomp(2)). One that
	 * was built without them does not know the request. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == 0 || errno == EFAULT)
		return make_filter(error);
	if (errno != EINVAL && errno != ENOSYS)
		return daemon_fail(error, "sandbox: cannot install the seccomp filter: %s; "
		                   "use --sandbox off to run without it", strerror(errno));
	log_debug("sandbox: the kernel has no seccomp filters: %s", strerror(errno));
	absent = true;
	return 0;
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
	if (first > last)
		return;
#ifdef SYS_close_range /* musl has no close_range(2), nor has glibc before 2.34 */
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	/* Before Linux 5.9, and under filters older than it. */
	long limit = sysconf(_SC_OPEN_MAX);
	for (unsigned fd = first; fd <= last && (long)fd < limit; fd++)
		close((int)fd);
}

int
sandbox_enter(const int *keep, size_t count, bool filter, char error[static DAEMON_ERROR_MAX])
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
		return daemon_fail(error, "sandbox: cannot set no_new_privs: %s", strerror(errno));
	if (!filter || !sandbox_has_filter())
		return 0;
	if (sandbox_prepare(filter, error) != 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return daemon_fail(error, "sandbox: cannot disable core dumps: %s", strerror(errno));
	if (absent)
		return 0;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &made, 0, 0) != 0)
		return daemon_fail(error, "sandbox: cannot load the seccomp filter: %s", strerror(errno));
	return 0;
}
