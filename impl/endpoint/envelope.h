/* SOAP answers: the envelope that gSOAP writes around a result or a fault. Thread: one struct envelopes serves any
 * number at once, for nothing in it changes. */
#ifndef SRV_ENDPOINT_ENVELOPE_H
#define SRV_ENDPOINT_ENVELOPE_H

#include "../base/buf.h"
#include <stddef.h>

struct envelopes;

enum envelope_fault {
	ENVELOPE_CLIENT,
	ENVELOPE_SERVER,
	ENVELOPE_MUST_UNDERSTAND,
	ENVELOPE_VERSION_MISMATCH,
};

/* Errors: SRV_ENOMEM. */
enum srv_err envelopes_new(struct envelopes **out);
void envelopes_free(struct envelopes **);

/* Appends the envelope with the operation's response element, whose content is the literal XML given. version: of SOAP,
 * 1 or 2, for 1.1 and 1.2. Errors: out's own. */
enum srv_err envelope_result(
    const struct envelopes *, int version, int op, const char *xml, size_t len, struct buf *out);
/* Appends an envelope with a fault; text becomes faultstring or Reason/Text, escaped. Errors: out's own. */
enum srv_err envelope_fault(
    const struct envelopes *, int version, enum envelope_fault, const char *text, struct buf *out);

#endif
