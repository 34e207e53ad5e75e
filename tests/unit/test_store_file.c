/* The file that is the store: made, recognised, migrated, refused, replaced, copied, checked. */
#include "store_help.h"

#include "../../impl/store/store_priv.h"
#include <sys/wait.h>

static const char *
refused(const char *path, bool create, enum srv_err expected)
{
	static struct srv_reason why;
	struct store *s = NULL;
	why.text[0] = '\0';
	enum srv_err err = store_open(path, create, 2, &s, &why);
	if (err != expected)
		fail_msg("expected %d, got %d: %s", (int)expected, (int)err, why.text);
	assert_null(s);
	assert_null(strstr(why.text, path));
	assert_null(strchr(why.text, '\n'));
	assert_true(why.text[0] != '\0');
	return why.text;
}

static bool
has_user(struct store *s, const char *name)
{
	struct store_user u = {0};
	enum srv_err err = store_user_find(s, name, &u);
	assert_true(err == SRV_OK || err == SRV_ENOENT);
	store_user_fini(&u);
	return err == SRV_OK;
}

/* Makes a closed store with one user beside the real one. */
static const char *
other_store(const struct place *p, char buf[512], const char *file, const char *user)
{
	struct store *s = store_made(place_path(p, buf, file));
	user_made(s, user);
	store_close(&s);
	return buf;
}

/* ---- opening ---- */

static void
store_is_made_only_when_asked_and_private(void **state)
{
	struct place *p = *state;
	struct stat st;
	char buf[512];
	assert_non_null(strstr(refused(p->db, false, SRV_ENOENT), "no database file"));
	assert_false(there_is(p->db));
	refused(place_path(p, buf, "none/srv.db"), true, SRV_ENOENT);
	mode_t old = umask(0);
	struct store *s = store_made(p->db);
	umask(old);
	assert_int_equal(stat(p->db, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	user_made(s, "a");
	assert_int_equal(stat(place_path(p, buf, "srv.db-wal"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size > 0);
	store_close(&s);
	assert_false(there_is(buf)); /* folded in by the last one out */
	s = store_made(p->db);
	assert_true(has_user(s, "a"));
	store_close(&s);
}

static void
store_settings_of_the_file_are_as_promised(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	store_close(&s);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
	assert_int_equal(ask(p->db, "PRAGMA user_version"), 1);
}

static void
store_refuses_what_is_no_store_and_leaves_it_alone(void **state)
{
	struct place *p = *state;
	char path[512], before[8192], after[8192];
	bytes_write(place_path(p, path, "zero"), "", 0);
	assert_non_null(strstr(refused(path, false, SRV_ECORRUPT), "empty"));
	assert_int_equal(bytes_read(path, after, sizeof after), 0);

	memset(before, 'x', sizeof before);
	bytes_write(place_path(p, path, "text"), before, 4000);
	assert_non_null(strstr(refused(path, false, SRV_ECORRUPT), "not a database"));
	assert_non_null(strstr(refused(path, true, SRV_ECORRUPT), "not a database"));
	assert_int_equal(bytes_read(path, after, sizeof after), 4000);
	assert_memory_equal(before, after, 4000);

	by_hand(place_path(p, path, "other"), "CREATE TABLE guests (name TEXT)");
	size_t len = bytes_read(path, before, sizeof before);
	assert_non_null(strstr(refused(path, true, SRV_ECORRUPT), "no schema version"));
	assert_int_equal(bytes_read(path, after, sizeof after), len);
	assert_memory_equal(before, after, len);

	by_hand(path, "PRAGMA user_version = 1");
	assert_non_null(strstr(refused(path, true, SRV_ECORRUPT), "settings is missing"));

	by_hand(place_path(p, path, "bare"), "PRAGMA user_version = 1");
	refused(path, true, SRV_ECORRUPT);
	by_hand(place_path(p, path, "minus"), "PRAGMA user_version = -3");
	refused(path, true, SRV_ECORRUPT);

	refused(p->dir, false, SRV_ECORRUPT);
	refused(p->dir, true, SRV_ECORRUPT);
	assert_int_equal(mkfifo(place_path(p, path, "fifo"), 0600), 0);
	refused(path, false, SRV_ECORRUPT);
	assert_int_equal(symlink("nowhere", place_path(p, path, "link")), 0);
	refused(path, true, SRV_ENOENT);
}

static void
store_newer_schema_is_refused_and_left_alone(void **state)
{
	struct place *p = *state;
	char path[512], before[65536], after[65536];
	other_store(p, path, "newer", "a");
	by_hand(path, "PRAGMA user_version = 1000");
	size_t len = bytes_read(path, before, sizeof before);
	const char *why = refused(path, true, SRV_EVERSION);
	assert_non_null(strstr(why, "1000"));
	assert_non_null(strstr(why, "newer version of srv"));
	assert_int_equal(bytes_read(path, after, sizeof after), len);
	assert_memory_equal(before, after, len);
}

static void
store_empty_database_migrates_from_nothing(void **state)
{
	struct place *p = *state;
	bytes_write(p->db, "", 0);
	struct store *s = store_made(p->db);
	user_made(s, "a");
	store_close(&s);
	assert_int_equal(ask(p->db, "PRAGMA user_version"), 1);
	/* a database without tables that SQLite has written is as good as an empty file */
	char path[512];
	by_hand(place_path(p, path, "vacant"), "CREATE TABLE t (a); DROP TABLE t");
	s = store_made(path);
	user_made(s, "b");
	store_close(&s);
	assert_int_equal(ask(path, "PRAGMA user_version"), 1);
	assert_int_equal(
	    ask(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"), 9);
}

static void
store_migration_that_cannot_finish_changes_nothing(void **state)
{
	struct place *p = *state;
	sqlite3 *db = NULL;
	bytes_write(p->db, "", 0);
	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	refused(p->db, true, SRV_EBUSY);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(ask(p->db, "PRAGMA user_version"), 0);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM sqlite_schema"), 0);
	struct store *s = store_made(p->db);
	store_close(&s);
}

static void
store_that_was_truncated_is_refused(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct stat st;
	for (int i = 0; i < 50; i++) {
		char name[32];
		snprintf(name, sizeof name, "user%d", i);
		user_made(s, name);
	}
	store_close(&s);
	assert_int_equal(stat(p->db, &st), 0);
	assert_int_equal(truncate(p->db, st.st_size / 2), 0);
	assert_non_null(strstr(refused(p->db, false, SRV_ECORRUPT), "damaged"));
	assert_int_equal(truncate(p->db, 50), 0);
	refused(p->db, false, SRV_ECORRUPT);
}

static bool
count_user(void *arg, const struct store_user *u)
{
	(void)u;
	++*(int *)arg;
	return true;
}

static void
store_with_flipped_bytes_is_detected_or_harmless(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char path[512];
	static char good[1 << 20], bad[1 << 20];
	uint8_t hash[STORE_HASH_BYTES];
	int opened = 0;
	int64_t id = user_made(s, "a");
	for (int i = 0; i < 30; i++) {
		hash_make(hash, i);
		store_ticket_add(s, hash, id, "", at("2026-01-01"), at("2026-02-01"));
	}
	store_close(&s);
	size_t len = bytes_read(p->db, good, sizeof good);
	unsigned seed = 20260320;
	place_path(p, path, "flipped");
	for (int i = 0; i < 150; i++) {
		memcpy(bad, good, len);
		for (int n = 0; n < 4; n++) {
			seed = seed * 1103515245 + 12345;
			bad[(seed >> 8) % len] ^= (char)(1 << (seed >> 4) % 8);
		}
		bytes_write(path, bad, len);
		struct srv_reason why = {{0}};
		enum srv_err err = store_open(path, false, 2, &s, &why);
		if (err != SRV_OK) {
			assert_true(why.text[0] != '\0');
			assert_null(strchr(why.text, '\n'));
		} else {
			struct store_ticket t = {0};
			int64_t n = 0;
			int users = 0;
			opened++;
			(void)store_user_each(s, count_user, &users);
			if (store_ticket_find(s, hash, &t) == SRV_OK)
				assert_string_equal(t.user.password_hash, "");
			store_ticket_fini(&t);
			(void)store_check(s, &why);
			(void)store_ticket_purge(s, at("2026-03-01"), 100, &n);
			store_close(&s);
		}
		(void)unlink(path);
		strcat(path, "-wal");
		(void)unlink(path);
		strcpy(path + strlen(path) - 3, "shm");
		(void)unlink(path);
		path[strlen(path) - 4] = '\0';
	}
	assert_true(opened > 0 && opened < 150);
}

/* ---- replacement ---- */

static void
store_replaced_file_is_the_one_read_though_the_old_log_lies_there(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512], wal[512];
	struct stat st;
	struct srv_reason why = {{0}};
	user_made(s, "old");
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof name, "old%d", i);
		user_made(s, name);
	}
	other_store(p, other, "new.db", "new");
	assert_int_equal(stat(place_path(p, wal, "srv.db-wal"), &st), 0);
	assert_true(st.st_size > 0); /* what SQLite would play into the new file */
	assert_int_equal(rename(other, p->db), 0);
	assert_int_equal(store_refresh(s, &why), SRV_OK);
	assert_true(has_user(s, "new"));
	assert_false(has_user(s, "old"));
	assert_false(has_user(s, "old7"));
	assert_int_equal(store_check(s, &why), SRV_OK);
	user_made(s, "newer");
	store_close(&s);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM users"), 2);
}

static void
store_replaced_file_keeps_the_log_that_came_with_it(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512], path[512], to[512];
	user_made(s, "old");
	other_store(p, other, "new.db", "new");
	pid_t pid = fork(); /* leaves a log behind, as a crash does */
	if (pid == 0) {
		struct store *n = NULL;
		int64_t id = 0;
		struct store_user u = {.username = (char[]){"logged"}};
		if (store_open(other, false, 1, &n, NULL) != SRV_OK || store_user_add(n, &u, &id) != SRV_OK)
			_exit(1);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(rename(place_path(p, path, "new.db-wal"), place_path(p, to, "srv.db-wal")), 0);
	assert_int_equal(rename(other, p->db), 0);
	assert_int_equal(store_refresh(s, NULL), SRV_OK);
	assert_true(has_user(s, "new"));
	assert_true(has_user(s, "logged"));
	assert_false(has_user(s, "old"));
	store_close(&s);
}

static mono_t fake_mono;

static mono_t
mono_fake(void)
{
	return fake_mono;
}

static void
store_replaced_file_is_noticed_by_reads_in_time_and_by_writes_at_once(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512];
	user_made(s, "old");
	fake_mono.ms = 1000000;
	clock_override(NULL, mono_fake);
	assert_true(has_user(s, "old"));
	other_store(p, other, "second.db", "second");
	assert_int_equal(rename(other, p->db), 0);
	fake_mono.ms += STORE_NOTICE_MS + 1;
	assert_true(has_user(s, "second"));
	assert_false(has_user(s, "old"));
	other_store(p, other, "third.db", "third");
	assert_int_equal(rename(other, p->db), 0);
	user_made(s, "added"); /* no time has passed */
	clock_override(NULL, NULL);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM users WHERE username IN ('third', 'added')"), 2);
	assert_true(has_user(s, "third"));
	store_close(&s);
}

static void
store_writes_nothing_to_a_file_that_was_moved_away(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512], moved[512];
	static char before[1 << 20], after[1 << 20];
	user_made(s, "old");
	other_store(p, other, "new.db", "new");
	assert_int_equal(rename(p->db, place_path(p, moved, "moved.db")), 0);
	size_t len = bytes_read(moved, before, sizeof before);
	assert_int_equal(rename(other, p->db), 0);
	user_made(s, "after");
	assert_int_equal(store_optimize(s), SRV_OK);
	store_close(&s);
	assert_int_equal(bytes_read(moved, after, sizeof after), len);
	assert_memory_equal(before, after, len);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM users WHERE username IN ('new', 'after')"), 2);
}

struct restore {
	const char *from, *to;
	int writes;
};

/* In the middle of the first commit, where the path has been looked at for the last time before it. */
static int
restore_now(void *arg)
{
	const struct restore *r = arg;
	if (r->writes == 1)
		assert_int_equal(rename(r->from, r->to), 0);
	return 0;
}

static enum srv_err
write_amid_a_restore(struct store_conn *c, void *arg)
{
	struct restore *r = arg;
	r->writes++;
	sqlite3_commit_hook(c->db, restore_now, r);
	return store_run(c, NULL, "INSERT INTO settings (name, value) VALUES ('Written', '1')", "");
}

static void
store_file_replaced_while_it_is_written_gets_what_was_written(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512];
	struct restore r = {.from = other_store(p, other, "new.db", "new"), .to = p->db};
	user_made(s, "old");
	assert_int_equal(store_write(s, write_amid_a_restore, &r), SRV_OK);
	assert_int_equal(r.writes, 2);
	assert_true(has_user(s, "new"));
	store_close(&s);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM settings WHERE name = 'Written'"), 1);
}

static void
store_file_that_vanished_is_an_error_until_it_is_back(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {0};
	struct srv_reason why = {{0}};
	char other[512], aside[512];
	uint64_t v = 0;
	int64_t id = 0;
	user_made(s, "old");
	/* moved aside and back: what its log holds is still there */
	assert_int_equal(rename(p->db, place_path(p, aside, "aside")), 0);
	assert_int_equal(store_refresh(s, &why), SRV_EIO);
	assert_string_equal(why.text, "there is no database file");
	assert_int_equal(store_user_find(s, "old", &u), SRV_EIO);
	assert_int_equal(store_version(s, &v), SRV_EIO);
	assert_int_equal(store_load(s, &(struct store_loader){0}, NULL, &why), SRV_EIO);
	u.username = (char[]){"lost"};
	assert_int_equal(store_user_add(s, &u, &id), SRV_EIO);
	assert_false(there_is(p->db));
	assert_int_equal(rename(aside, p->db), 0);
	assert_true(has_user(s, "old"));
	assert_false(has_user(s, "lost"));
	/* deleted, and restored from elsewhere */
	assert_int_equal(unlink(p->db), 0);
	assert_int_equal(store_refresh(s, &why), SRV_EIO);
	other_store(p, other, "backup", "restored");
	assert_int_equal(rename(other, p->db), 0);
	assert_true(has_user(s, "restored"));
	assert_false(has_user(s, "old"));
	assert_int_equal(store_check(s, &why), SRV_OK);
	store_close(&s);
}

static void
store_replacement_that_cannot_be_used_is_an_error_until_a_good_one_comes(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {.username = (char[]){"x"}};
	struct srv_reason why = {{0}};
	char other[512];
	const char *source = NULL;
	int64_t id = 0;
	user_made(s, "old");
	bytes_write(place_path(p, other, "bad"), "this is no database, not at all", 31);
	assert_int_equal(rename(other, p->db), 0);
	assert_int_equal(store_refresh(s, &why), SRV_ECORRUPT);
	assert_string_equal(why.text, "the file is not a database");
	assert_int_equal(store_load(s, &(struct store_loader){0}, &source, &why), SRV_ECORRUPT);
	assert_string_equal(source, "database");
	assert_string_equal(why.text, "the file is not a database");
	assert_int_equal(store_user_add(s, &u, &id), SRV_ECORRUPT);
	bytes_write(place_path(p, other, "zero"), "", 0);
	assert_int_equal(rename(other, p->db), 0);
	assert_int_equal(store_refresh(s, &why), SRV_ECORRUPT);
	other_store(p, other, "newer", "newer");
	by_hand(other, "PRAGMA user_version = 7");
	assert_int_equal(rename(other, p->db), 0);
	assert_int_equal(store_refresh(s, &why), SRV_EVERSION);
	other_store(p, other, "good", "good");
	assert_int_equal(rename(other, p->db), 0);
	assert_true(has_user(s, "good"));
	assert_false(has_user(s, "old"));
	user_made(s, "more");
	store_close(&s);
}

static void
store_behind_a_link_follows_it_and_leaves_the_old_file_whole(void **state)
{
	struct place *p = *state;
	char one[512], two[512], link[512];
	other_store(p, one, "one.db", "one");
	other_store(p, two, "two.db", "two");
	assert_int_equal(symlink("one.db", p->db), 0);
	struct store *s = store_made(p->db);
	user_made(s, "one more");
	static char before[1 << 20], after[1 << 20];
	size_t len = bytes_read(one, before, sizeof before);
	assert_int_equal(symlink("two.db", place_path(p, link, "next")), 0);
	assert_int_equal(rename(link, p->db), 0);
	user_made(s, "two more");
	assert_true(has_user(s, "two"));
	assert_false(has_user(s, "one more"));
	store_close(&s);
	assert_int_equal(bytes_read(one, after, sizeof after), len);
	assert_memory_equal(before, after, len);
	assert_int_equal(ask(one, "SELECT count(*) FROM users WHERE username IN ('one', 'one more')"), 2);
	assert_int_equal(ask(two, "SELECT count(*) FROM users WHERE username IN ('two', 'two more')"), 2);
}

/* ---- upkeep ---- */

static void
store_backup_is_a_whole_store_and_overwrites_nothing(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db), *copy = NULL;
	struct srv_reason why = {{0}};
	struct stat st;
	char to[512], path[512];
	user_made(s, "a");
	assert_int_equal(store_backup(s, place_path(p, to, "copy.db"), &why), SRV_OK);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	user_made(s, "later");
	assert_int_equal(store_backup(s, to, &why), SRV_EEXIST);
	assert_int_equal(symlink("nowhere", place_path(p, path, "dangling")), 0);
	assert_int_equal(store_backup(s, path, &why), SRV_EEXIST);
	assert_int_equal(store_backup(s, place_path(p, path, "no/such/copy.db"), &why), SRV_ENOENT);
	assert_int_equal(store_open(to, false, 1, &copy, &why), SRV_OK);
	assert_true(has_user(copy, "a"));
	assert_false(has_user(copy, "later"));
	assert_int_equal(store_check(copy, &why), SRV_OK);
	store_close(&copy);
	store_close(&s);
	/* nothing half made lies about */
	DIR *dir = opendir(p->dir);
	struct dirent *entry;
	while ((entry = readdir(dir)) != NULL)
		assert_null(strstr(entry->d_name, ".part"));
	closedir(dir);
}

static void
store_backup_goes_to_a_relative_name_that_looks_like_a_uri(void **state)
{
	struct place *p = *state;
	char cwd[512], path[512];
	struct srv_reason why = {{0}};
	assert_non_null(getcwd(cwd, sizeof cwd));
	assert_int_equal(chdir(p->dir), 0);
	struct store *s = store_made("file:a.db?mode=memory");
	user_made(s, "a");
	assert_int_equal(store_backup(s, "file:b.db?mode=memory", &why), SRV_OK);
	store_close(&s);
	assert_int_equal(chdir(cwd), 0);
	assert_true(there_is(place_path(p, path, "file:a.db?mode=memory")));
	assert_int_equal(ask(place_path(p, path, "file:b.db?mode=memory"), "SELECT count(*) FROM users"), 1);
}

static void
store_check_finds_damage_and_orphans(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct srv_reason why = {{0}};
	user_made(s, "a");
	assert_int_equal(store_check(s, &why), SRV_OK);
	assert_string_equal(why.text, "");
	by_hand(p->db, "INSERT INTO permissions VALUES (77, 'ViewServerStatus')");
	assert_int_equal(store_check(s, &why), SRV_ECORRUPT);
	assert_non_null(strstr(why.text, "permissions"));
	by_hand(p->db, "DELETE FROM permissions");
	assert_int_equal(store_check(s, &why), SRV_OK);
	/* an index that has lost a row is seen by the whole check, not by the quick one */
	store_close(&s);
	by_hand(p->db, "PRAGMA writable_schema = ON;"
		       "UPDATE sqlite_schema SET sql = 'CREATE INDEX tickets_by_user ON tickets (user_id) WHERE 0'"
		       " WHERE name = 'tickets_by_user'");
	by_hand(p->db, "INSERT INTO tickets (ticket_hash, user_id, expires_at) VALUES"
		       " ('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 1, '2030-01-01')");
	by_hand(p->db, "PRAGMA writable_schema = ON;"
		       "UPDATE sqlite_schema SET sql = 'CREATE INDEX tickets_by_user ON tickets (user_id)'"
		       " WHERE name = 'tickets_by_user'");
	assert_int_equal(store_open(p->db, false, 1, &s, &why), SRV_OK);
	assert_int_equal(store_check(s, &why), SRV_ECORRUPT);
	assert_non_null(strstr(why.text, "tickets_by_user"));
	assert_null(strchr(why.text, '\n'));
	store_close(&s);
}

static void
store_optimize_empties_the_log(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct stat st;
	char wal[512];
	user_made(s, "a");
	assert_int_equal(stat(place_path(p, wal, "srv.db-wal"), &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(store_optimize(s), SRV_OK);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_size, 0);
	user_made(s, "b");
	store_close(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(store_is_made_only_when_asked_and_private),
	    T(store_settings_of_the_file_are_as_promised),
	    T(store_refuses_what_is_no_store_and_leaves_it_alone),
	    T(store_newer_schema_is_refused_and_left_alone),
	    T(store_empty_database_migrates_from_nothing),
	    T(store_migration_that_cannot_finish_changes_nothing),
	    T(store_that_was_truncated_is_refused),
	    T(store_with_flipped_bytes_is_detected_or_harmless),
	    T(store_replaced_file_is_the_one_read_though_the_old_log_lies_there),
	    T(store_replaced_file_keeps_the_log_that_came_with_it),
	    T(store_replaced_file_is_noticed_by_reads_in_time_and_by_writes_at_once),
	    T(store_writes_nothing_to_a_file_that_was_moved_away),
	    T(store_file_that_vanished_is_an_error_until_it_is_back),
	    T(store_file_replaced_while_it_is_written_gets_what_was_written),
	    T(store_replacement_that_cannot_be_used_is_an_error_until_a_good_one_comes),
	    T(store_behind_a_link_follows_it_and_leaves_the_old_file_whole),
	    T(store_backup_is_a_whole_store_and_overwrites_nothing),
	    T(store_backup_goes_to_a_relative_name_that_looks_like_a_uri),
	    T(store_check_finds_damage_and_orphans),
	    T(store_optimize_empties_the_log),
	};
	return cmocka_run_group_tests_name("store_file", tests, NULL, NULL);
}
