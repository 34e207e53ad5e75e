/* A service that takes one connection and answers each request on it with what it was given, whatever that is: for
 * tests of those who ask. All asserts. For the test's own thread. */
#ifndef SRV_WIRE_CANNED_H
#define SRV_WIRE_CANNED_H

#include "wire_call.h"

#include <pthread.h>

struct wire_canned {
	char url[64], host[32];
	int port;
	const char *request; /* what came, once it is stopped; of a thread until then */
	/* Its own. */
	int fd;
	struct wire_bytes answer;
	enum wire_canned_way { WIRE_CANNED_ONCE, WIRE_CANNED_FOREVER, WIRE_CANNED_HOLD } way;
	pthread_t thread;
	bool running;
	char kept[8192];
};

/* Listens at a free port, and lets nobody in: what connects gets no answer. */
void wire_canned_listen(struct wire_canned *);
/* Answers in its own thread. NULL answer.p: hangs up without one. ONCE: the answer, then the end; FOREVER: the answer
 * again and again until the other side has gone; HOLD: the answer, then silence until it is stopped. */
void wire_canned_start(struct wire_canned *, enum wire_canned_way, struct wire_bytes answer);
void wire_canned_stop(struct wire_canned *);

/* An answer in bytes, with its length and Connection: close. */
const char *wire_canned_http(const char *status, const char *type, const char *body);
/* The same around a SOAP body. */
const char *wire_canned_soap(enum wire_form, const char *status, const char *body);
/* The success of an operation with this result element. */
const char *wire_canned_result(enum wire_form, const char *op, const char *element);

#endif
