/* Reading a password. Only main.c includes this. */
#ifndef SRV_SRVCTL_SECRET_H
#define SRV_SRVCTL_SECRET_H

#include "../base/err.h"
#include <stddef.h>

/* Reads the first line of standard input, or, if that is a terminal, asks for it there without echo. pwd gets it
 * without the line end, at most size - 1 bytes. Errors, with why and pwd wiped: SRV_EINVAL (empty, too long,
 * a NUL in it), SRV_EIO. */
enum srv_err secret_read(const char *prompt, char *pwd, size_t size, struct srv_reason *why);

#endif
