/* Why: who finds a hole in srvd gets what srvd may do. A port below 1024 and a key that only root can read take root;
 * answering requests does not.
 * Model: everything is given up at once and for ever, and then looked at: a change of user that failed unnoticed is
 * what this file is to prevent. Capabilities are libcap-ng's work; the C library changes users.
 * Called by main.c, between binding and the store. */
/* setgroups(2), setresuid(2) */
#define _GNU_SOURCE
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define USER_DEFAULT "srv"
#define USER_OTHERWISE "nobody"

static enum srv_err
find(const char *user, struct passwd **out, struct srv_reason *why)
{
	const char *asked = user != NULL ? user : USER_DEFAULT;
	struct passwd *entry;

	errno = 0;
	entry = getpwnam(asked);
	if (entry == NULL && user == NULL) {
		asked = USER_OTHERWISE;
		entry = getpwnam(asked);
	}
	if (entry == NULL)
		return srv_fail(why, SRV_EINVAL, "user: there is no \"%.64s\" on this machine", asked);
	*out = entry;
	return SRV_OK;
}

/* Groups first: who is no longer root cannot give them up. */
static enum srv_err
become(const struct passwd *to, struct srv_reason *why)
{
	if (initgroups(to->pw_name, to->pw_gid) != 0 || setresgid(to->pw_gid, to->pw_gid, to->pw_gid) != 0 ||
	    setresuid(to->pw_uid, to->pw_uid, to->pw_uid) != 0)
		return srv_fail(why, SRV_EIO, "user: cannot become \"%.64s\": %s", to->pw_name, strerror(errno));
	if (getuid() != to->pw_uid || geteuid() != to->pw_uid || getegid() != to->pw_gid || setuid(0) == 0)
		return srv_fail(why, SRV_EIO, "user: became \"%.64s\", but could become root again", to->pw_name);
	return SRV_OK;
}

/* What exec could give is cleared while that may be done; where it may not, no_new_privs says the same. */
static enum srv_err
clear_bounds(struct srv_reason *why)
{
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 1)
		return SRV_OK;
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return srv_fail(why, SRV_EIO, "capabilities: the bounding set cannot be cleared");
	return SRV_OK;
}

/* Who was told to stay root may need others' files, and nothing else of root. Who has none has nothing to give up, and
 * a supervisor may have forbidden it even to ask. */
static enum srv_err
drop_capabilities(bool root, struct srv_reason *why)
{
	int failed;

	if (!root && capng_get_caps_process() == 0 && capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE)
		return SRV_OK;
	capng_clear(CAPNG_SELECT_ALL);
	failed = root && capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE,
			     CAP_DAC_READ_SEARCH, CAP_CHOWN, CAP_FOWNER, -1) != 0;
	if (failed || capng_apply(CAPNG_SELECT_CAPS) != 0)
		return srv_fail(why, SRV_EIO, "capabilities: cannot be given up");
	/* Not as was asked, but as the kernel says it is. */
	if (capng_get_caps_process() != 0 || capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) ||
	    (!root && capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE))
		return srv_fail(why, SRV_EIO, "capabilities: were not given up");
	return SRV_OK;
}

enum srv_err
privileges_drop(const char *user, bool dumps, char now[PRIVILEGES_USER_MAX], struct srv_reason *why)
{
	bool root = geteuid() == 0;
	struct passwd *to = NULL, *own;
	enum srv_err err = root || user != NULL ? find(user, &to, why) : SRV_OK;

	if (err != SRV_OK)
		return err;
	if (!root && to != NULL && to->pw_uid != geteuid())
		return srv_fail(why, SRV_EINVAL, "user: only root can become \"%.64s\"", to->pw_name);
	err = clear_bounds(why);
	if (err == SRV_OK && to != NULL && to->pw_uid != geteuid()) {
		err = become(to, why);
		root = false;
	}
	if (err == SRV_OK)
		err = drop_capabilities(root, why);
	if (err == SRV_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		err = srv_fail(why, SRV_EIO, "no_new_privs: %s", strerror(errno));
	/* A change of user has taken it away already, whatever it was. */
	if (err == SRV_OK && prctl(PR_SET_DUMPABLE, dumps ? 1 : 0, 0, 0, 0) != 0)
		err = srv_fail(why, SRV_EIO, "core_dumps: %s", strerror(errno));
	if (err != SRV_OK)
		return err;
	own = getpwuid(geteuid());
	if (own != NULL)
		(void)snprintf(now, PRIVILEGES_USER_MAX, "%.60s", own->pw_name);
	else
		(void)snprintf(now, PRIVILEGES_USER_MAX, "%u", (unsigned)geteuid());
	return SRV_OK;
}
