/* Which system calls the process may make from now on: a seccomp filter. For srvd. */
#ifndef SRV_GUARD_CALLS_H
#define SRV_GUARD_CALLS_H

#include "../base/err.h"

/* For ever lets the calls through that serving takes, on every thread there is and will be; any other one ends the
 * process at once, with SIGSYS. Wants no_new_privs (privileges.h). *count becomes how many kinds of calls are let
 * through. Thread: any. Errors: SRV_EVERSION if this kernel cannot, SRV_ENOMEM, SRV_EIO. */
enum srv_err calls_restrict(int *count, struct srv_reason *why);

#endif
