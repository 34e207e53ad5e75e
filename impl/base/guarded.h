/* Whether a file that holds secrets, or decides what srvd does, is closed to strangers. Thread: any. */
#ifndef SRV_BASE_GUARDED_H
#define SRV_BASE_GUARDED_H

#include "err.h"

#include <sys/stat.h>

/* Its group may read it, so that an administrator's group can look; nobody but its owner may change it, and others may
 * not even read it. Errors: SRV_EINVAL, with the mode in why. */
enum srv_err guarded_check(const struct stat *, struct srv_reason *why);

#endif
