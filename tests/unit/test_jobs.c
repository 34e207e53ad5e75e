/* The maintenance jobs: what each does to a real store, and the thread that runs them. When each is due:
 * test_jobs_schedule.c; the walk through a warehouse: test_jobs_walk.c. */
#include "jobs_fixture.h"

#include "../../impl/jobs/jobs.h"
#include "../../impl/jobs/jobs_priv.h"
#include <pthread.h>

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
jobs_thread_waits_until_interrupted_runs_can_be_made_failures(void **state)
{
	const struct timespec longer_than_a_write_waits = {2, 300000000};
	struct jobs *jobs;
	int64_t run_id;

	(void)state;
	zone("UTC");
	clock_override(on_a_friday, NULL);
	assert_int_equal(jobs_define(store), SRV_OK);
	assert_int_equal(store_job_begin(store, 1, on_a_friday(), &run_id), SRV_OK);
	start_cache();
	sql("BEGIN IMMEDIATE");
	assert_int_equal(jobs_start(store, cache, 90, &jobs), SRV_OK);
	nanosleep(&longer_than_a_write_waits, NULL);
	sql("ROLLBACK");
	wait_until("SELECT count(*) = 4 FROM maintenance_job_log WHERE job_id > 1 AND success = 1");
	jobs_stop(&jobs);
	assert_int_equal(
	    number("SELECT count(*) FROM maintenance_job_log WHERE job_id = 1 AND message = 'interrupted'"), 1);
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
	    T(jobs_define_adds_what_is_missing_and_changes_nothing),
	    T(job_purge_tickets_deletes_expired_ones_in_slices),
	    T(job_purge_job_log_keeps_young_rows_and_each_jobs_last),
	    T(job_database_maintenance_and_check_pass_on_a_sound_store),
	    T(job_database_check_fails_on_a_row_that_belongs_to_nobody),
	    T(job_warehouse_statistics_measures_each_path),
	    T(job_warehouse_statistics_names_a_missing_path_and_measures_the_others),
	    T(job_warehouse_statistics_stops_when_asked),
	    T(job_warehouse_statistics_of_no_path_is_a_success),
	    T(jobs_thread_runs_each_job_that_never_ran_once),
	    T(jobs_thread_runs_what_is_due_by_the_log_and_nothing_else),
	    T(jobs_thread_makes_an_interrupted_run_a_failure_and_waits_for_its_next_time),
	    T(jobs_thread_waits_until_interrupted_runs_can_be_made_failures),
	    T(jobs_thread_goes_by_the_days_that_are_set_when_a_run_begins),
	    T(jobs_thread_logs_a_failed_job_as_one),
	    T(jobs_stop_ends_a_walk_and_leaves_no_run_open),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
