/* Deadlines of a loop's connections: a list for each kind, whose members all wait equally long, so that each list is
 * in order by itself and setting one costs no more than moving a list node. One timer watches the first of
 * each. For conn.c and worker.c. Thread: one loop each. */
#ifndef SRV_NET_DEADLINE_H
#define SRV_NET_DEADLINE_H

#include "../base/clock.h"
#include "../base/conf.h"

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

#define DEADLINE_FAREWELL_MS 1000 /* what a connection may be silent at a stop, counted from its last answer */

/* X(name, milliseconds, from conf) */
#define DEADLINES(X)                                          \
	X(DEADLINE_SHAKE, conf->tls_handshake_timeout * 1000) \
	X(DEADLINE_HEAD, conf->head_timeout * 1000)           \
	X(DEADLINE_BODY, conf->body_timeout * 1000)           \
	X(DEADLINE_ANSWER, conf->answer_timeout * 1000)       \
	X(DEADLINE_IDLE, conf->idle_timeout * 1000)           \
	X(DEADLINE_LINGER, 2000)                              \
	X(DEADLINE_FAREWELL, DEADLINE_FAREWELL_MS)

enum deadline_kind {
	DEADLINE_NONE,
#define X(name, ms) name,
	DEADLINES(X)
#undef X
	    DEADLINE_KINDS
};

struct deadline {
	TAILQ_ENTRY(deadline) link;
	mono_t at;
	enum deadline_kind kind;
	void *owner; /* borrowed; what expired() is called with */
};

TAILQ_HEAD(deadline_list, deadline);

struct deadlines {
	struct deadline_list list[DEADLINE_KINDS];
	int64_t ms[DEADLINE_KINDS];
	struct event *timer;
	mono_t armed; /* when the timer goes off; INT64_MAX if it does not */
	bool respite; /* it is armed for the end of one */
	void (*expired)(void *owner, enum deadline_kind);
};

/* Errors: SRV_ENOMEM. */
enum srv_err deadlines_init(
    struct deadlines *, struct event_base *, const struct conf *, void (*expired)(void *owner, enum deadline_kind));
void deadlines_fini(struct deadlines *);
/* Times as conf has them now. What is set already ends when it would, or as soon as it would if it were set now. */
void deadlines_configure(struct deadlines *, const struct conf *, mono_t now);
/* Sets, moves or (DEADLINE_NONE) takes away. expired() is called with the kind once it passed; it is off then. */
void deadline_set(struct deadlines *, struct deadline *, enum deadline_kind, mono_t now);

#endif
