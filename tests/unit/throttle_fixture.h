/* What the tests of the throttle share: one throttle, clocks that only the test moves, whole attempts. */
#ifndef SRV_TESTS_THROTTLE_FIXTURE_H
#define SRV_TESTS_THROTTLE_FIXTURE_H

#include "../../impl/base/clock.h"
#include "../../impl/session/throttle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OFFICE "192.0.2.10"
#define STRANGER "198.51.100.7"

static struct throttle *throttle;
static int64_t now_ms, now_s;

static inline mono_t
test_mono(void)
{
	return (mono_t){now_ms};
}

static inline wall_t
test_wall(void)
{
	return (wall_t){now_s};
}

static inline int
start(void **state)
{
	(void)state;
	now_ms = 5000000;
	now_s = 1700000000;
	clock_override(test_wall, test_mono);
	return throttle_new(THROTTLE_ENTRIES_MAX, NULL, &throttle) == SRV_OK ? 0 : -1;
}

static inline int
stop(void **state)
{
	(void)state;
	throttle_free(&throttle);
	clock_override(NULL, NULL);
	return throttle == NULL ? 0 : -1;
}

/* One whole attempt: what the throttle said, and if it passed, how it ended. */
static inline enum throttle_verdict
attempt(const char *uid, const char *peer, enum throttle_outcome outcome)
{
	struct throttle_attempt a;
	enum throttle_verdict look, begin;

	throttle_attempt_init(throttle, &a, uid, peer);
	look = throttle_look(throttle, &a);
	begin = throttle_begin(throttle, &a);
	assert_int_equal(look, begin);
	if (begin == THROTTLE_PASS)
		throttle_end(throttle, &a, outcome);
	return begin;
}

static inline enum throttle_verdict
look(const char *uid, const char *peer)
{
	struct throttle_attempt a;

	throttle_attempt_init(throttle, &a, uid, peer);
	return throttle_look(throttle, &a);
}

static inline void
fail_times(int n, const char *uid, const char *peer)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(attempt(uid, peer, THROTTLE_FAILED), THROTTLE_PASS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
