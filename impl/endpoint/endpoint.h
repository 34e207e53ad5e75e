/* From one whole HTTP request to one whole answer: the four forms, the faults, the documents.
 * An exchange goes through three steps, none of which blocks an event loop:
 *   1. endpoint_begin, on the loop: the request is checked, parsed by gSOAP and becomes an op_call; what
 *      reads only memory is run in place, the rest goes to the pool or waits for a flush;
 *   2. the operation runs, wherever that may be, and fills in the result; ready() is called;
 *   3. endpoint_answer, on the loop again: gSOAP serialises the answer.
 * Each loop owns one endpoint_worker with a gSOAP context; an exchange stays with its loop. */
#ifndef SRV_ENDPOINT_H
#define SRV_ENDPOINT_H

#include "../base/conf.h"
#include "../base/pool.h"
#include "../net/http.h"
#include "../operations/operation.h"

struct endpoint;        /* shared; of it only the configuration changes */
struct endpoint_worker; /* one a loop */
struct exchange;        /* one request on its way */

/* Borrowed for the endpoint's life: env, pool; keeps a reference to conf. Errors: SRV_EINVAL (a value that nobody but
 * its user understands), SRV_ENOMEM. */
enum srv_err endpoint_new(
    const struct conf *, const struct op_env *, struct pool *, struct endpoint **out, struct srv_reason *why);
void endpoint_free(struct endpoint **);
/* Another configuration, from the next request on. Errors as endpoint_new; then nothing has changed. Thread: any. */
enum srv_err endpoint_configure(struct endpoint *, const struct conf *, struct srv_reason *why);
enum srv_err endpoint_worker_new(struct endpoint *, struct endpoint_worker **out);
void endpoint_worker_free(struct endpoint_worker **);

/* Called when a pending exchange can be answered: from any thread, once, perhaps before endpoint_begin
 * has returned. Must only wake the loop. loop_arg and id are what endpoint_begin was given. */
typedef void exchange_ready(void *loop_arg, uint64_t id);

/* Takes a request up. Returns true: *out is the answer, and no exchange remains. Returns false: the answer
 * is pending, *x names the exchange and ready will be called with id. The request is borrowed only
 * during this call. Never fails: what goes wrong becomes an answer. */
bool endpoint_begin(struct endpoint_worker *, const struct http_request *, exchange_ready *ready, void *loop_arg,
    uint64_t id, struct http_response *out, struct exchange **x);
/* After ready: writes the answer and frees the exchange (NULLs the pointer). The same loop's thread. */
void endpoint_answer(struct endpoint_worker *, struct exchange **x, struct http_response *out);
/* The connection is gone: the exchange's operation still runs to its end, its answer is dropped. May be
 * called before or after ready; ready may still be called once, and its id is then stale. */
void endpoint_abandon(struct endpoint_worker *, struct exchange **x);

#endif
