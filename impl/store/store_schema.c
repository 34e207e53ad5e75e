/* The schema: what the tables are, how an older file becomes a newer one, and how a file that is none of
 * ours is told from a store. Called by store.c for each file that it opens, before anyone uses it.
 *
 * PRAGMA user_version says how many entries of `migrations` a file has been through. A version of the
 * program that knows more runs the rest, all in one transaction; one that knows fewer refuses the file.
 *
 * The tables are public: administrators change them with the sqlite3 shell, which has foreign keys
 * switched off unless asked. So the constraints check types (as STRICT tables would, which older shells
 * cannot open), a trigger repeats what the foreign keys do when a user is deleted, and AUTOINCREMENT
 * keeps a deleted user's number, which forgotten rows may still bear, from being given to another. What
 * a value means is judged by who reads it, so that one bad row never makes a file unreadable. */
#include "store_priv.h"

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE settings ("
    " name TEXT NOT NULL PRIMARY KEY CHECK (typeof(name) = 'text' AND name <> ''),"
    " value TEXT CHECK (value IS NULL OR typeof(value) = 'text')"
    ") WITHOUT ROWID;"

    "CREATE TABLE users ("
    " user_id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " username TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (typeof(username) = 'text' AND username <> ''),"
    " password_hash TEXT DEFAULT '' CHECK (password_hash IS NULL OR typeof(password_hash) = 'text'),"
    " first_name TEXT DEFAULT '' CHECK (first_name IS NULL OR typeof(first_name) = 'text'),"
    " last_name TEXT DEFAULT '' CHECK (last_name IS NULL OR typeof(last_name) = 'text'),"
    " email TEXT DEFAULT '' CHECK (email IS NULL OR typeof(email) = 'text'),"
    " language TEXT DEFAULT '' CHECK (language IS NULL OR typeof(language) = 'text'),"
    " enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),"
    " may_have_ticket INTEGER NOT NULL DEFAULT 1 CHECK (may_have_ticket IN (0, 1))"
    ");"

    "CREATE TABLE permissions ("
    " user_id INTEGER NOT NULL REFERENCES users (user_id) ON DELETE CASCADE CHECK (typeof(user_id) = 'integer'),"
    " permission TEXT NOT NULL CHECK (typeof(permission) = 'text' AND permission <> ''),"
    " PRIMARY KEY (user_id, permission)"
    ") WITHOUT ROWID;"

    "CREATE TABLE tickets ("
    " ticket_hash TEXT NOT NULL COLLATE NOCASE PRIMARY KEY"
    "  CHECK (typeof(ticket_hash) = 'text' AND length(ticket_hash) = 64 AND ticket_hash NOT GLOB '*[^0-9a-fA-F]*'),"
    " user_id INTEGER NOT NULL REFERENCES users (user_id) ON DELETE CASCADE CHECK (typeof(user_id) = 'integer'),"
    " language TEXT DEFAULT '' CHECK (language IS NULL OR typeof(language) = 'text'),"
    " created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) CHECK (typeof(created_at) = 'text'),"
    " expires_at TEXT NOT NULL CHECK (typeof(expires_at) = 'text')"
    ") WITHOUT ROWID;"
    "CREATE INDEX tickets_by_expiry ON tickets (expires_at);"
    "CREATE INDEX tickets_by_user ON tickets (user_id);"

    "CREATE TRIGGER users_delete AFTER DELETE ON users BEGIN"
    " DELETE FROM permissions WHERE user_id = OLD.user_id;"
    " DELETE FROM tickets WHERE user_id = OLD.user_id;"
    "END;"

    "CREATE TABLE maintenance_jobs ("
    " job_id INTEGER PRIMARY KEY,"
    " name_resource_id TEXT NOT NULL CHECK (typeof(name_resource_id) = 'text'),"
    " schedule_type TEXT NOT NULL CHECK (typeof(schedule_type) = 'text')"
    ");"

    /* success is NULL while the run lasts. The rowid is the run's number (store_job_begin). */
    "CREATE TABLE maintenance_job_log ("
    " job_id INTEGER NOT NULL CHECK (typeof(job_id) = 'integer'),"
    " started_at TEXT NOT NULL CHECK (typeof(started_at) = 'text'),"
    " elapsed_ms INTEGER CHECK (elapsed_ms IS NULL OR typeof(elapsed_ms) = 'integer'),"
    " success INTEGER CHECK (success IS NULL OR success IN (0, 1)),"
    " message TEXT CHECK (message IS NULL OR typeof(message) = 'text')"
    ");"
    "CREATE INDEX maintenance_job_log_by_start ON maintenance_job_log (job_id, started_at);"

    "CREATE TABLE resources ("
    " resource_id TEXT NOT NULL CHECK (typeof(resource_id) = 'text' AND resource_id <> ''),"
    " language TEXT NOT NULL COLLATE NOCASE CHECK (typeof(language) = 'text'),"
    " text TEXT CHECK (text IS NULL OR typeof(text) = 'text'),"
    " PRIMARY KEY (resource_id, language)"
    ") WITHOUT ROWID;"

    "CREATE TABLE warehouse_paths ("
    " wh_no INTEGER PRIMARY KEY,"
    " path TEXT NOT NULL CHECK (typeof(path) = 'text')"
    ");"

    "CREATE TABLE warehouse_statistics ("
    " wh_no INTEGER PRIMARY KEY,"
    " size_bytes INTEGER NOT NULL DEFAULT 0 CHECK (typeof(size_bytes) = 'integer'),"
    " document_count INTEGER NOT NULL DEFAULT 0 CHECK (typeof(document_count) = 'integer'),"
    " measured_at TEXT CHECK (measured_at IS NULL OR typeof(measured_at) = 'text')"
    ");",
};
#define SCHEMA_VERSION ((int64_t)(sizeof migrations / sizeof migrations[0]))

/* Each of the newest schema's tables with the columns that srv uses, to be prepared and never run. */
static const struct {
	const char *table, *sql;
} tables[] = {
    {"settings", "SELECT name, value FROM settings"},
    {"users", "SELECT user_id, username, password_hash, first_name, last_name, email, language, enabled,"
	      " may_have_ticket FROM users"},
    {"permissions", "SELECT user_id, permission FROM permissions"},
    {"tickets", "SELECT ticket_hash, user_id, language, created_at, expires_at FROM tickets"},
    {"maintenance_jobs", "SELECT job_id, name_resource_id, schedule_type FROM maintenance_jobs"},
    {"maintenance_job_log", "SELECT rowid, job_id, started_at, elapsed_ms, success, message FROM maintenance_job_log"},
    {"resources", "SELECT resource_id, language, text FROM resources"},
    {"warehouse_paths", "SELECT wh_no, path FROM warehouse_paths"},
    {"warehouse_statistics", "SELECT wh_no, size_bytes, document_count, measured_at FROM warehouse_statistics"},
};

static enum srv_err
one_int(struct store_conn *c, const char *sql, int64_t *out, struct srv_reason *why)
{
	enum srv_err err = store_one_int(c, sql, out);
	return err == SRV_OK ? SRV_OK : store_conn_fail(c, err, why);
}

static enum srv_err
version_get(struct store_conn *c, int64_t *version, struct srv_reason *why)
{
	enum srv_err err = one_int(c, "PRAGMA user_version", version, why);
	if (err != SRV_OK)
		return err;
	if (*version > SCHEMA_VERSION)
		return srv_fail(why, SRV_EVERSION,
		    "the file has schema version %lld, made by a newer version of srv; this one knows versions up to "
		    "%lld",
		    (long long)*version, (long long)SCHEMA_VERSION);
	if (*version < 0)
		return srv_fail(why, SRV_ECORRUPT, "the file is not a store of srv");
	return SRV_OK;
}

/* Nothing is written before this has said that the file may be ours. */
static enum srv_err
recognize(struct store_conn *c, bool create, struct srv_reason *why)
{
	int64_t version = 0, objects = 0;
	enum srv_err err = version_get(c, &version, why);
	if (err == SRV_OK)
		err = one_int(c, "SELECT count(*) FROM sqlite_schema", &objects, why);
	if (err != SRV_OK)
		return err;
	if (version == 0 && objects > 0)
		return srv_fail(why, SRV_ECORRUPT,
		    "the file holds tables but no schema version: it is another program's, or was restored from a text "
		    "dump");
	if (version == 0 && !create)
		return srv_fail(why, SRV_ECORRUPT, "the file is empty, it is not a store");
	if (version > 0 && objects == 0)
		return srv_fail(why, SRV_ECORRUPT, "the file has no tables, it is not a store");
	return SRV_OK;
}

static enum srv_err
wal_on(struct store_conn *c, struct srv_reason *why)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_prepare(c, &stmt, "PRAGMA journal_mode = WAL", "");
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err != SRV_OK)
		store_conn_fail(c, err, why);
	else if (!row || sqlite3_stricmp(store_col_text(stmt, 0), "wal") != 0)
		err = srv_fail(
		    why, SRV_EIO, "the file system or the file's access rights do not permit a write-ahead log");
	store_done(stmt);
	return err;
}

static enum srv_err
version_set(struct store_conn *c, int64_t version)
{
	char set[64];
	sqlite3_snprintf((int)sizeof set, set, "PRAGMA user_version = %lld", (long long)version);
	int rc = sqlite3_exec(c->db, set, NULL, NULL, NULL);
	return rc == SQLITE_OK ? SRV_OK : store_err(rc);
}

enum srv_err
store_schema_rewrite(struct store_conn *c)
{
	int64_t version = 0;
	enum srv_err err = store_one_int(c, "PRAGMA user_version", &version);
	return err == SRV_OK ? version_set(c, version) : err;
}

static enum srv_err
migrate(struct store_conn *c, struct srv_reason *why)
{
	int64_t version = 0;
	enum srv_err err = version_get(c, &version, why);
	if (err != SRV_OK || version == SCHEMA_VERSION)
		return err;
	/* Another process may be doing the same: what counts is the version seen with the lock held. */
	int rc = sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return store_conn_fail(c, store_err(rc), why);
	err = version_get(c, &version, why);
	for (; err == SRV_OK && version < SCHEMA_VERSION; version++) {
		rc = sqlite3_exec(c->db, migrations[version], NULL, NULL, NULL);
		if (rc != SQLITE_OK)
			err = store_conn_fail(c, store_err(rc), why);
	}
	if (err == SRV_OK) {
		err = version_set(c, SCHEMA_VERSION);
		if (err == SRV_OK)
			err = store_run(c, NULL, "COMMIT", "");
		if (err != SRV_OK)
			err = store_conn_fail(c, err, why);
	}
	if (err != SRV_OK && sqlite3_get_autocommit(c->db) == 0)
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

static enum srv_err
tables_check(struct store_conn *c, struct srv_reason *why)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		sqlite3_stmt *stmt = NULL;
		int rc = sqlite3_prepare_v2(c->db, tables[i].sql, -1, &stmt, NULL);
		sqlite3_finalize(stmt);
		if ((rc & 0xff) == SQLITE_ERROR)
			return srv_fail(why, SRV_ECORRUPT,
			    "the table %s is missing or lacks a column: it is not a store of srv", tables[i].table);
		if (rc != SQLITE_OK)
			return store_conn_fail(c, store_err(rc), why);
	}
	return SRV_OK;
}

enum srv_err
store_schema_ready(struct store_conn *c, bool create, struct srv_reason *why)
{
	enum srv_err err = recognize(c, create, why);
	if (err == SRV_OK)
		err = store_check_by(c, "PRAGMA quick_check(1)", why);
	if (err == SRV_OK)
		err = wal_on(c, why);
	if (err == SRV_OK)
		err = migrate(c, why);
	if (err == SRV_OK)
		err = tables_check(c, why);
	return err;
}

enum srv_err
store_schema_look(struct store_conn *c, struct srv_reason *why)
{
	int64_t version = 0;
	enum srv_err err = version_get(c, &version, why);
	if (err == SRV_OK && version == 0)
		err = srv_fail(why, SRV_ECORRUPT, "the file is not a store of srv");
	if (err == SRV_OK)
		err = tables_check(c, why);
	return err;
}
