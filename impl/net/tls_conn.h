/* TLS of one connection: the handshake, and bytes in and out. For conn.c and conn_out.c.
 * No call waits; what a call waits for is asked afterwards. Each reads the socket once at most.
 * Thread: the loop of the connection. */
#ifndef SRV_NET_TLS_CONN_H
#define SRV_NET_TLS_CONN_H

#include "tls.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tls_conn;

enum tls_shaken {
	TLS_SHAKEN_OPEN,   /* the handshake is done */
	TLS_SHAKEN_MORE,   /* not yet */
	TLS_SHAKEN_REFUSED /* the peer was told so as far as TLS has words for it; only tls_conn_free may follow */
};

/* writable is called with arg when the socket takes bytes, while tls_conn_wake is on. fd is borrowed.
 * Owns: *out is the caller's on SRV_OK (tls_conn_free). Errors: SRV_ENOMEM. */
enum srv_err tls_conn_new(
    struct tls *, struct event_base *, int fd, event_callback_fn writable, void *arg, struct tls_conn **out);
void tls_conn_free(struct tls_conn **);

enum tls_shaken tls_conn_shake(struct tls_conn *);
/* TLS_SHAKEN_REFUSED: a constant word for the log; NULL if the peer left before it said anything. */
const char *tls_conn_why(const struct tls_conn *);
/* The peer has sent something. */
bool tls_conn_begun(const struct tls_conn *);

/* Returns how many bytes came; 0 if the peer said that no more follow, -1 if there are none for now, -2 if the
 * connection is broken. An end that was not said is broken too, because somebody else may have made it. */
ssize_t tls_conn_read(struct tls_conn *, char *to, size_t max);
/* Reading again would give something, though the socket is silent. */
bool tls_conn_more(const struct tls_conn *);
/* Returns how many bytes of both were taken, 0 if none can be for now, -1 if none ever will. What was not taken is
 * given again, from the first such byte on; it may lie elsewhere, and more may follow it. */
ssize_t tls_conn_write(struct tls_conn *, const char *head, size_t head_len, const char *body, size_t body_len);
/* Says that no more follows (close_notify). Returns false if the socket does not take that now: call again. */
bool tls_conn_end(struct tls_conn *);

/* The handshake, or reading, goes on when the socket takes bytes, and not before. */
bool tls_conn_read_wants_write(const struct tls_conn *);
/* Writing goes on when bytes have come. */
bool tls_conn_write_wants_read(const struct tls_conn *);
/* Has writable called, once. Errors: SRV_ENOMEM. */
enum srv_err tls_conn_wake(struct tls_conn *, bool on);

#endif
