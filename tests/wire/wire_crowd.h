/* Many connections at once that are cheap for the test: nothing of what they get is kept but how it began and how much
 * it was. Functions assert; they are for the test's own thread. A crowd still there is closed behind the test. */
#ifndef SRV_WIRE_CROWD_H
#define SRV_WIRE_CROWD_H

#include "wire_http.h"

#define WIRE_CROWD_TINY 1 /* receive buffers as small as the system makes them */

struct wire_member {
	int fd;     /* -1 once closed by the test */
	int status; /* of the first answer, or 0 */
	size_t got; /* bytes */
	bool ended; /* by srvd, in order or with a reset */
	bool reset; /* ... with one */
};
struct wire_crowd {
	struct wire_member *member;
	size_t count;
	struct wire_crowd *next;
};

/* From 127.0.1.1 on, at most 1,000 from an address. */
struct wire_crowd *wire_crowd_connect(const struct wire_srvd *, size_t count, int flags);
/* As many as these descriptors allow the test and srvd, at most count; raises the test's soft limit. */
size_t wire_crowd_affordable(size_t count);
/* Sends to one or to all; an end that came in between is noticed by the next look. */
void wire_crowd_say(struct wire_crowd *, size_t i, struct wire_bytes);
void wire_crowd_all_say(struct wire_crowd *, struct wire_bytes);
/* Reads what has come within so many ms; ends sooner if all have ended. */
void wire_crowd_look(struct wire_crowd *, int ms);
/* Looks until so many have begun to get an answer of this status, or have ended; false if that lasts too long. */
bool wire_crowd_wait_status(struct wire_crowd *, int status, size_t count, int tmo_ms);
bool wire_crowd_wait_ended(struct wire_crowd *, size_t count, int tmo_ms);
size_t wire_crowd_with_status(const struct wire_crowd *, int status);
size_t wire_crowd_ended(const struct wire_crowd *);
void wire_crowd_end_sending(struct wire_crowd *); /* shutdown(SHUT_WR) */
void wire_crowd_reset(struct wire_crowd *);       /* closes all, each with a reset */
void wire_crowd_close(struct wire_crowd *);
void wire_crowd_leave(struct wire_crowd *, size_t i); /* closes one */
void wire_crowd_close_all(void);                      /* for the teardown */

#endif
