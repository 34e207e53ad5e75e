/* Callers that go on and on while a test does something to the server, and that follow the rules of HTTP: a connection
 * that ends between two requests is nobody's fault, and what was asked on it last, without a byte of an answer, is
 * asked again on a new one. Everything else that goes wrong is counted: a refused connection, an end or a reset on a
 * connection whose first request is under way, half an answer, another answer than the right one. */
#ifndef SRV_WIRE_LOAD_H
#define SRV_WIRE_LOAD_H

#include "harness.h"

#define WIRE_LOAD_CALLERS 8

struct wire_load;

/* Half of the callers keep their connections, half ask once on each; they call ServerInfo, isValidTicket with the
 * ticket, and FlushApplicationCache. Asserts. */
struct wire_load *wire_load_start(const struct wire_srvd *, const char *ticket);
/* Waits until each caller had this many more answers. Asserts. */
void wire_load_wait(struct wire_load *, unsigned answers);

struct wire_load_sums {
	unsigned answers, closes; /* of them with Connection: close where the caller had not asked for it */
	unsigned retries;         /* on connections that had ended */
	unsigned failures;
	char why[256]; /* of the first */
};
/* Ends the callers; asserts that none had a failure. */
struct wire_load_sums wire_load_stop(struct wire_load *);

#endif
