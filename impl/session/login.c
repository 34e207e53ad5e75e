/* Why: who knows the password gets a ticket, and whoever does not learns nothing from trying.
 * Model: one path for every attempt. The throttle is asked, then a turn at hashing is waited for and the
 * throttle asked again (others may have failed meanwhile), then exactly one hash is computed, against
 * the user's or against the dummy; only then is it told what the answer is. A ticket is put on disk and
 * then the user is read once more: had the password been changed and the tickets revoked in between, this
 * one would have escaped that, so it is taken back.
 * Callers: operations/ on pool threads; srvadm for session_password_hash. */
#include "../base/log.h"
#include "../base/random.h"
#include "../base/text.h"
#include "session_priv.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LANGUAGE_MAX 35

enum srv_err
session_password_hash(const char *pwd, char **out)
{
	size_t len = pwd == NULL ? 0 : strnlen(pwd, SESSION_PWD_MAX + 1);
	char *text;
	enum srv_err err;

	if (len == 0 || len > SESSION_PWD_MAX || !text_is_utf8(pwd, len))
		return SRV_EINVAL;
	if ((text = malloc(PASSWORD_TEXT_MAX)) == NULL)
		return SRV_ENOMEM;
	if ((err = password_hash(pwd, len, text)) != SRV_OK) {
		free(text);
		return err;
	}
	*out = text;
	return SRV_OK;
}

int
session_logins_at_once(void)
{
	return password_turns();
}

static void
user_wipe(struct store_user *u)
{
	sodium_memzero(u->password_hash, strlen(u->password_hash));
	store_user_fini(u);
}

static bool
is_language_tag(const char *s)
{
	size_t len = strnlen(s, LANGUAGE_MAX + 1);

	if (len == 0 || len > LANGUAGE_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text_lower(s[i]);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

static bool
is_too_long(const char *s, size_t max)
{
	return strnlen(s, max + 1) > max;
}

/* ---- the password ---- */

struct verdict {
	bool found; /* user is filled in, and the caller's to wipe */
	struct store_user user;
	bool match, outdated;
	const char *why; /* for the log, NULL if the password is right */
};

/* Reads the user and looks at the password, within a turn. A name or password that cannot be anyone's costs
 * a hash of the same kind. */
static enum srv_err
judge_password(struct sessions *s, const struct session_login *l, struct verdict *v)
{
	bool possible = l->uid != NULL && *l->uid != '\0' && l->pwd != NULL && *l->pwd != '\0' &&
			!is_too_long(l->uid, SESSION_UID_MAX) && !is_too_long(l->pwd, SESSION_PWD_MAX);
	const char *pwd = possible ? l->pwd : "";
	enum srv_err err;

	if (possible) {
		err = store_user_find(s->store, l->uid, &v->user);
		if (err != SRV_OK && err != SRV_ENOENT)
			return err;
		v->found = err == SRV_OK;
	}
	err = password_check(
	    s->passwords, v->found ? v->user.password_hash : NULL, pwd, strlen(pwd), &v->match, &v->outdated);
	if (err != SRV_OK)
		return err;
	if (!possible)
		v->why = "no name or password";
	else if (!v->found)
		v->why = "unknown user";
	else if (!v->match)
		v->why = "wrong password";
	else if (!v->user.enabled)
		v->why = "disabled user";
	return SRV_OK;
}

static enum srv_err
refused(const struct session_login *l, enum srv_err err, const char *why)
{
	if (l->why != NULL)
		*l->why = why;
	return err;
}

static enum srv_err
throttled(const struct session_login *l, enum throttle_verdict verdict)
{
	return refused(l, SRV_EAUTH, verdict == THROTTLE_ACCOUNT ? "account throttled" : "address throttled");
}

/* On SRV_OK v->user is the caller's, and its password is right. */
static enum srv_err
authenticate(struct sessions *s, const struct session_login *l, struct verdict *v)
{
	struct throttle_attempt attempt;
	enum throttle_verdict may;
	enum srv_err err;

	throttle_attempt_init(s->throttle, &attempt, l->uid, l->peer);
	if ((may = throttle_look(s->throttle, &attempt)) != THROTTLE_PASS)
		return throttled(l, may);
	password_turn_begin(s->passwords);
	if ((may = throttle_begin(s->throttle, &attempt)) != THROTTLE_PASS) {
		password_turn_end(s->passwords);
		return throttled(l, may);
	}
	err = judge_password(s, l, v);
	throttle_end(s->throttle, &attempt,
	    err != SRV_OK    ? THROTTLE_UNJUDGED
	    : v->why != NULL ? THROTTLE_FAILED
			     : THROTTLE_SUCCEEDED);
	password_turn_end(s->passwords);
	if (err == SRV_OK && v->why != NULL)
		err = refused(l, SRV_EAUTH, v->why);
	if (err != SRV_OK && v->found) {
		user_wipe(&v->user);
		v->found = false;
	}
	return err;
}

/* ---- the ticket ---- */

static bool
may_have_ticket(const struct session_login *l, const struct store_user *u)
{
	const char *sysadmin = l->snapshot->sysadmin_account;

	return u->may_have_ticket && (sysadmin == NULL || !text_ieq(sysadmin, u->username));
}

/* Another hash is no other password if a login at the same time has renewed it (renew_hash). */
static enum srv_err
is_password_of(struct sessions *s, const char *pwd, const struct store_user *now, bool *match)
{
	bool outdated;
	enum srv_err err;

	password_turn_begin(s->passwords);
	err = password_check(s->passwords, now->password_hash, pwd, strlen(pwd), match, &outdated);
	password_turn_end(s->passwords);
	return err;
}

/* Is the user still who he was when his password was looked at? SRV_EAUTH if not. */
static enum srv_err
confirm_user(struct sessions *s, const struct session_login *l, const struct store_user *then)
{
	struct store_user now;
	enum srv_err err = store_user_find(s->store, then->username, &now);
	bool same;

	if (err == SRV_ENOENT)
		return SRV_EAUTH;
	if (err != SRV_OK)
		return err;
	same = now.user_id == then->user_id && now.enabled;
	if (same && strcmp(now.password_hash, then->password_hash) != 0)
		err = is_password_of(s, l->pwd, &now, &same);
	user_wipe(&now);
	return err == SRV_OK && !same ? SRV_EAUTH : err;
}

/* What the caller is not told of must not live: if even this fails the ticket still is a secret that nobody
 * was given, and ends by itself. */
static void
take_back(struct sessions *s, const uint8_t *hash)
{
	enum srv_err err = store_ticket_remove(s->store, hash);
	char name[TICKET_SHORT_LEN + 1];

	session_cache_end(s->cache, hash);
	if (err != SRV_OK && err != SRV_ENOENT)
		log_warnx(
		    "ticket_not_removed ticket=\"%s\" reason=\"%s\"", ticket_short(hash, name), srv_err_text(err));
}

/* Ends the old ticket if it is that user's; somebody else's is none of his business. */
static enum srv_err
end_old(struct sessions *s, const uint8_t *old_hash, int64_t user_id)
{
	struct store_ticket t;
	enum srv_err err = store_ticket_find(s->store, old_hash, &t);
	int64_t owner;

	if (err == SRV_ENOENT)
		return SRV_OK;
	if (err != SRV_OK)
		return err;
	owner = t.user_id;
	store_ticket_fini(&t);
	if (owner != user_id)
		return SRV_OK;
	err = store_ticket_remove(s->store, old_hash);
	session_cache_end(s->cache, old_hash);
	return err == SRV_ENOENT ? SRV_OK : err;
}

/* Renewing the hash is a favour to later logins; it is not done if the user changed meanwhile (or was done by another
 * login), and its failure is no failure of this login. */
static void
renew_hash(struct sessions *s, const struct session_login *l, const struct store_user *u)
{
	char text[PASSWORD_TEXT_MAX];
	enum srv_err err;

	password_turn_begin(s->passwords);
	err = password_hash(l->pwd, strlen(l->pwd), text);
	password_turn_end(s->passwords);
	if (err == SRV_OK)
		err = store_user_renew_hash(s->store, u->user_id, u->password_hash, text);
	if (err == SRV_OK)
		log_info("password_hash_renewed user=%s", LOG_STR(u->username));
	else if (err != SRV_ENOENT)
		log_warnx("password_hash_not_renewed user=%s reason=\"%s\"", LOG_STR(u->username), srv_err_text(err));
	sodium_memzero(text, sizeof text);
}

static enum srv_err
issue(struct sessions *s, const struct session_login *l, const struct store_user *u, const uint8_t *old_hash,
    uint8_t bytes[TICKET_BYTES], struct session_view *view)
{
	const char *language = l->language != NULL && is_language_tag(l->language) ? l->language : u->language;
	uint8_t hash[TICKET_HASH_BYTES];
	wall_t now = clock_wall();
	struct session_view seen = {0};
	enum srv_err err;

	if ((err = random_bytes(bytes, TICKET_BYTES)) != SRV_OK)
		return err;
	ticket_hash(bytes, hash);
	err = store_ticket_add(s->store, hash, u->user_id, language, now, session_cache_expiry(s->cache, now));
	if (err != SRV_OK)
		return err;
	if ((err = confirm_user(s, l, u)) != SRV_OK || (err = session_look_up(s, hash, false, &seen)) != SRV_OK ||
	    (old_hash != NULL && (err = end_old(s, old_hash, u->user_id)) != SRV_OK)) {
		session_unref(&seen.session);
		take_back(s, hash);
		return err == SRV_ETICKET || err == SRV_EAUTH ? refused(l, SRV_EAUTH, "user changed meanwhile") : err;
	}
	*view = seen;
	return SRV_OK;
}

static enum srv_err
log_in(struct sessions *s, const struct session_login *l, const uint8_t *old_hash, char *ticket,
    const struct session **out, wall_t *expires_at)
{
	uint8_t bytes[TICKET_BYTES];
	struct verdict v = {0};
	struct session_view view = {0};
	enum srv_err err;

	if ((err = authenticate(s, l, &v)) != SRV_OK)
		return err;
	if (!may_have_ticket(l, &v.user)) {
		err = refused(l, SRV_ENOTICKET, "no tickets for this user");
		goto out;
	}
	if ((err = issue(s, l, &v.user, old_hash, bytes, &view)) != SRV_OK)
		goto out;
	if (v.outdated)
		renew_hash(s, l, &v.user);
	ticket_format(bytes, ticket);
	*out = view.session;
	*expires_at = view.expires_at;
out:
	sodium_memzero(bytes, sizeof bytes);
	user_wipe(&v.user);
	return err;
}

enum srv_err
session_login(struct sessions *s, const struct session_login *l, char ticket[SESSION_TICKET_LEN + 1],
    const struct session **out, wall_t *expires_at)
{
	return log_in(s, l, NULL, ticket, out, expires_at);
}

enum srv_err
session_renew(struct sessions *s, const struct session_login *l, const char *old_ticket,
    char ticket[SESSION_TICKET_LEN + 1], const struct session **out, wall_t *expires_at)
{
	uint8_t old_hash[TICKET_HASH_BYTES];

	if (!ticket_hash_text(old_ticket, old_hash))
		return SRV_EFORMAT;
	return log_in(s, l, old_hash, ticket, out, expires_at);
}
