/* The documents and pages made from the WSDL at build time, with what a request tells put in. Thread: one. */
#ifndef SRV_ENDPOINT_DOCUMENTS_H
#define SRV_ENDPOINT_DOCUMENTS_H

#include "../net/http.h"
#include <stdbool.h>

struct documents;

enum srv_err documents_new(struct documents **out); /* SRV_ENOMEM */
void documents_free(struct documents **);

/* For whom. */
struct documents_reader {
	const char *address; /* the service's, as this reader sees it: http://HOST/PATH */
	enum {
		DOCUMENTS_FORMS,
		DOCUMENTS_FORMS_OFF,
		DOCUMENTS_FORMS_REMOTE
	} forms;         /* pages have forms, or say why not */
	bool is_renamed; /* every result element is named response */
};

/* Answers GET and HEAD of the service's path: ?wsdl, ?wsdl=text, ?singleWsdl, ?disco, ?openapi, ?op=<Operation>, or the
 * service's page; compressed where the reader takes that, and 304 where it has it. Never fails: an unknown operation is
 * a 404 that lists those there are, and without memory it is a 503. */
void documents_answer(
    struct documents *, const struct http_request *, const struct documents_reader *, struct http_response *out);

#endif
