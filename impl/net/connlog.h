/* The log of what goes wrong on connections: a line an event as long as there are few, sums when there
 * are many. For net/ only. Thread: one loop each. */
#ifndef SRV_NET_CONNLOG_H
#define SRV_NET_CONNLOG_H

#include "../base/clock.h"

#include <stdbool.h>

#define CONNLOG_WINDOW_MS 10000
#define CONNLOG_LINES 100 /* in a window; the rest are counted */

struct connlog {
	mono_t since; /* when the window began */
	bool open;    /* there is something to say when it ends */
	unsigned lines, dropped;
	unsigned silent; /* connections that never sent anything */
};

/* class and peer are ours, not the wire's. status 0: nothing was answered. Returns true if a window was
 * opened by this, for whose end connlog_flush is due. */
bool connlog_error(struct connlog *, mono_t now, const char *class, int status, const char *peer);
bool connlog_silent(struct connlog *, mono_t now);
/* Writes the sums and ends the window. */
void connlog_flush(struct connlog *);

#endif
