/* Time, as the two types of clock.h. The calendar is computed here and not by gmtime(3) and timegm(3): the
 * store's texts must read back to the second for every year from 0 to 9999, and a date that does not exist
 * must be refused, which timegm would silently move to one that does. Only the host's time zone is asked of
 * the C library. Called by everyone, on any thread. */
#include "clock.h"

#include <stdatomic.h>
#include <time.h>

#define DAY_S 86400
#define WALL_MIN (-62167219200LL) /* 0000-01-01T00:00:00Z */
#define WALL_MAX 253402300799LL   /* 9999-12-31T23:59:59Z */

/* Atomic only so that a test may put a clock in place while threads run. */
static _Atomic(wall_t (*)(void)) wall_override;
static _Atomic(mono_t (*)(void)) mono_override;

void
clock_override(wall_t (*wall)(void), mono_t (*mono)(void))
{
	atomic_store(&wall_override, wall);
	atomic_store(&mono_override, mono);
}

wall_t
clock_wall(void)
{
	wall_t (*wall)(void) = atomic_load_explicit(&wall_override, memory_order_acquire);
	struct timespec ts;

	if (wall != NULL)
		return wall();
	clock_gettime(CLOCK_REALTIME, &ts);
	return (wall_t){ts.tv_sec};
}

mono_t
clock_mono(void)
{
	mono_t (*mono)(void) = atomic_load_explicit(&mono_override, memory_order_acquire);
	struct timespec ts;

	if (mono != NULL)
		return mono();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){(int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000};
}

static int64_t
clamp(int64_t s)
{
	if (s < WALL_MIN)
		return WALL_MIN;
	return s > WALL_MAX ? WALL_MAX : s;
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. Years begin in March here, so that
 * the leap day is the last of one; an era is 400 years, 146097 days. year >= 0. */
static int64_t
days_from_date(int year, int month, int day)
{
	int y = year - (month <= 2) + 400;
	int era = y / 400, in_era = y % 400;
	int in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)(era - 1) * 146097 + (int64_t)in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void
date_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468 + 146097;
	int era = (int)(z / 146097), in_era = (int)(z % 146097);
	int y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int in_year = in_era - (365 * y + y / 4 - y / 100);
	int m = (5 * in_year + 2) / 153;

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + (era - 1) * 400 + (*month <= 2);
}

static char *
put_digits(char *p, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		p[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return p + digits;
}

/* Writes `YYYY-MM-DDTHH:MM:SS` and returns where it ends. s lies in [WALL_MIN, WALL_MAX]. */
static char *
format(int64_t s, char *p)
{
	int64_t days = (s - WALL_MIN) / DAY_S + WALL_MIN / DAY_S;
	int in_day = (int)((s - WALL_MIN) % DAY_S);
	int year, month, day;

	date_from_days(days, &year, &month, &day);
	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	p = put_digits(p, day, 2);
	*p++ = 'T';
	p = put_digits(p, in_day / 3600, 2);
	*p++ = ':';
	p = put_digits(p, in_day / 60 % 60, 2);
	*p++ = ':';
	return put_digits(p, in_day % 60, 2);
}

const char *
clock_format_utc(wall_t t, char buf[CLOCK_TEXT_MAX])
{
	char *p = format(clamp(t.s), buf);

	*p++ = 'Z';
	*p = '\0';
	return buf;
}

const char *
clock_format_local(wall_t t, char buf[CLOCK_TEXT_MAX])
{
	int64_t s = clamp(t.s);

	*format(clamp(s + clock_utc_offset_s((wall_t){s})), buf) = '\0';
	return buf;
}

int
clock_utc_offset_s(wall_t t)
{
	time_t when = (time_t)t.s;
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL)
		return 0;
	return (int)tm.tm_gmtoff;
}

/* Reads exactly `digits` digits in [min, max] at *p and moves past them. */
static bool
take_number(const char **p, int digits, int min, int max, int *out)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*p += digits;
	*out = value;
	return value >= min && value <= max;
}

static bool
take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
take_time(const char **p, int *in_day)
{
	int hour, minute, second;

	if (!take_number(p, 2, 0, 23, &hour) || !take_char(p, ':') || !take_number(p, 2, 0, 59, &minute) ||
	    !take_char(p, ':') || !take_number(p, 2, 0, 59, &second))
		return false;
	if (take_char(p, '.')) {
		if (**p < '0' || **p > '9')
			return false;
		while (**p >= '0' && **p <= '9')
			(*p)++;
	}
	(void)take_char(p, 'Z');
	*in_day = hour * 3600 + minute * 60 + second;
	return true;
}

bool
clock_parse_utc(const char *text, wall_t *out)
{
	const char *p = text;
	int year, month, day, in_day = 0;

	if (text == NULL)
		return false;
	if (!take_number(&p, 4, 0, 9999, &year) || !take_char(&p, '-') || !take_number(&p, 2, 1, 12, &month) ||
	    !take_char(&p, '-') || !take_number(&p, 2, 1, days_in_month(year, month), &day))
		return false;
	if (*p != '\0') {
		if (!take_char(&p, 'T') && !take_char(&p, ' '))
			return false;
		if (!take_time(&p, &in_day) || *p != '\0')
			return false;
	}
	out->s = days_from_date(year, month, day) * DAY_S + in_day;
	return true;
}
