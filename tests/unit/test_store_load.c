/* Loads one after the other, between which something happens to the file: each sees what a newly opened connection
 * would. (What a load reads and refuses: test_store.c.) */
#include "store_help.h"
#include <sys/wait.h>

static enum srv_err
keep_value(void *arg, const char *name, const char *value)
{
	if (strcmp(name, "ServerName") == 0)
		snprintf(arg, 64, "%s", value);
	return SRV_OK;
}

/* ServerName as a load sees it. */
static const char *
loaded(struct store *s)
{
	static char value[64];
	struct srv_reason why = {{0}};
	value[0] = '\0';
	if (store_load(s, &(struct store_loader){.arg = value, .setting = keep_value}, NULL, &why) != SRV_OK)
		fail_msg("store_load: %s", why.text);
	return value;
}

static void
set_by_hand(const char *path, const char *value)
{
	char sql[256];
	snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", value);
	by_hand(path, sql);
}

/* Writes the bytes of one file over another, past SQLite; a child does it, whose closing lets go of none of our locks.
 */
static void
write_over(const char *from, const char *to)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("cp", "cp", from, to, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
descriptors(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
load_after_load_sees_each_commit(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char value[32];
	set_by_hand(p->db, "first");
	assert_string_equal(loaded(s), "first");
	int open_then = 0;
	for (int i = 0; i < 50; i++) {
		snprintf(value, sizeof value, "value %d", i);
		set_by_hand(p->db, value);
		assert_string_equal(loaded(s), value);
		if (i % 10 == 9)
			assert_int_equal(store_optimize(s), SRV_OK); /* folds the log into the file */
		if (i == 19) /* SQLite keeps some of those that it closed, for later */
			open_then = descriptors();
	}
	assert_string_equal(loaded(s), "value 49");
	assert_int_equal(descriptors(), open_then);
	store_close(&s);
}

static void
load_after_load_sees_a_file_in_the_old_ones_place(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char other[512];
	struct store *o = store_made(place_path(p, other, "other.db"));
	store_close(&o);
	set_by_hand(p->db, "old");
	set_by_hand(other, "new");
	assert_string_equal(loaded(s), "old");
	assert_int_equal(rename(other, p->db), 0);
	assert_string_equal(loaded(s), "new");
	store_close(&s);
}

static void
load_after_load_sees_what_was_written_over_the_file(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char backup[512];
	set_by_hand(p->db, "old");
	by_hand(p->db, "CREATE TABLE moves_the_pages_about (a); DROP TABLE moves_the_pages_about");
	assert_int_equal(store_backup(s, place_path(p, backup, "backup.db"), NULL), SRV_OK);
	set_by_hand(p->db, "newer");
	assert_string_equal(loaded(s), "newer");
	assert_int_equal(store_optimize(s), SRV_OK); /* nothing is left in the log */
	write_over(backup, p->db);
	assert_string_equal(loaded(s), "old");
	store_close(&s);
}

static void
load_after_load_says_that_a_table_is_gone(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct srv_reason why = {{0}};
	const char *source = NULL;
	assert_string_equal(loaded(s), "");
	by_hand(p->db, "ALTER TABLE settings RENAME TO hidden");
	assert_int_equal(store_load(s, &(struct store_loader){0}, &source, &why), SRV_ECORRUPT);
	assert_string_equal(source, "database");
	assert_non_null(strstr(why.text, "the table settings is missing"));
	by_hand(p->db, "ALTER TABLE hidden RENAME TO settings");
	set_by_hand(p->db, "back");
	assert_string_equal(loaded(s), "back");
	store_close(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(load_after_load_sees_each_commit),
	    T(load_after_load_sees_a_file_in_the_old_ones_place),
	    T(load_after_load_sees_what_was_written_over_the_file),
	    T(load_after_load_says_that_a_table_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
