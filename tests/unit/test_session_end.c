/* Ending a ticket: logging out, and renewing, which ends the old ticket for a new one. */
#include "session_fixture.h"

#include "../../impl/session/ticket.h"
#include <sodium.h>

static void
logout_takes_effect_at_once_on_disk_and_for_that_ticket_only(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], other[SESSION_TICKET_LEN + 1], count[16];
	const struct session *held = NULL;
	wall_t expires;

	(void)state;
	login(ticket);
	login(other);
	assert_int_equal(session_peek(sessions, ticket, true, &held, &expires), SRV_OK);
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	assert_int_equal(session_logout(sessions, ticket), SRV_ETICKET);
	assert_int_equal(show(other, true), SRV_OK);
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "1");
	assert_string_equal(held->username, "jsmith"); /* who began with it keeps it */
	session_unref(&held);
}

static void
logout_of_an_expired_ticket_is_refused(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(30 * DAY);
	assert_int_equal(session_logout(sessions, ticket), SRV_ETICKET);
}

static void
logout_that_cannot_be_written_says_so(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	enum srv_err err;

	(void)state;
	login(ticket);
	outside("CREATE TRIGGER broken BEFORE DELETE ON tickets BEGIN SELECT RAISE(ABORT, 'no'); END");
	err = session_logout(sessions, ticket);
	assert_true(err != SRV_OK && err != SRV_ETICKET);
	outside("DROP TRIGGER broken");
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_ETICKET);
}

/* The store looks for its file now and then only; clocks stand, so it has just done so. */
static void
ticket_of_a_store_that_has_just_gone_is_not_called_invalid(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], away[100];
	enum srv_err err;

	(void)state;
	login(ticket);
	pass(2 * HOUR);
	assert_int_equal(store_refresh(store, NULL), SRV_OK);
	snprintf(away, sizeof away, "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(check(ticket, true, NULL), SRV_OK); /* the use is due to be written, and cannot be */
	err = session_logout(sessions, ticket);
	assert_true(err != SRV_OK && err != SRV_ETICKET);
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(store_refresh(store, NULL), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
}

static enum srv_err
renew(const char *uid, const char *old, char *ticket)
{
	struct session_login l = {.uid = uid, .pwd = PWD, .peer = PEER, .snapshot = &snapshot};
	const struct session *s = NULL;
	wall_t expires;
	enum srv_err err = session_renew(sessions, &l, old, ticket, &s, &expires);

	session_unref(&s);
	return err;
}

static void
renew_ends_the_old_ticket_of_that_user(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(old);
	assert_int_equal(renew("jsmith", old, ticket), SRV_OK);
	assert_string_not_equal(ticket, old);
	assert_int_equal(show(old, true), SRV_ETICKET);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_leaves_another_users_ticket_alone(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(old);
	assert_int_equal(renew("mmeier", old, ticket), SRV_OK);
	assert_int_equal(show(old, true), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_with_an_unknown_old_ticket_is_a_login(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	assert_int_equal(renew("jsmith", "00112233-4455-6677-8899-AABBCCDDEEFF", ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_with_a_malformed_old_ticket_does_nothing_at_all(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1] = "untouched", count[16];
	uint64_t before = password_hash_count();

	(void)state;
	assert_int_equal(renew("jsmith", "no-guid", ticket), SRV_EFORMAT);
	assert_int_equal(renew("nobody", " ", ticket), SRV_EFORMAT);
	assert_int_equal(renew("jsmith", "", ticket), SRV_EFORMAT);
	assert_int_equal(renew("jsmith", NULL, ticket), SRV_EFORMAT);
	assert_int_equal(password_hash_count() - before, 0);
	assert_string_equal(ticket, "untouched");
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "0");
}

static void
renew_with_a_wrong_password_keeps_the_old_ticket(void **state)
{
	struct session_login l = {.uid = "jsmith", .pwd = "wrong", .peer = PEER, .snapshot = &snapshot};
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];
	const struct session *s = NULL;
	wall_t expires;

	(void)state;
	login(old);
	assert_int_equal(session_renew(sessions, &l, old, ticket, &s, &expires), SRV_EAUTH);
	assert_int_equal(show(old, true), SRV_OK);
}

static void
renew_that_cannot_end_the_old_ticket_gives_no_new_one(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1] = "untouched", sql[300], count[16], hex[65];
	uint8_t bytes[TICKET_BYTES], hash[TICKET_HASH_BYTES];

	(void)state;
	login(old);
	assert_true(ticket_parse(old, bytes));
	ticket_hash(bytes, hash);
	snprintf(sql, sizeof sql,
	    "CREATE TRIGGER broken BEFORE DELETE ON tickets WHEN OLD.ticket_hash = '%s'"
	    " BEGIN SELECT RAISE(ABORT, 'no'); END",
	    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
	outside(sql);
	assert_true(renew("jsmith", old, ticket) != SRV_OK);
	assert_string_equal(ticket, "untouched");
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "1");
	assert_int_equal(show(old, true), SRV_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(logout_takes_effect_at_once_on_disk_and_for_that_ticket_only),
	    T(logout_of_an_expired_ticket_is_refused),
	    T(logout_that_cannot_be_written_says_so),
	    T(ticket_of_a_store_that_has_just_gone_is_not_called_invalid),
	    T(renew_ends_the_old_ticket_of_that_user),
	    T(renew_leaves_another_users_ticket_alone),
	    T(renew_with_an_unknown_old_ticket_is_a_login),
	    T(renew_with_a_malformed_old_ticket_does_nothing_at_all),
	    T(renew_with_a_wrong_password_keeps_the_old_ticket),
	    T(renew_that_cannot_end_the_old_ticket_gives_no_new_one),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
