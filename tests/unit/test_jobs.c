/* The maintenance jobs: when each is due, what each does to a real store, and the thread that runs them. */
#include "../../impl/base/log.h"
#include "../../impl/jobs/jobs.h"
#include "../../impl/jobs/jobs_priv.h"
#include "../../impl/jobs/walk.h"
#include "tempdir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>

#define DAY_S 86400

/* Zones in words of POSIX, which need no time zone database on the machine. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define HAVANA "CST5CDT,M3.2.0/0,M11.1.0/1"
#define KOLKATA "IST-5:30"

static char dir[TEMP_PATH_MAX], database[TEMP_PATH_MAX], license[TEMP_PATH_MAX], tree[TEMP_PATH_MAX];
static struct store *store;
static struct cache *cache;
static sqlite3 *admin;
static atomic_bool stop;

/* ---- helpers ------------------------------------------------------------------------------------------ */

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	temp_join(database, dir, "srv.db");
	temp_join(license, dir, "license.xml");
	temp_join(tree, dir, "tree");
	temp_puts(license, TEMP_LICENSE);
	assert_int_equal(mkdir(tree, 0700), 0);
	assert_int_equal(store_open(database, true, 4, &store, NULL), SRV_OK);
	assert_int_equal(sqlite3_open(database, &admin), SQLITE_OK);
	sqlite3_busy_timeout(admin, 5000);
	atomic_store(&stop, false);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clock_override(NULL, NULL);
	cache_free(&cache);
	store_close(&store);
	sqlite3_close(admin);
	temp_remove(dir);
	return 0;
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

static int64_t
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

static wall_t
utc(const char *text)
{
	wall_t t;

	if (!clock_parse_utc(text, &t))
		fail_msg("%s is no time", text);
	return t;
}

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void
assert_due(const char *schedule, const char *last, const char *due)
{
	char text[CLOCK_TEXT_MAX];
	wall_t last_start = utc(last);

	assert_string_equal(clock_format_utc(jobs_due(schedule, &last_start, last_start), text), due);
}

static void
start_cache(void)
{
	struct srv_reason why = {""};

	if (cache_new(store, license, &cache, &why) != SRV_OK)
		fail_msg("%s", why.text);
}

/* Runs one job function as the thread would; message may be NULL. */
static enum srv_err
run(job_run *job, struct srv_reason *message)
{
	struct srv_reason said = {""};
	struct job_env env = {.store = store, .job_log_days = 90, .stop = &stop};
	enum srv_err err;

	if (cache == NULL)
		start_cache();
	env.snapshot = cache_get(cache);
	err = job(&env, &said);
	snapshot_unref(&env.snapshot);
	assert_true(said.text[0] != '\0');
	if (message != NULL)
		*message = said;
	return err;
}

/* ---- the schedule --------------------------------------------------------------------------------------- */

static void
schedule_job_that_never_ran_is_due_at_once(void **state)
{
	static const char *const all[] = {"AnyTime", "Hourly", "Daily", "WeekLyOnMonday"};
	wall_t now = utc("2026-03-20T14:35:10Z");

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(jobs_due(all[i], NULL, now).s, now.s);
}

static void
schedule_any_time_is_a_day_later(void **state)
{
	(void)state;
	zone(BERLIN);
	assert_due("AnyTime", "2026-03-20T14:35:10Z", "2026-03-21T14:35:10Z");
	assert_due("AnyTime", "2026-03-28T14:35:10Z", "2026-03-29T14:35:10Z"); /* 24 hours, whatever the clocks do */
}

static void
schedule_hourly_is_the_next_full_hour_of_the_zone(void **state)
{
	(void)state;
	zone("UTC");
	assert_due("Hourly", "2026-03-20T14:35:10Z", "2026-03-20T15:00:00Z");
	assert_due("Hourly", "2026-03-20T15:00:00Z", "2026-03-20T16:00:00Z");
	assert_due("Hourly", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
	zone(KOLKATA); /* UTC+5:30 */
	assert_due("Hourly", "2026-03-20T14:35:10Z", "2026-03-20T15:30:00Z");
	zone(NEW_YORK); /* over both changes */
	assert_due("Hourly", "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z");
	assert_due("Hourly", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z");
}

static void
schedule_daily_is_the_next_local_midnight(void **state)
{
	(void)state;
	zone("UTC");
	assert_due("Daily", "2026-03-20T14:35:10Z", "2026-03-21T00:00:00Z");
	assert_due("Daily", "2026-03-20T23:59:59Z", "2026-03-21T00:00:00Z");
	assert_due("Daily", "2026-03-21T00:00:00Z", "2026-03-22T00:00:00Z");
	assert_due("Daily", "2024-02-28T12:00:00Z", "2024-02-29T00:00:00Z");
	zone(NEW_YORK);
	assert_due("Daily", "2026-01-15T03:00:00Z", "2026-01-15T05:00:00Z");
	assert_due("Daily", "2026-01-15T05:00:00Z", "2026-01-16T05:00:00Z");
	assert_due("Daily", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"); /* a day of 23 hours */
	assert_due("Daily", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"); /* one of 25 */
}

static void
schedule_day_without_a_midnight_begins_after_the_gap(void **state)
{
	(void)state;
	zone(HAVANA); /* 2024-03-10: 00:00 became 01:00, at 05:00 UTC */
	assert_due("Daily", "2024-03-09T18:00:00Z", "2024-03-10T05:00:00Z");
	assert_due("Daily", "2024-03-10T04:59:59Z", "2024-03-10T05:00:00Z");
	assert_due("Daily", "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z");
	/* 2024-11-03: 01:00 became 00:00 again, at 05:00 UTC. The day begins once. */
	assert_due("Daily", "2024-11-02T18:00:00Z", "2024-11-03T04:00:00Z");
	assert_due("Daily", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z");
	assert_due("Daily", "2024-11-03T05:00:00Z", "2024-11-04T05:00:00Z");
	if (access("/usr/share/zoneinfo/Pacific/Apia", R_OK) == 0) {
		zone("Pacific/Apia"); /* had no 30 December 2011 */
		assert_due("Daily", "2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z");
	}
}

static void
schedule_weekly_is_the_next_local_monday(void **state)
{
	(void)state;
	zone("UTC");
	assert_due("WeekLyOnMonday", "2026-03-20T14:35:10Z", "2026-03-23T00:00:00Z"); /* Friday */
	assert_due("WeekLyOnMonday", "2026-03-22T23:59:59Z", "2026-03-23T00:00:00Z"); /* Sunday */
	assert_due("WeekLyOnMonday", "2026-03-23T00:00:00Z", "2026-03-30T00:00:00Z"); /* Monday */
	assert_due("WeekLyOnMonday", "2026-03-23T14:00:00Z", "2026-03-30T00:00:00Z");
	zone(BERLIN); /* the clocks change on the Sunday between */
	assert_due("WeekLyOnMonday", "2026-03-25T12:00:00Z", "2026-03-29T22:00:00Z");
	assert_due("WeekLyOnMonday", "2026-03-29T22:00:00Z", "2026-04-05T22:00:00Z");
	assert_due("WeekLyOnMonday", "2026-10-21T12:00:00Z", "2026-10-25T23:00:00Z");
}

static void
schedule_never_gives_a_moment_that_is_not_later(void **state)
{
	static const char *const zones[] = {"UTC", BERLIN, HAVANA, NEW_YORK, KOLKATA, "Australia/Lord_Howe",
	    "America/St_Johns", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"};
	static const char *const schedules[] = {"AnyTime", "Hourly", "Daily", "WeekLyOnMonday"};

	(void)state;
	for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
		zone(zones[z]);
		for (int s = 0; s < 4; s++) {
			int64_t longest = s == 1 ? 3600 : (s == 3 ? 7 * DAY_S + 7200 : DAY_S + 7200);

			for (wall_t t = utc("2006-01-01"); t.s < utc("2012-06-01").s; t.s += 9 * 3599) {
				int64_t due = jobs_due(schedules[s], &t, t).s;

				if (due <= t.s || due > t.s + longest)
					fail_msg("%s %s %lld: due after %lld", zones[z], schedules[s], (long long)t.s,
					    (long long)(due - t.s));
			}
		}
	}
}

static void
schedule_start_of_a_clock_that_was_years_ahead_does_not_count(void **state)
{
	wall_t now = utc("2026-03-20T12:00:00Z"), ahead = utc("2040-01-01"), little = {now.s + 600};

	(void)state;
	zone("UTC");
	assert_int_equal(jobs_due("Daily", &ahead, now).s, now.s);
	assert_int_equal(jobs_due("Hourly", &ahead, now).s, now.s);
	assert_int_equal(jobs_due("WeekLyOnMonday", &ahead, now).s, now.s);
	/* A clock that was set back by minutes does not make everything run again. */
	assert_int_equal(jobs_due("Daily", &little, now).s, utc("2026-03-21").s);
}

static void
schedule_is_late_after_a_day_or_a_week(void **state)
{
	static const char *const daily[] = {"AnyTime", "Hourly", "Daily"};
	wall_t last = utc("2026-03-20T12:00:00Z");

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_false(jobs_is_late(daily[i], &last, (wall_t){last.s + DAY_S}));
		assert_true(jobs_is_late(daily[i], &last, (wall_t){last.s + DAY_S + 1}));
		assert_false(jobs_is_late(daily[i], NULL, last));
	}
	assert_false(jobs_is_late("WeekLyOnMonday", &last, (wall_t){last.s + 7 * DAY_S}));
	assert_true(jobs_is_late("WeekLyOnMonday", &last, (wall_t){last.s + 7 * DAY_S + 1}));
	assert_false(jobs_is_late("WeekLyOnMonday", NULL, last));
	assert_false(jobs_is_late("Daily", &last, (wall_t){last.s - DAY_S}));
}

/* ---- walking -------------------------------------------------------------------------------------------- */

static void
assert_measures(int64_t files, int64_t bytes, int64_t unreadable)
{
	struct walk_sum sum;
	struct srv_reason why = {""};

	if (walk_measure(tree, &stop, &sum, &why) != SRV_OK)
		fail_msg("%s", why.text);
	assert_int_equal(sum.files, files);
	assert_int_equal(sum.bytes, bytes);
	assert_int_equal(sum.unreadable, unreadable);
}

static void
walk_counts_regular_files_at_every_depth(void **state)
{
	(void)state;
	assert_measures(0, 0, 0);
	temp_puts(TEMP_PATH(tree, "a"), "123");
	temp_puts(TEMP_PATH(tree, ".hidden"), "");
	mkdir(TEMP_PATH(tree, "d"), 0700);
	temp_puts(TEMP_PATH(tree, "d/b"), "12345");
	mkdir(TEMP_PATH(tree, "d/empty"), 0700);
	mkdir(TEMP_PATH(tree, "d/e"), 0700);
	temp_puts(TEMP_PATH(tree, "d/e/c"), "1");
	mkfifo(TEMP_PATH(tree, "d/fifo"), 0600);
	assert_measures(4, 9, 0);
	/* st_size, not blocks */
	assert_int_equal(truncate(TEMP_PATH(tree, "d/e/c"), 1000000), 0);
	assert_measures(4, 1000008, 0);
}

static void
walk_follows_no_link_below_the_path(void **state)
{
	struct walk_sum sum;
	char outside[TEMP_PATH_MAX], link[TEMP_PATH_MAX];

	(void)state;
	mkdir(temp_join(outside, dir, "outside"), 0700);
	temp_puts(TEMP_PATH(outside, "x"), "outside");
	temp_puts(TEMP_PATH(tree, "a"), "inside");
	assert_int_equal(symlink("../outside", TEMP_PATH(tree, "out")), 0);
	assert_int_equal(symlink("../outside/x", TEMP_PATH(tree, "file")), 0);
	assert_int_equal(symlink(".", TEMP_PATH(tree, "loop")), 0);
	assert_int_equal(symlink("nothing", TEMP_PATH(tree, "dangling")), 0);
	assert_measures(1, 6, 0);
	/* The path itself may be one. */
	assert_int_equal(symlink("tree", temp_join(link, dir, "link")), 0);
	assert_int_equal(walk_measure(link, &stop, &sum, NULL), SRV_OK);
	assert_int_equal(sum.files, 1);
}

static void
walk_says_what_is_wrong_with_a_path(void **state)
{
	struct walk_sum sum = {.files = 7};
	struct srv_reason why;

	(void)state;
	assert_int_equal(walk_measure(TEMP_PATH(dir, "nothing"), &stop, &sum, &why), SRV_ENOENT);
	assert_string_equal(why.text, "no such directory");
	assert_int_equal(walk_measure(license, &stop, &sum, &why), SRV_EINVAL);
	assert_string_equal(why.text, "not a directory");
	assert_int_equal(sum.files, 7);
}

static void
walk_counts_directories_that_it_may_not_read(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	temp_puts(TEMP_PATH(tree, "a"), "123");
	mkdir(TEMP_PATH(tree, "closed"), 0700);
	temp_puts(TEMP_PATH(tree, "closed/b"), "123");
	chmod(TEMP_PATH(tree, "closed"), 0);
	/* root may read everything, so it is somebody else for a moment. */
	if (root) {
		chmod(dir, 0711);
		chmod(tree, 0755);
		assert_int_equal(seteuid(65534), 0);
	}
	assert_measures(1, 3, 1);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static void
walk_stops_at_its_depth_and_not_before(void **state)
{
	char path[TEMP_PATH_MAX];
	struct walk_sum sum;
	struct srv_reason why;

	(void)state;
	strcpy(path, tree);
	for (int i = 1; i < WALK_DEPTH_MAX; i++) {
		strcat(path, "/d");
		assert_int_equal(mkdir(path, 0700), 0);
	}
	temp_puts(TEMP_PATH(path, "f"), "x");
	assert_measures(1, 1, 0);
	strcat(path, "/d");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(walk_measure(tree, &stop, &sum, &why), SRV_ELIMIT);
	assert_string_equal(why.text, "directories are nested more than 128 deep");
}

static void
walk_stops_when_asked(void **state)
{
	struct walk_sum sum;
	struct srv_reason why;

	(void)state;
	temp_puts(TEMP_PATH(tree, "a"), "123");
	atomic_store(&stop, true);
	assert_int_equal(walk_measure(tree, &stop, &sum, &why), SRV_ESTOPPED);
}

/* ---- the jobs ------------------------------------------------------------------------------------------- */

static void
jobs_define_adds_what_is_missing_and_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(jobs_define(store), SRV_OK);
	assert_int_equal(number("SELECT count(*) FROM maintenance_jobs"), 5);
	assert_int_equal(number("SELECT count(*) FROM resources WHERE language IN ('en', 'de', 'fr', 'tr')"), 20);
	assert_int_equal(
	    number("SELECT count(*) FROM maintenance_jobs j WHERE (job_id, schedule_type, name_resource_id) IN"
		   " (VALUES (1, 'Hourly', 'MaintenanceJob.PurgeExpiredTickets'),"
		   " (2, 'Daily', 'MaintenanceJob.WarehouseStatistics'), (3, 'Daily', 'MaintenanceJob.PurgeJobLog'),"
		   " (4, 'WeekLyOnMonday', 'MaintenanceJob.DatabaseMaintenance'),"
		   " (5, 'WeekLyOnMonday', 'MaintenanceJob.DatabaseIntegrityCheck'))"),
	    5);
	sql("UPDATE maintenance_jobs SET schedule_type = 'AnyTime' WHERE job_id = 2;"
	    "UPDATE resources SET text = 'Mine' WHERE language = 'en'; DELETE FROM resources WHERE language = 'tr';"
	    "DELETE FROM maintenance_jobs WHERE job_id = 5");
	assert_int_equal(jobs_define(store), SRV_OK);
	assert_int_equal(number("SELECT count(*) FROM maintenance_jobs"), 5);
	assert_int_equal(number("SELECT count(*) FROM maintenance_jobs WHERE schedule_type = 'AnyTime'"), 1);
	assert_int_equal(number("SELECT count(*) FROM resources WHERE text = 'Mine'"), 5);
	assert_int_equal(number("SELECT count(*) FROM resources WHERE language = 'tr'"), 5);
}

static void
job_purge_tickets_deletes_expired_ones_in_slices(void **state)
{
	struct srv_reason message;

	(void)state;
	sql("INSERT INTO users (user_id, username) VALUES (1, 'u')");
	sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 599)"
	    " INSERT INTO tickets SELECT printf('%%064x', i), 1, '', '2020-01-01T00:00:00Z', '2020-02-01T00:00:00Z' "
	    "FROM n");
	sql("INSERT INTO tickets VALUES (printf('%%064x', 1000), 1, '', '2020-01-01T00:00:00Z', "
	    "'2999-01-01T00:00:00Z')");
	assert_int_equal(run(job_purge_tickets, &message), SRV_OK);
	assert_string_equal(message.text, "600 expired tickets deleted");
	assert_int_equal(number("SELECT count(*) FROM tickets"), 1);
	assert_int_equal(run(job_purge_tickets, &message), SRV_OK);
	assert_string_equal(message.text, "0 expired tickets deleted");
	atomic_store(&stop, true);
	assert_int_equal(run(job_purge_tickets, &message), SRV_ESTOPPED);
}

static wall_t
in_2026(void)
{
	return utc("2026-06-01T00:00:00Z");
}

static void
job_purge_job_log_keeps_young_rows_and_each_jobs_last(void **state)
{
	struct srv_reason message;

	(void)state;
	clock_override(in_2026, NULL);
	sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
	    " INSERT INTO maintenance_job_log SELECT 1, strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', '2020-01-01', i || ' "
	    "hours'),"
	    " 1, 1, '' FROM n");
	sql("INSERT INTO maintenance_job_log VALUES (1, '2026-03-03T00:00:00Z', 1, 1, ''),"  /* 90 days ago */
	    "(1, '2026-03-02T23:59:59Z', 1, 1, ''), (2, '2021-01-01T00:00:00Z', 1, 0, '')"); /* a second more; a last
												run */
	assert_int_equal(run(job_purge_job_log, &message), SRV_OK);
	assert_string_equal(message.text, "301 rows older than 90 days deleted");
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log"), 2);
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log WHERE job_id = 2"), 1);
}

static void
job_database_maintenance_and_check_pass_on_a_sound_store(void **state)
{
	struct srv_reason message;

	(void)state;
	assert_int_equal(run(job_database_maintenance, &message), SRV_OK);
	assert_string_equal(message.text, "optimised and checkpointed");
	assert_int_equal(run(job_database_check, &message), SRV_OK);
	assert_string_equal(message.text, "no damage found");
}

static void
job_database_check_fails_on_a_row_that_belongs_to_nobody(void **state)
{
	(void)state;
	sql("PRAGMA foreign_keys = OFF; INSERT INTO permissions VALUES (999, 'ViewServerStatus')");
	assert_int_equal(run(job_database_check, NULL), SRV_ECORRUPT);
}

static void
job_warehouse_statistics_measures_each_path(void **state)
{
	struct srv_reason message;

	(void)state;
	mkdir(TEMP_PATH(tree, "one"), 0700);
	mkdir(TEMP_PATH(tree, "two"), 0700);
	temp_puts(TEMP_PATH(tree, "one/a"), "12345");
	temp_puts(TEMP_PATH(tree, "one/b"), "1");
	sql("INSERT INTO warehouse_paths VALUES (0, '%s/one'), (99, '%s/two')", tree, tree);
	assert_int_equal(run(job_warehouse_statistics, &message), SRV_OK);
	assert_string_equal(message.text, "2 paths measured, 2 files");
	assert_int_equal(
	    number("SELECT size_bytes * 1000 + document_count FROM warehouse_statistics WHERE wh_no = 0"), 6002);
	assert_int_equal(number("SELECT size_bytes + document_count FROM warehouse_statistics WHERE wh_no = 99"), 0);
	/* Again, after a change. */
	temp_puts(TEMP_PATH(tree, "two/c"), "123");
	assert_int_equal(run(job_warehouse_statistics, NULL), SRV_OK);
	assert_int_equal(number("SELECT size_bytes FROM warehouse_statistics WHERE wh_no = 99"), 3);
	assert_int_equal(number("SELECT count(*) FROM warehouse_statistics"), 2);
}

static void
job_warehouse_statistics_names_a_missing_path_and_measures_the_others(void **state)
{
	struct srv_reason message;

	(void)state;
	temp_puts(TEMP_PATH(tree, "a"), "12345");
	sql("INSERT INTO warehouse_paths VALUES (3, '%s/none'), (4, '%s'), (7, '%s')", dir, tree, license);
	sql("INSERT INTO warehouse_statistics VALUES (3, 77, 7, '2026-01-01T00:00:00Z')");
	assert_int_equal(run(job_warehouse_statistics, &message), SRV_ENOENT);
	assert_string_equal(message.text, "wh_no 03: no such directory; 07: not a directory");
	assert_int_equal(number("SELECT size_bytes FROM warehouse_statistics WHERE wh_no = 4"), 5);
	/* What was measured while it was there is kept. */
	assert_int_equal(number("SELECT size_bytes FROM warehouse_statistics WHERE wh_no = 3"), 77);
	assert_int_equal(number("SELECT count(*) FROM warehouse_statistics"), 2);
}

static void
job_warehouse_statistics_stops_when_asked(void **state)
{
	struct srv_reason message;

	(void)state;
	sql("INSERT INTO warehouse_paths VALUES (1, '%s/none'), (2, '%s'), (3, '%s')", dir, tree, tree);
	atomic_store(&stop, true);
	assert_int_equal(run(job_warehouse_statistics, &message), SRV_ESTOPPED);
	assert_string_equal(message.text, "wh_no 01: no such directory; 02: shutting down");
	assert_int_equal(number("SELECT count(*) FROM warehouse_statistics"), 0);
}

static void
job_warehouse_statistics_of_no_path_is_a_success(void **state)
{
	struct srv_reason message;

	(void)state;
	assert_int_equal(run(job_warehouse_statistics, &message), SRV_OK);
	assert_string_equal(message.text, "0 paths measured, 0 files");
}

/* ---- the thread ----------------------------------------------------------------------------------------- */

static void
wait_until(const char *query)
{
	const struct timespec pause = {0, 5000000};

	for (int i = 0; i < 6000; i++) {
		if (number(query) != 0)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("this did not become true in 30 s: %s", query);
}

static void
jobs_thread_runs_each_job_that_never_ran_once(void **state)
{
	struct jobs *jobs;

	(void)state;
	assert_int_equal(jobs_define(store), SRV_OK);
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	wait_until("SELECT count(DISTINCT job_id) = 5 FROM maintenance_job_log WHERE success = 1");
	jobs_stop(&jobs);
	assert_null(jobs);
	jobs_stop(&jobs); /* nothing to stop is fine */
	/* Twice only if an hour or a day began meanwhile. */
	assert_true(number("SELECT count(*) <= 8 FROM maintenance_job_log"));
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log WHERE success IS NULL"), 0);
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log WHERE message = ''"), 0);
}

static wall_t
on_a_friday(void)
{
	return utc("2026-03-20T14:35:10Z");
}

static void
jobs_thread_runs_what_is_due_by_the_log_and_nothing_else(void **state)
{
	struct jobs *jobs;

	(void)state;
	zone("UTC");
	clock_override(on_a_friday, NULL);
	assert_int_equal(jobs_define(store), SRV_OK);
	sql("INSERT INTO maintenance_job_log VALUES (1, '2026-03-20T13:59:59Z', 1, 1, 'old'),"     /* due since 14:00 */
	    "(2, '2026-03-20T00:00:00Z', 1, 1, 'old'), (3, '2026-03-19T23:59:59Z', 1, 1, 'old'),"  /* 3 is due */
	    "(4, '2026-03-16T00:00:00Z', 1, 1, 'old'), (5, '2026-03-15T23:59:59Z', 1, 0, 'old')"); /* 5 is due */
	sql("INSERT INTO maintenance_jobs VALUES (77, 'Not.Ours', 'Hourly')");
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	wait_until("SELECT count(*) = 3 FROM maintenance_job_log WHERE success = 1 AND message <> 'old'");
	jobs_stop(&jobs);
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log"), 8);
	assert_int_equal(
	    number("SELECT count(*) FROM maintenance_job_log WHERE message <> 'old' AND job_id IN (1, 3, 5)"
		   " AND started_at = '2026-03-20T14:35:10Z'"),
	    3);
}

static _Atomic int64_t turning; /* seconds */

static wall_t
at_the_turn_of_the_hour(void)
{
	return (wall_t){atomic_load(&turning)};
}

/* The job is due in two seconds; its days are others before that. */
static void
jobs_thread_goes_by_the_days_that_are_set_when_a_run_begins(void **state)
{
	struct jobs *jobs;

	(void)state;
	zone("UTC");
	atomic_store(&turning, utc("2026-03-20T14:59:58Z").s);
	clock_override(at_the_turn_of_the_hour, NULL);
	assert_int_equal(jobs_define(store), SRV_OK);
	sql("DELETE FROM maintenance_jobs WHERE job_id <> 3");
	sql("UPDATE maintenance_jobs SET schedule_type = 'Hourly'");
	sql("INSERT INTO maintenance_job_log VALUES (3, '2026-03-20T14:00:00Z', 1, 1, 'old')");
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	jobs_configure(jobs, 7);
	atomic_store(&turning, utc("2026-03-20T15:00:01Z").s);
	wait_until("SELECT count(*) = 1 FROM maintenance_job_log WHERE message LIKE '% older than 7 days deleted'");
	jobs_stop(&jobs);
}

static void
jobs_thread_makes_an_interrupted_run_a_failure_and_waits_for_its_next_time(void **state)
{
	struct jobs *jobs;
	int64_t run_id;

	(void)state;
	zone("UTC");
	clock_override(on_a_friday, NULL);
	assert_int_equal(jobs_define(store), SRV_OK);
	for (int64_t id = 1; id <= 4; id++)
		assert_int_equal(store_job_begin(store, id, on_a_friday(), &run_id), SRV_OK);
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	wait_until("SELECT count(*) = 1 FROM maintenance_job_log WHERE job_id = 5 AND success = 1");
	jobs_stop(&jobs);
	assert_int_equal(
	    number("SELECT count(*) FROM maintenance_job_log WHERE success = 0 AND message = 'interrupted'"), 4);
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log"), 5);
}

static void
jobs_thread_logs_a_failed_job_as_one(void **state)
{
	struct jobs *jobs;

	(void)state;
	assert_int_equal(jobs_define(store), SRV_OK);
	sql("INSERT INTO warehouse_paths VALUES (42, '/nowhere/at/all')");
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	wait_until("SELECT count(*) FROM maintenance_job_log WHERE job_id = 2 AND success = 0"
		   " AND message = 'wh_no 42: no such directory'");
	/* and goes on with the others */
	wait_until("SELECT count(DISTINCT job_id) = 5 FROM maintenance_job_log WHERE success IS NOT NULL");
	jobs_stop(&jobs);
}

static void
jobs_stop_ends_a_walk_and_leaves_no_run_open(void **state)
{
	struct jobs *jobs;
	char path[TEMP_PATH_MAX];

	(void)state;
	/* Much to walk: the tree is measured a hundred times over. */
	for (int i = 0; i < 200; i++) {
		char name[16];

		snprintf(name, sizeof name, "%d", i);
		temp_join(path, tree, name);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(jobs_define(store), SRV_OK);
	sql("DELETE FROM maintenance_jobs WHERE job_id <> 2");
	sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
	    " INSERT INTO warehouse_paths SELECT i, '%s' FROM n",
	    tree);
	start_cache();
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	wait_until("SELECT count(*) FROM maintenance_job_log"); /* it began */
	jobs_stop(&jobs);
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log WHERE success IS NULL"), 0);
	/* It was stopped in time, or it had just ended. */
	assert_int_equal(number("SELECT count(*) FROM maintenance_job_log WHERE message LIKE '%: shutting down'"
				" OR message = '100 paths measured, 0 files'"),
	    1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(schedule_job_that_never_ran_is_due_at_once),
	    cmocka_unit_test(schedule_any_time_is_a_day_later),
	    cmocka_unit_test(schedule_hourly_is_the_next_full_hour_of_the_zone),
	    cmocka_unit_test(schedule_daily_is_the_next_local_midnight),
	    cmocka_unit_test(schedule_day_without_a_midnight_begins_after_the_gap),
	    cmocka_unit_test(schedule_weekly_is_the_next_local_monday),
	    cmocka_unit_test(schedule_never_gives_a_moment_that_is_not_later),
	    cmocka_unit_test(schedule_start_of_a_clock_that_was_years_ahead_does_not_count),
	    cmocka_unit_test(schedule_is_late_after_a_day_or_a_week),
	    cmocka_unit_test_setup_teardown(walk_counts_regular_files_at_every_depth, setup, teardown),
	    cmocka_unit_test_setup_teardown(walk_follows_no_link_below_the_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(walk_says_what_is_wrong_with_a_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(walk_counts_directories_that_it_may_not_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(walk_stops_at_its_depth_and_not_before, setup, teardown),
	    cmocka_unit_test_setup_teardown(walk_stops_when_asked, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_define_adds_what_is_missing_and_changes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_purge_tickets_deletes_expired_ones_in_slices, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_purge_job_log_keeps_young_rows_and_each_jobs_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_database_maintenance_and_check_pass_on_a_sound_store, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_database_check_fails_on_a_row_that_belongs_to_nobody, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_warehouse_statistics_measures_each_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		job_warehouse_statistics_names_a_missing_path_and_measures_the_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_warehouse_statistics_stops_when_asked, setup, teardown),
	    cmocka_unit_test_setup_teardown(job_warehouse_statistics_of_no_path_is_a_success, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_thread_runs_each_job_that_never_ran_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_thread_runs_what_is_due_by_the_log_and_nothing_else, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		jobs_thread_makes_an_interrupted_run_a_failure_and_waits_for_its_next_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		jobs_thread_goes_by_the_days_that_are_set_when_a_run_begins, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_thread_logs_a_failed_job_as_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_stop_ends_a_walk_and_leaves_no_run_open, setup, teardown),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
