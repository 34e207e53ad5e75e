/* Which files the process may open from now on: Landlock, on top of what the files' modes say. For srvd.
 * Thread: the main thread, before there is another; threads that it starts are bound by it too. */
#ifndef SRV_GUARD_FILES_H
#define SRV_GUARD_FILES_H

#include "../base/err.h"

#include <stddef.h>

#define FILES_MAX 32

enum files_right {
	FILES_LIST,  /* directories may be listed */
	FILES_READ,  /* and files read */
	FILES_WRITE, /* and made, written and removed, but not directories or anything else that is no plain file */
};

/* Everything at and below path, a directory or a file. A path that does not exist is passed over. */
struct files_rule {
	const char *path; /* borrowed */
	enum files_right right;
};

/* For ever forbids what no rule allows, running programs included; looking at names, modes and sizes (stat) stays free.
 * *abi becomes the version of Landlock that is in force. Errors: SRV_EVERSION if this kernel has none; SRV_EIO. */
enum srv_err files_restrict(const struct files_rule *, size_t count, int *abi, struct srv_reason *why);

#endif
