/* What a connection receives: read from its socket into the loop's buffer, kept if it is not used at once, and, where a
 * proxy announces connections, the header in front of it. For conn.c only. Thread: the loop of its worker. */
#ifndef SRV_NET_CONN_IN_H
#define SRV_NET_CONN_IN_H

#include "conn.h"

#include <sys/types.h>

/* The one place where bytes enter: up to max of them, into the worker's scratch. Returns how many; 0 at the end, -1 if
 * there are none for now, -2 if the connection is broken. In CONN_LINGER they are only counted. */
ssize_t conn_in_read(struct conn *, size_t max);
/* Adds bytes to those that wait. False: out of memory, and the state is CONN_DEAD. */
bool conn_in_add(struct conn *, const char *data, size_t len);
/* Of the bytes that were being used, data in the loop's buffer or in the connection's own, keeps these, unless nobody
 * will ask for them. */
void conn_in_keep(struct conn *, char *data, size_t len);
/* Takes the PROXY header off the front: from then on the client it names is the peer. Returns false if no request can
 * follow, yet or ever: *refusal is why the client is to be refused, if it is; or the state is CONN_DEAD. */
bool conn_in_announced(struct conn *, char **data, size_t *len, const char **refusal);

#endif
