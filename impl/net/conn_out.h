/* What a connection sends: straight to the socket if it takes all, kept for later if not. For conn.c only.
 * Thread: the loop of its worker. */
#ifndef SRV_NET_CONN_OUT_H
#define SRV_NET_CONN_OUT_H

#include "conn.h"

enum conn_sent {
	CONN_SENT_ALL,
	CONN_SENT_PART,  /* the rest follows by conn_writable */
	CONN_SENT_FAILED /* the peer is gone, or memory is out */
};

/* Sends an answer. *r is moved from (it is empty then) if CONN_SENT_PART. */
enum conn_sent conn_out_send(struct conn *, struct http_response *r);
/* Sends 100 Continue. */
enum conn_sent conn_out_continue(struct conn *);
/* Has conn_writable called with nothing to send. Returns CONN_SENT_PART or CONN_SENT_FAILED. */
enum conn_sent conn_out_wait(struct conn *);
/* Sends on. */
enum conn_sent conn_out_flush(struct conn *);
/* Keeps an answer for r->delay_ms, then calls conn_delayed; *r is moved from if SRV_OK. Errors: SRV_ENOMEM. */
enum srv_err conn_out_hold(struct conn *, struct http_response *r);
/* Gives it back. *r is the caller's. */
void conn_out_take(struct conn *, struct http_response *r);
void conn_out_drop(struct conn *);

/* conn.c's: the socket takes more; an answer's time has come. */
void conn_writable(evutil_socket_t, short, void *conn);
void conn_delayed(evutil_socket_t, short, void *conn);

#endif
