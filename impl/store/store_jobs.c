/* Maintenance jobs: their definitions, the texts that name them, and the log of their runs. A run in
 * the log whose success is NULL is one that lasts, or that its process did not live to finish.
 * Thread: any.
 *
 * The start times of runs are compared as those of tickets are (store_tickets.c): the index by text, and
 * strftime where the last word matters. */
#include "store_priv.h"

/* The jobs that the log knows, each found by one look into the index. */
#define LOGGED_JOBS                                                                                \
	"WITH RECURSIVE logged (job_id) AS (SELECT min(job_id) FROM maintenance_job_log UNION ALL" \
	" SELECT (SELECT min(l.job_id) FROM maintenance_job_log l WHERE l.job_id > logged.job_id)" \
	" FROM logged WHERE logged.job_id IS NOT NULL)"
/* A job's last finished run. The newest text has the newest date, and what else has that date is compared
 * as time. */
#define LAST_RUN                                                                                              \
	"(SELECT r.rowid FROM maintenance_job_log r WHERE r.job_id = logged.job_id AND r.success IS NOT NULL" \
	" AND r.started_at >= (SELECT substr(max(m.started_at), 1, 10) FROM maintenance_job_log m"            \
	" WHERE m.job_id = logged.job_id AND m.success IS NOT NULL)"                                          \
	" ORDER BY CAST(strftime('%s', r.started_at) AS INTEGER) DESC, r.rowid DESC LIMIT 1)"

struct define_arg {
	int64_t job_id;
	const char *id, *language, *text;
	bool there;
};

static enum srv_err
job_there_body(struct store_conn *c, void *arg)
{
	struct define_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	enum srv_err err = store_prepare(c, &stmt, "SELECT 1 FROM maintenance_jobs WHERE job_id = ?", "i", a->job_id);
	if (err == SRV_OK)
		err = store_step(stmt, &a->there);
	store_done(stmt);
	return err;
}

static enum srv_err
job_define_body(struct store_conn *c, void *arg)
{
	struct define_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO maintenance_jobs (job_id, name_resource_id, schedule_type) VALUES (?, ?, ?)"
	    " ON CONFLICT (job_id) DO NOTHING",
	    "iss", a->job_id, a->id, a->text);
}

enum srv_err
store_job_define(struct store *s, int64_t job_id, const char *name_resource_id, const char *schedule_type)
{
	struct define_arg a = {.job_id = job_id, .id = name_resource_id, .text = schedule_type};
	enum srv_err err = store_read(s, job_there_body, &a);
	if (err == SRV_OK && !a.there) /* a start that has nothing to add writes nothing */
		err = store_write(s, job_define_body, &a);
	return err;
}

static enum srv_err
resource_there_body(struct store_conn *c, void *arg)
{
	struct define_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	enum srv_err err = store_prepare(
	    c, &stmt, "SELECT 1 FROM resources WHERE resource_id = ? AND language = ?", "ss", a->id, a->language);
	if (err == SRV_OK)
		err = store_step(stmt, &a->there);
	store_done(stmt);
	return err;
}

static enum srv_err
resource_define_body(struct store_conn *c, void *arg)
{
	struct define_arg *a = arg;
	return store_run(c, NULL,
	    "INSERT INTO resources (resource_id, language, text) VALUES (?, ?, ?)"
	    " ON CONFLICT (resource_id, language) DO NOTHING",
	    "sss", a->id, a->language, a->text);
}

enum srv_err
store_resource_define(struct store *s, const char *resource_id, const char *language, const char *text)
{
	struct define_arg a = {.id = resource_id, .language = language, .text = text};
	enum srv_err err = store_read(s, resource_there_body, &a);
	if (err == SRV_OK && !a.there)
		err = store_write(s, resource_define_body, &a);
	return err;
}

struct run_arg {
	int64_t id; /* of the job or of the run */
	wall_t time;
	int64_t number; /* elapsed, limit, or what came out */
	bool success;
	const char *message;
	bool (*each)(void *arg, const struct store_job_run *);
	void *arg;
};

static enum srv_err
begin_body(struct store_conn *c, void *arg)
{
	struct run_arg *a = arg;
	enum srv_err err = store_run(
	    c, NULL, "INSERT INTO maintenance_job_log (job_id, started_at) VALUES (?, ?)", "it", a->id, a->time);
	if (err == SRV_OK)
		a->number = sqlite3_last_insert_rowid(c->db);
	return err;
}

enum srv_err
store_job_begin(struct store *s, int64_t job_id, wall_t started_at, int64_t *run_id)
{
	struct run_arg a = {.id = job_id, .time = started_at};
	enum srv_err err = store_write(s, begin_body, &a);
	if (err == SRV_OK)
		*run_id = a.number;
	return err;
}

static enum srv_err
end_body(struct store_conn *c, void *arg)
{
	struct run_arg *a = arg;
	int64_t changes = 0;
	enum srv_err err = store_run(c, &changes,
	    "UPDATE maintenance_job_log SET elapsed_ms = ?, success = ?, message = ? WHERE rowid = ? AND success IS "
	    "NULL",
	    "ibsi", a->number, (int)a->success, a->message, a->id);
	return err == SRV_OK && changes == 0 ? SRV_ENOENT : err;
}

enum srv_err
store_job_end(struct store *s, int64_t run_id, int64_t elapsed_ms, bool success, const char *message)
{
	return store_write(
	    s, end_body, &(struct run_arg){.id = run_id, .number = elapsed_ms, .success = success, .message = message});
}

static enum srv_err
recover_body(struct store_conn *c, void *arg)
{
	struct run_arg *a = arg;
	return store_run(c, &a->number,
	    "UPDATE maintenance_job_log SET success = 0, message = 'interrupted', elapsed_ms = coalesce(elapsed_ms, 0)"
	    " WHERE success IS NULL",
	    "");
}

enum srv_err
store_job_recover(struct store *s, int64_t *recovered)
{
	struct run_arg a = {0};
	enum srv_err err = store_write(s, recover_body, &a);
	if (err == SRV_OK)
		*recovered = a.number;
	return err;
}

static enum srv_err
last_body(struct store_conn *c, void *arg)
{
	struct run_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(c, &stmt,
	    LOGGED_JOBS " SELECT l.job_id, l.started_at, l.elapsed_ms, l.success, l.message"
			" FROM logged JOIN maintenance_job_log l ON l.rowid = " LAST_RUN " ORDER BY l.job_id",
	    "");
	while (err == SRV_OK && row) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		struct store_job_run run = {.job_id = sqlite3_column_int64(stmt, 0),
		    .started_at = store_col_time(stmt, 1),
		    .elapsed_ms = sqlite3_column_int64(stmt, 2),
		    .success = store_col_true(stmt, 3),
		    .message = store_col_text(stmt, 4)};
		if (run.message == NULL)
			err = SRV_ENOMEM;
		else
			row = a->each(a->arg, &run);
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_job_last_each(struct store *s, bool (*each)(void *arg, const struct store_job_run *), void *arg)
{
	return store_read(s, last_body, &(struct run_arg){.each = each, .arg = arg});
}

static enum srv_err
log_purge_body(struct store_conn *c, void *arg)
{
	struct run_arg *a = arg;
	return store_run(c, &a->number,
	    LOGGED_JOBS " DELETE FROM maintenance_job_log WHERE rowid IN (SELECT l.rowid FROM logged"
			" JOIN maintenance_job_log l ON l.job_id = logged.job_id AND l.started_at < ?"
			" WHERE CAST(strftime('%s', l.started_at) AS INTEGER) < ? AND l.rowid IS NOT " LAST_RUN
			" LIMIT ?)",
	    "tii", a->time, a->time.s, a->id);
}

enum srv_err
store_job_log_purge(struct store *s, wall_t before, int limit, int64_t *removed)
{
	struct run_arg a = {.id = limit < 0 ? 0 : limit, .time = before};
	enum srv_err err = store_write(s, log_purge_body, &a);
	if (err == SRV_OK)
		*removed = a.number;
	return err;
}
