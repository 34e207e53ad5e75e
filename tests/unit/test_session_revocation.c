/* How long a ticket that was found good is trusted, and when it is seen that another hand took it or its
 * permissions away. */
#include "session_fixture.h"

#include "../../impl/session/session_cache.h"

static void
trust_ends_after_its_time(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS / 2 - 1);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS - SESSION_TRUST_MS / 2 + 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
}

static void
trust_is_renewed_early_by_one_while_the_others_go_on(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	for (int round = 0; round < 3; round++) {
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS / 2);
		assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
		for (int i = 0; i < 10; i++)
			assert_int_equal(peek(ticket, true, NULL), SRV_OK);
		assert_int_equal(check(ticket, true, NULL), SRV_OK);
		assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	}
}

static void
trust_is_renewed_for_all_tickets_by_one_question(void **state)
{
	char first[SESSION_TICKET_LEN + 1], second[SESSION_TICKET_LEN + 1];

	(void)state;
	login(first);
	login(second);
	assert_int_equal(check(first, false, NULL), SRV_OK);
	assert_int_equal(check(second, false, NULL), SRV_OK);
	for (int i = 0; i < 5; i++) {
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
		assert_int_equal(check(first, true, NULL), SRV_OK);
		assert_int_equal(peek(second, true, NULL), SRV_OK);
	}
}

static void
trust_is_renewed_without_reading_the_row_if_nothing_changed(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *first = NULL, *then = NULL;
	wall_t expires;

	(void)state;
	login(ticket);
	assert_int_equal(session_check(sessions, ticket, false, &first, &expires), SRV_OK);
	atomic_fetch_add(&now_ms, 10 * SESSION_TRUST_MS);
	assert_int_equal(session_check(sessions, ticket, false, &then, &expires), SRV_OK);
	assert_ptr_equal(first, then);
	session_unref(&then);
	outside("UPDATE users SET email = 'new@example.com'");
	assert_int_equal(session_check(sessions, ticket, false, &then, &expires), SRV_OK);
	assert_string_equal(then->email, "new@example.com");
	assert_string_equal(first->email, "john@example.com");
	session_unref(&first);
	session_unref(&then);
}

/* What another hand did is seen at the latest when the trust has run out. */
static void
change_is_seen_after_trust(const char *sql)
{
	char ticket[SESSION_TICKET_LEN + 1];

	login(ticket);
	assert_int_equal(show(ticket, true), SRV_OK);
	outside(sql);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	assert_int_equal(show(ticket, false), SRV_ETICKET);
}

static void
revocation_by_disabling_the_user(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	change_is_seen_after_trust("UPDATE users SET enabled = 0 WHERE username = 'jsmith'");
	outside("UPDATE users SET enabled = 1 WHERE username = 'jsmith'");
	login(ticket);
}

static void
revocation_by_deleting_the_ticket(void **state)
{
	(void)state;
	change_is_seen_after_trust("DELETE FROM tickets");
}

static void
revocation_by_deleting_the_user(void **state)
{
	(void)state;
	change_is_seen_after_trust("DELETE FROM users WHERE username = 'jsmith'");
}

static void
revocation_by_moving_the_expiry_into_the_past(void **state)
{
	(void)state;
	change_is_seen_after_trust("UPDATE tickets SET expires_at = '2025-12-31T23:59:59Z'");
}

static void
revocation_by_moving_the_expiry_beats_uses_that_were_not_written(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(HOUR / 2);
	assert_int_equal(show(ticket, true), SRV_OK);
	outside("UPDATE tickets SET expires_at = '2026-01-01T00:10:00Z'");
	pass(1);
	assert_int_equal(show(ticket, true), SRV_ETICKET);
}

/* What is asked of the store for one ticket keeps others fresh, but only those that were read at that version. */
static void
revocation_is_seen_however_often_another_ticket_is_looked_at(void **state)
{
	char busy[SESSION_TICKET_LEN + 1], revoked[SESSION_TICKET_LEN + 1];

	(void)state;
	login(busy);
	assert_int_equal(try_login("mmeier", PWD, PEER, revoked), SRV_OK);
	assert_int_equal(check(busy, true, NULL), SRV_OK);
	assert_int_equal(check(revoked, true, NULL), SRV_OK);
	outside("UPDATE users SET enabled = 0 WHERE username = 'mmeier'");
	for (int i = 0; i < 4; i++) {
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS / 4);
		assert_int_equal(check(busy, true, NULL), SRV_OK);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(peek(revoked, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(revoked, true, NULL), SRV_ETICKET);
}

static void
revocation_of_a_permission_and_its_grant(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *s = NULL;
	wall_t expires;

	(void)state;
	assert_int_equal(store_permission_grant(store, jsmith, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_permission_grant(store, jsmith, "SomethingElse"), SRV_OK);
	login(ticket);
	assert_int_equal(session_peek(sessions, ticket, true, &s, &expires), SRV_OK);
	assert_true(session_may(s, SESSION_MAY_FLUSH));
	assert_true(session_may(s, SESSION_MAY_ANYTHING));
	assert_false(session_may(s, SESSION_MAY_VIEW_STATUS));
	assert_false(session_may(s, SESSION_MAY_VIEW_WAREHOUSE));
	session_unref(&s);
	outside("DELETE FROM permissions; INSERT INTO permissions (user_id, permission)"
		" SELECT user_id, 'ViewServerStatus' FROM users WHERE username = 'jsmith'");
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
	assert_int_equal(session_peek(sessions, ticket, true, &s, &expires), SRV_EAGAIN);
	assert_int_equal(session_check(sessions, ticket, true, &s, &expires), SRV_OK);
	assert_false(session_may(s, SESSION_MAY_FLUSH));
	assert_true(session_may(s, SESSION_MAY_VIEW_STATUS));
	session_unref(&s);
}

static void
permission_names_are_known_as_the_table_spells_them(void **state)
{
	(void)state;
	assert_true(session_permission_known("FlushApplicationCache"));
	assert_true(session_permission_known("ViewServerStatus"));
	assert_true(session_permission_known("ViewWarehouseStatus"));
	assert_false(session_permission_known("flushapplicationcache"));
	assert_false(session_permission_known(""));
	assert_false(session_permission_known(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(trust_ends_after_its_time),
	    T(trust_is_renewed_early_by_one_while_the_others_go_on),
	    T(trust_is_renewed_for_all_tickets_by_one_question),
	    T(trust_is_renewed_without_reading_the_row_if_nothing_changed),
	    T(revocation_by_disabling_the_user),
	    T(revocation_by_deleting_the_ticket),
	    T(revocation_by_deleting_the_user),
	    T(revocation_by_moving_the_expiry_into_the_past),
	    T(revocation_by_moving_the_expiry_beats_uses_that_were_not_written),
	    T(revocation_is_seen_however_often_another_ticket_is_looked_at),
	    T(revocation_of_a_permission_and_its_grant),
	    T(permission_names_are_known_as_the_table_spells_them),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
