/* Listening sockets that whoever started us holds and handed down, as systemd's socket units do. For listener.c only.
 * Thread: the main thread, at the start. */
#ifndef SRV_NET_INHERITED_H
#define SRV_NET_INHERITED_H

#include "../base/err.h"

#include <stddef.h>

#define INHERITED_NAME_MAX 64 /* longer names are cut */

struct inherited_socket {
	int fd;
	char name[INHERITED_NAME_MAX]; /* of LISTEN_FDNAMES; empty if it has none */
};

/* Fills out with the sockets that LISTEN_FDS and LISTEN_PID speak of; *count is 0 if there are none for this process.
 * They are non-blocking and closed on exec afterwards.
 * Owns: the descriptors are the caller's on SRV_OK; on failure they stay open.
 * Errors: SRV_EINVAL (LISTEN_FDS is no number, or one of them is no listening TCP socket), SRV_ELIMIT (more than max),
 * SRV_EIO; why says which.                                                       Source: sd_listen_fds(3). */
enum srv_err inherited_sockets(struct inherited_socket *out, size_t max, size_t *count, struct srv_reason *why);

#endif
