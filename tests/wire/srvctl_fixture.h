/* What the tests of srvctl share: a server with something to show, running the program, and looking at what came of
 * it. */
#ifndef SRV_TESTS_SRVCTL_FIXTURE_H
#define SRV_TESTS_SRVCTL_FIXTURE_H

#include "shared_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE, REFUSED, USAGE, UNREACHED };

static char url[64];

static inline int
setup(void **state)
{
	(void)state;
	serve_all("jobs = false");
	snprintf(url, sizeof url, "http://%s/srv.asmx", srv.host);
	log_in_admin();
	wire_srvadm(&srv, NULL, "warehouse", "set", "3", srv.dir, NULL);
	wire_sql(&srv, "INSERT INTO warehouse_statistics (wh_no, size_bytes, document_count, measured_at) "
		       "VALUES (3, 3584, 7, '2026-01-01T00:00:00Z')");
	wire_sql(&srv, "INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) "
		       "VALUES (3, '2026-01-01T00:00:00Z', 5, 1, '')");
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	return 0;
}

#define MAX_ARGS 16
static inline const char *const *
argv_of(const char *first, va_list ap)
{
	const char **argv = wire_alloc((MAX_ARGS + 2) * sizeof *argv);
	size_t n = 1;

	argv[0] = wire_program("srvctl");
	for (const char *a = first; a != NULL; a = va_arg(ap, const char *)) {
		assert_true(n <= MAX_ARGS);
		argv[n++] = a;
	}
	return argv;
}

/* The arguments end with NULL; setting as for wire_run_with. */
static inline struct wire_output
ctl(const char *setting, const char *input, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	const char *const *argv = argv_of(first, ap);
	va_end(ap);
	return wire_run_with(setting, input, argv);
}
#define CTL(...) ctl(NULL, NULL, "--url", url, "--ticket", admin, __VA_ARGS__, NULL)

static inline void
expect(struct wire_output o, int status, const char *out, const char *err)
{
	if (o.status != status)
		fail_msg("exit status %d and not %d: %s%s", o.status, status, o.out, o.err);
	if (out != NULL)
		assert_string_equal(o.out, out);
	if (err != NULL)
		assert_string_equal(o.err, err);
}

/* One line on standard error that holds this, and nothing on standard output. */
static inline void
expect_complaint(struct wire_output o, int status, const char *text)
{
	expect(o, status, "", NULL);
	const char *end = strchr(o.err, '\n');
	if (strncmp(o.err, "srvctl: ", 8) != 0 || end == NULL || end[1] != '\0' || strstr(o.err, text) == NULL)
		fail_msg("not one line with \"%s\": %s", text, o.err);
}

/* SQLite's JSON reader is the judge: the value at that path as text, or NULL; asserts that all of it is JSON. */
static inline char *
json_get(const char *json, const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char *value = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT json_valid(?1), json_extract(?1, ?2)", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, json, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
	int row = sqlite3_step(stmt);
	int valid = row == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 1;
	if (valid && sqlite3_column_type(stmt, 1) != SQLITE_NULL)
		value = wire_printf("%s", (const char *)sqlite3_column_text(stmt, 1));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	if (!valid)
		fail_msg("not JSON: %s", json);
	return value;
}

static inline void
expect_json(const char *json, const char *path, const char *want)
{
	const char *value = json_get(json, path);

	if (value == NULL || strcmp(value, want) != 0)
		fail_msg("%s is %s and not %s in %s", path, value != NULL ? value : "absent", want, json);
}

static inline const char *
said(FILE *f)
{
	char *text = wire_alloc(4096);

	rewind(f);
	text[fread(text, 1, 4095, f)] = '\0';
	fclose(f);
	return text;
}

#endif
