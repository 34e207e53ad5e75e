/* What AuthenticateUser, AuthenticateUser1 and RenewTicket have in common. The delay holds for every
 * answer, good or bad, so that it says nothing. Called on pool threads: a password is hashed. */
#include "login.h"
#include <string.h>

struct session_login
login_of(struct op_call *call, const char *language)
{
	return (struct session_login){
	    .uid = call->param[0],
	    .pwd = call->param[1],
	    .language = language == NULL || language[0] == '\0' ? NULL : language,
	    .peer = call->peer,
	    .why = &call->refusal,
	    .snapshot = call->snapshot,
	};
}

enum op_state
login_granted(
    struct op_call *call, char ticket[SESSION_TICKET_LEN + 1], const struct session *session, wall_t expires_at)
{
	call->delay_ms = call->snapshot->login_delay_ms;
	op_result_session(call, ticket, session, expires_at);
	call->session = session; /* the call's to let go, and the log's to name */
	session_ticket_name(ticket, call->ticket_name);
	explicit_bzero(ticket, SESSION_TICKET_LEN + 1);
	return OP_DONE;
}

enum op_state
login_refused(struct op_call *call, enum srv_err err)
{
	call->delay_ms = call->snapshot->login_delay_ms;
	op_fail(call, err);
	return OP_DONE;
}
