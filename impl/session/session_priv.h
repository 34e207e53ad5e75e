/* What the files of session/ share. Nobody else includes this. */
#ifndef SRV_SESSION_PRIV_H
#define SRV_SESSION_PRIV_H

#include "password.h"
#include "session.h"
#include "session_cache.h"
#include "throttle.h"
#include "ticket.h"

_Static_assert(SESSION_TICKET_LEN == TICKET_TEXT_LEN, "one length of a ticket's text");
_Static_assert(SESSION_TICKET_NAME_MAX == TICKET_SHORT_LEN + 1, "one length of a ticket's name");
_Static_assert(STORE_HASH_BYTES == TICKET_HASH_BYTES, "one length of a ticket's hash");

struct sessions {
	struct store *store;         /* borrowed */
	struct session_cache *cache; /* has the lifetimes, too */
	struct password_checker *passwords;
	struct throttle *throttle;
};

/* NULL, and nothing done, for NULL. */
const struct session *session_ref(const struct session *);

/* When a ticket ends that was made at created and last used at used. */
wall_t session_expiry(const struct sessions_conf *, wall_t created, wall_t used);

/* Looks the ticket up, in the store if memory cannot tell. On SRV_OK view->session is the caller's reference.
 * Errors: SRV_ETICKET, SRV_ENOMEM, the store's. */
enum srv_err session_look_up(
    struct sessions *, const uint8_t hash[TICKET_HASH_BYTES], bool use, struct session_view *view);

#endif
