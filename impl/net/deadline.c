/* Why: a timer of libevent's for each connection would move in its heap with every request. Here the
 * usual case, idle to idle, moves a node to the end of a list; the one timer is lazy: it is only ever moved
 * forward when something earlier comes up, and when it goes off for something that is long gone it is
 * set anew for what is first then.
 * Deadlines are for callers. If the loop did not come round for a while, as on a machine that stood still, what they
 * sent in time lies in their sockets, and is read before anybody is called late.
 * Called by connections, by the worker and by the timer, on one loop. */
#include "deadline.h"

#include <stdint.h>
#include <string.h>

#define STALL_MS 500   /* the timer is never so late in a loop that comes round */
#define RESPITE_MS 500 /* for what was sent meanwhile */

static void
arm(struct deadlines *d, mono_t at, mono_t now)
{
	/* A millisecond more, because the timer's clock and ours are rounded differently. */
	int64_t ms = at.ms > now.ms ? at.ms - now.ms + 1 : 1;
	struct timeval tv = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	if (event_add(d->timer, &tv) == 0)
		d->armed = at;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct deadlines *d = arg;
	mono_t now = clock_mono();
	mono_t next = {INT64_MAX};
	bool stalled = now.ms - d->armed.ms > STALL_MS && !d->respite;

	(void)fd;
	(void)what;
	d->armed.ms = INT64_MAX;
	d->respite = stalled;
	if (stalled) {
		arm(d, (mono_t){now.ms + RESPITE_MS}, now);
		return;
	}
	for (int kind = DEADLINE_NONE + 1; kind < DEADLINE_KINDS; kind++) {
		struct deadline *first;

		while ((first = TAILQ_FIRST(&d->list[kind])) != NULL && first->at.ms <= now.ms) {
			deadline_set(d, first, DEADLINE_NONE, now);
			d->expired(first->owner, (enum deadline_kind)kind);
		}
	}
	for (int kind = DEADLINE_NONE + 1; kind < DEADLINE_KINDS; kind++) {
		const struct deadline *first = TAILQ_FIRST(&d->list[kind]);

		if (first != NULL && first->at.ms < next.ms)
			next = first->at;
	}
	if (next.ms < d->armed.ms)
		arm(d, next, now);
}

enum srv_err
deadlines_init(struct deadlines *d, struct event_base *base, const struct conf *conf,
    void (*expired)(void *owner, enum deadline_kind))
{
	memset(d, 0, sizeof(*d));
	for (int kind = 0; kind < DEADLINE_KINDS; kind++)
		TAILQ_INIT(&d->list[kind]);
#define X(name, value) d->ms[name] = value;
	DEADLINES(X)
#undef X
	d->expired = expired;
	d->armed.ms = INT64_MAX;
	d->timer = evtimer_new(base, on_timer, d);
	return d->timer != NULL ? SRV_OK : SRV_ENOMEM;
}

void
deadlines_configure(struct deadlines *d, const struct conf *conf, mono_t now)
{
#define X(name, value) d->ms[name] = value;
	DEADLINES(X)
#undef X
	/* The lists stay in order: the later ones all become due at the same time. */
	for (int kind = DEADLINE_NONE + 1; kind < DEADLINE_KINDS; kind++) {
		struct deadline *one = TAILQ_LAST(&d->list[kind], deadline_list);
		int64_t latest = now.ms + d->ms[kind];

		for (; one != NULL && one->at.ms > latest; one = TAILQ_PREV(one, deadline_list, link))
			one->at.ms = latest;
		one = TAILQ_FIRST(&d->list[kind]);
		if (one != NULL && one->at.ms < d->armed.ms)
			arm(d, one->at, now);
	}
}

void
deadlines_fini(struct deadlines *d)
{
	if (d->timer != NULL)
		event_free(d->timer);
	d->timer = NULL;
}

void
deadline_set(struct deadlines *d, struct deadline *one, enum deadline_kind kind, mono_t now)
{
	if (one->kind != DEADLINE_NONE)
		TAILQ_REMOVE(&d->list[one->kind], one, link);
	one->kind = kind;
	if (kind == DEADLINE_NONE)
		return;
	one->at.ms = now.ms + d->ms[kind];
	TAILQ_INSERT_TAIL(&d->list[kind], one, link);
	if (one->at.ms < d->armed.ms)
		arm(d, one->at, now);
}
