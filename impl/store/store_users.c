/* Users and their permissions. Names are matched by the column's own collation (NOCASE: ASCII case).
 * A NULL among a user's texts, which only an administrator can have put there, is the empty text; a flag
 * that is not exactly 1 is off. Thread: any. */
#include "store_priv.h"

#include <stdlib.h>

#define USER_COLUMNS \
	"user_id, username, password_hash, first_name, last_name, email, language, enabled, may_have_ticket"

void
store_user_fini(struct store_user *u)
{
	free(u->username);
	free(u->password_hash);
	free(u->first_name);
	free(u->last_name);
	free(u->email);
	free(u->language);
	*u = (struct store_user){0};
}

/* From a row of USER_COLUMNS. */
static enum srv_err
user_read(sqlite3_stmt *stmt, bool with_hash, struct store_user *out)
{
	struct store_user u = {.user_id = sqlite3_column_int64(stmt, 0),
	    .enabled = store_col_true(stmt, 7),
	    .may_have_ticket = store_col_true(stmt, 8)};
	char **text[] = {&u.username, &u.first_name, &u.last_name, &u.email, &u.language};
	static const int column[] = {1, 3, 4, 5, 6};
	enum srv_err err = SRV_OK;

	if (with_hash)
		err = store_col_dup(stmt, 2, &u.password_hash);
	else if ((u.password_hash = calloc(1, 1)) == NULL)
		err = SRV_ENOMEM;
	for (int i = 0; err == SRV_OK && i < 5; i++)
		err = store_col_dup(stmt, column[i], text[i]);
	if (err != SRV_OK) {
		store_user_fini(&u);
		return err;
	}
	*out = u;
	return SRV_OK;
}

struct find_arg {
	const char *username;
	struct store_user *out;
};

static enum srv_err
find_body(struct store_conn *c, void *arg)
{
	struct find_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_prepare(
	    c, &stmt, "SELECT " USER_COLUMNS " FROM users WHERE username = ?", "s", a->username);
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err == SRV_OK)
		err = row ? user_read(stmt, true, a->out) : SRV_ENOENT;
	store_done(stmt);
	return err;
}

enum srv_err
store_user_find(struct store *s, const char *username, struct store_user *out)
{
	return store_read(s, find_body, &(struct find_arg){.username = username, .out = out});
}

struct add_arg {
	const struct store_user *user;
	int64_t user_id;
};

static enum srv_err
add_body(struct store_conn *c, void *arg)
{
	struct add_arg *a = arg;
	const struct store_user *u = a->user;
	enum srv_err err = store_run(c, NULL,
	    "INSERT INTO users (username, password_hash, first_name, last_name, email, language, enabled, "
	    "may_have_ticket)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	    "ssssssbb", u->username, u->password_hash, u->first_name, u->last_name, u->email, u->language,
	    (int)u->enabled, (int)u->may_have_ticket);
	if (err == SRV_OK)
		a->user_id = sqlite3_last_insert_rowid(c->db);
	return err;
}

enum srv_err
store_user_add(struct store *s, const struct store_user *user, int64_t *user_id)
{
	struct add_arg a = {.user = user};
	enum srv_err err = store_write(s, add_body, &a);
	if (err == SRV_OK)
		*user_id = a.user_id;
	return err;
}

struct set_arg {
	int64_t user_id;
	const char *text;
	const char *old_text; /* that must still stand */
	bool flag;
};

static enum srv_err
password_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(
	    c, &changes, "UPDATE users SET password_hash = ? WHERE user_id = ?", "si", a->text, a->user_id);
	if (err == SRV_OK && changes == 0)
		err = SRV_ENOENT;
	if (err == SRV_OK && a->flag)
		err = store_run(c, NULL, "DELETE FROM tickets WHERE user_id = ?", "i", a->user_id);
	return err;
}

enum srv_err
store_user_set_password(struct store *s, int64_t user_id, const char *password_hash, bool revoke)
{
	return store_write(
	    s, password_body, &(struct set_arg){.user_id = user_id, .text = password_hash, .flag = revoke});
}

static enum srv_err
renew_hash_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(c, &changes,
	    "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?", "sis", a->text, a->user_id,
	    a->old_text);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_user_renew_hash(struct store *s, int64_t user_id, const char *old_hash, const char *password_hash)
{
	return store_write(
	    s, renew_hash_body, &(struct set_arg){.user_id = user_id, .old_text = old_hash, .text = password_hash});
}

static enum srv_err
enabled_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(
	    c, &changes, "UPDATE users SET enabled = ? WHERE user_id = ?", "bi", (int)a->flag, a->user_id);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_user_set_enabled(struct store *s, int64_t user_id, bool enabled)
{
	return store_write(s, enabled_body, &(struct set_arg){.user_id = user_id, .flag = enabled});
}

static enum srv_err
may_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(
	    c, &changes, "UPDATE users SET may_have_ticket = ? WHERE user_id = ?", "bi", (int)a->flag, a->user_id);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_user_set_may_have_ticket(struct store *s, int64_t user_id, bool may)
{
	return store_write(s, may_body, &(struct set_arg){.user_id = user_id, .flag = may});
}

struct each_arg {
	int64_t user_id;
	bool (*user)(void *arg, const struct store_user *);
	bool (*permission)(void *arg, const char *permission);
	void *arg;
};

static enum srv_err
users_body(struct store_conn *c, void *arg)
{
	struct each_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(c, &stmt, "SELECT " USER_COLUMNS " FROM users ORDER BY username", "");
	while (err == SRV_OK && row) {
		struct store_user u;
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		err = user_read(stmt, false, &u);
		if (err != SRV_OK)
			break;
		row = a->user(a->arg, &u);
		store_user_fini(&u);
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_user_each(struct store *s, bool (*each)(void *arg, const struct store_user *), void *arg)
{
	return store_read(s, users_body, &(struct each_arg){.user = each, .arg = arg});
}

static enum srv_err
grant_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO permissions (user_id, permission) VALUES (?, ?) ON CONFLICT (user_id, permission) DO NOTHING",
	    "is", a->user_id, a->text);
}

enum srv_err
store_permission_grant(struct store *s, int64_t user_id, const char *permission)
{
	return store_write(s, grant_body, &(struct set_arg){.user_id = user_id, .text = permission});
}

static enum srv_err
revoke_body(struct store_conn *c, void *arg)
{
	struct set_arg *a = arg;
	return store_run(
	    c, NULL, "DELETE FROM permissions WHERE user_id = ? AND permission = ?", "is", a->user_id, a->text);
}

enum srv_err
store_permission_revoke(struct store *s, int64_t user_id, const char *permission)
{
	return store_write(s, revoke_body, &(struct set_arg){.user_id = user_id, .text = permission});
}

static enum srv_err
permissions_body(struct store_conn *c, void *arg)
{
	struct each_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(
	    c, &stmt, "SELECT permission FROM permissions WHERE user_id = ? ORDER BY permission", "i", a->user_id);
	while (err == SRV_OK && row) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		const char *text = store_col_text(stmt, 0);
		if (text == NULL)
			err = SRV_ENOMEM;
		else
			row = a->permission(a->arg, text);
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_permission_each(struct store *s, int64_t user_id, bool (*each)(void *arg, const char *permission), void *arg)
{
	return store_read(s, permissions_body, &(struct each_arg){.user_id = user_id, .permission = each, .arg = arg});
}
