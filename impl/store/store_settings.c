/* Settings and warehouse paths, one by one, for whoever administers them; the running service reads them
 * all at once (store_load.c). A setting whose value is NULL is as good as none. Thread: any. */
#include "store_priv.h"

struct setting_arg {
	const char *name, *value;
	char *out;
	int64_t wh_no;
	bool (*each)(void *arg, const char *name, const char *value);
	void *arg;
};

static enum srv_err
get_body(struct store_conn *c, void *arg)
{
	struct setting_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_prepare(
	    c, &stmt, "SELECT value FROM settings WHERE name = ? AND value IS NOT NULL", "s", a->name);
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err == SRV_OK)
		err = row ? store_col_dup(stmt, 0, &a->out) : SRV_ENOENT;
	store_done(stmt);
	return err;
}

enum srv_err
store_setting_get(struct store *s, const char *name, char **value)
{
	struct setting_arg a = {.name = name};
	enum srv_err err = store_read(s, get_body, &a);
	if (err == SRV_OK)
		*value = a.out;
	return err;
}

static enum srv_err
set_body(struct store_conn *c, void *arg)
{
	struct setting_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "ss", a->name, a->value);
}

enum srv_err
store_setting_set(struct store *s, const char *name, const char *value)
{
	return store_write(s, set_body, &(struct setting_arg){.name = name, .value = value});
}

static enum srv_err
each_body(struct store_conn *c, void *arg)
{
	struct setting_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(
	    c, &stmt, "SELECT name, value FROM settings WHERE value IS NOT NULL ORDER BY name", "");
	while (err == SRV_OK && row) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		const char *name = store_col_text(stmt, 0), *value = store_col_text(stmt, 1);
		if (name == NULL || value == NULL)
			err = SRV_ENOMEM;
		else
			row = a->each(a->arg, name, value);
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_setting_each(struct store *s, bool (*each)(void *arg, const char *name, const char *value), void *arg)
{
	return store_read(s, each_body, &(struct setting_arg){.each = each, .arg = arg});
}

static enum srv_err
warehouse_body(struct store_conn *c, void *arg)
{
	struct setting_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO warehouse_paths (wh_no, path) VALUES (?, ?)"
	    " ON CONFLICT (wh_no) DO UPDATE SET path = excluded.path",
	    "is", a->wh_no, a->value);
}

enum srv_err
store_warehouse_set(struct store *s, int wh_no, const char *path)
{
	if (wh_no < 0 || wh_no > 99)
		return SRV_EINVAL;
	return store_write(s, warehouse_body, &(struct setting_arg){.wh_no = wh_no, .value = path});
}
