/* The one read of everything that the application cache holds: a connection that is as good as opened anew, so that
 * a file which was replaced is the one read, and one transaction, so that all parts are of one moment.
 * Called by the cache's loader thread and by srvadm.
 *
 * A row that the cache could not use says so here, by the name of what it is about, and ends the load:
 * the cache then keeps what it has. A NULL in a setting or a text is as good as no row. */
#include "store_priv.h"

#include "../base/text.h"
#include <string.h>

#define NAME_SHOWN 64 /* bytes of a name that a reason quotes */

struct load_arg {
	const struct store_loader *loader;
	const char *source;
	struct srv_reason *why;
};

/* A text column, and whether it can be used: UTF-8, and no NUL byte within. */
static enum srv_err
text_at(struct load_arg *a, sqlite3_stmt *stmt, int col, const char *what, const char *name, const char **out)
{
	const char *text = store_col_text(stmt, col);
	if (text == NULL)
		return srv_fail(a->why, SRV_ENOMEM, "%s", srv_err_text(SRV_ENOMEM));
	size_t len = (size_t)sqlite3_column_bytes(stmt, col);
	if (strlen(text) != len || !text_is_utf8(text, len))
		return srv_fail(a->why, SRV_EINVAL, "%s %.*s is not text in UTF-8", what, NAME_SHOWN, name);
	*out = text;
	return SRV_OK;
}

/* What a callback refused. It may have said why itself, through the same reason; if not, the code does. */
static enum srv_err
refused(struct load_arg *a, enum srv_err err)
{
	if (err != SRV_OK && a->why != NULL && a->why->text[0] == '\0')
		return srv_fail(a->why, err, "%s", srv_err_text(err));
	return err;
}

static enum srv_err
setting_row(struct load_arg *a, sqlite3_stmt *stmt)
{
	const char *name = NULL, *value = NULL;
	enum srv_err err = text_at(a, stmt, 0, "the name of", "a setting", &name);
	if (err == SRV_OK)
		err = text_at(a, stmt, 1, "the value of", name, &value);
	return err == SRV_OK ? refused(a, a->loader->setting(a->loader->arg, name, value)) : err;
}

static enum srv_err
resource_row(struct load_arg *a, sqlite3_stmt *stmt)
{
	const char *id = NULL, *language = NULL, *text = NULL;
	enum srv_err err = text_at(a, stmt, 0, "the id of", "a resource", &id);
	if (err == SRV_OK)
		err = text_at(a, stmt, 1, "the language of", id, &language);
	if (err == SRV_OK)
		err = text_at(a, stmt, 2, "the text of", id, &text);
	return err == SRV_OK ? refused(a, a->loader->resource(a->loader->arg, id, language, text)) : err;
}

static enum srv_err
job_row(struct load_arg *a, sqlite3_stmt *stmt)
{
	const char *id = NULL, *schedule = NULL;
	enum srv_err err = text_at(a, stmt, 1, "the resource id of", "a job", &id);
	if (err == SRV_OK)
		err = text_at(a, stmt, 2, "the schedule of", "a job", &schedule);
	if (err != SRV_OK)
		return err;
	return refused(a, a->loader->job(a->loader->arg, sqlite3_column_int64(stmt, 0), id, schedule));
}

static enum srv_err
warehouse_row(struct load_arg *a, sqlite3_stmt *stmt)
{
	const char *path = NULL;
	int64_t wh_no = sqlite3_column_int64(stmt, 0);
	if (wh_no < 0 || wh_no > 99)
		return srv_fail(a->why, SRV_EINVAL, "the number %lld is not from 0 to 99", (long long)wh_no);
	enum srv_err err = text_at(a, stmt, 1, "the path of", "a warehouse", &path);
	return err == SRV_OK ? refused(a, a->loader->warehouse_path(a->loader->arg, (int)wh_no, path)) : err;
}

static enum srv_err
source_load(
    struct store_conn *c, struct load_arg *a, const char *sql, enum srv_err (*take)(struct load_arg *, sqlite3_stmt *))
{
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(c, &stmt, sql, "");
	while (err == SRV_OK) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		enum srv_err taken = take(a, stmt);
		if (taken != SRV_OK) {
			store_done(stmt);
			return taken;
		}
	}
	if (err != SRV_OK)
		store_conn_fail(c, err, a->why);
	store_done(stmt);
	return err;
}

static enum srv_err
load_body(struct store_conn *c, void *arg)
{
	struct load_arg *a = arg;
	const struct {
		const char *name, *sql;
		enum srv_err (*take)(struct load_arg *, sqlite3_stmt *);
		bool wanted;
	} sources[] = {
	    {"settings", "SELECT name, value FROM settings WHERE value IS NOT NULL ORDER BY name", setting_row,
		a->loader->setting != NULL},
	    {"resources",
		"SELECT resource_id, language, text FROM resources WHERE text IS NOT NULL ORDER BY resource_id, "
		"language",
		resource_row, a->loader->resource != NULL},
	    {"jobs", "SELECT job_id, name_resource_id, schedule_type FROM maintenance_jobs ORDER BY job_id", job_row,
		a->loader->job != NULL},
	    {"warehouse paths", "SELECT wh_no, path FROM warehouse_paths ORDER BY wh_no", warehouse_row,
		a->loader->warehouse_path != NULL},
	};
	a->source = "database";
	enum srv_err err = store_run(c, NULL, "BEGIN", "");
	if (err != SRV_OK)
		return store_conn_fail(c, err, a->why);
	if (a->why != NULL)
		a->why->text[0] = '\0';
	for (size_t i = 0; err == SRV_OK && i < sizeof sources / sizeof sources[0]; i++) {
		a->source = sources[i].name;
		if (sources[i].wanted)
			err = source_load(c, a, sources[i].sql, sources[i].take);
	}
	(void)store_run(c, NULL, "ROLLBACK", ""); /* it only read */
	return err;
}

enum srv_err
store_load(struct store *s, const struct store_loader *loader, const char **source, struct srv_reason *why)
{
	struct load_arg a = {.loader = loader, .source = "database", .why = why};
	enum srv_err err = store_again(s, load_body, &a, why);
	if (err != SRV_OK && source != NULL)
		*source = a.source;
	return err;
}
