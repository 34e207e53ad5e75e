/* One call: an operation and its parameters become a SOAP request, the answer becomes a tree. Only srvclient.c includes
 * this. */
#ifndef SRV_CLIENT_SOAP_H
#define SRV_CLIENT_SOAP_H

#include "operation.h"
#include "result.h"
#include "transport.h"

struct soap_call {
	struct transport *transport;
	enum srvclient_soap version;
	size_t answer_max; /* bytes */
	const struct client_operation *operation;
	const char *const *params; /* UTF-8 that XML can hold, or NULL */
};
/* Owns: *answer is the caller's on SRVCLIENT_OK (result_free): the whole envelope, which gSOAP has found to be the
 * answer of the operation. status: of HTTP, or 0 if there is none, whatever is returned. Errors, with the reason or
 * the fault's text appended to why: all but refusals. */
enum srvclient_err soap_call_run(const struct soap_call *, struct result **answer, int *status, struct buf *why);

#endif
