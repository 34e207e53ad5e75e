/* Why: whoever shows a ticket is a user with rights, until the ticket ends, the user is disabled, or the right
 * is taken away; this decides which, quickly for most requests and rightly for all.
 * Model: session_peek asks session_cache, which is memory; session_check asks the store's version first,
 * then memory, and reads the row only if something changed. What is known of a ticket is a struct session,
 * immutable and counted, so a request keeps what it began with. A use that is due is written by whoever
 * is told to by the cache; if that fails the ticket is still good, for the store may be a while behind.
 * Callers: endpoint/ (peek on event loops, check on the pool), operations/. Logins are in login.c. */
#include "session.h"
#include "../base/log.h"
#include "session_priv.h"
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define TOUCH_RETRY_MS 60000

static const char *const permission_texts[] = {[SESSION_MAY_ANYTHING] = "",
#define X(name, text) [name] = (text),
    SESSION_PERMISSIONS(X)
#undef X
};
#define PERMISSIONS (sizeof permission_texts / sizeof *permission_texts)
_Static_assert(PERMISSIONS <= 32, "permissions are bits of a uint32_t");

/* ---- the session as a value ---- */

struct session_object {
	struct session shown; /* first: what others point at */
	atomic_uint refs;
	char text[]; /* the strings */
};

static uint32_t
permission_bit(const char *text)
{
	for (size_t i = SESSION_MAY_ANYTHING + 1; i < PERMISSIONS; i++) {
		if (strcmp(permission_texts[i], text) == 0)
			return UINT32_C(1) << i;
	}
	return 0;
}

bool
session_permission_known(const char *text)
{
	return text != NULL && permission_bit(text) != 0;
}

bool
session_may(const struct session *s, enum session_permission permission)
{
	return permission == SESSION_MAY_ANYTHING || (s->permissions >> permission & 1) != 0;
}

const struct session *
session_ref(const struct session *s)
{
	if (s != NULL)
		atomic_fetch_add_explicit(&((struct session_object *)(uintptr_t)s)->refs, 1, memory_order_relaxed);
	return s;
}

void
session_unref(const struct session **session)
{
	struct session_object *o = (struct session_object *)(uintptr_t)*session;

	*session = NULL;
	if (o != NULL && atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1)
		free(o);
}

static const char *
append(char **at, const char *s)
{
	size_t size = strlen(s) + 1;
	char *begin = *at;

	memcpy(begin, s, size);
	*at += size;
	return begin;
}

static const struct session *
session_object_new(const struct store_ticket *row)
{
	const struct store_user *u = &row->user;
	const char *language = *row->language != '\0' ? row->language : u->language;
	struct session_object *o = malloc(sizeof *o + strlen(u->username) + strlen(u->first_name) +
					  strlen(u->last_name) + strlen(u->email) + strlen(language) + 5);
	char *at;

	if (o == NULL)
		return NULL;
	at = o->text;
	o->shown = (struct session){
	    .user_id = row->user_id,
	    .username = append(&at, u->username),
	    .first_name = append(&at, u->first_name),
	    .last_name = append(&at, u->last_name),
	    .email = append(&at, u->email),
	    .language = append(&at, language),
	};
	for (size_t i = 0; i < row->permission_count; i++)
		o->shown.permissions |= permission_bit(row->permissions[i]);
	atomic_init(&o->refs, 1);
	return &o->shown;
}

/* ---- looking a ticket up ---- */

wall_t
session_expiry(const struct sessions_conf *conf, wall_t created, wall_t used)
{
	int64_t idle = used.s + (int64_t)conf->idle_days * DAY_S;
	int64_t cap = created.s + (int64_t)conf->max_days * DAY_S;

	return (wall_t){conf->max_days > 0 && cap < idle ? cap : idle};
}

static enum srv_err
read_row(struct sessions *s, const struct session_look *look, struct session_row *row, struct session_view *view)
{
	struct store_ticket t;
	const struct session *session;
	enum srv_err err;

	err = store_ticket_find(s->store, look->hash, &t);
	if (err == SRV_ENOENT || (err == SRV_OK && !t.user.enabled)) {
		session_cache_drop(s->cache, look->hash);
		if (err == SRV_OK)
			store_ticket_fini(&t);
		return SRV_ETICKET;
	}
	if (err != SRV_OK)
		return err;
	session = session_object_new(&t);
	row->session = session;
	row->created_at = t.created_at;
	row->stored = t.expires_at;
	store_ticket_fini(&t);
	if (session == NULL)
		return SRV_ENOMEM;
	err = session_cache_insert(s->cache, look, row, view);
	session_unref(&session);
	return err;
}

/* A ticket that is gone by now is the only failure that counts. */
static enum srv_err
record_use(struct sessions *s, const uint8_t *hash, struct session_view *view)
{
	char name[TICKET_SHORT_LEN + 1];
	enum srv_err err = store_ticket_touch(s->store, hash, view->expires_at);

	if (err == SRV_OK) {
		session_cache_touched(s->cache, hash, view->expires_at);
		return SRV_OK;
	}
	if (err == SRV_ENOENT) {
		session_cache_end(s->cache, hash);
		session_unref(&view->session);
		return SRV_ETICKET;
	}
	session_cache_touch_failed(s->cache, hash, (mono_t){clock_mono().ms + TOUCH_RETRY_MS});
	log_warnx("ticket_use_not_written ticket=\"%s\" reason=\"%s\"", ticket_short(hash, name), srv_err_text(err));
	return SRV_OK;
}

enum srv_err
session_look_up(struct sessions *s, const uint8_t hash[TICKET_HASH_BYTES], bool use, struct session_view *view)
{
	struct session_row row = {.mark = session_cache_mark(s->cache, hash), .asked = clock_mono()};
	struct session_look look = {.hash = hash, .use = use};
	struct session_view seen;
	enum srv_err err;

	if ((err = store_version(s->store, &row.version)) != SRV_OK)
		return err;
	session_cache_note_version(s->cache, row.version, row.asked);
	look.now = clock_wall();
	look.now_mono = clock_mono();
	err = session_cache_check(s->cache, &look, row.version, &seen);
	if (err == SRV_EAGAIN)
		err = read_row(s, &look, &row, &seen);
	if (err == SRV_OK && seen.touch)
		err = record_use(s, hash, &seen);
	if (err == SRV_OK)
		*view = seen;
	return err;
}

/* ---- what session.h promises ---- */

enum srv_err
session_peek(struct sessions *s, const char *ticket, bool use, const struct session **out, wall_t *expires_at)
{
	uint8_t hash[TICKET_HASH_BYTES];
	struct session_look look = {.hash = hash, .use = use};
	struct session_view view;
	enum srv_err err;

	if (!ticket_hash_text(ticket, hash))
		return SRV_ETICKET;
	look.now = clock_wall();
	look.now_mono = clock_mono();
	if ((err = session_cache_peek(s->cache, &look, &view)) != SRV_OK)
		return err;
	*out = view.session;
	*expires_at = view.expires_at;
	return SRV_OK;
}

enum srv_err
session_check(struct sessions *s, const char *ticket, bool use, const struct session **out, wall_t *expires_at)
{
	uint8_t hash[TICKET_HASH_BYTES];
	struct session_view view;
	enum srv_err err;

	if (!ticket_hash_text(ticket, hash))
		return SRV_ETICKET;
	if ((err = session_look_up(s, hash, use, &view)) != SRV_OK)
		return err;
	*out = view.session;
	*expires_at = view.expires_at;
	return SRV_OK;
}

/* Memory forgets the ticket only after the store did, so whoever reads the row in between is told by the
 * mark; and it forgets in any case, for after an error nobody knows what the disk holds. */
enum srv_err
session_logout(struct sessions *s, const char *ticket)
{
	uint8_t hash[TICKET_HASH_BYTES];
	struct session_view view;
	enum srv_err err;

	if (!ticket_hash_text(ticket, hash))
		return SRV_ETICKET;
	if ((err = session_look_up(s, hash, false, &view)) != SRV_OK)
		return err;
	err = store_ticket_remove(s->store, hash);
	session_cache_end(s->cache, hash);
	session_unref(&view.session);
	return err == SRV_ENOENT ? SRV_ETICKET : err;
}

const char *
session_ticket_name(const char *ticket, char name[SESSION_TICKET_NAME_MAX])
{
	uint8_t hash[TICKET_HASH_BYTES];

	name[0] = '\0';
	if (ticket_hash_text(ticket, hash))
		(void)ticket_short(hash, name);
	return name;
}

enum srv_err
sessions_new(struct store *store, const struct sessions_conf *conf, const char *throttle_file, struct sessions **out)
{
	struct sessions *s;
	enum srv_err err;

	if (sodium_init() < 0)
		return SRV_EIO;
	if ((s = calloc(1, sizeof *s)) == NULL)
		return SRV_ENOMEM;
	s->store = store;
	if ((err = session_cache_new(SESSION_CACHE_MAX, conf, &s->cache)) == SRV_OK &&
	    (err = throttle_new(THROTTLE_ENTRIES_MAX, throttle_file, &s->throttle)) == SRV_OK &&
	    (err = password_checker_new(&s->passwords)) == SRV_OK)
		*out = s;
	else
		sessions_free(&s);
	return err;
}

void
sessions_configure(struct sessions *s, const struct sessions_conf *conf)
{
	session_cache_configure(s->cache, conf);
}

void
sessions_free(struct sessions **sessions)
{
	struct sessions *s = *sessions;

	*sessions = NULL;
	if (s == NULL)
		return;
	session_cache_free(&s->cache);
	password_checker_free(&s->passwords);
	throttle_free(&s->throttle);
	free(s);
}
