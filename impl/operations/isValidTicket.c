/* isValidTicket(AuthenticationTicket): whose ticket this is, and until when. The endpoint has found the
 * session already, so nothing is left to do but to show it. Asking is no use of the ticket. */
#include "operation.h"

static enum op_state
run(struct op_call *call)
{
	op_result_session(call, NULL, call->session, call->expires_at);
	return OP_DONE;
}

const struct operation op_isValidTicket = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_ANYTHING,
    .ticket_param = 0,
    .ticket_cookie = true,
    .keeps_ticket = true,
    .run = run,
};
