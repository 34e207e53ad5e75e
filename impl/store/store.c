/* The store's connections: who may use which, and when all of them go over to another file.
 *
 * There is one connection that writes, up to max_connections that read, and one (`watch`) that answers
 * only whether the file changed. In WAL mode readers and the writer do not wait for each other. One writer
 * for the whole process means that threads queue here, for a bounded time, and not in SQLite's polling;
 * and that PRAGMA data_version on the writer counts other processes' commits only. All of struct store is
 * under `mutex`, which is never held while SQLite works; `file` changes only when nobody is inside.
 *
 * Whoever comes in looks whether the path still names the open file, at most every STORE_NOTICE_MS for
 * reading, always for writing. If it does not, nobody is let in until the ones inside have left (long work
 * is broken off and begun anew); then every connection is closed, and only then the new file is opened
 * (store_file.c says why in that order). If the new file cannot be used, each call says so, and tries
 * again when it is another one or some time has passed. A file that merely vanished stays open, for it
 * may come back with all that its log holds; nobody may use it meanwhile.
 *
 * A write is acknowledged only if the path named the file that was written both before and after the
 * commit; else it is done again, on the new one.
 *
 * Thread: any number, all functions; store_open and store_close alone. */
#include "store_priv.h"

#include "../base/log.h"
#include "../base/thread.h"
#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAL_PAGES 1000      /* from this size of the log on, a commit folds it into the file */
#define WAL_PAGES_WARN 8000 /* and from this on something hinders that */
#define LOCKED_OUT_MS 100   /* what a write waits for a lock that was not given up in STORE_BUSY_MS */
#define FILE_TRIES 5        /* files that one call may see come and go */
#define SYNC_RETRY_MS 1000  /* a disk that could not sync is not asked again sooner */

struct store {
	char *path;
	int max_readers;
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* someone left, or a switch ended; on the monotonic clock */

	struct store_file file;
	struct store_conn *idle; /* readers that nobody uses */
	struct store_errands errands;
	int readers;          /* idle or in use */
	int inside;           /* connections in use, of all kinds */
	bool writing;         /* the writer is in use */
	bool sampling;        /* by store_version, for a moment */
	bool holds_lock;      /* the writer is between its BEGIN and its COMMIT: no other process can commit */
	bool watching;        /* watch is in use */
	bool switching;       /* to another file */
	atomic_bool breaking; /* the same, for long work to see */
	bool stale;           /* the connections must go */
	bool sync_failed;     /* what the disk holds is not certain: no more writes, until sync_anew */
	bool wrote;           /* something, since the file was opened; the writing thread's own */
	bool locked_out;      /* by another process, for as long as the last write waited */

	bool looked; /* at the path, which named the open file */
	mono_t looked_at;
	enum srv_err failed; /* the last switch, if it failed */
	struct srv_reason failed_why;
	struct store_file_id failed_file;
	mono_t failed_at;

	uint64_t version; /* for store_version */
	int64_t writer_data_version, watch_data_version;

	/* the writing thread's own */
	int64_t write_deadline_ms;
	int64_t sync_failed_ms;
	int wal_warn; /* pages */

	struct store_alarm read_alarm, write_alarm;
};

/* A thread that is inside may not come in again: it might wait for itself. */
static _Thread_local int inside;

/* Waiting is measured by the machine's clock, also where a test has put another one in place. */
static int64_t
now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
lock(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
}

static void
unlock(struct store *s)
{
	pthread_mutex_unlock(&s->mutex);
}

/* ---- going over to another file ---- */

static int writer_busy(void *arg, int times);
static int writer_wal(void *arg, sqlite3 *db, const char *name, int pages);

static void
disconnect_all(struct store *s, bool replaced)
{
	while (s->idle != NULL) {
		struct store_conn *c = s->idle;
		s->idle = c->next;
		store_conn_close(&c, !replaced);
	}
	s->readers = 0;
	store_errands_forget(&s->errands, replaced);
	store_file_close(&s->file, replaced);
}

/* Nobody is inside and nobody comes in: file and readers are the caller's. */
static enum srv_err
connect_all(struct store *s, bool create, struct srv_reason *why)
{
	struct store_conn *reader = NULL;
	enum srv_err err = SRV_EAGAIN;
	for (int i = 0; err == SRV_EAGAIN && i < FILE_TRIES; i++)
		err = store_file_open(&s->file, create, &reader, &s->failed_file, why);
	if (err != SRV_OK)
		return err == SRV_EAGAIN ? SRV_EBUSY : err;
	s->idle = reader;
	s->readers = 1;
	s->wal_warn = WAL_PAGES_WARN;
	err = store_one_int(s->file.writer, "PRAGMA data_version", &s->writer_data_version);
	if (err == SRV_OK)
		err = store_one_int(s->file.watch, "PRAGMA data_version", &s->watch_data_version);
	if (err != SRV_OK) {
		srv_fail(why, err, "%s", srv_err_text(err));
		disconnect_all(s, false);
		return err;
	}
	sqlite3_busy_handler(s->file.writer->db, writer_busy, s);
	sqlite3_wal_hook(s->file.writer->db, writer_wal, s);
	return SRV_OK;
}

/* Goes over to what the path names now. Called and returns with the mutex held. */
static enum srv_err
switch_locked(struct store *s, struct srv_reason *why)
{
	struct srv_reason reason = {{0}};
	bool had = s->file.writer != NULL;
	s->switching = true;
	atomic_store(&s->breaking, true);
	while (s->inside > 0)
		pthread_cond_wait(&s->changed, &s->mutex);
	unlock(s);

	disconnect_all(s, true);
	/* What they held lies in the heaps of the threads that opened them, and what is opened now will lie in others'.
	 */
	malloc_trim(0);
	enum srv_err err = connect_all(s, false, &reason);
	if (err == SRV_ENOENT) /* gone again; as in enter_locked */
		err = SRV_EIO;
	if (err == SRV_OK)
		log_info("store_replaced");
	else if (had || err != s->failed)
		log_warnx("store_unusable reason=%s", LOG_STR(reason.text));

	lock(s);
	s->failed = err;
	s->failed_why = reason;
	s->failed_at = clock_mono();
	s->looked = false;
	s->stale = s->sync_failed = s->wrote = false;
	s->version++;
	s->switching = false;
	atomic_store(&s->breaking, false);
	pthread_cond_broadcast(&s->changed);
	return err == SRV_OK ? SRV_OK : srv_fail(why, err, "%s", reason.text);
}

static bool
recent(mono_t then)
{
	int64_t passed_ms = clock_mono().ms - then.ms;
	return passed_ms >= 0 && passed_ms < STORE_NOTICE_MS;
}

/* To be called before anyone goes inside. Looks at the path, now (`must`) or if it is time to, and goes
 * over to another file if it names one. After SRV_OK the open connections belong to the file that the
 * path names, and nobody is switching. May let go of the mutex meanwhile. */
static enum srv_err
enter_locked(struct store *s, bool must, struct srv_reason *why)
{
	for (int tries = 0; tries < FILE_TRIES; tries++) {
		struct store_file_id now;
		while (s->switching)
			pthread_cond_wait(&s->changed, &s->mutex);
		bool open = s->file.writer != NULL && !s->stale;
		if (!must && open && s->looked && recent(s->looked_at))
			return SRV_OK;
		enum srv_err err = store_file_identify(s->path, &now);
		if (err == SRV_ENOENT) {
			/* To callers that would be a row that is not there. */
			s->looked = false;
			return srv_fail(why, SRV_EIO, "there is no database file");
		}
		if (err != SRV_OK) {
			/* A directory that can no longer be searched stops writing, but not reading. */
			if (must || !open)
				return srv_fail(why, err, "the database file cannot be reached");
			return SRV_OK;
		}
		if (open && store_file_same(&now, &s->file.id)) {
			s->looked = true;
			s->looked_at = clock_mono();
			return SRV_OK;
		}
		if (s->file.writer == NULL && s->failed != SRV_OK && recent(s->failed_at) &&
		    store_file_same(&now, &s->failed_file))
			return srv_fail(why, s->failed, "%s", s->failed_why.text);
		s->stale = true;
		err = switch_locked(s, why);
		if (err != SRV_OK)
			return err;
	}
	return srv_fail(why, SRV_EBUSY, "the file is being replaced again and again");
}

static void
leave_locked(struct store *s)
{
	s->inside--;
	pthread_cond_broadcast(&s->changed);
}

/* ---- reading ---- */

static enum srv_err
reader_take(struct store *s, struct store_conn **out)
{
	bool may_open = true;
	int replaced = 0;
	lock(s);
	for (;;) {
		enum srv_err err = enter_locked(s, false, NULL);
		if (err != SRV_OK) {
			unlock(s);
			return err;
		}
		if (s->idle != NULL) {
			*out = s->idle;
			s->idle = s->idle->next;
			s->inside++;
			unlock(s);
			return SRV_OK;
		}
		if (!may_open || s->readers == s->max_readers) {
			pthread_cond_wait(&s->changed, &s->mutex);
			continue;
		}
		s->readers++;
		s->inside++;
		unlock(s);
		err = store_file_conn(&s->file, out, NULL);
		if (err == SRV_OK)
			return SRV_OK;
		lock(s);
		s->readers--;
		leave_locked(s);
		if (err == SRV_EAGAIN && ++replaced < FILE_TRIES)
			s->looked = false;
		else if (s->readers > 0)
			may_open = false; /* no descriptor or memory: wait for one that is open */
		else {
			unlock(s);
			return err == SRV_EAGAIN ? SRV_EBUSY : err;
		}
	}
}

enum srv_err
store_read(struct store *s, store_body *body, void *arg)
{
	struct store_conn *c = NULL;
	assert(inside == 0);
	enum srv_err err = reader_take(s, &c);
	if (err != SRV_OK) {
		store_alarm_raise(&s->read_alarm, err, NULL);
		return err;
	}
	inside++;
	err = body(c, arg);
	inside--;
	if (err == SRV_OK)
		store_alarm_clear(&s->read_alarm);
	else
		store_alarm_raise(&s->read_alarm, err, c);
	lock(s);
	c->next = s->idle;
	s->idle = c;
	leave_locked(s);
	unlock(s);
	return err;
}

/* ---- writing ---- */

/* Another process holds the lock: wait, but neither longer than promised nor for a file that is gone. */
static int
writer_busy(void *arg, int times)
{
	struct store *s = arg;
	int64_t left_ms = s->write_deadline_ms - now_ms();
	if (left_ms <= 0 || (times % 4 == 3 && store_file_named(&s->file) != SRV_OK))
		return 0;
	int64_t wait_ms = times < 4 ? 2 : 20;
	if (wait_ms > left_ms)
		wait_ms = left_ms;
	struct timespec ts = {.tv_sec = 0, .tv_nsec = wait_ms * 1000000};
	nanosleep(&ts, NULL);
	return 1;
}

/* After each commit, in the writer's thread: keeps the log short, and says so if something hinders it. The lock is
 * given up by then, and others may commit however long the disk takes. */
static int
writer_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;
	int in_log = 0, folded = 0;

	lock(s);
	s->holds_lock = false;
	unlock(s);
	if (pages < WAL_PAGES || store_file_named(&s->file) != SRV_OK)
		return SQLITE_OK;
	int rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, &in_log, &folded);
	if (rc == SQLITE_OK && folded == in_log)
		s->wal_warn = WAL_PAGES_WARN;
	else if (pages >= s->wal_warn) {
		log_warnx("store_log_grows pages=%d folded=%d reason=\"%s\"", pages, folded,
		    rc == SQLITE_OK ? "a reader of another process stays at an old state"
				    : srv_err_text(store_err(rc)));
		s->wal_warn = pages > 1000000000 ? pages : pages * 2;
	}
	return SQLITE_OK;
}

/* Takes the writing connection, at the latest at the deadline. */
static enum srv_err
writer_take(struct store *s, int64_t deadline_ms)
{
	struct timespec until = {.tv_sec = deadline_ms / 1000, .tv_nsec = deadline_ms % 1000 * 1000000};
	for (;;) {
		int rc = 0;
		while ((s->writing || s->switching) && rc == 0)
			rc = pthread_cond_timedwait(&s->changed, &s->mutex, &until);
		if (s->writing || s->switching)
			return SRV_EBUSY;
		enum srv_err err = enter_locked(s, true, NULL);
		if (err != SRV_OK)
			return err;
		if (s->writing || s->switching) /* enter_locked may have let go of the mutex */
			continue;
		s->writing = true;
		s->inside++;
		return SRV_OK;
	}
}

static void
writer_give(struct store *s)
{
	/* A transaction that could not even be rolled back must not be inherited by the next one. */
	if (sqlite3_get_autocommit(s->file.writer->db) == 0)
		s->stale = true;
	s->writing = s->holds_lock = false;
	leave_locked(s);
}

static void
version_seen_locked(struct store *s, int64_t *last, int64_t now)
{
	if (*last != now)
		s->version++;
	*last = now;
}

/* The disk may have lost what it was given, and a later success would not mean that it got it: nothing
 * more is acknowledged before sync_anew. A full disk says so and is another matter. */
static void
sync_judge(struct store *s, int rc)
{
	int os = sqlite3_system_errno(s->file.writer->db);
	if ((rc != SQLITE_IOERR_FSYNC && rc != SQLITE_IOERR_DIR_FSYNC) || os == ENOSPC || os == EDQUOT)
		return;
	log_error("store_sync_failed consequence=\"nothing is written until all that is there was synced anew\"");
	s->sync_failed_ms = now_ms();
	lock(s);
	s->sync_failed = true;
	unlock(s);
}

/* In the writer's thread, if a sync has failed. Whatever was acknowledged was synced to the log before that, so it can
 * be folded into the file, each page written anew and the file synced; what of the failed commit is in the log goes
 * with the rest of the log. After that nothing depends on what was lost. It is what a restart would do, without the
 * restart. */
static enum srv_err
sync_anew(struct store *s)
{
	lock(s);
	bool failed = s->sync_failed;
	unlock(s);
	if (!failed)
		return SRV_OK;
	if (now_ms() - s->sync_failed_ms < SYNC_RETRY_MS)
		return SRV_EIO;
	int rc = sqlite3_wal_checkpoint_v2(s->file.writer->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	s->sync_failed_ms = now_ms();
	if (rc != SQLITE_OK)
		return SRV_EIO; /* the disk's fault, or somebody reads what is in the log */
	log_info("store_synced_anew");
	lock(s);
	s->sync_failed = false;
	unlock(s);
	return SRV_OK;
}

/* One attempt, inside. SRV_EAGAIN: the file was replaced, and this one's commit does not count.
 * A writer that was killed in its commit may have left it whole in the log, unknown to those who had the log open; it
 * counts again when the log is read from its start, unless it was written over. So the first transaction writes in any
 * case: a "there was nothing to revoke" that wrote nothing could be followed by a grant of before. */
static enum srv_err
write_once(struct store *s, store_body *body, void *arg)
{
	struct store_conn *c = s->file.writer;
	int64_t data_version = 0;
	enum srv_err err = sync_anew(s);
	if (err != SRV_OK)
		return err;
	err = store_run(c, NULL, "BEGIN IMMEDIATE", "");
	lock(s);
	s->locked_out = err == SRV_EBUSY;
	unlock(s);
	if (err != SRV_OK) {
		enum srv_err named = store_file_named(&s->file);
		store_alarm_raise(&s->write_alarm, err, c);
		return named != SRV_OK ? named : err;
	}
	err = store_one_int(c, "PRAGMA data_version", &data_version);
	if (err == SRV_OK) {
		lock(s);
		version_seen_locked(s, &s->writer_data_version, data_version);
		s->holds_lock = true;
		unlock(s);
		if (!s->wrote)
			err = store_schema_rewrite(c);
		if (err == SRV_OK)
			err = body(c, arg);
	}
	if (err == SRV_OK)
		err = store_file_named(&s->file);
	if (err == SRV_OK) {
		err = store_run(c, NULL, "COMMIT", "");
		if (err != SRV_OK)
			sync_judge(s, sqlite3_extended_errcode(c->db));
		else {
			s->wrote = true;
			store_alarm_clear(&s->write_alarm);
			err = store_file_named(&s->file);
		}
	}
	store_alarm_raise(&s->write_alarm, err, c);
	if (sqlite3_get_autocommit(c->db) == 0)
		(void)store_run(c, NULL, "ROLLBACK", "");
	return err;
}

/* While another process keeps the lock, writers would take all threads there are, one after the other, and nobody
 * would be left to read. So only those who come first wait long. */
static int64_t
write_deadline_ms(struct store *s)
{
	lock(s);
	bool locked_out = s->locked_out;
	unlock(s);
	return now_ms() + (locked_out ? LOCKED_OUT_MS : STORE_BUSY_MS);
}

enum srv_err
store_write(struct store *s, store_body *body, void *arg)
{
	enum srv_err err = SRV_EAGAIN;
	int64_t deadline_ms = write_deadline_ms(s);
	assert(inside == 0);
	for (int tries = 0; err == SRV_EAGAIN && tries < FILE_TRIES; tries++) {
		lock(s);
		err = writer_take(s, deadline_ms);
		unlock(s);
		if (err != SRV_OK) {
			store_alarm_raise(&s->write_alarm, err, NULL);
			break;
		}
		s->write_deadline_ms = deadline_ms;
		inside++;
		err = write_once(s, body, arg);
		inside--;
		lock(s);
		writer_give(s);
		unlock(s);
	}
	return err == SRV_EAGAIN ? SRV_EBUSY : err;
}

enum srv_err
store_alone(struct store *s, store_body *body, void *arg)
{
	int64_t deadline_ms = now_ms() + STORE_BUSY_MS;
	assert(inside == 0);
	lock(s);
	enum srv_err err = writer_take(s, deadline_ms);
	unlock(s);
	if (err != SRV_OK)
		return err;
	s->write_deadline_ms = deadline_ms;
	inside++;
	err = sync_anew(s);
	if (err == SRV_OK)
		err = body(s->file.writer, arg);
	inside--;
	lock(s);
	writer_give(s);
	unlock(s);
	return err;
}

/* ---- a connection of one's own ---- */

static enum srv_err
errand_run(struct store *s, const struct store_errand *e)
{
	assert(inside == 0);
	for (int tries = 0; tries < FILE_TRIES; tries++) {
		bool again = false;
		lock(s);
		enum srv_err err = enter_locked(s, true, e->why);
		if (err == SRV_OK)
			s->inside++;
		unlock(s);
		if (err != SRV_OK)
			return err;
		inside++;
		err = store_errand_once(&s->errands, e, &again);
		inside--;
		lock(s);
		leave_locked(s);
		unlock(s);
		if (!again)
			return err;
	}
	return srv_fail(e->why, SRV_EBUSY, "the file is being replaced again and again");
}

enum srv_err
store_anew(struct store *s, bool interruptible, store_body *body, void *arg, struct srv_reason *why)
{
	return errand_run(
	    s, &(struct store_errand){.body = body, .arg = arg, .why = why, .interruptible = interruptible});
}

enum srv_err
store_again(struct store *s, store_body *body, void *arg, struct srv_reason *why)
{
	return errand_run(s, &(struct store_errand){.body = body, .arg = arg, .why = why, .keep = true});
}

/* ---- what store.h offers ---- */

enum srv_err
store_open(const char *path, bool create, int max_connections, struct store **out, struct srv_reason *why)
{
	bool made = false;
	if (max_connections < 1)
		return srv_fail(why, SRV_EINVAL, "the number of connections must be at least 1");
	struct store *s = calloc(1, sizeof *s);
	if (s == NULL || (s->path = strdup(path)) == NULL) {
		free(s);
		return srv_fail(why, SRV_ENOMEM, "%s", srv_err_text(SRV_ENOMEM));
	}
	s->file.path = s->path;
	s->max_readers = max_connections;
	store_errands_init(&s->errands, &s->file, &s->breaking);
	s->read_alarm.what = "read";
	s->write_alarm.what = "write";
	pthread_mutex_init(&s->mutex, NULL);
	thread_cond_init(&s->changed);

	enum srv_err err = create ? store_file_create(path, &made, why) : SRV_OK;
	if (err == SRV_OK)
		err = connect_all(s, create, why);
	if (err != SRV_OK) {
		if (made) /* nothing half made stays behind */
			(void)unlink(path);
		store_close(&s);
		return err;
	}
	*out = s;
	return SRV_OK;
}

void
store_close(struct store **sp)
{
	struct store *s = *sp;
	*sp = NULL;
	if (s == NULL)
		return;
	disconnect_all(s, s->file.writer != NULL && store_file_named(&s->file) != SRV_OK);
	store_errands_fini(&s->errands);
	store_file_fini(&s->file);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s);
}

enum srv_err
store_refresh(struct store *s, struct srv_reason *why)
{
	lock(s);
	enum srv_err err = enter_locked(s, true, why);
	unlock(s);
	return err;
}

/* The writer's data_version counts exactly what is asked for, so it is read if the writer is free. While
 * the writer holds the database's lock nobody else can have committed since it looked. Only if it waits
 * for that lock the other connection is asked, which cannot tell our own commits from others'. */
static enum srv_err
sample_locked(struct store *s, struct store_conn *c, bool *in_use, int64_t *last)
{
	int64_t now = 0;
	*in_use = true;
	s->inside++;
	unlock(s);
	enum srv_err err = store_one_int(c, "PRAGMA data_version", &now);
	lock(s);
	if (err == SRV_OK)
		version_seen_locked(s, last, now);
	*in_use = false;
	leave_locked(s);
	return err;
}

enum srv_err
store_version(struct store *s, uint64_t *out)
{
	enum srv_err err;
	assert(inside == 0);
	lock(s);
	for (;;) {
		err = enter_locked(s, false, NULL);
		bool wait = s->sampling || (s->writing && !s->holds_lock && s->watching);
		if (err != SRV_OK || !wait)
			break;
		pthread_cond_wait(&s->changed, &s->mutex);
	}
	if (err == SRV_OK && !s->writing) {
		s->sampling = true;
		s->write_deadline_ms = now_ms() + STORE_BUSY_MS;
		err = sample_locked(s, s->file.writer, &s->writing, &s->writer_data_version);
		s->sampling = false;
	} else if (err == SRV_OK && !s->holds_lock)
		err = sample_locked(s, s->file.watch, &s->watching, &s->watch_data_version);
	if (err == SRV_OK)
		*out = s->version;
	unlock(s);
	return err;
}
