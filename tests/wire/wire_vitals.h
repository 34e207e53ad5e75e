/* What the system says of a running srvd, so that a test can show that what it did left nothing behind. */
#ifndef SRV_WIRE_VITALS_H
#define SRV_WIRE_VITALS_H

#include "wire_call.h"

/* Memory and times that a sanitizer makes its own are only shown with one; its own report judges leaks then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SRV_MEMCHECK)
#define WIRE_SANITIZED true
#else
#define WIRE_SANITIZED false
#endif

struct wire_vitals {
	pid_t pid;
	long descriptors, threads;
	long resident_kib;
	double processor_ms; /* so far */
};

struct wire_vitals wire_vitals(const struct wire_srvd *); /* asserts */
/* Asserts that it is the same process, that it answers, that its descriptors and threads are back where they were
 * within 5 s, and that it holds at most slack_kib more memory. Prints the figures before and after. */
void wire_expect_unharmed(const struct wire_srvd *, const struct wire_vitals *before, long slack_kib, const char *what);

/* How long callers wait for ServerInfo. */
struct wire_probe {
	double ms[4096];
	size_t count;
};
/* One more call, on a connection of its own; asserts a right answer. */
void wire_probe(const struct wire_srvd *, struct wire_probe *);
/* Calls for so long, with a short rest between two. */
void wire_probe_for(const struct wire_srvd *, struct wire_probe *, int ms);
/* The wait that this share of the calls did not exceed, from 0 to 1. */
double wire_probe_at(const struct wire_probe *, double share);
/* Asserts that one in ten at most waited longer, for a busy machine makes some wait, and prints the figures. */
void wire_probe_expect(const struct wire_probe *, double p90_ms, const char *what);

#endif
