/* What the tests of logins and tickets share: a real store with two users, clocks that only the test moves, and
 * another hand, which changes the store through an SQLite connection of the test's own. */
#ifndef SRV_TESTS_SESSION_FIXTURE_H
#define SRV_TESTS_SESSION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../impl/base/clock.h"
#include "../../impl/session/password.h"
#include "../../impl/session/session.h"

#define DAY INT64_C(86400)
#define HOUR INT64_C(3600)
#define T0 INT64_C(1767225600) /* 2026-01-01 */
#define PWD "correct horse"
#define PEER "192.0.2.1"

static char dir[64], path[80];
static char *pwd_hash; /* of PWD, made once: it is dear */
static struct store *store;
static struct sessions *sessions;
static struct snapshot snapshot;
static int64_t jsmith, mmeier;
static atomic_int_fast64_t now_s, now_ms;

static inline wall_t
test_wall(void)
{
	return (wall_t){atomic_load(&now_s)};
}

static inline mono_t
test_mono(void)
{
	return (mono_t){atomic_load(&now_ms)};
}

/* Both clocks go on, as they do in life. */
static inline void
pass(int64_t seconds)
{
	atomic_fetch_add(&now_s, seconds);
	atomic_fetch_add(&now_ms, seconds * 1000);
}

static inline int64_t
add_user(const char *name, const char *language)
{
	struct store_user u = {.username = (char *)name,
	    .password_hash = pwd_hash,
	    .first_name = (char *)"John",
	    .last_name = (char *)"Smith",
	    .email = (char *)"john@example.com",
	    .language = (char *)language,
	    .enabled = true,
	    .may_have_ticket = true};
	int64_t id = 0;

	assert_int_equal(store_user_add(store, &u, &id), SRV_OK);
	return id;
}

static inline void
open_all(int idle_days, int max_days)
{
	struct sessions_conf conf = {.idle_days = idle_days, .max_days = max_days};

	assert_int_equal(store_open(path, true, 8, &store, NULL), SRV_OK);
	assert_int_equal(sessions_new(store, &conf, NULL, &sessions), SRV_OK);
}

static inline void
close_all(void)
{
	sessions_free(&sessions);
	store_close(&store);
}

static inline void
restart(int idle_days, int max_days)
{
	close_all();
	open_all(idle_days, max_days);
}

static inline int
start(void **state)
{
	(void)state;
	atomic_store(&now_s, T0);
	atomic_store(&now_ms, 1000000);
	clock_override(test_wall, test_mono);
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof dir, "%s/srv-session-XXXXXX", tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/srv.db", dir);
	snapshot = (struct snapshot){0};
	open_all(30, 90);
	jsmith = add_user("jsmith", "de");
	mmeier = add_user("mmeier", "");
	return 0;
}

static inline int
stop(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".away"};
	char file[100];

	(void)state;
	close_all();
	clock_override(NULL, NULL);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
		unlink(file);
	}
	return rmdir(dir);
}

/* Another hand: a connection that has nothing to do with the store's own. */
static inline void
outside(const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

/* The first column of the first row. */
static inline void
ask(const char *sql, char *answer, size_t size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(answer, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static inline enum srv_err
try_login(const char *uid, const char *pwd, const char *peer, char *ticket)
{
	struct session_login l = {.uid = uid, .pwd = pwd, .peer = peer, .snapshot = &snapshot};
	const struct session *s = NULL;
	wall_t expires = {-1};
	enum srv_err err = session_login(sessions, &l, ticket, &s, &expires);

	if (err != SRV_OK) {
		assert_null(s);
		assert_int_equal(expires.s, -1);
	} else {
		assert_non_null(s);
	}
	session_unref(&s);
	return err;
}

static inline void
login(char *ticket)
{
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
}

static inline enum srv_err
peek(const char *ticket, bool use, wall_t *expires)
{
	const struct session *s = NULL;
	wall_t e = {-1};
	enum srv_err err = session_peek(sessions, ticket, use, &s, &e);

	assert_true((err == SRV_OK) == (s != NULL));
	session_unref(&s);
	if (expires != NULL)
		*expires = e;
	return err;
}

static inline enum srv_err
check(const char *ticket, bool use, wall_t *expires)
{
	const struct session *s = NULL;
	wall_t e = {-1};
	enum srv_err err = session_check(sessions, ticket, use, &s, &e);

	assert_true((err == SRV_OK) == (s != NULL));
	session_unref(&s);
	if (expires != NULL)
		*expires = e;
	return err;
}

/* As the endpoint does it. */
static inline enum srv_err
show(const char *ticket, bool use)
{
	enum srv_err err = peek(ticket, use, NULL);

	return err == SRV_EAGAIN ? check(ticket, use, NULL) : err;
}

static inline int
make_hash(void **state)
{
	(void)state;
	return session_password_hash(PWD, &pwd_hash) == SRV_OK ? 0 : -1;
}

static inline int
free_hash(void **state)
{
	(void)state;
	free(pwd_hash);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
