/* Why: a store that everybody on the host can read gives away hashes of passwords, and one that others can write is
 * theirs. That is a mistake of cp and umask, which nobody notices unless it is refused.
 * Called by the store for each file that it goes over to, and by the reader of the licence. */
#include "guarded.h"

#define FORBIDDEN (S_IWGRP | S_IRWXO)

enum srv_err
guarded_check(const struct stat *st, struct srv_reason *why)
{
	if ((st->st_mode & FORBIDDEN) == 0)
		return SRV_OK;
	return srv_fail(why, SRV_EINVAL,
	    "the file is open to others, or its group may write it (mode %03o); chmod %03o it",
	    (unsigned)(st->st_mode & 0777), (unsigned)(st->st_mode & 0777 & ~(mode_t)FORBIDDEN));
}
