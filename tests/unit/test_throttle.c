/* Each rule of the throttle, with a clock that only the test moves. */
#include "throttle_fixture.h"

static void
throttle_five_failures_are_free_the_sixth_try_is_refused(void **state)
{
	(void)state;
	fail_times(5, "jsmith", STRANGER);
	assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_FAILED), THROTTLE_ACCOUNT);
	assert_int_equal(look("other", STRANGER), THROTTLE_PASS);
}

static void
throttle_delay_doubles_from_one_second_to_sixty(void **state)
{
	static const int64_t delays_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	for (size_t i = 0; i < sizeof delays_ms / sizeof *delays_ms; i++) {
		assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
		now_ms += delays_ms[i] - 1;
		assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
		now_ms += 1;
		assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_FAILED), THROTTLE_PASS);
	}
}

static void
throttle_tries_during_the_delay_do_not_lengthen_it(void **state)
{
	(void)state;
	fail_times(5, "jsmith", STRANGER);
	for (int i = 0; i < 100; i++)
		assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_FAILED), THROTTLE_ACCOUNT);
	now_ms += 1000;
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
}

static void
throttle_account_counts_over_all_addresses(void **state)
{
	char peer[32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(peer, sizeof peer, "203.0.113.%d", i);
		fail_times(1, "jsmith", peer);
	}
	assert_int_equal(look("jsmith", "203.0.113.99"), THROTTLE_ACCOUNT);
	assert_int_equal(look("jsmith", "2001:db8::1"), THROTTLE_ACCOUNT);
}

static void
throttle_name_is_matched_without_regard_to_ascii_case(void **state)
{
	char lower[300], upper[300];

	(void)state;
	fail_times(3, "jsmith", STRANGER);
	fail_times(2, "JSmith", STRANGER);
	assert_int_equal(look("JSMITH", STRANGER), THROTTLE_ACCOUNT);
	assert_int_equal(look("jsmitt", STRANGER), THROTTLE_PASS);

	memset(lower, 'q', sizeof lower - 1);
	memset(upper, 'Q', sizeof upper - 1);
	lower[299] = upper[299] = '\0';
	fail_times(5, lower, OFFICE);
	assert_int_equal(look(upper, OFFICE), THROTTLE_ACCOUNT);
	lower[298] = 'r';
	assert_int_equal(look(lower, OFFICE), THROTTLE_PASS);
}

static void
throttle_absent_name_and_peer_are_one_account_and_one_place(void **state)
{
	(void)state;
	fail_times(5, NULL, NULL);
	assert_int_equal(look(NULL, NULL), THROTTLE_ACCOUNT);
	assert_int_equal(look("", NULL), THROTTLE_ACCOUNT);
	assert_int_equal(look("jsmith", NULL), THROTTLE_PASS);
}

static void
throttle_success_ends_the_row(void **state)
{
	(void)state;
	fail_times(4, "jsmith", OFFICE);
	assert_int_equal(attempt("jsmith", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(4, "jsmith", OFFICE);
	assert_int_equal(attempt("jsmith", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(5, "jsmith", OFFICE);
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_ACCOUNT);
	now_ms += 1000;
	assert_int_equal(attempt("jsmith", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(4, "jsmith", OFFICE);
}

static void
throttle_stranger_cannot_lock_an_account_out_of_its_own_network(void **state)
{
	char peer[32];

	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	for (int i = 0; i < 200; i++) {
		snprintf(peer, sizeof peer, "203.0.113.%d", i);
		(void)attempt("admin", peer, THROTTLE_FAILED);
		assert_int_equal(look("admin", OFFICE), THROTTLE_PASS);
		now_ms += 100;
	}
	assert_int_equal(look("admin", "192.0.2.99"), THROTTLE_ACCOUNT);
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
}

static void
throttle_own_network_has_its_own_row(void **state)
{
	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(5, "admin", OFFICE);
	assert_int_equal(look("admin", OFFICE), THROTTLE_ACCOUNT);
	assert_int_equal(look("admin", STRANGER), THROTTLE_PASS);
	fail_times(5, "admin", STRANGER);
}

static void
throttle_success_at_home_gives_strangers_no_new_tries(void **state)
{
	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(5, "admin", STRANGER);
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	assert_int_equal(look("admin", STRANGER), THROTTLE_ACCOUNT);
}

static void
throttle_home_of_one_account_is_none_of_another(void **state)
{
	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(5, "jsmith", STRANGER);
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_ACCOUNT);
}

static void
throttle_row_is_forgotten_after_an_hour_of_rest(void **state)
{
	(void)state;
	fail_times(4, "jsmith", STRANGER);
	now_ms += 3600000 - 1;
	fail_times(1, "jsmith", STRANGER);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
	now_ms += 3600000;
	fail_times(4, "jsmith", STRANGER);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
}

static void
throttle_home_outlasts_the_hour(void **state)
{
	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	now_ms += 30 * INT64_C(24) * THROTTLE_FORGET_MS;
	fail_times(5, "admin", STRANGER);
	assert_int_equal(look("admin", OFFICE), THROTTLE_PASS);
}

static void
throttle_address_has_thirty_failures_a_minute(void **state)
{
	char uid[32];

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "user%d", i);
		fail_times(1, uid, STRANGER);
		now_ms += 1000;
	}
	assert_int_equal(attempt("user99", STRANGER, THROTTLE_FAILED), THROTTLE_ADDRESS);
	assert_int_equal(look("user99", OFFICE), THROTTLE_PASS);
	now_ms += 29999; /* a minute after the first failure, less a millisecond */
	assert_int_equal(look("user99", STRANGER), THROTTLE_ADDRESS);
	now_ms += 1;
	assert_int_equal(look("user99", STRANGER), THROTTLE_PASS);
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "again%d", i);
		fail_times(1, uid, STRANGER);
	}
	assert_int_equal(look("user99", STRANGER), THROTTLE_ADDRESS);
}

static void
throttle_success_does_not_clear_the_address(void **state)
{
	char uid[32];

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "user%d", i);
		fail_times(1, uid, STRANGER);
		if (i == 10)
			assert_int_equal(attempt("mine", STRANGER, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	}
	assert_int_equal(look("mine", STRANGER), THROTTLE_ADDRESS);
}

static void
throttle_ipv6_counts_by_64_and_ipv4_by_address(void **state)
{
	char uid[32], peer[64];

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "user%d", i);
		snprintf(peer, sizeof peer, "2001:db8:0:1:%x::%x", i, i);
		fail_times(1, uid, peer);
		snprintf(peer, sizeof peer, "203.0.113.%d", i);
		fail_times(1, uid, peer);
	}
	assert_int_equal(look("x", "2001:db8:0:1:ffff::1"), THROTTLE_ADDRESS);
	assert_int_equal(look("x", "2001:0DB8:0000:0001::"), THROTTLE_ADDRESS);
	assert_int_equal(look("x", "2001:db8:0:1::2%eth0"), THROTTLE_ADDRESS);
	assert_int_equal(look("x", "2001:db8:0:2::1"), THROTTLE_PASS);
	assert_int_equal(look("x", "203.0.113.1"), THROTTLE_PASS);
}

static void
throttle_mapped_ipv4_is_the_ipv4_address(void **state)
{
	char uid[32];

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "user%d", i);
		fail_times(1, uid, i % 2 == 0 ? "::ffff:198.51.100.7" : STRANGER);
	}
	assert_int_equal(look("x", STRANGER), THROTTLE_ADDRESS);
	assert_int_equal(look("x", "::ffff:198.51.100.7"), THROTTLE_ADDRESS);
	assert_int_equal(look("x", "::ffff:198.51.100.8"), THROTTLE_PASS);
}

static void
throttle_after_a_delay_one_attempt_passes_at_a_time(void **state)
{
	struct throttle_attempt a;

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	now_ms += 1000;
	throttle_attempt_init(throttle, &a, "jsmith", STRANGER);
	assert_int_equal(throttle_begin(throttle, &a), THROTTLE_PASS);
	assert_int_equal(throttle_begin(throttle, &a), THROTTLE_ACCOUNT);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
	throttle_end(throttle, &a, THROTTLE_SUCCEEDED);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
}

static void
throttle_attempt_that_could_not_be_judged_does_not_count(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_UNJUDGED), THROTTLE_PASS);
	fail_times(5, "jsmith", STRANGER);
	now_ms += 1000;
	for (int i = 0; i < 20; i++)
		assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_UNJUDGED), THROTTLE_PASS);
	assert_int_equal(attempt("jsmith", STRANGER, THROTTLE_FAILED), THROTTLE_PASS);
	now_ms += 1999;
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
}

/* A million names, each from an address of its own so that the limit on addresses does not stop the flood. */
static void
throttle_flood_of_names_is_bounded_and_spares_what_counts(void **state)
{
	struct throttle_status status;
	char uid[32], peer[64];

	(void)state;
	fail_times(6 - 1, "target", STRANGER);
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	for (int i = 0; i < 1000000; i++) {
		snprintf(uid, sizeof uid, "made-up-%d", i);
		snprintf(peer, sizeof peer, "2001:db8:%x:%x::1", i / 65536, i % 65536);
		assert_int_equal(attempt(uid, peer, THROTTLE_FAILED), THROTTLE_PASS);
	}
	throttle_status_get(throttle, &status);
	assert_int_equal(status.capacity, THROTTLE_ENTRIES_MAX);
	assert_int_equal(status.entries, THROTTLE_ENTRIES_MAX);
	assert_int_equal(status.homes, 1);
	assert_int_equal(status.active, 1);
	assert_int_equal(look("target", STRANGER), THROTTLE_ACCOUNT);
	fail_times(5, "admin", STRANGER);
	assert_int_equal(look("admin", STRANGER), THROTTLE_ACCOUNT);
	assert_int_equal(look("admin", OFFICE), THROTTLE_PASS);
	/* Nobody else is the worse for it: who was never seen has all his tries, and gets in; who fails is still
	 * counted. */
	assert_int_equal(attempt("newcomer", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(THROTTLE_FREE, "guessed", STRANGER);
	assert_int_equal(look("guessed", STRANGER), THROTTLE_ACCOUNT);
	/* The newest of the flood is still known: four more failures and it is throttled too. */
	fail_times(4, uid, OFFICE);
	assert_int_equal(look(uid, OFFICE), THROTTLE_ACCOUNT);
}

static void
throttle_oldest_light_counter_goes_first(void **state)
{
	struct throttle *small;
	struct throttle_attempt a;
	char uid[32];

	(void)state;
	assert_int_equal(throttle_new(15, NULL, &small), SRV_EINVAL);
	assert_int_equal(throttle_new(16, NULL, &small), SRV_OK);
	for (int i = 0; i < 4 * 4; i++) { /* four failures of u0..u3; the peer's counter is the fifth entry */
		snprintf(uid, sizeof uid, "u%d", i % 4);
		throttle_attempt_init(small, &a, uid, "x");
		throttle_end(small, &a, THROTTLE_FAILED);
	}
	for (int i = 0; i < 11; i++) { /* fills the 16 */
		snprintf(uid, sizeof uid, "filler%d", i);
		throttle_attempt_init(small, &a, uid, "x");
		throttle_end(small, &a, THROTTLE_FAILED);
	}
	throttle_attempt_init(small, &a, "u1", "x"); /* now the newest, and ACTIVE */
	throttle_end(small, &a, THROTTLE_FAILED);
	throttle_attempt_init(small, &a, "newcomer", "x"); /* u0 goes */
	throttle_end(small, &a, THROTTLE_FAILED);
	throttle_attempt_init(small, &a, "u2", "y");
	throttle_end(small, &a, THROTTLE_FAILED); /* the place for y takes u3's */
	assert_int_equal(throttle_look(small, &a), THROTTLE_ACCOUNT);
	throttle_attempt_init(small, &a, "u0", "y");
	throttle_end(small, &a, THROTTLE_FAILED);
	assert_int_equal(throttle_look(small, &a), THROTTLE_PASS);
	throttle_free(&small);
}

/* Neither kind with room of its own can take all: the others can still be counted. */
static void
throttle_active_and_home_counters_keep_to_their_room(void **state)
{
	struct throttle *small;
	struct throttle_attempt a;
	struct throttle_status status;
	char uid[32];

	(void)state;
	assert_int_equal(throttle_new(64, NULL, &small), SRV_OK);
	for (int i = 0; i < 500; i++) {
		snprintf(uid, sizeof uid, "u%d", i);
		throttle_attempt_init(small, &a, uid, uid);
		throttle_end(small, &a, THROTTLE_SUCCEEDED);
		throttle_attempt_init(small, &a, uid, STRANGER);
		for (int n = 0; n < 5; n++)
			throttle_end(small, &a, THROTTLE_FAILED);
		assert_int_equal(throttle_look(small, &a), THROTTLE_ACCOUNT);
		throttle_status_get(small, &status);
		assert_true(status.entries <= 64);
		assert_true(status.active <= 32);
		assert_true(status.homes <= 16);
	}
	assert_int_equal(status.active, 32);
	assert_int_equal(status.homes, 16);
	throttle_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(throttle_five_failures_are_free_the_sixth_try_is_refused),
	    T(throttle_delay_doubles_from_one_second_to_sixty),
	    T(throttle_tries_during_the_delay_do_not_lengthen_it),
	    T(throttle_account_counts_over_all_addresses),
	    T(throttle_name_is_matched_without_regard_to_ascii_case),
	    T(throttle_absent_name_and_peer_are_one_account_and_one_place),
	    T(throttle_success_ends_the_row),
	    T(throttle_stranger_cannot_lock_an_account_out_of_its_own_network),
	    T(throttle_own_network_has_its_own_row),
	    T(throttle_success_at_home_gives_strangers_no_new_tries),
	    T(throttle_home_of_one_account_is_none_of_another),
	    T(throttle_row_is_forgotten_after_an_hour_of_rest),
	    T(throttle_home_outlasts_the_hour),
	    T(throttle_address_has_thirty_failures_a_minute),
	    T(throttle_success_does_not_clear_the_address),
	    T(throttle_ipv6_counts_by_64_and_ipv4_by_address),
	    T(throttle_mapped_ipv4_is_the_ipv4_address),
	    T(throttle_after_a_delay_one_attempt_passes_at_a_time),
	    T(throttle_attempt_that_could_not_be_judged_does_not_count),
	    T(throttle_flood_of_names_is_bounded_and_spares_what_counts),
	    T(throttle_oldest_light_counter_goes_first),
	    T(throttle_active_and_home_counters_keep_to_their_room),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
