/* When a maintenance job is due, and when it is late, also across the changes of the clocks. */
#include "jobs_fixture.h"

#include "../../impl/jobs/jobs.h"
#include "../../impl/jobs/jobs_priv.h"

/* Zones in words of POSIX, which need no time zone database on the machine. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define HAVANA "CST5CDT,M3.2.0/0,M11.1.0/1"
#define KOLKATA "IST-5:30"

static void
assert_due(const char *schedule, const char *last, const char *due)
{
	char text[CLOCK_TEXT_MAX];
	wall_t last_start = utc(last);

	assert_string_equal(clock_format_utc(jobs_due(schedule, &last_start, last_start), text), due);
}

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
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
