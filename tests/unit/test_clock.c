/* Times as text and back, and the clocks that tests put in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../impl/base/clock.h"

static void
set_zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void
assert_utc(int64_t s, const char *want)
{
	char text[CLOCK_TEXT_MAX];
	wall_t back = {-1};

	assert_ptr_equal(clock_format_utc((wall_t){s}, text), text);
	assert_string_equal(text, want);
	assert_true(clock_parse_utc(text, &back));
	assert_true(back.s == s);
}

static void
clock_known_moments_are_written_and_read(void **state)
{
	(void)state;
	assert_utc(0, "1970-01-01T00:00:00Z");
	assert_utc(-1, "1969-12-31T23:59:59Z");
	assert_utc(951782400, "2000-02-29T00:00:00Z");
	assert_utc(1774017300, "2026-03-20T14:35:00Z");
	assert_utc(2147483648, "2038-01-19T03:14:08Z");
	assert_utc(-2203891200, "1900-03-01T00:00:00Z");
	assert_utc(4107542400, "2100-03-01T00:00:00Z");
	assert_utc(253402300799, "9999-12-31T23:59:59Z");
	assert_utc(-62167219200, "0000-01-01T00:00:00Z");
}

static void
clock_every_day_reads_back_and_is_the_librarys(void **state)
{
	char text[CLOCK_TEXT_MAX], want[32];
	wall_t back;
	struct tm tm;

	(void)state;
	for (int64_t s = -62167219200 + 3661; s <= 253402300799; s += 86400) {
		time_t when = (time_t)s;

		clock_format_utc((wall_t){s}, text);
		if (!clock_parse_utc(text, &back) || back.s != s)
			fail_msg("%s does not read back", text);
		assert_non_null(gmtime_r(&when, &tm));
		assert_true(strftime(want, sizeof(want), "-%m-%dT%H:%M:%SZ", &tm) > 0);
		assert_string_equal(text + 4, want);
		assert_int_equal(atoi((char[]){text[0], text[1], text[2], text[3], '\0'}), tm.tm_year + 1900);
	}
}

static void
clock_years_beyond_four_digits_are_clamped(void **state)
{
	char text[CLOCK_TEXT_MAX];

	(void)state;
	assert_string_equal(clock_format_utc((wall_t){253402300800}, text), "9999-12-31T23:59:59Z");
	assert_string_equal(clock_format_utc((wall_t){INT64_MAX}, text), "9999-12-31T23:59:59Z");
	assert_string_equal(clock_format_utc((wall_t){-62167219201}, text), "0000-01-01T00:00:00Z");
	assert_string_equal(clock_format_utc((wall_t){INT64_MIN}, text), "0000-01-01T00:00:00Z");
	set_zone("UTC-14");
	assert_string_equal(clock_format_local((wall_t){INT64_MAX}, text), "9999-12-31T23:59:59");
	set_zone("UTC12");
	assert_string_equal(clock_format_local((wall_t){INT64_MIN}, text), "0000-01-01T00:00:00");
	set_zone("UTC");
}

static void
clock_reads_the_forms_that_the_store_may_hold(void **state)
{
	static const char *const good[] = {"2026-03-20T14:35:00Z", "2026-03-20 14:35:00Z", "2026-03-20T14:35:00",
	    "2026-03-20 14:35:00", "2026-03-20T14:35:00.5Z", "2026-03-20 14:35:00.999999999", "2026-03-20T14:35:00.0"};
	wall_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		t.s = 0;
		if (!clock_parse_utc(good[i], &t))
			fail_msg("%s is not read", good[i]);
		assert_true(t.s == 1774017300);
	}
	assert_true(clock_parse_utc("2026-03-20", &t));
	assert_true(t.s == 1774017300 - (14 * 3600 + 35 * 60));
	assert_true(clock_parse_utc("2024-02-29", &t));
	assert_true(clock_parse_utc("2000-02-29", &t));
}

static void
clock_refuses_what_is_no_time(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-03", "2026-3-20", "26-03-20", "2026-03-20T", "2026-03-20 ",
	    "2026-03-20T14", "2026-03-20T14:35", "2026-03-20T14:35Z", "2026-03-20T14:35:0", "2026-03-20T14:35:00.",
	    "2026-03-20T14:35:00.Z", "2026-03-20T14:35:00ZZ", "2026-03-20T14:35:00+01:00", "2026-03-20T14:35:00 ",
	    " 2026-03-20T14:35:00Z", "2026-03-20Z", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32",
	    "2026-04-31", "2026-02-29", "1900-02-29", "2100-02-29", "2026-03-20T24:00:00", "2026-03-20T23:60:00",
	    "2026-03-20T23:59:60", "2026-03-20t14:35:00z", "-026-03-20", "+2026-03-20", "2026/03/20", "20260320",
	    "2026-03-2\xc2\xb2", "12026-03-20"};
	wall_t t = {42};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (clock_parse_utc(bad[i], &t))
			fail_msg("\"%s\" was taken for a time", bad[i]);
	}
	assert_false(clock_parse_utc(NULL, &t));
	assert_true(t.s == 42);
}

static void
clock_local_time_follows_the_zone_and_its_summer(void **state)
{
	static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
	char text[CLOCK_TEXT_MAX];

	(void)state;
	set_zone(berlin);
	assert_string_equal(clock_format_local((wall_t){1774017300}, text), "2026-03-20T15:35:00");
	assert_int_equal(clock_utc_offset_s((wall_t){1774017300}), 3600);
	assert_string_equal(clock_format_local((wall_t){1782000000}, text), "2026-06-21T02:00:00");
	assert_int_equal(clock_utc_offset_s((wall_t){1782000000}), 7200);
	set_zone("IST-5:30");
	assert_int_equal(clock_utc_offset_s((wall_t){0}), 19800);
	assert_string_equal(clock_format_local((wall_t){0}, text), "1970-01-01T05:30:00");
	set_zone("EST5");
	assert_int_equal(clock_utc_offset_s((wall_t){0}), -18000);
	assert_string_equal(clock_format_local((wall_t){0}, text), "1969-12-31T19:00:00");
	set_zone("UTC");
}

static void
clock_real_clocks_run(void **state)
{
	time_t before = time(NULL);
	wall_t wall = clock_wall();
	mono_t first = clock_mono(), second = clock_mono();

	(void)state;
	assert_true(wall.s >= before && wall.s <= time(NULL));
	assert_true(second.ms >= first.ms);
	assert_true(first.ms > 0);
}

static wall_t
wall_of_the_test(void)
{
	return (wall_t){1000};
}

static mono_t
mono_of_the_test(void)
{
	return (mono_t){5};
}

static void
clock_override_is_read_until_it_is_taken_back(void **state)
{
	(void)state;
	clock_override(wall_of_the_test, NULL);
	assert_true(clock_wall().s == 1000);
	assert_true(clock_mono().ms != 5);
	clock_override(NULL, mono_of_the_test);
	assert_true(clock_wall().s > 1000);
	assert_true(clock_mono().ms == 5);
	clock_override(NULL, NULL);
	assert_true(clock_wall().s > 1000);
	assert_true(clock_mono().ms != 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clock_known_moments_are_written_and_read),
	    cmocka_unit_test(clock_every_day_reads_back_and_is_the_librarys),
	    cmocka_unit_test(clock_years_beyond_four_digits_are_clamped),
	    cmocka_unit_test(clock_reads_the_forms_that_the_store_may_hold),
	    cmocka_unit_test(clock_refuses_what_is_no_time),
	    cmocka_unit_test(clock_local_time_follows_the_zone_and_its_summer),
	    cmocka_unit_test(clock_real_clocks_run),
	    cmocka_unit_test(clock_override_is_read_until_it_is_taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
