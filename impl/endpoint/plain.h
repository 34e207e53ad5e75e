/* The short way through the gate, for the envelopes that most callers send. Pure. Thread: any. */
#ifndef SRV_ENDPOINT_PLAIN_H
#define SRV_ENDPOINT_PLAIN_H

#include "gate.h"

/* As gate_check, for plain envelopes alone (plain.c says which those are). True: gate_check would have said GATE_OK,
 * with just this in *request and *out. False: it is not plain, whether right or wrong; *request and *out are of no use.
 */
bool plain_check(const struct gate_limits *, int version, struct http_text charset, struct http_text body,
    struct buf *request, struct gate_result *out);

#endif
