/* SPDX-License-Identifier: MIT
 *
 * The process that was started stays until the daemon says that it is ready: it
 * reads one byte from a pipe. Its end instead of the byte means that the daemon is
 * gone.
 */
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "children.h"

static struct {
	int waiting; /* the pipe, or -1 */
	bool keep_output;
} detached = { .waiting = -1 };

/* In the process that was started: reads the byte that detach_ready writes;
 * end of file instead of it means that the daemon is gone. */
static int
wait_until_ready(void *context, pid_t child)
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
	while (waitpid(child, &status, 0) < 0)
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
detach(bool keep_output, char error[static DAEMON_ERROR_MAX])
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return daemon_fail(error, "cannot detach: pipe: %s", strerror(errno));
	if (children_detach(wait_until_ready, fds) != 0) {
		daemon_fail(error, "cannot detach: fork: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	close(fds[0]);
	detached.waiting = fds[1];
	detached.keep_output = keep_output;
	if (setsid() < 0)
		return daemon_fail(error, "cannot detach: setsid: %s", strerror(errno));
	if (null_device(STDIN_FILENO, STDIN_FILENO) != 0)
		return daemon_fail(error, "cannot detach: /dev/null: %s", strerror(errno));
	return 0;
}

void
detach_ready(void)
{
	if (detached.waiting < 0)
		return;
	if (!detached.keep_output && null_device(STDOUT_FILENO, STDERR_FILENO) != 0)
		log_warn("cannot detach the output: /dev/null");
	/* A parent that was killed waits no more; SIGPIPE is ignored. */
	(void)!write(detached.waiting, "", 1);
	close(detached.waiting);
	detached.waiting = -1;
}
