/* What endpoint.c, request.c and exchange.c share. Only they include this. */
#ifndef SRV_ENDPOINT_PRIV_H
#define SRV_ENDPOINT_PRIV_H

#include "../base/conf_ref.h"
#include "documents.h"
#include "endpoint.h"
#include "envelope.h"
#include "form.h"
#include "forwarded.h"
#include "gate.h"
#include "gsoap.h"
#include "site.h"
#include "wire.h"
#include <pthread.h>
#include <stdatomic.h>

struct endpoint {
	struct conf_holder conf;
	struct envelopes *envelopes;
	const struct op_env *env;
	struct pool *pool;
};

struct endpoint_worker {
	struct endpoint *endpoint;
	struct conf_view conf; /* and what is made from it: */
	struct site *site;
	struct networks proxies; /* trusted_proxies */
	struct gate_limits gate_limits;
	struct form_limits form_limits;
	struct gate *gate;
	struct gsoap *gsoap;
	struct documents *documents;
	struct forwarded_log forwarded_log;
	struct buf document; /* what the gate wrote, between it and gSOAP */
};

enum exchange_form { FORM_NONE, FORM_SOAP_11, FORM_SOAP_12, FORM_GET, FORM_POST };

struct exchange {
	struct op_call call;
	struct endpoint *endpoint;
	enum exchange_form form;
	int op;
	bool text_result; /* the SOAP result is the text of the result element */
	bool head_only;
	struct gsoap_parsed parsed;
	char *cookie_ticket, *peer; /* owned, or NULL */
	char *allowed_origin;       /* owned; of the page that may read the answer, or NULL */
	mono_t began;
	atomic_int refs;      /* the loop's and the operation's */
	pthread_mutex_t lock; /* abandoned, and the call of ready */
	bool abandoned;
	exchange_ready *ready;
	void *loop_arg;
	uint64_t id;
};

/* Sees to it that what was made from the configuration is from the one in force. Out of memory, it is from the one
 * before, and the next call tries again. */
void endpoint_worker_renew(struct endpoint_worker *);

/* Runs the operation: true if its result is there already, false if ready will say so. SRV_EBUSY in *err: the pool is
 * full, nothing ran. */
bool exchange_start(struct exchange *, enum srv_err *err);
/* Writes the answer for a finished exchange. */
void exchange_answer(struct endpoint_worker *, struct exchange *, struct http_response *out);
void exchange_unref(struct exchange *);

/* What the page's panel shows: POST ?status with a ticket, answered as a form is (status.c). */
extern const struct op_info status_info;

/* The field lines that go with every answer of an operation. */
void answer_headers(struct http_response *, const char *allowed_origin);
/* An envelope with a fault, or the plain text of one where the form has none. version 0: no envelope. */
void answer_fault(struct endpoint_worker *, int version, int status, enum envelope_fault, const char *text,
    struct http_response *out);
/* Internal failure: logs what, under a number that the caller is told. */
void answer_incident(struct endpoint_worker *, int version, const char *what, struct http_response *out);

#endif
