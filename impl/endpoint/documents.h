/* The documents made from the WSDL at build time, with the caller's address put in. Thread: any. */
#ifndef SRV_ENDPOINT_DOCUMENTS_H
#define SRV_ENDPOINT_DOCUMENTS_H

#include "../net/http.h"

/* Answers GET and HEAD of the service's path: ?wsdl, ?wsdl=text, ?singleWsdl, ?disco, ?op=<Operation>, or the
 * service's page. address is the service's. Never fails: what is not there is a 404. */
void documents_answer(struct http_text query, const char *address, struct http_response *out);

#endif
