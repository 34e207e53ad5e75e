/* One SQLite connection and the statements prepared on it. This file knows how SQLite is set up, how its
 * result codes become ours, and how values go in and out; it knows nothing of threads or of the store's
 * file being replaced (store.c), nor of tables.
 *
 * A connection is used by one thread at a time (SQLITE_OPEN_NOMUTEX); store.c hands it from one to the
 * next under its mutex. */
#include "store_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Statements are looked up by the address of their text: the callers' constants. */
static enum srv_err
stmt_find(struct store_conn *c, const char *sql, sqlite3_stmt **out)
{
	for (size_t i = 0; i < c->stmt_count; i++) {
		if (c->stmts[i].sql == sql) {
			*out = c->stmts[i].stmt;
			return SRV_OK;
		}
	}
	if (c->stmt_count == c->stmt_cap) {
		size_t cap = c->stmt_cap == 0 ? 16 : c->stmt_cap * 2;
		struct store_stmt *grown = realloc(c->stmts, cap * sizeof *grown);
		if (grown == NULL)
			return SRV_ENOMEM;
		c->stmts = grown;
		c->stmt_cap = cap;
	}
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (rc != SQLITE_OK)
		return store_err(rc);
	c->stmts[c->stmt_count++] = (struct store_stmt){.sql = sql, .stmt = stmt};
	*out = stmt;
	return SRV_OK;
}

static void
hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

static int
bind_one(sqlite3_stmt *stmt, int at, char type, va_list *args)
{
	char text[2 * STORE_HASH_BYTES];
	switch (type) {
	case 'i':
		return sqlite3_bind_int64(stmt, at, va_arg(*args, int64_t));
	case 'b':
		return sqlite3_bind_int(stmt, at, va_arg(*args, int) != 0);
	case 's':
		return sqlite3_bind_text(stmt, at, va_arg(*args, const char *), -1, SQLITE_STATIC);
	case 't': {
		char date[CLOCK_TEXT_MAX];
		return sqlite3_bind_text(stmt, at, clock_format_utc(va_arg(*args, wall_t), date), -1, SQLITE_TRANSIENT);
	}
	case 'h':
		hex(va_arg(*args, const uint8_t *), STORE_HASH_BYTES, text);
		return sqlite3_bind_text(stmt, at, text, (int)sizeof text, SQLITE_TRANSIENT);
	default:
		return SQLITE_MISUSE;
	}
}

static enum srv_err
prepare_v(struct store_conn *c, sqlite3_stmt **out, const char *sql, const char *types, va_list *args)
{
	sqlite3_stmt *stmt = NULL;
	enum srv_err err = stmt_find(c, sql, &stmt);
	if (err != SRV_OK)
		return err;
	for (int i = 0; types[i] != '\0'; i++) {
		int rc = bind_one(stmt, i + 1, types[i], args);
		if (rc != SQLITE_OK) {
			store_done(stmt);
			return store_err(rc);
		}
	}
	*out = stmt;
	return SRV_OK;
}

enum srv_err
store_prepare(struct store_conn *c, sqlite3_stmt **out, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	enum srv_err err = prepare_v(c, out, sql, types, &args);
	va_end(args);
	return err;
}

enum srv_err
store_step(sqlite3_stmt *stmt, bool *row)
{
	int rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_err(rc);
	*row = rc == SQLITE_ROW;
	return SRV_OK;
}

void
store_done(sqlite3_stmt *stmt)
{
	if (stmt == NULL)
		return;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

enum srv_err
store_run(struct store_conn *c, int64_t *changes, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt = NULL;
	va_list args;
	va_start(args, types);
	enum srv_err err = prepare_v(c, &stmt, sql, types, &args);
	va_end(args);
	bool row = true;
	while (err == SRV_OK && row)
		err = store_step(stmt, &row);
	if (err == SRV_OK && changes != NULL)
		*changes = sqlite3_changes64(c->db);
	store_done(stmt);
	return err;
}

enum srv_err
store_one_int(struct store_conn *c, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_prepare(c, &stmt, sql, "");
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err == SRV_OK && !row)
		err = SRV_ECORRUPT;
	if (err == SRV_OK)
		*out = sqlite3_column_int64(stmt, 0);
	store_done(stmt);
	return err;
}

const char *
store_col_text(sqlite3_stmt *stmt, int col)
{
	if (sqlite3_column_type(stmt, col) == SQLITE_NULL)
		return "";
	return (const char *)sqlite3_column_text(stmt, col);
}

enum srv_err
store_col_dup(sqlite3_stmt *stmt, int col, char **out)
{
	const char *text = store_col_text(stmt, col);
	char *copy = text == NULL ? NULL : strdup(text);
	if (copy == NULL)
		return SRV_ENOMEM;
	*out = copy;
	return SRV_OK;
}

bool
store_col_true(sqlite3_stmt *stmt, int col)
{
	return sqlite3_column_type(stmt, col) == SQLITE_INTEGER && sqlite3_column_int64(stmt, col) == 1;
}

wall_t
store_col_time(sqlite3_stmt *stmt, int col)
{
	wall_t time = {0};
	const char *text = store_col_text(stmt, col);
	if (text == NULL || !clock_parse_utc(text, &time))
		return (wall_t){0};
	return time;
}

enum srv_err
store_err(int rc)
{
	switch (rc) { /* the extended codes that mean something else than their base */
	case SQLITE_IOERR_NOMEM:
		return SRV_ENOMEM;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return SRV_EEXIST;
	case SQLITE_CONSTRAINT_FOREIGNKEY: /* what the row belongs to is not there */
		return SRV_ENOENT;
	case SQLITE_IOERR_CORRUPTFS:
		return SRV_ECORRUPT;
	default:
		break;
	}
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return SRV_OK;
	case SQLITE_NOMEM:
		return SRV_ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: /* the locks of the WAL could not be had */
	case SQLITE_INTERRUPT:
		return SRV_EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: /* our statements are right, so the tables are not the ones we made */
		return SRV_ECORRUPT;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return SRV_EINVAL;
	default: /* IOERR, FULL, READONLY, PERM, CANTOPEN, AUTH, NOLFS */
		return SRV_EIO;
	}
}

enum srv_err
store_conn_fail(struct store_conn *c, enum srv_err err, struct srv_reason *why)
{
	int rc = c->db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(c->db);
	int os = c->db == NULL ? 0 : sqlite3_system_errno(c->db);
	if (store_err(rc) != err) /* it did not come from SQLite */
		return srv_fail(why, err, "%s", srv_err_text(err));
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return srv_fail(why, err, "the file is not a database");
	case SQLITE_CORRUPT:
		return srv_fail(why, err, "the file is damaged");
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
		return srv_fail(why, err, "the tables are not as they should be");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return srv_fail(why, err, "another process holds a lock on the file");
	case SQLITE_INTERRUPT:
		return srv_fail(why, err, "the file was replaced meanwhile");
	case SQLITE_FULL:
		return srv_fail(why, err, "no space is left on the device");
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return srv_fail(why, err, "the file or its directory cannot be written");
	case SQLITE_CANTOPEN:
		if (os == ENOENT) /* the file itself was there: after a first try to make one, SQLite looks for it */
			return srv_fail(why, err, "the files beside it cannot be made: is the disk read-only?");
		return srv_fail(
		    why, err, "the file cannot be opened%s%s", os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
	default:
		return srv_fail(
		    why, err, "%s%s%s", srv_err_text(err), os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
	}
}

static enum srv_err
verdict(sqlite3_stmt *stmt, bool row, struct srv_reason *why)
{
	const char *text = row ? store_col_text(stmt, 0) : "no answer";
	struct srv_reason line;
	if (text == NULL)
		return srv_fail(why, SRV_ENOMEM, "%s", srv_err_text(SRV_ENOMEM));
	if (strcmp(text, "ok") == 0)
		return SRV_OK;
	srv_fail(&line, SRV_ECORRUPT, "%s", text);
	for (char *at = line.text; *at != '\0'; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	return srv_fail(why, SRV_ECORRUPT, "the file is damaged: %s", line.text);
}

enum srv_err
store_check_by(struct store_conn *c, const char *pragma, struct srv_reason *why)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_prepare(c, &stmt, pragma, "");
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err != SRV_OK)
		store_conn_fail(c, err, why);
	else
		err = verdict(stmt, row, why);
	store_done(stmt);
	return err;
}

enum srv_err
store_conn_open(const char *path, struct store_conn **out, struct srv_reason *why)
{
	/* foreign_keys: permissions and tickets go with their user. cell_size_check and trusted_schema: the
	 * file may come from anywhere. synchronous FULL: what was committed survives loss of power. */
	static const char setup[] = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
				    "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
				    "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;";
	char *plain = NULL;
	struct store_conn *c = calloc(1, sizeof *c);
	if (c == NULL)
		return srv_fail(why, SRV_ENOMEM, "%s", srv_err_text(SRV_ENOMEM));
	int rc = SQLITE_NOMEM;
	/* Some builds of SQLite read `file:` as the start of a URI. */
	plain = sqlite3_mprintf("%s%s", strncmp(path, "file:", 5) == 0 ? "./" : "", path);
	if (plain == NULL)
		goto out;
	rc = sqlite3_open_v2(plain, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		goto out;
	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, STORE_BUSY_MS);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	rc = sqlite3_exec(c->db, setup, NULL, NULL, NULL);
out:;
	enum srv_err err = SRV_OK;
	if (rc != SQLITE_OK) {
		err = store_conn_fail(c, store_err(rc), why);
		store_conn_close(&c, false);
	} else
		*out = c;
	sqlite3_free(plain);
	return err;
}

void
store_conn_close(struct store_conn **cp, bool checkpoint)
{
	struct store_conn *c = *cp;
	*cp = NULL;
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->stmt_count; i++)
		sqlite3_finalize(c->stmts[i].stmt);
	free(c->stmts);
	if (c->db != NULL && !checkpoint)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_close(c->db);
	free(c);
}
