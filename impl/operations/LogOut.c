/* LogOut(AuthenticationTicket): the ticket ends, on disk before the answer. Two callers may pass the
 * endpoint's check with the same ticket; the one who comes second here hears that it is invalid. */
#include "operation.h"

static enum op_state
run(struct op_call *call)
{
	enum srv_err err = session_logout(call->env->sessions, op_ticket(call));

	if (err == SRV_OK)
		op_result_ok(call);
	else
		op_fail(call, err);
	return OP_DONE;
}

const struct operation op_LogOut = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_ANYTHING,
    .ticket_param = 0,
    .ticket_cookie = true,
    .blocks = true,
    .changes = true,
    .run = run,
};
