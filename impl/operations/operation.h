/* What an operation is made of: a call with typed parameters comes in, a result element goes out. An
 * operation knows nothing of sockets, forms or envelopes. A new one is a file in this folder that
 * defines `const struct operation op_<Operation>`; the table that finds it is generated from the WSDL. */
#ifndef SRV_OPERATION_H
#define SRV_OPERATION_H

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/xml.h"
#include "../cache/cache.h"
#include "../session/session.h"
#include "../store/store.h"

#define OP_PARAMS_MAX 8

/* What operations stand on, made by main() once. */
struct op_env {
	struct store *store;
	struct cache *cache;
	struct sessions *sessions;
	const char *version; /* four parts: 1.0.0.0 */
	struct pool *login_pool;
};

struct op_call;
enum op_state {
	OP_DONE,    /* the result is in call->result */
	OP_PENDING, /* it will be, and op_finish(call) says when, from any thread, perhaps already */
};

struct operation {
	/* What must hold before run is called; the endpoint checks it and answers [901], [921]. */
	enum { OP_PUBLIC, OP_TICKET } access;
	enum session_permission permission;
	int ticket_param;   /* index of the parameter that holds the ticket, with OP_TICKET */
	bool ticket_cookie; /* the `ticket` cookie stands in for an absent or empty one */
	bool keeps_ticket;  /* looking is no use of the ticket: isValidTicket */
	bool blocks;        /* run may block, so it is called on the pool, not on an event loop */
	bool logs_in;       /* its first two parameters are a name and a password; it blocks on the login pool */
	bool changes;       /* does something besides answering: HEAD and prefetch never run it */
	enum op_state (*run)(struct op_call *);
};

/* What the generated table says of an operation (gen/ makes op_table from the WSDL and results.xsd). */
struct op_info {
	const char *name;                  /* FlushApplicationCache */
	const char *result;                /* root or response */
	const char *params[OP_PARAMS_MAX]; /* names in order, param_count of them */
	int param_count;
	const struct operation *operation;
};

struct op_call {
	const struct op_env *env;
	const struct op_info *info;
	const char *param[OP_PARAMS_MAX];          /* NULL is absent; borrowed for the call */
	const char *cookie_ticket;                 /* NULL if the request has none */
	const char *peer;                          /* the caller's address as text */
	const char *result_element;                /* what the result element is called in this installation */
	const struct snapshot *snapshot;           /* current when the request began */
	const struct session *session;             /* with OP_TICKET, and behind a login */
	wall_t expires_at;                         /* the session's */
	struct buf result;                         /* the result element's bytes */
	struct srv_reason outcome;                 /* what the log says of a failure; empty for success */
	const char *refusal;                       /* why a login was refused, for the log alone; or NULL */
	char ticket_name[SESSION_TICKET_NAME_MAX]; /* of the ticket that a login made; else empty */
	int delay_ms;                              /* the answer is held back so long: LoginDelay */
	void (*finish)(struct op_call *);          /* the endpoint's; see op_finish */
	void *owner;                               /* the endpoint's */
};

/* For run functions that returned OP_PENDING. Thread: any. The call is not theirs any more afterwards. */
void op_finish(struct op_call *);

/* The ticket this call shows: its parameter, or the cookie where that is allowed. May be NULL. */
const char *op_ticket(const struct op_call *);

/* Starts a result element with success="true"; the caller adds attributes and children, then xml_close. */
void op_result_begin(struct op_call *, struct xml *);
/* The whole of `<root success="true" />`. */
void op_result_ok(struct op_call *);
/* `<root success="false" error="..." />` with the exact text of CONTRACT section 2 for err; for errors of
 * the store `[991]`. Writes the failure into call->outcome. op_fail_reload: `[990]` with its reason. */
void op_fail(struct op_call *, enum srv_err err);
void op_fail_reload(struct op_call *, const struct srv_reason *why);
/* The result of a login: ticket may be NULL (isValidTicket). */
void op_result_session(struct op_call *, const char *ticket, const struct session *, wall_t expires_at);

#endif
