/* The store: everything srv keeps, in the words of the domain. The only module that knows SQL; a second
 * backend would be a second implementation of this header. CONTRACT section 5 names the tables.
 *
 * Thread: every function may be called from any thread at once; each may block on the disk or on
 * another process's lock (writers wait at most 2 s, then SRV_EBUSY; as long as nobody gets it, later ones
 * wait a moment only), so no event loop calls them.
 * A write that returned SRV_OK survives kill -9 and loss of power (WAL, synchronous FULL).
 * Times are wall time, kept as ISO 8601 UTC. Strings handed out are the caller's to free with the
 * matching _fini, or borrowed for the length of a callback. Outputs are untouched on failure. A callback
 * must not call the store (an assertion says so): it is run while a connection is held.
 *
 * The file that the path names is the store. When it is replaced by another one, the connections to
 * the old file are closed and the new one is opened, at the latest within STORE_NOTICE_MS of the next
 * call, and before any write; nothing is ever written to a file the path no longer names. A file that
 * vanished gives SRV_EIO until there is one again, and so does one that others may read (guarded.h)
 * until there is one that they may not.
 *
 * Errors of all: SRV_ENOMEM, SRV_EIO, SRV_EBUSY, SRV_ECORRUPT, SRV_EVERSION. SRV_ENOENT, where it is named, is what was
 * asked for and is not there, and nothing else. */
#ifndef SRV_STORE_H
#define SRV_STORE_H

#include "../base/clock.h"
#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_NOTICE_MS 250
#define STORE_HASH_BYTES 32 /* SHA-256 */

struct store;

/* Opens the store at path and migrates its schema forward. create: make it (mode 0600) if there is no
 * file; without it SRV_ENOENT. A newer schema is SRV_EVERSION, a file that is no database or fails a
 * quick check SRV_ECORRUPT. max_connections is how many threads may read at once (others wait); one may
 * write besides. */
enum srv_err store_open(const char *path, bool create, int max_connections, struct store **out, struct srv_reason *why);
/* Closes; the last one out checkpoints the WAL. NULLs the caller's pointer. */
void store_close(struct store **);

/* Looks now whether the path names another file, and if so goes over to it. */
enum srv_err store_refresh(struct store *, struct srv_reason *why);
/* A number that changes whenever users, permissions or tickets may have changed by another hand than
 * through this handle: another process's commit (PRAGMA data_version), a replaced file. Looks for
 * itself at the file; cheap, but may block. */
enum srv_err store_version(struct store *, uint64_t *out);

/* ---- users and permissions (store_users.c) ---- */
struct store_user {
	int64_t user_id;
	char *username, *password_hash, *first_name, *last_name, *email, *language; /* never NULL */
	bool enabled, may_have_ticket;
};
void store_user_fini(struct store_user *);
/* username without regard to ASCII case. SRV_ENOENT if there is none. */
enum srv_err store_user_find(struct store *, const char *username, struct store_user *out);
/* user->user_id is ignored, *user_id gets the new one. SRV_EEXIST if the name is taken. */
enum srv_err store_user_add(struct store *, const struct store_user *user, int64_t *user_id);
/* Sets the hash; if revoke, the user's tickets are deleted in the same transaction. */
enum srv_err store_user_set_password(struct store *, int64_t user_id, const char *password_hash, bool revoke);
/* Puts another hash of the same password in the place of old_hash; SRV_ENOENT if it stands there no more. */
enum srv_err store_user_renew_hash(struct store *, int64_t user_id, const char *old_hash, const char *password_hash);
enum srv_err store_user_set_enabled(struct store *, int64_t user_id, bool enabled);
enum srv_err store_user_set_may_have_ticket(struct store *, int64_t user_id, bool may);
/* In order of username; each returns false to stop. The user is borrowed; password_hash is "". */
enum srv_err store_user_each(struct store *, bool (*each)(void *arg, const struct store_user *), void *arg);
enum srv_err store_permission_grant(struct store *, int64_t user_id, const char *permission);
/* SRV_OK also if there was nothing to revoke, as grant if there was nothing to add. */
enum srv_err store_permission_revoke(struct store *, int64_t user_id, const char *permission);
enum srv_err store_permission_each(
    struct store *, int64_t user_id, bool (*each)(void *arg, const char *permission), void *arg);

/* ---- tickets (store_tickets.c) ---- */
struct store_ticket {
	int64_t user_id;
	char *language; /* the session's, never NULL */
	wall_t created_at, expires_at;
	struct store_user user; /* password_hash is "" */
	char **permissions;     /* count of them */
	size_t permission_count;
};
void store_ticket_fini(struct store_ticket *);
enum srv_err store_ticket_add(struct store *, const uint8_t hash[STORE_HASH_BYTES], int64_t user_id,
    const char *language, wall_t created_at, wall_t expires_at);
/* The ticket with its user and permissions, expired or not, user enabled or not: the caller judges. One
 * read transaction. SRV_ENOENT if there is none. */
enum srv_err store_ticket_find(struct store *, const uint8_t hash[STORE_HASH_BYTES], struct store_ticket *out);
/* Moves the expiry. SRV_ENOENT if the ticket is gone. */
enum srv_err store_ticket_touch(struct store *, const uint8_t hash[STORE_HASH_BYTES], wall_t expires_at);
/* SRV_ENOENT if there was none. */
enum srv_err store_ticket_remove(struct store *, const uint8_t hash[STORE_HASH_BYTES]);
enum srv_err store_ticket_remove_user(struct store *, int64_t user_id, int64_t *removed); /* user_id 0: everyone's */
/* Deletes at most limit tickets with expires_at <= now; *removed says how many. */
enum srv_err store_ticket_purge(struct store *, wall_t now, int limit, int64_t *removed);
struct store_ticket_row {
	const char *ticket_hash; /* hex */
	const char *username, *language;
	wall_t created_at, expires_at;
};
enum srv_err store_ticket_each(struct store *, bool (*each)(void *arg, const struct store_ticket_row *), void *arg);

/* ---- settings, read one by one for srvadm (store_settings.c) ---- */
enum srv_err store_setting_get(struct store *, const char *name, char **value); /* caller frees; SRV_ENOENT */
enum srv_err store_setting_set(struct store *, const char *name, const char *value);
enum srv_err store_setting_each(
    struct store *, bool (*each)(void *arg, const char *name, const char *value), void *arg);
enum srv_err store_warehouse_set(struct store *, int wh_no, const char *path); /* 0..99; SRV_EINVAL */

/* ---- maintenance jobs (store_jobs.c) ---- */
struct store_job_run {
	int64_t job_id;
	wall_t started_at;
	int64_t elapsed_ms;
	bool success;
	const char *message; /* borrowed in callbacks */
};
/* Each adds a row unless one with that key is there already, whatever it says. */
enum srv_err store_job_define(struct store *, int64_t job_id, const char *name_resource_id, const char *schedule_type);
enum srv_err store_resource_define(struct store *, const char *resource_id, const char *language, const char *text);
/* A run that begins is a row without an outcome; *run_id names it for store_job_end. */
enum srv_err store_job_begin(struct store *, int64_t job_id, wall_t started_at, int64_t *run_id);
enum srv_err store_job_end(struct store *, int64_t run_id, int64_t elapsed_ms, bool success, const char *message);
/* Rows left without an outcome by a process that died become failures with the message `interrupted`. */
enum srv_err store_job_recover(struct store *, int64_t *recovered);
/* The last finished run of each job that has one, by job_id. */
enum srv_err store_job_last_each(struct store *, bool (*each)(void *arg, const struct store_job_run *), void *arg);
/* Deletes at most limit rows that started before the given time; the last finished run of a job stays. */
enum srv_err store_job_log_purge(struct store *, wall_t before, int limit, int64_t *removed);

/* ---- warehouse statistics (store_warehouse.c) ---- */
struct store_warehouse_stat {
	int wh_no;
	int64_t size_bytes, document_count;
	wall_t measured_at;
};
enum srv_err store_warehouse_stat_set(struct store *, const struct store_warehouse_stat *);
enum srv_err store_warehouse_stat_each(
    struct store *, bool (*each)(void *arg, const struct store_warehouse_stat *), void *arg);

/* ---- what the application cache loads (store_load.c) ---- */
/* Opens the database path anew (CONTRACT section 6), with a connection of its own, and reads all in one
 * read transaction. Each callback returns SRV_OK or the error that ends the load; it may write why itself.
 * What has no callback (NULL) is not read. A setting or text that is NULL is passed over. *source, which may be
 * NULL, is set to the source being read when it failed (a constant: "database", "settings",
 * "resources", "jobs", "warehouse paths"), why to the reason. */
struct store_loader {
	void *arg;
	enum srv_err (*setting)(void *arg, const char *name, const char *value);
	enum srv_err (*resource)(void *arg, const char *resource_id, const char *language, const char *text);
	enum srv_err (*job)(void *arg, int64_t job_id, const char *name_resource_id, const char *schedule_type);
	enum srv_err (*warehouse_path)(void *arg, int wh_no, const char *path);
};
enum srv_err store_load(struct store *, const struct store_loader *, const char **source, struct srv_reason *why);

/* ---- upkeep (store_upkeep.c) ---- */
enum srv_err store_backup(
    struct store *, const char *to_path, struct srv_reason *why); /* SRV_EEXIST if there is a file */
enum srv_err store_check(struct store *, struct srv_reason *why); /* integrity and foreign keys; SRV_ECORRUPT */
enum srv_err store_optimize(struct store *);                      /* PRAGMA optimize, then a WAL checkpoint */

#endif
