/* What the tests of the store share: a directory of their own, and an administrator who changes the
 * tables by hand. Included by one .c each; everything is static. */
#ifndef SRV_TESTS_STORE_HELP_H
#define SRV_TESTS_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../impl/base/clock.h"
#include "../../impl/base/err.h"
#include "../../impl/store/store.h"
#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A test's place: a directory, and the path of the store in it. */
struct place {
	char dir[256];
	char db[512];
};

static inline int
place_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct place *p = calloc(1, sizeof *p);
	if (p == NULL)
		return -1;
	snprintf(p->dir, sizeof p->dir, "%s/srv-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
	umask(077); /* a store that others may read is refused */
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->db, sizeof p->db, "%s/srv.db", p->dir);
	*state = p;
	return 0;
}

static inline int
place_remove(void **state)
{
	struct place *p = *state;
	DIR *dir = opendir(p->dir);
	if (dir != NULL) {
		struct dirent *entry;
		while ((entry = readdir(dir)) != NULL)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
		closedir(dir);
	}
	rmdir(p->dir);
	free(p);
	return 0;
}

static inline const char *
place_path(const struct place *p, char buf[512], const char *name)
{
	snprintf(buf, 512, "%s/%s", p->dir, name);
	return buf;
}

static inline struct store *
store_made(const char *path)
{
	struct store *s = NULL;
	struct srv_reason why = {{0}};
	enum srv_err err = store_open(path, true, 4, &s, &why);
	if (err != SRV_OK)
		fail_msg("store_open: %s", why.text);
	return s;
}

/* The administrator's shell; gives SQLite's result code. */
static inline int
by_hand_try(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return rc;
}

static inline void
by_hand(const char *path, const char *sql)
{
	int rc = by_hand_try(path, sql);
	if (rc != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errstr(rc));
}

static inline int64_t
ask(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

static inline int64_t
user_made(struct store *s, const char *name)
{
	int64_t id = 0;
	struct store_user u = {.username = (char *)(uintptr_t)name,
	    .password_hash = (char *)(uintptr_t) "hash",
	    .first_name = (char *)(uintptr_t) "First",
	    .last_name = (char *)(uintptr_t) "Last",
	    .email = (char *)(uintptr_t) "a@b.example",
	    .language = (char *)(uintptr_t) "de",
	    .enabled = true,
	    .may_have_ticket = true};
	assert_int_equal(store_user_add(s, &u, &id), SRV_OK);
	return id;
}

static inline void
hash_make(uint8_t hash[STORE_HASH_BYTES], int n)
{
	memset(hash, 0, STORE_HASH_BYTES);
	memcpy(hash, &n, sizeof n);
	hash[STORE_HASH_BYTES - 1] = 0xab;
}

static inline wall_t
at(const char *text)
{
	wall_t w = {0};
	assert_true(clock_parse_utc(text, &w));
	return w;
}

/* What a listing gave: its texts in a row, until stop_after of them came. */
struct names {
	char text[512];
	int stop_after, count;
};

static inline void
bytes_write(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Reads at most size - 1 bytes; gives how many. */
static inline size_t
bytes_read(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n;
}

static inline bool
there_is(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

#endif
