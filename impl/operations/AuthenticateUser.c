/* AuthenticateUser(UID, PWD): a ticket for a name and a password, in the user's own language. */
#include "login.h"

static enum op_state
run(struct op_call *call)
{
	struct session_login login = login_of(call, NULL);
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *session;
	wall_t expires_at;
	enum srv_err err = session_login(call->env->sessions, &login, ticket, &session, &expires_at);

	return err == SRV_OK ? login_granted(call, ticket, session, expires_at) : login_refused(call, err);
}

const struct operation op_AuthenticateUser = {
    .access = OP_PUBLIC,
    .blocks = true,
    .logs_in = true,
    .changes = true,
    .run = run,
};
