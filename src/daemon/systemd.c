/* SPDX-License-Identifier: MIT
 *
 * What the parent has mapped, every fork(2) copies the tables of and every child
 * carries: libsystemd and the ten libraries it brings would make a connection a
 * quarter dearer. It is loaded when systemd asks for it, and for that moment.
 */
#include "systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBSYSTEMD
#include <dlfcn.h>
#include <systemd/sd-daemon.h>
#endif

#include "../base/clock.h"
#include "../base/log.h"

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
systemd_sockets(int *fds, int max, int *count, char error[static DAEMON_ERROR_MAX])
{
	struct systemd systemd;
	int found, rc = -1;

	*count = 0;
	if (getenv("LISTEN_FDS") == NULL)
		return 0;
	if (!systemd_load(&systemd)) {
		daemon_fail(error, "sockets from systemd: %s", dlerror());
		goto cleanup;
	}
	found = systemd.listen_fds(1);
	if (found < 0) {
		daemon_fail(error, "sockets from systemd: %s", strerror(-found));
		goto cleanup;
	}
	if (found > max) {
		daemon_fail(error, "%d sockets from systemd: the maximum is %d", found, max);
		goto cleanup;
	}
	for (int i = 0; i < found; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		int flags = fcntl(fd, F_GETFL);

		if (systemd.is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) <= 0) {
			daemon_fail(error, "descriptor %d from systemd: not a listening TCP socket "
			            "(ListenStream= with a port, Accept=no)", fd);
			goto cleanup;
		}
		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
			daemon_fail(error, "descriptor %d from systemd: %s", fd, strerror(errno));
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
systemd_sockets(int *fds, int max, int *count, char error[static DAEMON_ERROR_MAX])
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
systemd_ready(const char *listen)
{
	char state[512];

	snprintf(state, sizeof(state), "READY=1\nSTATUS=Listening on %s", listen);
	notify(state);
}

void
systemd_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	         clock_now() / NSEC_PER_USEC);
	notify(state);
}

void
systemd_stopping(void)
{
	notify("STOPPING=1\nSTATUS=Draining");
}
