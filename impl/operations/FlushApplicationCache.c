/* FlushApplicationCache(authenticationTicket): settings, licence and the rest are loaded anew. The load
 * runs on the cache's own thread and so does the answer; no other thread waits for it, however long it
 * takes and however many ask. */
#include "operation.h"

/* On the cache's loader thread, perhaps before run has returned. */
static void
flushed(void *arg, enum srv_err err, const struct srv_reason *why)
{
	struct op_call *call = arg;

	if (err == SRV_OK)
		op_result_ok(call);
	else if (err == SRV_ESTOPPED)
		op_fail(call, err); /* nothing was loaded: the service ends */
	else
		op_fail_reload(call, why);
	op_finish(call);
}

static enum op_state
run(struct op_call *call)
{
	enum srv_err err = cache_flush(call->env->cache, flushed, call);

	/* Once the flush is accepted the call belongs to flushed() and may be gone by now. */
	if (err == SRV_OK)
		return OP_PENDING;
	op_fail(call, err);
	return OP_DONE;
}

const struct operation op_FlushApplicationCache = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_FLUSH,
    .ticket_param = 0,
    .changes = true,
    .run = run,
};
