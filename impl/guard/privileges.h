/* Who the process is: what root has is given up before anything from outside is read. For srvd's main.c.
 * Thread: the main thread, before there is another: capabilities belong to threads. */
#ifndef SRV_GUARD_PRIVILEGES_H
#define SRV_GUARD_PRIVILEGES_H

#include "../base/err.h"

#include <stdbool.h>

#define PRIVILEGES_USER_MAX 64

/* Started as root, becomes user, with that user's groups and no other; user NULL is `srv`, or `nobody` where there is
 * no such user. `root` stays root, with no capability left but those to files of others. Started as somebody else, that
 * is who it stays, and user may only say so. In each case no capability is left besides, and none can come back
 * (no_new_privs). Unless dumps, a crash leaves no core, and no other process of the same user may look into this one.
 * Writes the name of who it is now. Errors: SRV_EINVAL (no such user, or one that we cannot become), SRV_EIO; the
 * process may be half of both then, and is to end. */
enum srv_err privileges_drop(const char *user, bool dumps, char now[PRIVILEGES_USER_MAX], struct srv_reason *why);

#endif
