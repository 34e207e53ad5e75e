/* Tickets, by the SHA-256 of what the caller holds (as hex, so that an administrator can read and name
 * one). A time that cannot be read counts as long past: such a ticket has expired. Thread: any.
 *
 * Times that srv writes sort as text. Those that an administrator wrote may lack the T or the Z or be a
 * bare date, and then sort no later than the same moment in our form; so a comparison of texts that uses
 * the index finds all that have expired and perhaps some more, and strftime decides. */
#include "store_priv.h"

#include <stdlib.h>

void
store_ticket_fini(struct store_ticket *t)
{
	free(t->language);
	store_user_fini(&t->user);
	for (size_t i = 0; i < t->permission_count; i++)
		free(t->permissions[i]);
	free(t->permissions);
	*t = (struct store_ticket){0};
}

struct ticket_arg {
	const uint8_t *hash;
	int64_t user_id;
	const char *language;
	wall_t created_at, expires_at;
	int limit;
	int64_t count;
	struct store_ticket *out;
	bool (*each)(void *arg, const struct store_ticket_row *);
	void *arg;
};

static enum srv_err
add_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO tickets (ticket_hash, user_id, language, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
	    "histt", a->hash, a->user_id, a->language, a->created_at, a->expires_at);
}

enum srv_err
store_ticket_add(struct store *s, const uint8_t hash[STORE_HASH_BYTES], int64_t user_id, const char *language,
    wall_t created_at, wall_t expires_at)
{
	return store_write(s, add_body,
	    &(struct ticket_arg){.hash = hash,
		.user_id = user_id,
		.language = language,
		.created_at = created_at,
		.expires_at = expires_at});
}

static enum srv_err
permission_push(struct store_ticket *t, sqlite3_stmt *stmt, int col)
{
	char **grown = realloc(t->permissions, (t->permission_count + 1) * sizeof *grown);
	if (grown == NULL)
		return SRV_ENOMEM;
	t->permissions = grown;
	enum srv_err err = store_col_dup(stmt, col, &t->permissions[t->permission_count]);
	if (err == SRV_OK)
		t->permission_count++;
	return err;
}

static enum srv_err
ticket_read(sqlite3_stmt *stmt, struct store_ticket *t)
{
	t->user_id = t->user.user_id = sqlite3_column_int64(stmt, 0);
	t->created_at = store_col_time(stmt, 2);
	t->expires_at = store_col_time(stmt, 3);
	t->user.enabled = store_col_true(stmt, 9);
	t->user.may_have_ticket = store_col_true(stmt, 10);
	enum srv_err err = store_col_dup(stmt, 1, &t->language);
	char **text[] = {&t->user.username, &t->user.first_name, &t->user.last_name, &t->user.email, &t->user.language};
	for (int i = 0; err == SRV_OK && i < 5; i++)
		err = store_col_dup(stmt, 4 + i, text[i]);
	if (err == SRV_OK && (t->user.password_hash = calloc(1, 1)) == NULL)
		err = SRV_ENOMEM;
	return err;
}

/* One statement, which is one read transaction: a row for each permission, or one without. */
static enum srv_err
find_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	struct store_ticket t = {0};
	sqlite3_stmt *stmt = NULL;
	bool row = false, any = false;
	enum srv_err err = store_prepare(c, &stmt,
	    "SELECT t.user_id, t.language, t.created_at, t.expires_at, u.username, u.first_name, u.last_name, u.email,"
	    " u.language, u.enabled, u.may_have_ticket, p.permission"
	    " FROM tickets t JOIN users u ON u.user_id = t.user_id LEFT JOIN permissions p ON p.user_id = t.user_id"
	    " WHERE t.ticket_hash = ?",
	    "h", a->hash);
	while (err == SRV_OK) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		if (!any)
			err = ticket_read(stmt, &t);
		any = true;
		if (err == SRV_OK && sqlite3_column_type(stmt, 11) != SQLITE_NULL)
			err = permission_push(&t, stmt, 11);
	}
	store_done(stmt);
	if (err == SRV_OK && !any)
		err = SRV_ENOENT;
	if (err == SRV_OK)
		*a->out = t;
	else
		store_ticket_fini(&t);
	return err;
}

enum srv_err
store_ticket_find(struct store *s, const uint8_t hash[STORE_HASH_BYTES], struct store_ticket *out)
{
	return store_read(s, find_body, &(struct ticket_arg){.hash = hash, .out = out});
}

static enum srv_err
touch_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(
	    c, &changes, "UPDATE tickets SET expires_at = ? WHERE ticket_hash = ?", "th", a->expires_at, a->hash);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_ticket_touch(struct store *s, const uint8_t hash[STORE_HASH_BYTES], wall_t expires_at)
{
	return store_write(s, touch_body, &(struct ticket_arg){.hash = hash, .expires_at = expires_at});
}

static enum srv_err
remove_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(c, &changes, "DELETE FROM tickets WHERE ticket_hash = ?", "h", a->hash);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_ticket_remove(struct store *s, const uint8_t hash[STORE_HASH_BYTES])
{
	return store_write(s, remove_body, &(struct ticket_arg){.hash = hash});
}

static enum srv_err
remove_user_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	if (a->user_id == 0)
		return store_run(c, &a->count, "DELETE FROM tickets", "");
	return store_run(c, &a->count, "DELETE FROM tickets WHERE user_id = ?", "i", a->user_id);
}

enum srv_err
store_ticket_remove_user(struct store *s, int64_t user_id, int64_t *removed)
{
	struct ticket_arg a = {.user_id = user_id};
	enum srv_err err = store_write(s, remove_user_body, &a);
	if (err == SRV_OK)
		*removed = a.count;
	return err;
}

static enum srv_err
purge_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	return store_run(c, &a->count,
	    "DELETE FROM tickets WHERE ticket_hash IN (SELECT ticket_hash FROM tickets WHERE expires_at <= ?"
	    " AND coalesce(CAST(strftime('%s', expires_at) AS INTEGER), 0) <= ? LIMIT ?)",
	    "tii", a->expires_at, a->expires_at.s, (int64_t)a->limit);
}

enum srv_err
store_ticket_purge(struct store *s, wall_t now, int limit, int64_t *removed)
{
	struct ticket_arg a = {.expires_at = now, .limit = limit < 0 ? 0 : limit};
	enum srv_err err = store_write(s, purge_body, &a);
	if (err == SRV_OK)
		*removed = a.count;
	return err;
}

static enum srv_err
each_body(struct store_conn *c, void *arg)
{
	struct ticket_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(c, &stmt,
	    "SELECT t.ticket_hash, u.username, t.language, t.created_at, t.expires_at"
	    " FROM tickets t JOIN users u ON u.user_id = t.user_id ORDER BY u.username, t.created_at, t.ticket_hash",
	    "");
	while (err == SRV_OK && row) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		struct store_ticket_row t = {.ticket_hash = store_col_text(stmt, 0),
		    .username = store_col_text(stmt, 1),
		    .language = store_col_text(stmt, 2),
		    .created_at = store_col_time(stmt, 3),
		    .expires_at = store_col_time(stmt, 4)};
		if (t.ticket_hash == NULL || t.username == NULL || t.language == NULL)
			err = SRV_ENOMEM;
		else
			row = a->each(a->arg, &t);
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_ticket_each(struct store *s, bool (*each)(void *arg, const struct store_ticket_row *), void *arg)
{
	return store_read(s, each_body, &(struct ticket_arg){.each = each, .arg = arg});
}
