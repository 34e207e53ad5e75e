/* The application cache: what a load brings, what a failed one leaves alone, and what flushes and readers
 * may count on when they come together. The store is a real one, changed by a connection of another
 * owner, as an administrator does. */
#include "../../impl/base/log.h"
#include "../../impl/cache/cache.h"
#include "tempdir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdatomic.h>

static char dir[TEMP_PATH_MAX], database[TEMP_PATH_MAX], license[TEMP_PATH_MAX];
static struct store *store;
static struct cache *cache;
static sqlite3 *admin; /* the other owner's connection */

/* ---- helpers ------------------------------------------------------------------------------------------ */

static void
admin_open(const char *path)
{
	assert_int_equal(sqlite3_open(path, &admin), SQLITE_OK);
	sqlite3_busy_timeout(admin, 5000);
}

static void __attribute__((format(printf, 1, 2))) sql(const char *fmt, ...)
{
	char text[1024], *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (sqlite3_exec(admin, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

static void
make_store(const char *path)
{
	struct store *made;
	struct srv_reason why = {""};

	if (store_open(path, true, 2, &made, &why) != SRV_OK)
		fail_msg("%s", why.text);
	store_close(&made);
}

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	temp_join(database, dir, "srv.db");
	temp_join(license, dir, "license.xml");
	temp_puts(license, TEMP_LICENSE);
	make_store(database);
	admin_open(database);
	assert_int_equal(store_open(database, false, 4, &store, NULL), SRV_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cache_free(&cache);
	store_close(&store);
	sqlite3_close(admin);
	admin = NULL;
	temp_remove(dir);
	return 0;
}

static void
start(void)
{
	struct srv_reason why = {""};

	if (cache_new(store, license, &cache, &why) != SRV_OK)
		fail_msg("%s", why.text);
}

/* One flush and its answer. */
struct flush {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int answers;
	enum srv_err err;
	char why[sizeof(struct srv_reason)];
	/* for flushes whose answer holds the loader up until it is let go */
	bool hold, held, go;
};

static void
flush_init(struct flush *f)
{
	*f = (struct flush){0};
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
}

static void
flush_done(void *arg, enum srv_err err, const struct srv_reason *why)
{
	struct flush *f = arg;

	pthread_mutex_lock(&f->lock);
	f->answers++;
	f->err = err;
	snprintf(f->why, sizeof f->why, "%s", err == SRV_OK ? "" : why->text);
	f->held = f->hold;
	pthread_cond_broadcast(&f->changed);
	while (f->hold && !f->go)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

static void
flush_wait(struct flush *f)
{
	pthread_mutex_lock(&f->lock);
	while (f->answers == 0)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

static void
flush_release(struct flush *f)
{
	pthread_mutex_lock(&f->lock);
	f->go = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static void
flush_fini(struct flush *f)
{
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
}

/* Flushes and gives the outcome; why gets the reason of a failure. */
static enum srv_err
flush(char why[sizeof(struct srv_reason)])
{
	struct flush f;
	enum srv_err err;

	flush_init(&f);
	assert_int_equal(cache_flush(cache, flush_done, &f), SRV_OK);
	flush_wait(&f);
	/* The answer is given under the lock; taking it once more means that flush_done has let go. */
	pthread_mutex_lock(&f.lock);
	err = f.err;
	strcpy(why, f.why);
	assert_int_equal(f.answers, 1);
	pthread_mutex_unlock(&f.lock);
	flush_fini(&f);
	return err;
}

static void
assert_flush_ok(void)
{
	char why[sizeof(struct srv_reason)];

	if (flush(why) != SRV_OK)
		fail_msg("%s", why);
}

/* The flush fails with this reason, and what was current stays so. */
static void
assert_flush_fails(const char *reason)
{
	char why[sizeof(struct srv_reason)];
	const struct snapshot *before = cache_get(cache), *after;
	struct cache_status status;

	assert_int_not_equal(flush(why), SRV_OK);
	assert_string_equal(why, reason);
	after = cache_get(cache);
	assert_ptr_equal(before, after);
	cache_status_get(cache, &status);
	assert_true(status.last_failed);
	assert_int_equal(status.generation, before->generation);
	snapshot_unref(&before);
	snapshot_unref(&after);
	assert_null(after);
}

static void
assert_setting(const char *name, const char *value)
{
	const struct snapshot *s = cache_get(cache);
	const char *is = snapshot_setting(s, name);

	if (value == NULL)
		assert_null(is);
	else
		assert_string_equal(is, value);
	snapshot_unref(&s);
}

/* ---- loading ------------------------------------------------------------------------------------------ */

static void
cache_first_load_fills_every_part(void **state)
{
	const struct snapshot *s;

	(void)state;
	sql("INSERT INTO settings VALUES ('ServerName', 'dms1'), ('DefaultLanguage', 'DE'),"
	    "('SysadminAccountName', 'sysadmin'), ('LoginDelay', '250'), ('WindowsAuthenticationIsOn', 'TRUE'),"
	    "('Other', 'x'), ('Empty', '')");
	sql("INSERT INTO resources VALUES ('r', 'en', 'English'), ('r', 'de', 'Deutsch')");
	sql("INSERT INTO maintenance_jobs VALUES (7, 'r', 'AnyTime'), (3, 'q', 'WeekLyOnMonday')");
	sql("INSERT INTO warehouse_paths VALUES (12, '/b'), (3, '/a')");
	start();
	s = cache_get(cache);
	assert_int_equal(s->generation, 1);
	assert_string_equal(s->server_name, "dms1");
	assert_string_equal(s->default_language, "de");
	assert_string_equal(s->sysadmin_account, "sysadmin");
	assert_int_equal(s->login_delay_ms, 250);
	assert_true(s->windows_authentication);
	assert_string_equal(snapshot_setting(s, "Other"), "x");
	assert_string_equal(snapshot_setting(s, "Empty"), "");
	assert_null(snapshot_setting(s, "other"));
	assert_string_equal(s->license.company_name, "Example Company");
	assert_int_equal(s->job_count, 2);
	assert_int_equal(s->jobs[0].job_id, 3);
	assert_string_equal(s->jobs[0].schedule_type, "WeekLyOnMonday");
	assert_int_equal(s->jobs[1].job_id, 7);
	assert_string_equal(s->jobs[1].name_resource_id, "r");
	assert_int_equal(s->warehouse_count, 2);
	assert_int_equal(s->warehouses[0].wh_no, 3);
	assert_string_equal(s->warehouses[0].path, "/a");
	assert_int_equal(s->warehouses[1].wh_no, 12);
	snapshot_unref(&s);
}

static void
cache_of_an_empty_store_has_the_defaults(void **state)
{
	const struct snapshot *s;
	char host[256] = "";

	(void)state;
	gethostname(host, sizeof host - 1);
	sql("INSERT INTO settings VALUES ('ServerName', ''), ('SysadminAccountName', '')");
	start();
	s = cache_get(cache);
	assert_string_equal(s->server_name, host);
	assert_string_equal(s->default_language, "en");
	assert_null(s->sysadmin_account);
	assert_int_equal(s->login_delay_ms, 0);
	assert_false(s->windows_authentication);
	assert_int_equal(s->job_count, 0);
	assert_int_equal(s->warehouse_count, 0);
	assert_string_equal(snapshot_resource(s, "nothing", "en"), "nothing");
	snapshot_unref(&s);
}

static void
cache_resource_falls_back_from_language_to_default_to_english_to_id(void **state)
{
	const struct snapshot *s;
	char lengthy[200];

	(void)state;
	sql("INSERT INTO settings VALUES ('DefaultLanguage', 'fr-CA')");
	sql("INSERT INTO resources VALUES ('a', 'en', 'a-en'), ('a', 'fr', 'a-fr'), ('a', 'de', 'a-de'),"
	    "('a', 'DE-at', 'a-de-at'), ('b', 'en', 'b-en'), ('b', 'tr', 'b-tr'), ('c', 'tr', 'c-tr'), ('d', 'en', "
	    "'')");
	start();
	s = cache_get(cache);
	assert_string_equal(snapshot_resource(s, "a", "de"), "a-de");
	assert_string_equal(snapshot_resource(s, "a", "de-CH"), "a-de");
	assert_string_equal(snapshot_resource(s, "a", "de-AT"), "a-de-at");
	assert_string_equal(snapshot_resource(s, "a", "de-AT-1996"), "a-de-at");
	assert_string_equal(snapshot_resource(s, "a", "DE"), "a-de");
	assert_string_equal(snapshot_resource(s, "a", "tr"), "a-fr");
	assert_string_equal(snapshot_resource(s, "a", ""), "a-fr");
	assert_string_equal(snapshot_resource(s, "a", NULL), "a-fr");
	assert_string_equal(snapshot_resource(s, "b", "de"), "b-en");
	assert_string_equal(snapshot_resource(s, "c", "de"), "c");
	assert_string_equal(snapshot_resource(s, "d", "en"), "");
	assert_string_equal(snapshot_resource(s, "e", "en"), "e");
	memset(lengthy, 'x', sizeof lengthy - 1);
	lengthy[sizeof lengthy - 1] = '\0';
	assert_string_equal(snapshot_resource(s, "a", lengthy), "a-fr");
	snapshot_unref(&s);
}

static void
cache_first_load_that_fails_gives_no_cache(void **state)
{
	struct srv_reason why = {""};

	(void)state;
	unlink(license);
	assert_int_equal(cache_new(store, license, &cache, &why), SRV_ENOENT);
	assert_null(cache);
	assert_string_equal(why.text, "license: the file does not exist");
}

static void
cache_finds_each_of_a_hundred_thousand_settings(void **state)
{
	const struct snapshot *s;

	(void)state;
	sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
	    " INSERT INTO settings SELECT 'Setting.' || i, 'value ' || (i * 7) FROM n");
	sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)"
	    " INSERT INTO resources SELECT 'Text.' || (i / 3), substr('dtf', i %% 3 + 1, 1), i FROM n");
	start();
	s = cache_get(cache);
	for (int i = 0; i < 100000; i++) {
		char name[32], value[32];

		snprintf(name, sizeof name, "Setting.%d", i);
		snprintf(value, sizeof value, "value %d", i * 7);
		assert_string_equal(snapshot_setting(s, name), value);
	}
	for (int i = 0; i < 30000; i++) {
		char name[32], value[32], language[2] = {"dtf"[i % 3], '\0'};

		snprintf(name, sizeof name, "Text.%d", i / 3);
		snprintf(value, sizeof value, "%d", i);
		assert_string_equal(snapshot_resource(s, name, language), value);
	}
	assert_null(snapshot_setting(s, "Setting.100000"));
	assert_null(snapshot_setting(s, ""));
	snapshot_unref(&s);
}

/* ---- flushing ----------------------------------------------------------------------------------------- */

static void
cache_shows_a_change_after_a_flush_and_not_before(void **state)
{
	const struct snapshot *old, *now;
	struct cache_status status;

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	old = cache_get(cache);
	sql("UPDATE settings SET value = '2'");
	temp_puts(license,
	    "<License><CompanyName>New</CompanyName><UserCount>1</UserCount><SubscriptionEndDate>2027-01-01"
	    "</SubscriptionEndDate><Workflow>0</Workflow><AnonymousAccess>0</AnonymousAccess>"
	    "<ComplianceModule>0</ComplianceModule></License>");
	assert_setting("n", "1");
	assert_flush_ok();
	now = cache_get(cache);
	assert_int_equal(now->generation, 2);
	assert_string_equal(snapshot_setting(now, "n"), "2");
	assert_string_equal(now->license.company_name, "New");
	/* What a request began with stays as it was, to its end. */
	assert_string_equal(snapshot_setting(old, "n"), "1");
	assert_string_equal(old->license.company_name, "Example Company");
	cache_status_get(cache, &status);
	assert_int_equal(status.generation, 2);
	assert_int_equal(status.loads, 2);
	assert_int_equal(status.flushes, 1);
	assert_int_equal(status.failures, 0);
	assert_false(status.last_failed);
	snapshot_unref(&old);
	snapshot_unref(&now);
}

static void
cache_snapshot_outlives_the_cache(void **state)
{
	const struct snapshot *s, *second;

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	s = cache_get(cache);
	second = snapshot_ref(s);
	cache_free(&cache);
	assert_null(cache);
	snapshot_unref(&s);
	assert_string_equal(snapshot_setting(second, "n"), "1");
	snapshot_unref(&second);
}

static void
cache_failed_reload_keeps_old_snapshot(void **state)
{
	struct cache_status status;

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	sql("UPDATE settings SET value = '2' WHERE name = 'n'");
	unlink(license);
	assert_flush_fails("license: the file does not exist");
	assert_setting("n", "1");
	temp_puts(license, TEMP_LICENSE);
	assert_flush_ok();
	assert_setting("n", "2");
	cache_status_get(cache, &status);
	assert_int_equal(status.generation, 2);
	assert_int_equal(status.loads, 3);
	assert_int_equal(status.flushes, 2);
	assert_int_equal(status.failures, 1);
	assert_false(status.last_failed);
}

static void
cache_refused_setting_is_named(void **state)
{
	static const char *const delays[] = {"2001", "-1", "x", "", "1.5", "99999999999999999999", "NaN"};

	(void)state;
	start();
	for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
		sql("INSERT OR REPLACE INTO settings VALUES ('LoginDelay', '%s')", delays[i]);
		assert_flush_fails("settings: LoginDelay is not a number from 0 to 2000");
	}
	sql("UPDATE settings SET value = '2000' WHERE name = 'LoginDelay'");
	assert_flush_ok();
	sql("INSERT INTO settings VALUES ('WindowsAuthenticationIsOn', 'perhaps')");
	assert_flush_fails("settings: WindowsAuthenticationIsOn is neither true nor false");
}

static void
cache_refused_row_is_named_with_its_source(void **state)
{
	(void)state;
	start();
	sql("INSERT INTO maintenance_jobs VALUES (9, 'r', 'WeeklyOnMonday')");
	assert_flush_fails(
	    "jobs: schedule_type of job 9 is \"WeeklyOnMonday\", not AnyTime, Hourly, Daily or WeekLyOnMonday");
	sql("DELETE FROM maintenance_jobs; INSERT INTO warehouse_paths VALUES (4, 'data')");
	assert_flush_fails("warehouse paths: path of wh_no 04 is not absolute");
	sql("DELETE FROM warehouse_paths; INSERT INTO warehouse_paths VALUES (5, '')");
	assert_flush_fails("warehouse paths: path of wh_no 05 is not absolute");
	sql("PRAGMA ignore_check_constraints = ON; DELETE FROM warehouse_paths;"
	    "INSERT INTO warehouse_paths VALUES (100, '/x')");
	char why[sizeof(struct srv_reason)];
	assert_int_equal(flush(why), SRV_EINVAL);
	assert_non_null(strstr(why, "warehouse paths: "));
	assert_non_null(strstr(why, "100"));
	sql("DELETE FROM warehouse_paths; INSERT INTO settings VALUES (hex(zeroblob(600)), 'long')");
	assert_int_equal(flush(why), SRV_ELIMIT);
	assert_non_null(strstr(why, "settings: 0000"));
	assert_non_null(strstr(why, "longer than 1024 bytes"));
	sql("DELETE FROM settings; INSERT INTO settings VALUES ('Big', hex(zeroblob(600000)))");
	assert_flush_fails("settings: Big: longer than 1048576 bytes");
	sql("DELETE FROM settings");
	assert_flush_ok();
}

static void
cache_missing_database_is_said(void **state)
{
	char why[sizeof(struct srv_reason)];

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	unlink(database);
	assert_int_not_equal(flush(why), SRV_OK);
	assert_non_null(strstr(why, "database: "));
	assert_null(strstr(why, dir));
	assert_setting("n", "1");
}

static void
cache_flush_reads_the_file_that_took_the_databases_place(void **state)
{
	char other[TEMP_PATH_MAX];

	(void)state;
	sql("INSERT INTO settings VALUES ('n', 'old file')");
	start();
	sqlite3_close(admin);
	make_store(temp_join(other, dir, "other.db"));
	admin_open(other);
	sql("INSERT INTO settings VALUES ('n', 'new file')");
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_close(admin);
	admin = NULL;
	assert_int_equal(rename(other, database), 0);
	assert_setting("n", "old file");
	assert_flush_ok();
	assert_setting("n", "new file");
}

/* ---- together ----------------------------------------------------------------------------------------- */

static void
cache_flushes_that_wait_together_share_one_load_that_began_after_them(void **state)
{
	struct flush first, rest[20];
	struct cache_status before, after;

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	flush_init(&first);
	first.hold = true;
	assert_int_equal(cache_flush(cache, flush_done, &first), SRV_OK);
	flush_wait(&first); /* its load is over, the loader is busy with the answer */
	cache_status_get(cache, &before);
	for (int i = 0; i < 20; i++) {
		flush_init(&rest[i]);
		assert_int_equal(cache_flush(cache, flush_done, &rest[i]), SRV_OK);
	}
	/* Later than all of them asked, but before the load that answers them. */
	sql("UPDATE settings SET value = '2'");
	assert_setting("n", "1"); /* a reader does not wait for the loader */
	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&rest[i].lock);
		assert_int_equal(rest[i].answers, 0);
		pthread_mutex_unlock(&rest[i].lock);
	}
	flush_release(&first);
	for (int i = 0; i < 20; i++) {
		flush_wait(&rest[i]);
		assert_int_equal(rest[i].err, SRV_OK);
	}
	assert_setting("n", "2");
	cache_status_get(cache, &after);
	assert_int_equal(after.loads, before.loads + 1);
	assert_int_equal(after.flushes, 21);
	cache_free(&cache); /* no answer is on its way any more */
	for (int i = 0; i < 20; i++) {
		assert_int_equal(rest[i].answers, 1);
		flush_fini(&rest[i]);
	}
	flush_fini(&first);
}

static void
cache_failed_load_answers_all_that_shared_it(void **state)
{
	struct flush first, rest[5];

	(void)state;
	start();
	flush_init(&first);
	first.hold = true;
	assert_int_equal(cache_flush(cache, flush_done, &first), SRV_OK);
	flush_wait(&first);
	temp_puts(license, "");
	for (int i = 0; i < 5; i++) {
		flush_init(&rest[i]);
		assert_int_equal(cache_flush(cache, flush_done, &rest[i]), SRV_OK);
	}
	flush_release(&first);
	for (int i = 0; i < 5; i++)
		flush_wait(&rest[i]);
	cache_free(&cache);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(rest[i].answers, 1);
		assert_int_equal(rest[i].err, SRV_EINVAL);
		assert_string_equal(rest[i].why, "license: the file is empty");
		flush_fini(&rest[i]);
	}
	flush_fini(&first);
}

static void *
free_cache(void *arg)
{
	cache_free(arg);
	return NULL;
}

static void
ignore_done(void *arg, enum srv_err err, const struct srv_reason *why)
{
	(void)why;
	assert_int_equal(err, SRV_ESTOPPED);
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
cache_free_answers_flushes_that_still_wait(void **state)
{
	struct cache *held, *freed;
	struct flush first, second;
	atomic_int ignored = 0;
	pthread_t thread;
	int accepted = 0;

	(void)state;
	start();
	held = freed = cache;
	cache = NULL;
	flush_init(&first);
	flush_init(&second);
	first.hold = true;
	assert_int_equal(cache_flush(held, flush_done, &first), SRV_OK);
	flush_wait(&first);
	assert_int_equal(cache_flush(held, flush_done, &second), SRV_OK);
	assert_int_equal(pthread_create(&thread, NULL, free_cache, &freed), 0);
	/* The loader is held, so the cache lives until it is released; the end shows in the refusal. */
	while (cache_flush(held, ignore_done, &ignored) == SRV_OK) {
		accepted++;
		sched_yield();
	}
	flush_release(&first);
	pthread_join(thread, NULL);
	assert_null(freed);
	assert_int_equal(first.err, SRV_OK);
	assert_int_equal(second.answers, 1);
	assert_int_equal(second.err, SRV_ESTOPPED);
	assert_int_equal(atomic_load(&ignored), accepted);
	flush_fini(&first);
	flush_fini(&second);
}

/* A writer counts up two settings in one transaction. `committed` is what was in the database for sure when it
 * was read; `flushed` is what some finished flush guarantees. */
#define ROUNDS 40
#define FLUSHERS 4
#define READERS 4
static atomic_int committed, flushed, stop, broken;

static int
seen(void)
{
	const struct snapshot *s = cache_get(cache);
	int a = atoi(snapshot_setting(s, "a")), b = atoi(snapshot_setting(s, "b"));

	if (a != b)
		atomic_fetch_or(&broken, 1);
	snapshot_unref(&s);
	return a;
}

static void
raise_to(atomic_int *to, int value)
{
	int is = atomic_load(to);

	while (is < value && !atomic_compare_exchange_weak(to, &is, value))
		;
}

static void *
flusher(void *arg)
{
	char why[sizeof(struct srv_reason)];

	(void)arg;
	while (!atomic_load(&stop)) {
		int floor = atomic_load(&committed);

		if (flush(why) != SRV_OK)
			atomic_fetch_or(&broken, 2);
		if (seen() < floor)
			atomic_fetch_or(&broken, 4);
		raise_to(&flushed, floor);
	}
	return NULL;
}

static void *
reader(void *arg)
{
	int last = 0;

	(void)arg;
	while (!atomic_load(&stop)) {
		int floor = atomic_load(&flushed), value = seen();

		if (value < floor || value < last)
			atomic_fetch_or(&broken, 8);
		last = value;
	}
	return NULL;
}

static void
cache_is_linearizable_under_flushers_and_readers(void **state)
{
	pthread_t threads[FLUSHERS + READERS];
	struct cache_status status;

	(void)state;
	atomic_store(&committed, 1);
	atomic_store(&flushed, 0);
	atomic_store(&stop, 0);
	atomic_store(&broken, 0);
	sql("PRAGMA synchronous = OFF; INSERT INTO settings VALUES ('a', '1'), ('b', '1')");
	start();
	for (int i = 0; i < FLUSHERS + READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < FLUSHERS ? flusher : reader, NULL), 0);
	for (int i = 2; i <= ROUNDS; i++) {
		sql("BEGIN IMMEDIATE; UPDATE settings SET value = '%d' WHERE name = 'a';"
		    "UPDATE settings SET value = '%d' WHERE name = 'b'; COMMIT",
		    i, i);
		atomic_store(&committed, i);
		/* Wait until some flush has brought it in, so that each value is raced for. */
		while (atomic_load(&flushed) < i && atomic_load(&broken) == 0)
			sched_yield();
	}
	atomic_store(&stop, 1);
	for (int i = 0; i < FLUSHERS + READERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&broken), 0);
	assert_int_equal(seen(), ROUNDS);
	cache_status_get(cache, &status);
	assert_true(status.loads <= status.flushes + 1);
	assert_int_equal(status.generation, status.loads);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(cache_first_load_fills_every_part, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_of_an_empty_store_has_the_defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		cache_resource_falls_back_from_language_to_default_to_english_to_id, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_first_load_that_fails_gives_no_cache, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_finds_each_of_a_hundred_thousand_settings, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_shows_a_change_after_a_flush_and_not_before, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_snapshot_outlives_the_cache, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_failed_reload_keeps_old_snapshot, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_refused_setting_is_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_refused_row_is_named_with_its_source, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_missing_database_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_flush_reads_the_file_that_took_the_databases_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		cache_flushes_that_wait_together_share_one_load_that_began_after_them, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_failed_load_answers_all_that_shared_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_free_answers_flushes_that_still_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(cache_is_linearizable_under_flushers_and_readers, setup, teardown),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
