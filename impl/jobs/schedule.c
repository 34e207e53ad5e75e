/* When a job is due. Days and Mondays are the host's local ones, and a local day has neither 24 hours nor
 * always a midnight: clocks jump over it (Beirut, Havana), or pass it twice. So no calendar arithmetic is done on
 * broken-down times; the next day is the first moment whose local date is later than that of the last
 * start, found by stepping forward and halving. Whatever the zone does, the result lies after the last
 * start, so that no job can become due twice at once.
 * Pure but for the host's time zone; called on any thread. */
#include "jobs.h"
#include <string.h>

#define HOUR_S 3600
#define DAY_S 86400
#define WEEK_S (7 * DAY_S)
#define STEP_S 900

/* Days since 1970-01-01 of the local date at t. */
static int64_t
local_date(int64_t t)
{
	int64_t local = t + clock_utc_offset_s((wall_t){t});

	return local >= 0 ? local / DAY_S : -((-local + DAY_S - 1) / DAY_S);
}

/* The first moment after t whose local date is later than t's. */
static int64_t
next_day(int64_t t)
{
	int64_t date = local_date(t), before = t, after = t + STEP_S;

	while (local_date(after) <= date) {
		before = after;
		after += STEP_S;
	}
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (local_date(middle) > date)
			after = middle;
		else
			before = middle;
	}
	return after;
}

/* 1970-01-01 was a Thursday. */
static bool
is_monday(int64_t date)
{
	return ((date % 7) + 7 + 3) % 7 == 0;
}

static int64_t
next_monday(int64_t t)
{
	do
		t = next_day(t);
	while (!is_monday(local_date(t)));
	return t;
}

static int64_t
next_hour(int64_t t)
{
	int64_t offset = clock_utc_offset_s((wall_t){t}), in_hour = ((t + offset) % HOUR_S + HOUR_S) % HOUR_S;

	return t - in_hour + HOUR_S;
}

static int64_t
period(const char *schedule_type)
{
	if (strcmp(schedule_type, "Hourly") == 0)
		return HOUR_S;
	return strcmp(schedule_type, "WeekLyOnMonday") == 0 ? WEEK_S : DAY_S;
}

wall_t
jobs_due(const char *schedule_type, const wall_t *last_start, wall_t now)
{
	if (last_start == NULL)
		return now;
	/* A start that far ahead was stamped by a clock that was wrong; waiting for it could take years. */
	if (last_start->s > now.s + period(schedule_type))
		return now;
	if (strcmp(schedule_type, "Hourly") == 0)
		return (wall_t){next_hour(last_start->s)};
	if (strcmp(schedule_type, "Daily") == 0)
		return (wall_t){next_day(last_start->s)};
	if (strcmp(schedule_type, "WeekLyOnMonday") == 0)
		return (wall_t){next_monday(last_start->s)};
	return (wall_t){last_start->s + DAY_S};
}

bool
jobs_is_late(const char *schedule_type, const wall_t *last_start, wall_t now)
{
	int64_t allowed = strcmp(schedule_type, "WeekLyOnMonday") == 0 ? WEEK_S : DAY_S;

	return last_start != NULL && now.s - last_start->s > allowed;
}
