/* Sessions from outside: what ends a ticket and how soon, what a crash and a restart leave of it, and the language of
 * a session. Contract: sections 6 (last point) and 7. */
#include "wire_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct wire_srvd srv;

static int
setup(void **state)
{
	(void)state;
	wire_new(&srv, "jobs = false");
	srv.shared = true;
	return 0;
}

/* The ticket is refused one second after now, as anything it was remembered by has gone stale by then. It is
 * used before, so that there is something to remember. */
static void
expect_refused_within_a_second(const char *ticket, const char *sql)
{
	int64_t changed;

	assert_true(wire_ticket_works(&srv, ticket));
	wire_sql(&srv, "%s", sql);
	changed = wire_now_ms();
	/* Used all the while: use must not prolong what is remembered. */
	while (wire_now_ms() < changed + 1000) {
		(void)wire_ticket_works(&srv, ticket);
		wire_rest_ms(20);
	}
	assert_false(wire_ticket_works(&srv, ticket));
}

static void
a_deleted_ticket_is_refused_within_a_second(void **state)
{
	const char *kept = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	const char *others = wire_sql_text(&srv, "SELECT group_concat(quote(ticket_hash)) FROM tickets");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);

	(void)state;
	expect_refused_within_a_second(
	    ticket, wire_printf("DELETE FROM tickets WHERE ticket_hash NOT IN (%s)", others));
	assert_true(wire_ticket_works(&srv, kept));
}

static void
a_disabled_user_is_refused_within_a_second(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

	(void)state;
	expect_refused_within_a_second(ticket, "UPDATE users SET enabled = 0 WHERE username = '" WIRE_USER "'");
	assert_null(wire_try_login(&srv, WIRE_USER, WIRE_USER_PWD));
	wire_sql(&srv, "UPDATE users SET enabled = 1 WHERE username = '" WIRE_USER "'");
	assert_non_null(wire_login(&srv, WIRE_USER, WIRE_USER_PWD));
}

static void
a_revoked_permission_is_refused_within_a_second(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD), *op = "GetWarehouseStatus";

	(void)state;
	struct wire_answer *a = wire_call(&srv, WIRE_GET, op, "authenticationTicket", ticket, NULL);
	assert_string_equal(wire_attr(wire_result(WIRE_GET, op, a), "success"), "true");
	wire_sql(&srv, "DELETE FROM permissions WHERE permission = 'ViewWarehouseStatus'");
	wire_rest_ms(1000);
	wire_expect_error(WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "authenticationTicket", ticket, NULL), WIRE_921);
	assert_true(wire_ticket_works(&srv, ticket));
	wire_srvadm(&srv, NULL, "grant", WIRE_ADMIN, "ViewWarehouseStatus", NULL);
}

static void
a_shortened_ticket_is_refused_within_a_second(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

	(void)state;
	expect_refused_within_a_second(ticket, "UPDATE tickets SET expires_at = '2020-01-01T00:00:00Z' WHERE user_id = "
					       "(SELECT user_id FROM users WHERE username = '" WIRE_USER "')");
}

static void
log_out_holds_at_once_on_every_connection(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
		struct wire_conn *one = wire_connect(&srv), *two = wire_connect(&srv);
		struct wire_bytes valid = wire_call_request(
		    &srv, WIRE_GET, NULL, "isValidTicket", "AuthenticationTicket", ticket, NULL);
		struct wire_bytes logout = wire_call_request(
		    &srv, WIRE_SOAP11, NULL, "LogOut", "AuthenticationTicket", ticket, NULL);

		assert_true(wire_send(two, valid));
		assert_string_equal(
		    wire_attr(wire_result(WIRE_GET, "isValidTicket", wire_read(two, false)), "success"), "true");
		/* In the same packet, behind it. */
		assert_true(wire_send(one, wire_join(logout, valid)));
		wire_expect(WIRE_SOAP11, "LogOut", wire_read(one, false), "<root success=\"true\" />");
		wire_expect_error(WIRE_GET, "isValidTicket", wire_read(one, false), WIRE_901);
		/* On the connection that was open before. */
		assert_true(wire_send(two, valid));
		wire_expect_error(WIRE_GET, "isValidTicket", wire_read(two, false), WIRE_901);
		wire_close(one);
		wire_close(two);
	}
}

static void
answered_logins_and_logouts_survive_a_crash(void **state)
{
	static struct wire_srvd own;
	const char *kept = NULL;

	(void)state;
	wire_new(&own, "jobs = false");
	for (int round = 0; round < 20; round++) {
		const char *ended = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
		struct wire_answer *a = wire_call(&own, WIRE_GET, "LogOut", "AuthenticationTicket", ended, NULL);

		/* Each of the two is the last thing before the crash in half of the rounds. */
		if (round % 2 == 0)
			kept = wire_login(&own, WIRE_USER, WIRE_USER_PWD);
		wire_kill(&own);
		wire_expect(WIRE_GET, "LogOut", a, "<root success=\"true\" />");
		wire_start(&own);
		assert_true(wire_ticket_works(&own, kept));
		assert_false(wire_ticket_works(&own, ended));
	}
	wire_stop(&own);
	assert_string_equal(wire_sql_text(&own, "PRAGMA integrity_check"), "ok");
	assert_string_equal(wire_sql_text(&own, "SELECT count(*) FROM tickets"), "10");
}

static void
a_restart_keeps_tickets_and_their_expiry(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_USER, WIRE_USER_PWD);
	struct wire_answer *a = wire_call(&own, WIRE_GET, "isValidTicket", "AuthenticationTicket", ticket, NULL);
	const char *before = wire_attr(wire_result(WIRE_GET, "isValidTicket", a), "expireOn");
	wire_stop(&own);
	wire_start(&own);
	a = wire_call(&own, WIRE_GET, "isValidTicket", "AuthenticationTicket", ticket, NULL);
	assert_string_equal(wire_attr(wire_result(WIRE_GET, "isValidTicket", a), "expireOn"), before);
}

/* Moves the life of all tickets so many seconds into the past. */
static void
age(const struct wire_srvd *s, long seconds)
{
	wire_sql(s,
	    "UPDATE tickets SET created_at = strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', created_at, '-%ld seconds'), "
	    "expires_at = strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', expires_at, '-%ld seconds')",
	    seconds, seconds);
}

static long
days_left(const struct wire_srvd *s, const char *ticket)
{
	struct wire_answer *a = wire_call(s, WIRE_GET, "isValidTicket", "AuthenticationTicket", ticket, NULL);
	const char *text = wire_attr(wire_result(WIRE_GET, "isValidTicket", a), "expireOn");
	struct tm tm = {0};

	if (text == NULL)
		return -1;
	assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			     &tm.tm_min, &tm.tm_sec),
	    6);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (long)((timegm(&tm) - time(NULL) + 43200) / 86400);
}

static void
use_extends_a_ticket_looking_does_not_and_the_cap_holds(void **state)
{
	static struct wire_srvd own;
	const long day = 86400;

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	assert_int_equal(days_left(&own, ticket), 30);
	wire_stop(&own);
	age(&own, 20 * day);
	wire_start(&own);
	assert_int_equal(days_left(&own, ticket), 10);
	assert_int_equal(days_left(&own, ticket), 10); /* isValidTicket is no use of it */
	wire_call(&own, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
	assert_int_equal(days_left(&own, ticket), 30);
	wire_stop(&own); /* at most an hour of use is lost */
	wire_start(&own);
	assert_int_equal(days_left(&own, ticket), 30);
	for (int i = 0; i < 2; i++) {
		wire_stop(&own);
		age(&own, 25 * day);
		wire_start(&own);
		wire_call(&own, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
	}
	/* 70 days from its login: 20 are left of 90, however much it is used. */
	assert_int_equal(days_left(&own, ticket), 20);
	wire_stop(&own);
	age(&own, 21 * day);
	wire_start(&own);
	assert_false(wire_ticket_works(&own, ticket));
}

static void
the_store_keeps_no_ticket_and_no_password(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	const char *files[] = {srv.db, wire_printf("%s-wal", srv.db), srv.log};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t len = 0;
		char *bytes = wire_file_read(files[i], &len);

		for (size_t at = 0; bytes != NULL && at < len; at += strlen(bytes + at) + 1) {
			assert_null(strstr(bytes + at, ticket));
			assert_null(strstr(bytes + at, WIRE_ADMIN_PWD));
		}
	}
	const char *hash = wire_sql_text(&srv, "SELECT password_hash FROM users WHERE username = '" WIRE_ADMIN "'");
	assert_int_equal(strncmp(hash, "$argon2id$", 10), 0);
}

static void
the_log_shows_no_ticket_of_a_url(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);

	(void)state;
	wire_call(&srv, WIRE_GET, "LogOut", "AuthenticationTicket", ticket, NULL);
	wire_ask(&srv, wire_get(&srv, wire_printf("/nowhere/%s", ticket), NULL));
	wire_ask(
	    &srv, wire_get(&srv, wire_printf("/srv.asmx/FlushApplicationCache?authenticationTicket=%s", ticket), NULL));
	assert_null(strstr(wire_log_text(&srv), ticket));
}

/* ---- languages ---- */

static const char *
job_name_in(const char *lang)
{
	struct wire_answer *a = wire_call(
	    &srv, WIRE_POST, "AuthenticateUser1", "UID", WIRE_ADMIN, "PWD", WIRE_ADMIN_PWD, "Lang", lang, NULL);
	const char *ticket = wire_attr(wire_result(WIRE_POST, "AuthenticateUser1", a), "ticket");

	assert_non_null(ticket);
	a = wire_call(&srv, WIRE_GET, "GetMaintenanceJobsStatus", "authenticationTicket", ticket, NULL);
	const struct wire_node *n = wire_result(WIRE_GET, "GetMaintenanceJobsStatus", a);
	return wire_attr(wire_child_with(n, "MaintenanceJob", "JobId", "1"), "JobName");
}

static const char *
text_in(const char *lang)
{
	const char *text = wire_sql_text(&srv,
	    "SELECT text FROM resources WHERE language = '%s' AND resource_id = (SELECT "
	    "name_resource_id FROM maintenance_jobs WHERE job_id = 1)",
	    lang);

	assert_non_null(text);
	return text;
}

static void
job_names_are_in_the_sessions_language(void **state)
{
	static const char *const shipped[] = {"en", "de", "fr", "tr"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(job_name_in(shipped[i]), text_in(shipped[i]));
	assert_string_not_equal(text_in("de"), text_in("en"));
	assert_string_equal(job_name_in("de-AT"), text_in("de"));
	assert_string_equal(job_name_in("DE"), text_in("de"));
	assert_string_equal(job_name_in("xx"), text_in("en"));
	/* Without a wish it is the user's own, and without that the default's. */
	assert_string_equal(job_name_in(""), text_in("en"));
	wire_sql(&srv, "UPDATE users SET language = 'fr' WHERE username = '" WIRE_ADMIN "'");
	wire_rest_ms(1000);
	assert_string_equal(job_name_in(""), text_in("fr"));
	assert_string_equal(job_name_in("tr"), text_in("tr"));
	wire_sql(&srv, "UPDATE users SET language = '' WHERE username = '" WIRE_ADMIN "'");
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('DefaultLanguage', 'tr')");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", ticket, NULL);
	assert_string_equal(job_name_in("xx"), text_in("tr"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(log_out_holds_at_once_on_every_connection),
	    WIRE_TEST(a_deleted_ticket_is_refused_within_a_second),
	    WIRE_TEST(a_disabled_user_is_refused_within_a_second),
	    WIRE_TEST(a_revoked_permission_is_refused_within_a_second),
	    WIRE_TEST(a_shortened_ticket_is_refused_within_a_second),
	    WIRE_TEST(answered_logins_and_logouts_survive_a_crash),
	    WIRE_TEST(a_restart_keeps_tickets_and_their_expiry),
	    WIRE_TEST(use_extends_a_ticket_looking_does_not_and_the_cap_holds),
	    WIRE_TEST(the_store_keeps_no_ticket_and_no_password),
	    WIRE_TEST(the_log_shows_no_ticket_of_a_url),
	    WIRE_TEST(job_names_are_in_the_sessions_language),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
