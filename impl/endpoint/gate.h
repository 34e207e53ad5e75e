/* The gate in front of gSOAP: one pass of expat over a SOAP body proves it well formed, within limits and
 * shaped as an Envelope with one operation, whatever its charset; what passed is written anew, in UTF-8, with
 * nothing but what gSOAP is to see. Pure: no I/O. Thread: a gate is one thread's at a time. */
#ifndef SRV_ENDPOINT_GATE_H
#define SRV_ENDPOINT_GATE_H

#include "../base/buf.h"
#include "../base/conf.h"
#include "../net/http.h"

enum gate_verdict {
	GATE_OK,
	GATE_MALFORMED,  /* not well-formed, a document type, over a limit, unknown charset: 400 */
	GATE_SHAPE,      /* well formed, but no Envelope with one operation in it */
	GATE_UNKNOWN,    /* the body element is no operation */
	GATE_VERSION,    /* an Envelope in another namespace than the content type says */
	GATE_UNDERSTAND, /* a header block that must be understood */
	GATE_NOMEM,
};

struct gate_limits {
	int64_t depth, elements, attributes, element_attributes, namespaces, name, attribute, text;
};
void gate_limits_init(struct gate_limits *, const struct conf *);

struct gate_result {
	int op;           /* index in op_table, with GATE_OK */
	const char *text; /* a constant for the fault, with any other verdict */
};

/* What passes use again: one a worker. Errors: SRV_ENOMEM. */
struct gate;
enum srv_err gate_new(struct gate **out);
void gate_free(struct gate **);

/* What stands before and behind the operation's element in the document for gSOAP; the first also empties the buf. */
void gate_document_begin(struct buf *request, int version);
void gate_document_end(struct buf *request);
/* The operation's element in such a document, and what is behind it; len 0 if it is no such document. */
struct http_text gate_document_operation(const struct buf *request);

/* version 1 or 2: which SOAP the content type says. charset: the content type's, or len 0. request gets
 * the document for gSOAP on GATE_OK. */
enum gate_verdict gate_check(struct gate *, const struct gate_limits *, int version, struct http_text charset,
    struct http_text body, struct buf *request, struct gate_result *out);

#endif
