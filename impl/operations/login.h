/* What the three operations that make a ticket share. */
#ifndef SRV_OPERATIONS_LOGIN_H
#define SRV_OPERATIONS_LOGIN_H

#include "operation.h"

/* The login that a call asks for: UID and PWD are its first two parameters, language may be NULL or
 * empty for none. call->refusal will be set if it is refused. */
struct session_login login_of(struct op_call *, const char *language);
/* The two answers. Both ask for the snapshot's LoginDelay; login_granted takes the reference to session, and wipes the
 * ticket. */
enum op_state login_granted(
    struct op_call *, char ticket[SESSION_TICKET_LEN + 1], const struct session *session, wall_t expires_at);
enum op_state login_refused(struct op_call *, enum srv_err err);

#endif
