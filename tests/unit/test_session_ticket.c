/* Showing a ticket: how long it is good, what a use of it changes, and when that is written. */
#include "session_fixture.h"

static void
ticket_that_can_be_none_is_refused_from_memory(void **state)
{
	static const char *const bad[] = {NULL, "", "x", "00112233445566778899aabbccddeeff"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(peek(bad[i], true, NULL), SRV_ETICKET);
		assert_int_equal(check(bad[i], true, NULL), SRV_ETICKET);
		assert_int_equal(session_logout(sessions, bad[i]), SRV_ETICKET);
	}
}

static void
ticket_unknown_is_settled_by_the_store(void **state)
{
	static const char unknown[] = "00112233-4455-6677-8899-aabbccddeeff";

	(void)state;
	assert_int_equal(peek(unknown, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(unknown, true, NULL), SRV_ETICKET);
	assert_int_equal(session_logout(sessions, unknown), SRV_ETICKET);
}

static void
ticket_is_matched_without_regard_to_case(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	for (char *p = ticket; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	}
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
}

static void
ticket_outlives_a_restart(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	restart(30, 90);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
}

static void
ticket_ends_thirty_days_after_its_last_use_to_the_second(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	assert_int_equal(peek(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(peek(ticket, false, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_ends_to_the_second_after_a_restart_too(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	restart(30, 90);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	restart(30, 90);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
	restart(30, 90);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_use_moves_its_end_and_a_look_does_not(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(29 * DAY);
	assert_int_equal(check(ticket, false, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 59 * DAY);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_use_is_in_force_before_it_is_written(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(HOUR - 1);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + HOUR - 1 + 30 * DAY);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T00:00:00Z");
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

/* A change to something else has the row read again, and that still says what it did before the use. */
static void
ticket_use_that_is_not_written_yet_outlives_a_reading_of_the_row(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(HOUR / 2);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	outside("UPDATE users SET email = 'new@example.com'");
	assert_int_equal(check(ticket, false, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + HOUR / 2 + 30 * DAY);
}

static void
ticket_use_is_written_once_an_hour_and_only_by_check(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];

	(void)state;
	login(ticket);
	pass(HOUR);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T00:00:00Z");
	assert_int_equal(peek(ticket, false, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T01:00:00Z");
	pass(HOUR / 2);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T01:00:00Z");
}

static void
ticket_use_that_cannot_be_written_does_not_matter(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];
	wall_t expires;

	(void)state;
	login(ticket);
	outside("CREATE TRIGGER broken BEFORE UPDATE ON tickets BEGIN SELECT RAISE(ABORT, 'no'); END");
	pass(2 * HOUR);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 2 * HOUR + 30 * DAY);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK); /* nobody is sent again at once */
	outside("DROP TRIGGER broken");
	pass(60);
	assert_int_equal(show(ticket, true), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T02:01:00Z");
}

static void
ticket_used_daily_ends_at_the_cap(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	for (int day = 1; day < 90; day++) {
		pass(DAY);
		assert_int_equal(check(ticket, true, &expires), SRV_OK);
		assert_int_equal(expires.s, T0 + (day + 30 < 90 ? day + 30 : 90) * DAY);
	}
	pass(DAY - 1);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
}

static void
ticket_has_no_cap_if_none_is_set(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	restart(30, 0);
	login(ticket);
	for (int i = 0; i < 40; i++) {
		pass(29 * DAY);
		assert_int_equal(check(ticket, true, NULL), SRV_OK);
	}
}

static void
ticket_is_held_to_a_cap_that_was_lowered_since(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	restart(30, 7);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	pass(7 * DAY);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
}

/* As a restart would, but at once, for a ticket that is in memory and for one that is not. */
static void
ticket_is_held_to_other_lifetimes_from_the_moment_they_are_set(void **state)
{
	char known[SESSION_TICKET_LEN + 1], unknown[SESSION_TICKET_LEN + 1], later[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(unknown);
	restart(30, 90);
	login(known);
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 7});
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	assert_int_equal(check(unknown, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	login(later);
	assert_int_equal(check(later, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	/* Wider again: a use makes them live on. */
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 0});
	pass(6 * DAY);
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 26 * DAY);
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 6});
	assert_int_equal(check(known, true, NULL), SRV_ETICKET);
	assert_int_equal(check(later, true, NULL), SRV_ETICKET);
}

static void
ticket_clock_that_steps_back_keeps_the_ticket(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	atomic_fetch_sub(&now_s, 30 * DAY);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(ticket_that_can_be_none_is_refused_from_memory),
	    T(ticket_unknown_is_settled_by_the_store),
	    T(ticket_is_matched_without_regard_to_case),
	    T(ticket_outlives_a_restart),
	    T(ticket_ends_thirty_days_after_its_last_use_to_the_second),
	    T(ticket_ends_to_the_second_after_a_restart_too),
	    T(ticket_use_moves_its_end_and_a_look_does_not),
	    T(ticket_use_is_in_force_before_it_is_written),
	    T(ticket_use_that_is_not_written_yet_outlives_a_reading_of_the_row),
	    T(ticket_use_is_written_once_an_hour_and_only_by_check),
	    T(ticket_use_that_cannot_be_written_does_not_matter),
	    T(ticket_used_daily_ends_at_the_cap),
	    T(ticket_has_no_cap_if_none_is_set),
	    T(ticket_is_held_to_a_cap_that_was_lowered_since),
	    T(ticket_is_held_to_other_lifetimes_from_the_moment_they_are_set),
	    T(ticket_clock_that_steps_back_keeps_the_ticket),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
