/* Takes connections from the listening sockets into a worker, or hands them to a less busy one. For worker.c only.
 * Thread: the loop, but for init and fini. */
#ifndef SRV_NET_ACCEPTOR_H
#define SRV_NET_ACCEPTOR_H

#include "../base/err.h"

#include <event2/event.h>
#include <stddef.h>

struct worker;
struct mailbox_given;

struct acceptor {
	struct worker *worker;
	struct event **events; /* one a listener */
	size_t count;
	struct event *retry; /* accepting is paused until it goes off */
	int pause_ms;        /* the last pause; 0 if there was none since */
};

/* Errors: SRV_ENOMEM. */
enum srv_err acceptor_init(struct acceptor *, struct worker *);
void acceptor_fini(struct acceptor *);
/* Takes what waits already, unless the next process will, and then no more. */
void acceptor_stop(struct acceptor *);
/* Takes what other loops gave. */
void acceptor_take_given(struct worker *);

#endif
