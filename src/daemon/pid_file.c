/* SPDX-License-Identifier: MIT
 *
 * The lock on the file, not the number in it, says whether its owner lives.
 */
#include "pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/log.h"

static struct {
	int fd; /* -1: none */
	char *path;
} held = { .fd = -1 };

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
open_locked(const char *path, char error[static DAEMON_ERROR_MAX])
{
	for (;;) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		struct stat opened, named;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

		if (fd < 0)
			return daemon_fail(error, "pid file %s: %s", path, strerror(errno));
		if (fcntl(fd, F_SETLK, &lock) != 0) {
			if (errno != EACCES && errno != EAGAIN)
				daemon_fail(error, "pid file %s: lock: %s", path, strerror(errno));
			else if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
				daemon_fail(error, "pid file %s: locked by process %ld", path,
				     (long)lock.l_pid);
			else
				daemon_fail(error, "pid file %s: locked by another process", path);
			close(fd);
			return -1;
		}
		if (fstat(fd, &opened) != 0 || !S_ISREG(opened.st_mode) || !holds_pid(fd)) {
			close(fd);
			return daemon_fail(error, "pid file %s: exists but is not a pid file", path);
		}
		/* Its last owner may have removed it between open and lock. */
		if (stat(path, &named) == 0 && named.st_dev == opened.st_dev &&
		    named.st_ino == opened.st_ino)
			return fd;
		close(fd);
	}
}

int
pid_file_take(const char *path, char error[static DAEMON_ERROR_MAX])
{
	int fd = open_locked(path, error);

	if (fd < 0)
		return -1;
	held.path = strdup(path);
	if (held.path == NULL || ftruncate(fd, 0) != 0 ||
	    dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		daemon_fail(error, "pid file %s: %s", path, strerror(errno));
		free(held.path);
		held.path = NULL;
		close(fd);
		return -1;
	}
	held.fd = fd;
	return 0;
}

void
pid_file_remove(void)
{
	if (held.fd < 0)
		return;
	/* A user without rights in the directory can still say that nobody lives here. */
	if (unlink(held.path) != 0 && ftruncate(held.fd, 0) != 0)
		log_warn("cannot remove or empty the pid file %s", held.path);
	close(held.fd);
	free(held.path);
	held.fd = -1;
	held.path = NULL;
}
