/* The application cache: what a load brings, when a change shows, and what a failed load leaves alone. What flushes
 * and readers may count on when they come together: test_cache_together.c. */
#include "cache_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(cache_first_load_fills_every_part),
	    T(cache_of_an_empty_store_has_the_defaults),
	    T(cache_resource_falls_back_from_language_to_default_to_english_to_id),
	    T(cache_first_load_that_fails_gives_no_cache),
	    T(cache_finds_each_of_a_hundred_thousand_settings),
	    T(cache_shows_a_change_after_a_flush_and_not_before),
	    T(cache_snapshot_outlives_the_cache),
	    T(cache_failed_reload_keeps_old_snapshot),
	    T(cache_refused_setting_is_named),
	    T(cache_refused_row_is_named_with_its_source),
	    T(cache_missing_database_is_said),
	    T(cache_flush_reads_the_file_that_took_the_databases_place),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
