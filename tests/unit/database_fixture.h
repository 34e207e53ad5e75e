/* What tests share whose module stands on a store: a directory with a store and a licence, and the administrator,
 * who changes the store through a connection of another owner. */
#ifndef SRV_TESTS_DATABASE_FIXTURE_H
#define SRV_TESTS_DATABASE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include <time.h>
#include <cmocka.h>

#include "../../impl/base/clock.h"
#include "../../impl/store/store.h"
#include "tempdir.h"

static char dir[TEMP_PATH_MAX], database[TEMP_PATH_MAX], license[TEMP_PATH_MAX];
static sqlite3 *admin;

/* The directory with its licence, and the paths of both files; no database yet. */
static inline void
place_make(void)
{
	temp_make(dir);
	temp_join(database, dir, "srv.db");
	temp_join(license, dir, "license.xml");
	temp_puts(license, TEMP_LICENSE);
}

static inline void
admin_open(const char *path)
{
	assert_int_equal(sqlite3_open(path, &admin), SQLITE_OK);
	sqlite3_busy_timeout(admin, 5000);
}

static inline void
place_remove(void)
{
	sqlite3_close(admin);
	admin = NULL;
	temp_remove(dir);
}

static inline void __attribute__((format(printf, 1, 2))) sql(const char *fmt, ...)
{
	char text[4096], *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (sqlite3_exec(admin, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

/* The first column of the first row. */
static inline int64_t
number(const char *query)
{
	sqlite3_stmt *stmt;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(admin, query, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static inline wall_t
utc(const char *text)
{
	wall_t t;

	if (!clock_parse_utc(text, &t))
		fail_msg("%s is no time", text);
	return t;
}

/* The zone of local times, in words of POSIX, which need no time zone database on the machine. */
static inline void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

#endif
