/* Why: some work wants a connection that nobody else uses: a load, which reads everything in one state of the store, or
 * a check of the whole file, which takes its time. Opening one is dear, so that of a load is kept, and used again as
 * long as a new one would be no other.
 * Called by store.c, on any thread, inside: so the file does not go meanwhile. */
#include "store_priv.h"

#include <pthread.h>

#define BREAK_OPS 10000 /* steps of SQLite's machine between two looks at `breaking` */

void
store_errands_init(struct store_errands *s, const struct store_file *file, atomic_bool *breaking)
{
	*s = (struct store_errands){.file = file, .breaking = breaking};
	pthread_mutex_init(&s->lock, NULL);
}

void
store_errands_forget(struct store_errands *s, bool replaced)
{
	store_conn_close(&s->kept.conn, !replaced);
}

void
store_errands_fini(struct store_errands *s)
{
	pthread_mutex_destroy(&s->lock);
}

static int
broken_off(void *arg)
{
	return atomic_load((atomic_bool *)arg);
}

/* A new connection, to a file that has our tables. */
static enum srv_err
kept_open(const struct store_errands *s, const struct store_errand *e, struct store_kept *out)
{
	enum srv_err err = store_file_stamp_get(s->file->path, &out->stamp);
	if (err != SRV_OK)
		return srv_fail(e->why, err, "the database file cannot be reached");
	err = store_file_conn(s->file, &out->conn, e->why);
	if (err == SRV_OK && e->interruptible)
		sqlite3_progress_handler(out->conn->db, BREAK_OPS, broken_off, s->breaking);
	if (err == SRV_OK && e->keep) /* here and once: it makes SQLite prepare every statement anew */
		err = store_run(out->conn, NULL, "PRAGMA query_only = ON", "");
	if (err == SRV_OK)
		err = store_one_int(out->conn, "PRAGMA schema_version", &out->schema);
	if (err != SRV_OK)
		return out->conn == NULL ? err : store_conn_fail(out->conn, err, e->why);
	return store_schema_look(out->conn, e->why);
}

/* Takes what the last call left, if a connection opened now would be no other. */
static void
kept_take(struct store_errands *s, struct store_kept *out)
{
	struct store_file_stamp now;
	int64_t schema = 0;
	pthread_mutex_lock(&s->lock);
	*out = s->kept;
	s->kept.conn = NULL;
	pthread_mutex_unlock(&s->lock);
	if (out->conn != NULL &&
	    (store_file_stamp_get(s->file->path, &now) != SRV_OK || !store_file_untouched(&now, &out->stamp) ||
		store_one_int(out->conn, "PRAGMA schema_version", &schema) != SRV_OK || schema != out->schema))
		store_conn_close(&out->conn, false);
}

/* Another thread may have left one too; one is enough. The writer stays open, so there is nothing to fold in. */
static void
kept_leave(struct store_errands *s, struct store_kept *k)
{
	pthread_mutex_lock(&s->lock);
	if (s->kept.conn == NULL) {
		s->kept = *k;
		k->conn = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	store_conn_close(&k->conn, false);
}

enum srv_err
store_errand_once(struct store_errands *s, const struct store_errand *e, bool *again)
{
	struct store_kept k = {NULL};
	enum srv_err err = SRV_OK;
	*again = false;
	if (e->keep)
		kept_take(s, &k);
	if (k.conn == NULL)
		err = kept_open(s, e, &k);
	if (k.conn == NULL) {
		*again = err == SRV_EAGAIN;
		return err;
	}
	if (err == SRV_OK)
		err = e->body(k.conn, e->arg);
	*again = err != SRV_OK && (sqlite3_errcode(k.conn->db) & 0xff) == SQLITE_INTERRUPT;
	if (e->keep && err == SRV_OK)
		kept_leave(s, &k);
	else
		store_conn_close(&k.conn, false);
	return err;
}
