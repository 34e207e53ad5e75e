/* One connection. For worker.c and acceptor.c. Thread: the loop of its worker. */
#ifndef SRV_NET_CONN_H
#define SRV_NET_CONN_H

#include "tls_conn.h"
#include "worker.h"

#include <netinet/in.h>

enum conn_state {
	CONN_SHAKE,  /* the handshake of TLS */
	CONN_READ,   /* a request, or the wait for one */
	CONN_WAIT,   /* an exchange is under way */
	CONN_DELAY,  /* its answer is held back */
	CONN_WRITE,  /* its answer did not go out in one piece */
	CONN_LINGER, /* all is said; what still comes is thrown away, so that the last answer is not lost to a reset */
	CONN_DEAD    /* to be freed at the end of the event */
};

/* What a connection needs only while bytes wait to be sent, or an answer for its time. */
struct conn_out {
	struct event write; /* added while the socket takes no more */
	struct event delay;
	struct buf head;               /* bytes that go out first */
	struct http_response response; /* whose body goes out behind it, in CONN_WRITE */
	struct http_text body;         /* borrowed from response */
	size_t sent;                   /* of both */
};

struct conn {
	struct worker *worker;
	const struct conf *conf; /* a reference: what was in force when the request being read began */
	struct event read;
	int fd;
	uint32_t slot; /* in the worker's mailbox */
	enum conn_state state;
	struct http1 request;
	struct buf in;        /* bytes read and not yet used; no memory while the connection is idle */
	struct conn_out *out; /* NULL: nothing waits */
	struct tls_conn *tls; /* NULL: the connection is plain */
	struct exchange *exchange;
	struct deadline deadline;
	unsigned deadline_request; /* the request for which the deadline was set */
	unsigned requests;         /* taken up so far */
	mono_t quiet_since;        /* it was opened, its handshake was over, or it had an answer */
	bool reading;              /* the read event is on */
	bool eof;                  /* the peer will send no more; it may still read */
	bool backlog;              /* in holds requests whose turn comes with the next event */
	bool more;                 /* bytes came behind the request being answered */
	bool close;                /* the answer is the last */
	bool asked_close;          /* the client wants it so */
	bool head_only;            /* the request is HEAD */
	int minor;                 /* the request's HTTP/1.minor */
	bool awaits_proxy;         /* a PROXY header comes before all else */
	bool counted;              /* the caps have its address */
	bool tls_before;           /* the client speaks TLS to the proxy that announced it */
	size_t lingered;           /* bytes thrown away */
	struct http_text behind;   /* in take_up: the bytes behind the request, borrowed */
	struct caps_address address;
	char peer[INET6_ADDRSTRLEN];
	bool from_here; /* http.h */
	LIST_ENTRY(conn) link;
};

/* Takes fd over if SRV_OK. flags are its listener's. Errors: SRV_ENOMEM. */
enum srv_err conn_new(
    struct worker *, int fd, unsigned flags, const struct caps_address *, const char *peer, bool from_here);
/* The exchange under way can be answered. */
void conn_ready(struct conn *);
/* A deadline passed. */
void conn_expired(void *conn, enum deadline_kind);
/* The server stops: reads what has come, for the last time but for a request that is half there, and ends if there is
 * nothing to do. A connection that was opened or answered a moment ago gets another moment, because its next request
 * may be on its way. */
void conn_drain(struct conn *);
/* Cuts it off. Returns true if it had something to do. */
bool conn_cut(struct conn *);

#endif
