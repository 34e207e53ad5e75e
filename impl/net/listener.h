/* Listening sockets. For server.c only. Thread: the main thread. */
#ifndef SRV_NET_LISTENER_H
#define SRV_NET_LISTENER_H

#include "../base/conf.h"

#include <stddef.h>

#define LISTENER_ADDRESS_MAX 80

struct listener {
	int fd;
	char address[LISTENER_ADDRESS_MAX]; /* http://127.0.0.1:8080 */
};

/* Binds and listens on every address of the list, all or none: SOCK_NONBLOCK, IPv6 only for IPv6.
 * Owns: *out is the caller's on SRV_OK (listeners_close). Errors: as server_start. */
enum srv_err listeners_open(const struct conf_list *, struct listener **out, size_t *count, struct srv_reason *why);
/* Closes them and frees the array; NULLs the pointer. */
void listeners_close(struct listener **, size_t count);

#endif
