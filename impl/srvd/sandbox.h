/* What srvd gives up between binding its ports and opening its store. For main.c. Thread: the main thread, before there
 * is another. */
#ifndef SRV_SRVD_SANDBOX_H
#define SRV_SRVD_SANDBOX_H

#include "../base/conf.h"

/* Becomes conf->user, and then forbids itself, as conf->sandbox says, every file and system call that serving does not
 * take. Logs what is in force. On failure the process is to end. Errors: SRV_EINVAL (user), SRV_EVERSION (the kernel
 * cannot, and sandbox is `on`), SRV_EIO, SRV_ENOMEM. */
enum srv_err sandbox_enter(const struct conf *, struct srv_reason *why);

#endif
