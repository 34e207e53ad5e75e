/* gSOAP's reading, as the rest of endpoint/ sees it: a context that turns a request written anew into an operation with
 * parameters. (Its writing: envelope.h.) Thread: one context belongs to one event loop. */
#ifndef SRV_ENDPOINT_GSOAP_H
#define SRV_ENDPOINT_GSOAP_H

#include "../base/buf.h"
#include "../net/http.h"
#include "../operations/operation.h"

struct gsoap;

/* The parameters that gSOAP parsed, copied: they outlive the context's memory. */
struct gsoap_parsed {
	int op;                     /* index in op_table */
	char *param[OP_PARAMS_MAX]; /* owned; NULL is absent */
};
void gsoap_parsed_fini(struct gsoap_parsed *);

/* How a form's parameters become an operation's: called by gSOAP's GET and form hooks (form.c). For GET, text is the
 * query, for a form it is the body. */
typedef enum srv_err gsoap_form_decode(void *arg, struct http_text text, struct gsoap_parsed *out);

enum srv_err gsoap_new(struct gsoap **out);
void gsoap_free(struct gsoap **);

/* Gives gSOAP a SOAP request: the document as gate_check wrote it, which says its version. SRV_OK and *out (the
 * caller's); SRV_EINVAL if gSOAP refuses what the gate let through; SRV_ENOMEM. */
enum srv_err gsoap_parse_envelope(struct gsoap *, const struct buf *document, struct gsoap_parsed *out);
/* Gives gSOAP a GET or POST form for the operation; its hook calls decode with arg. Errors: SRV_ENOMEM, and
 * what decode says. */
enum srv_err gsoap_parse_get(
    struct gsoap *, int op, struct http_text query, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out);
enum srv_err gsoap_parse_form(
    struct gsoap *, int op, struct http_text body, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out);

#endif
