/* Reading a password. For the command-line programs. */
#ifndef SRV_BASE_SECRET_H
#define SRV_BASE_SECRET_H

#include "err.h"
#include <stddef.h>

/* Reads the next line of standard input, or, if that is a terminal, asks for it there without echo. pwd gets it
 * without the line end, at most size - 1 bytes. Errors, with why and pwd wiped: SRV_EINVAL (none, empty, too long, a
 * NUL in it), SRV_EIO. A signal that ends programs does so at the prompt, behind the echo's return. Thread: the only
 * one. */
enum srv_err secret_read(const char *prompt, char *pwd, size_t size, struct srv_reason *why);

#endif
