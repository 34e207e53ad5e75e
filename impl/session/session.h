/* Sessions: logins, tickets, permissions. CONTRACT section 7.
 * A ticket is 16 random bytes written as a lower-case GUID; the store keeps its SHA-256 only. What was
 * read from the store is remembered for SESSION_TRUST_MS at most, so a change made by another hand
 * is seen within a second; what this process changes is seen at once.
 * Thread: any. Only session_peek may be called on an event loop: all others may block on the store or
 * on hashing. */
#ifndef SRV_SESSION_H
#define SRV_SESSION_H

#include "../base/clock.h"
#include "../base/err.h"
#include "../cache/cache.h"
#include "../store/store.h"
#include <stdbool.h>
#include <stdint.h>

#define SESSION_TRUST_MS 500
#define SESSION_TICKET_LEN 36 /* characters of a ticket */
#define SESSION_UID_MAX 256   /* bytes of a user name */
#define SESSION_TICKET_NAME_MAX 9
#define SESSION_PWD_MAX 1024 /* bytes of a password */

/* The permissions srv knows, as the table `permissions` spells them. */
#define SESSION_PERMISSIONS(X)                         \
	X(SESSION_MAY_FLUSH, "FlushApplicationCache")  \
	X(SESSION_MAY_VIEW_STATUS, "ViewServerStatus") \
	X(SESSION_MAY_VIEW_WAREHOUSE, "ViewWarehouseStatus")
enum session_permission {
	SESSION_MAY_ANYTHING, /* needs none */
#define X(name, text) name,
	SESSION_PERMISSIONS(X)
#undef X
};
bool session_permission_known(const char *text);

/* One user's session, immutable, reference-counted: it is shared by requests with the same ticket. */
struct session {
	int64_t user_id;
	const char *username, *first_name, *last_name, *email; /* never NULL */
	const char *language; /* the session's, `` if none was asked for and the user has none */
	uint32_t permissions; /* bit 1u << enum session_permission */
};
void session_unref(const struct session **); /* NULLs the caller's pointer */
bool session_may(const struct session *, enum session_permission);

struct sessions;
struct sessions_conf {
	int idle_days; /* a ticket lives so long from its last use */
	int max_days;  /* and so long from its login; 0 is no cap */
};
/* store is borrowed for the life of the sessions. throttle_file, or NULL, is where failed logins are counted across
 * restarts. Errors: SRV_ENOMEM, SRV_EIO (no random source). */
enum srv_err sessions_new(
    struct store *, const struct sessions_conf *, const char *throttle_file, struct sessions **out);
void sessions_free(struct sessions **);
/* Other lifetimes, for tickets that are there too: from now on none lives longer than it would after a restart. */
void sessions_configure(struct sessions *, const struct sessions_conf *);

/* Whose ticket is this? From memory alone: SRV_OK and *out (the caller's reference) with *expires_at;
 * SRV_ETICKET if the text can be no ticket (NULL, empty, wrong form); SRV_EAGAIN if only session_check
 * can tell. use: this is a use of the ticket and moves its expiry. */
enum srv_err session_peek(
    struct sessions *, const char *ticket, bool use, const struct session **out, wall_t *expires_at);
/* The same with the store. SRV_ETICKET: missing, malformed, unknown, expired, or its user disabled;
 * other errors: the store could not be asked. */
enum srv_err session_check(
    struct sessions *, const char *ticket, bool use, const struct session **out, wall_t *expires_at);

struct session_login {
	const char *uid, *pwd; /* NULL is a wrong password */
	const char *language;  /* what the caller asked for, or NULL: the user's, else the default */
	const char *peer;      /* the caller's address as text, for the throttle and the log */
	const struct snapshot *snapshot;
	const char **why; /* gets, if it refuses, a constant text for the log: no caller may learn it; or NULL */
};
/* Checks the password and makes a ticket, on disk when this returns SRV_OK. ticket gets the text.
 * SRV_EAUTH: unknown or disabled user, wrong password, throttled (same time spent for unknown and
 * wrong); SRV_ENOTICKET: right password, but the account may not have tickets; else the store failed.
 * What comes of it is the caller's to log. */
enum srv_err session_login(struct sessions *, const struct session_login *, char ticket[SESSION_TICKET_LEN + 1],
    const struct session **out, wall_t *expires_at);
/* As session_login, and the old ticket, if it is that user's, has ended when this returns SRV_OK; it lives on
 * if anything fails. SRV_EFORMAT if old_ticket is not a GUID, NULL and empty included, before anything else is done. */
enum srv_err session_renew(struct sessions *, const struct session_login *, const char *old_ticket,
    char ticket[SESSION_TICKET_LEN + 1], const struct session **out, wall_t *expires_at);
/* Ends the ticket, on disk when this returns SRV_OK. SRV_ETICKET as session_check. */
enum srv_err session_logout(struct sessions *, const char *ticket);

/* How the log names a ticket: eight hexadecimal digits that give nothing of it away; empty for a text that can be none.
 * Returns name. */
const char *session_ticket_name(const char *ticket, char name[SESSION_TICKET_NAME_MAX]);

/* How many passwords this machine hashes at a time: more threads for logins would only wait. */
int session_logins_at_once(void);

/* Makes the string that password_hash keeps (Argon2id, libsodium's format), for srvadm and logins.
 * Owns: the caller frees *out. Errors: SRV_EINVAL (empty, over SESSION_PWD_MAX, or not UTF-8), SRV_ENOMEM. */
enum srv_err session_password_hash(const char *pwd, char **out);

#endif
