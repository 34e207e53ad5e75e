/* What the files of the store share, and nobody else: connections, statements, and the two ways in
 * (store_read, store_write). */
#ifndef SRV_STORE_PRIV_H
#define SRV_STORE_PRIV_H

#include "store.h"
#include <sqlite3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#define STORE_BUSY_MS 2000 /* how long anyone waits for a lock of another process */

/* ---- one connection (store_conn.c) ----
 * Thread: one at a time; whoever took it from the store. */
struct store_stmt {
	const char *sql; /* a string constant, known by its address */
	sqlite3_stmt *stmt;
};
struct store_conn {
	sqlite3 *db;
	struct store_stmt *stmts; /* prepared once, kept for the life of the connection */
	size_t stmt_count, stmt_cap;
	struct store_conn *next;
};

/* Opens what path names, which must exist, and sets it up; looks at none of its content. */
enum srv_err store_conn_open(const char *path, struct store_conn **out, struct srv_reason *why);
/* checkpoint: if it is the last one of all processes, fold the WAL into the file. NULLs the pointer. */
void store_conn_close(struct store_conn **, bool checkpoint);

/* Maps an SQLite result code; SQLITE_OK, _ROW and _DONE are SRV_OK. */
enum srv_err store_err(int rc);
/* Returns err, with words in why: SQLite's last failure if that is what err came from. */
enum srv_err store_conn_fail(struct store_conn *, enum srv_err err, struct srv_reason *why);
/* Asks a check pragma, whose answer is `ok` or what is wrong: then SRV_ECORRUPT, with that in why. */
enum srv_err store_check_by(struct store_conn *, const char *pragma, struct srv_reason *why);

/* Gives the statement ready to step, bound to the arguments: types has a letter for each, `i` int64_t,
 * `b` int (a bool), `s` const char * (NULL is NULL), `t` wall_t, `h` const uint8_t[STORE_HASH_BYTES]
 * (bound as hex). Strings are borrowed until store_done. */
enum srv_err store_prepare(struct store_conn *, sqlite3_stmt **out, const char *sql, const char *types, ...);
/* *row: there is one to read; false at the end. */
enum srv_err store_step(sqlite3_stmt *, bool *row);
void store_done(sqlite3_stmt *); /* NULL is fine */
/* The three in one, for a statement without rows. *changes (may be NULL): rows that it changed. */
enum srv_err store_run(struct store_conn *, int64_t *changes, const char *sql, const char *types, ...);
/* A statement that gives one integer. */
enum srv_err store_one_int(struct store_conn *, const char *sql, int64_t *out);

/* Columns as administrators may have left them: NULL or a value that is no date has a meaning here. */
const char *store_col_text(sqlite3_stmt *, int col); /* NULL is "", ends at a NUL byte; NULL if out of memory */
enum srv_err store_col_dup(sqlite3_stmt *, int col, char **out); /* the same, the caller's */
bool store_col_true(sqlite3_stmt *, int col);                    /* the integer 1 and nothing else */
wall_t store_col_time(sqlite3_stmt *, int col);                  /* what is no date is 1970: long past */

/* ---- the schema (store_schema.c) ---- */
/* Makes a fresh connection's database one of ours: refuses what is none, checks it, turns WAL on and
 * migrates. create: an empty database may become a store. */
enum srv_err store_schema_ready(struct store_conn *, bool create, struct srv_reason *why);
/* Only whether the schema version is one that we can read. */
enum srv_err store_schema_look(struct store_conn *, struct srv_reason *why);
/* Within a transaction: writes the version that is there, so that the transaction has something to commit. */
enum srv_err store_schema_rewrite(struct store_conn *);

/* ---- one file with its first connections (store_file.c) ----
 * Thread: whoever has it alone; store_file_named and store_file_conn any, while it is open. */
struct store_file_id {
	dev_t dev;
	ino_t ino; /* 0: not there */
};
struct store_file {
	const char *path;                  /* as the store was opened; borrowed */
	struct store_file_id id;           /* of the file that the connections hold */
	char *name, *wal_name, *shm_name;  /* as SQLite resolved them */
	struct store_file_id wal, shm;     /* of the log that belongs to it */
	struct store_conn *writer, *watch; /* NULL: closed */
};
/* What the path names now. SRV_ENOENT: nothing; SRV_EIO: it cannot be told. */
enum srv_err store_file_identify(const char *path, struct store_file_id *out);
bool store_file_same(const struct store_file_id *, const struct store_file_id *);
/* What a file looks like from outside. While commits go to its log, and nobody writes into the file past SQLite, it
 * stays as it is; a log folded into it changes it. */
struct store_file_stamp {
	struct store_file_id id;
	off_t size;
	struct timespec changed_at; /* the inode's ctime, which no program can set */
};
enum srv_err store_file_stamp_get(const char *path, struct store_file_stamp *out);
bool store_file_untouched(const struct store_file_stamp *, const struct store_file_stamp *);
/* Opens what file->path names as a store, with the two connections and a first reader. On failure *tried
 * says which file it was. SRV_EAGAIN: the path changed its mind meanwhile. */
enum srv_err store_file_open(
    struct store_file *, bool create, struct store_conn **reader, struct store_file_id *tried, struct srv_reason *why);
/* Another connection to the same file, or SRV_EAGAIN; SRV_EIO if the path names none. */
enum srv_err store_file_conn(const struct store_file *, struct store_conn **out, struct srv_reason *why);
/* Does the path name this file still? SRV_EAGAIN: it names another; SRV_EIO: none, or it cannot be told. */
enum srv_err store_file_named(const struct store_file *);
/* replaced: the path names another file by now. Then nothing is folded into the old one, and its log, if
 * it lies where the new file's would be looked for, is removed. */
void store_file_close(struct store_file *, bool replaced);
void store_file_fini(struct store_file *);
/* Makes an empty file, unless there is one. *made: it did. */
enum srv_err store_file_create(const char *path, bool *made, struct srv_reason *why);
/* Makes an entry of the directory that holds path permanent, where the file system can. */
void store_sync_dir_of(const char *path);

/* ---- what whoever runs the machine is told, once and not for each caller (store_alarm.c) ----
 * Thread: any. */
struct store_alarm {
	const char *what; /* "read" or "write" */
	atomic_bool raised;
	_Atomic int64_t said_ms; /* of the last line; 0: none yet */
};
/* Work has failed: an error of the disk or the file raises the alarm, others do not. c is the connection that it failed
 * on, still with its error, or NULL if it did not get that far. */
void store_alarm_raise(struct store_alarm *, enum srv_err err, struct store_conn *c);
void store_alarm_clear(struct store_alarm *); /* work was done */

typedef enum srv_err store_body(struct store_conn *, void *arg);

/* ---- work with a connection of its own (store_errand.c) ---- */
/* A connection and what it was opened on. */
struct store_kept {
	struct store_conn *conn; /* NULL: none */
	struct store_file_stamp stamp;
	int64_t schema; /* PRAGMA schema_version */
};
struct store_errands {
	const struct store_file *file; /* borrowed, as breaking is */
	atomic_bool *breaking;         /* interruptible work ends when it is set */
	pthread_mutex_t lock;
	struct store_kept kept; /* what the last errand left for the next */
};
/* What store_anew and store_again are asked for. */
struct store_errand {
	store_body *body;
	void *arg;
	struct srv_reason *why;
	bool interruptible, keep;
};
void store_errands_init(struct store_errands *, const struct store_file *, atomic_bool *breaking);
/* Closes what is kept, alone. replaced: as in store_file_close. */
void store_errands_forget(struct store_errands *, bool replaced);
void store_errands_fini(struct store_errands *);
/* One attempt. *again: the file is being replaced, and nothing was done for good. */
enum srv_err store_errand_once(struct store_errands *, const struct store_errand *, bool *again);

/* ---- in and out (store.c) ---- */
/* Runs body with a connection for reading. It sees one state of the store a statement. */
enum srv_err store_read(struct store *, store_body *body, void *arg);
/* Runs body in a transaction and commits it if body returned SRV_OK. body is called again from the start
 * if the file was replaced meanwhile: so it writes nothing but arg, and there the same each time. */
enum srv_err store_write(struct store *, store_body *body, void *arg);
/* Runs body with the writing connection, alone, but without a transaction. */
enum srv_err store_alone(struct store *, store_body *body, void *arg);
/* Runs body with a connection opened for it alone, on the file that the path names now. interruptible:
 * if that file is replaced meanwhile, body's statements end with SQLITE_INTERRUPT and it is called again. */
enum srv_err store_anew(struct store *, bool interruptible, store_body *body, void *arg, struct srv_reason *why);
/* As store_anew, uninterruptible, for reading that is done often: the connection is kept for the next call, which uses
 * it only if the path names the same file, untouched since the connection was opened, with the same schema. So body
 * sees what it would see through a new one, at a fraction of the price. */
enum srv_err store_again(struct store *, store_body *body, void *arg, struct srv_reason *why);

#endif
