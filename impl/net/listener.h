/* Listening sockets. For server.c only. Thread: the main thread. */
#ifndef SRV_NET_LISTENER_H
#define SRV_NET_LISTENER_H

#include "../base/conf.h"

#include <stddef.h>

#define LISTENER_ADDRESS_MAX 80

/* struct listener's flags */
#define LISTENER_PROXY 1u     /* its connections begin with a PROXY header (proxy.h) */
#define LISTENER_TLS 2u       /* ... with a handshake of TLS */
#define LISTENER_INHERITED 4u /* somebody else holds it too, and goes on listening when we stop */

struct listener {
	int fd;
	unsigned flags;
	char address[LISTENER_ADDRESS_MAX]; /* http://127.0.0.1:8080, proxy+http://127.0.0.1:8081,
					       https://127.0.0.1:8443 */
};

/* The sockets that were handed down to us (inherited.h), if there are any, those named `proxy` or `tls` as listen_proxy
 * and listen_tls would be; else binds and listens on every address of the three, all or none: SOCK_NONBLOCK, IPv6 only
 * for IPv6. Owns: *out is the caller's on SRV_OK (listeners_close). Errors: as server_start. */
enum srv_err listeners_open(const struct conf *, struct listener **out, size_t *count, struct srv_reason *why);
/* Bounds what the system keeps for a caller that does not take its answers, in time as conf has it and in bytes, for
 * the connections that come from now on. A socket that does not let itself be told so is worth a line in the log. */
void listeners_configure(const struct listener *, size_t count, const struct conf *);
/* Closes them and frees the array; NULLs the pointer. */
void listeners_close(struct listener **, size_t count);

#endif
