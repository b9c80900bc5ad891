/* SPDX-License-Identifier: MIT
 *
 * Gives up root, and makes sure that it is gone.
 */
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

int
user_become(const char *user, char error[static DAEMON_ERROR_MAX])
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL)
		return daemon_fail(error, "user \"%s\": %s", user,
		            errno != 0 && errno != ENOENT ? strerror(errno) : "does not exist");
	if (geteuid() != 0) {
		if (entry->pw_uid == geteuid() && entry->pw_uid == getuid())
			return 0;
		return daemon_fail(error, "user \"%s\": only root can become another user", user);
	}
	if (initgroups(entry->pw_name, entry->pw_gid) != 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return daemon_fail(error, "user \"%s\": %s", user, strerror(errno));
	if (entry->pw_uid != 0 && (setresuid(0, 0, 0) == 0 || seteuid(0) == 0))
		return daemon_fail(error, "user \"%s\": root privileges were not dropped permanently", user);
	return 0;
}
