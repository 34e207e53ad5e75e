/* RenewTicket(UID, PWD, Lang, OldTicket): a new ticket in place of an old one, which ends. The password
 * is what entitles the caller; the old ticket may have expired, it only has to be one in form. */
#include "login.h"

static enum op_state
run(struct op_call *call)
{
	struct session_login login = login_of(call, call->param[2]);
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *session;
	wall_t expires_at;
	enum srv_err err;

	err = session_renew(call->env->sessions, &login, op_ticket(call), ticket, &session, &expires_at);
	return err == SRV_OK ? login_granted(call, ticket, session, expires_at) : login_refused(call, err);
}

const struct operation op_RenewTicket = {
    .access = OP_PUBLIC,
    .ticket_param = 3,
    .ticket_cookie = true,
    .blocks = true,
    .logs_in = true,
    .changes = true,
    .run = run,
};
