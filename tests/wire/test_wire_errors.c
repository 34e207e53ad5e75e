/* Every error text, exact, in every form, with what brings it about. These are answers, not faults: 200.
 * Contract: the second table of section 2. */
#include "wire_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct wire_srvd srv;
static char admin[40], user[40]; /* tickets */

static int
setup(void **state)
{
	(void)state;
	wire_prepare(&srv, "jobs = false");
	srv.shared = true;
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('SysadminAccountName', 'BOSS')");
	wire_start(&srv);
	snprintf(admin, sizeof admin, "%s", wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD));
	snprintf(user, sizeof user, "%s", wire_login(&srv, WIRE_USER, WIRE_USER_PWD));
	return 0;
}

static const struct {
	const char *name, *ticket_param;
	bool permission; /* needs one */
} with_ticket[] = {{"FlushApplicationCache", "authenticationTicket", true},
    {"GetMaintenanceJobsStatus", "authenticationTicket", true}, {"GetWarehouseStatus", "authenticationTicket", true},
    {"isValidTicket", "AuthenticationTicket", false}, {"LogOut", "AuthenticationTicket", false}};
#define WITH_TICKET (sizeof with_ticket / sizeof *with_ticket)

static void
tickets_that_do_not_hold_are_901(void **state)
{
	const char *others = wire_sql_text(&srv, "SELECT group_concat(quote(ticket_hash)) FROM tickets");
	const char *expired = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	static const char *const bad[] = {"", "x", "01234567-89ab-cdef-0123-456789abcdef"};

	(void)state;
	for (size_t i = 0; i < WITH_TICKET; i++) {
		WIRE_EACH_FORM(f)
		{
			const char *op = with_ticket[i].name, *param = with_ticket[i].ticket_param;

			wire_expect_error(f, op, wire_call(&srv, f, op, NULL), WIRE_901);
			for (size_t j = 0; j < 3; j++)
				wire_expect_error(f, op, wire_call(&srv, f, op, param, bad[j], NULL), WIRE_901);
		}
	}
	wire_sql(&srv, "UPDATE tickets SET expires_at = '2020-01-01T00:00:00Z' WHERE ticket_hash NOT IN (%s)", others);
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	while (wire_ticket_works(&srv, expired)) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(20);
	}
	for (size_t i = 0; i < WITH_TICKET; i++) {
		WIRE_EACH_FORM(f)
		wire_expect_error(f, with_ticket[i].name,
		    wire_call(&srv, f, with_ticket[i].name, with_ticket[i].ticket_param, expired, NULL), WIRE_901);
	}
}

static void
a_missing_permission_is_921_after_the_ticket(void **state)
{
	(void)state;
	for (size_t i = 0; i < WITH_TICKET; i++) {
		if (!with_ticket[i].permission)
			continue;
		WIRE_EACH_FORM(f)
		wire_expect_error(f, with_ticket[i].name,
		    wire_call(&srv, f, with_ticket[i].name, with_ticket[i].ticket_param, user, NULL), WIRE_921);
	}
}

static void
each_permission_opens_its_own_operation_only(void **state)
{
	static const char *const permissions[] = {"FlushApplicationCache", "ViewServerStatus", "ViewWarehouseStatus"};

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		wire_srvadm(&srv, NULL, "grant", WIRE_USER, permissions[p], NULL);
		/* A change by another hand holds within a second. */
		int64_t until = wire_now_ms() + 3000;
		const char *op = with_ticket[p].name;
		for (;;) {
			const struct wire_node *n = wire_result(
			    WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "authenticationTicket", user, NULL));

			if (strcmp(wire_attr(n, "success"), "true") == 0)
				break;
			assert_true(wire_now_ms() < until);
			wire_rest_ms(20);
		}
		for (size_t i = 0; i < 3; i++) {
			struct wire_answer *a = wire_call(
			    &srv, WIRE_GET, with_ticket[i].name, "authenticationTicket", user, NULL);
			const char *success = wire_attr(wire_result(WIRE_GET, with_ticket[i].name, a), "success");

			assert_string_equal(success, i == p ? "true" : "false");
		}
		wire_srvadm(&srv, NULL, "revoke", WIRE_USER, permissions[p], NULL);
		until = wire_now_ms() + 3000;
		for (;;) {
			const struct wire_node *n = wire_result(
			    WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "authenticationTicket", user, NULL));

			if (strcmp(wire_attr(n, "success"), "false") == 0)
				break;
			assert_true(wire_now_ms() < until);
			wire_rest_ms(20);
		}
	}
}

static void
every_failed_login_is_the_same_900(void **state)
{
	static const struct {
		const char *uid, *pwd;
	} rows[] = {{WIRE_ADMIN, "wrong"}, {"nobody", WIRE_ADMIN_PWD}, {WIRE_OFF, WIRE_OTHER_PWD}, {WIRE_USER, ""},
	    {"' OR '1'='1", "x"}, {"admin'--", WIRE_ADMIN_PWD}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* One form a row and operation: the throttle counts, and all forms are one implementation. */
		enum wire_form f = (enum wire_form)(i % WIRE_FORMS);

		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", rows[i].uid, "PWD", rows[i].pwd, NULL), WIRE_900);
		wire_expect_error(f, "AuthenticateUser1",
		    wire_call(&srv, f, "AuthenticateUser1", "UID", rows[i].uid, "PWD", rows[i].pwd, "Lang", "en", NULL),
		    WIRE_900);
		wire_expect_error(f, "RenewTicket",
		    wire_call(&srv, f, "RenewTicket", "UID", rows[i].uid, "PWD", rows[i].pwd, "Lang", "en", "OldTicket",
			user, NULL),
		    WIRE_900);
	}
	/* A failed renewal ends nothing. */
	assert_true(wire_ticket_works(&srv, user));
}

static void
accounts_without_tickets_are_902_with_the_right_password_only(void **state)
{
	static const char *const names[] = {WIRE_ROBOT, WIRE_BOSS};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		WIRE_EACH_FORM(f)
		{
			wire_expect_error(f, "AuthenticateUser",
			    wire_call(&srv, f, "AuthenticateUser", "UID", names[i], "PWD", WIRE_OTHER_PWD, NULL),
			    "[902] Ticket generation not allowed");
			wire_expect_error(f, "RenewTicket",
			    wire_call(&srv, f, "RenewTicket", "UID", names[i], "PWD", WIRE_OTHER_PWD, "OldTicket", user,
				NULL),
			    "[902] Ticket generation not allowed");
		}
		wire_expect_error(WIRE_GET, "AuthenticateUser",
		    wire_call(&srv, WIRE_GET, "AuthenticateUser", "UID", names[i], "PWD", "wrong", NULL), WIRE_900);
	}
}

static void
an_old_ticket_that_is_no_guid_is_told_first(void **state)
{
	static const char *const bad[] = {
	    "", "x", "01234567-89ab-cdef-0123-456789abcde", "0123456789abcdef0123456789abcdef,"};

	(void)state;
	WIRE_EACH_FORM(f)
	{
		for (size_t i = 0; i < 4; i++)
			wire_expect_error(f, "RenewTicket",
			    wire_call(&srv, f, "RenewTicket", "UID", WIRE_ADMIN, "PWD", WIRE_ADMIN_PWD, "OldTicket",
				bad[i], NULL),
			    "invalid ticket format");
	}
}

static void
texts_of_requests_are_escaped_in_answers(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_prepare(&own, NULL);
	wire_srvadm(&own, "pw for a test\n", "user", "add", "o'brien", "--first-name", "Tom & <Jerry>", "--last-name",
	    "\"Q\" \xc3\x9c", "--email", "a&b@example.com", NULL);
	wire_start(&own);
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(
		    &own, f, "AuthenticateUser", "UID", "O'Brien", "PWD", "pw for a test", NULL);
		const struct wire_node *n = wire_result(f, "AuthenticateUser", a);

		assert_string_equal(wire_attr(n, "firstName"), "Tom & <Jerry>");
		assert_string_equal(wire_attr(n, "fullname"), "Tom & <Jerry> \"Q\" \xc3\x9c");
		wire_expect(f, "AuthenticateUser", a,
		    wire_printf(
			"<root success=\"true\" ticket=\"%s\" userid=\"%s\" username=\"o'brien\" "
			"firstName=\"Tom &amp; &lt;Jerry&gt;\" lastName=\"&quot;Q&quot; \xc3\x9c\" "
			"fullname=\"Tom &amp; &lt;Jerry&gt; &quot;Q&quot; \xc3\x9c\" email=\"a&amp;b@example.com\" "
			"expireOn=\"%s\" isAuthenticated=\"True\" />",
			wire_attr(n, "ticket"), wire_attr(n, "userid"), wire_attr(n, "expireOn")));
	}
}

/* The store's directory is gone for a while, as when a volume is not mounted. */
static void
a_store_out_of_reach_is_991_and_comes_back(void **state)
{
	static struct wire_srvd own;
	const char *ticket, *store, *aside;

	(void)state;
	wire_prepare(&own, NULL);
	store = wire_printf("%s/store", own.dir);
	aside = wire_printf("%s/aside", own.dir);
	assert_int_equal(mkdir(store, 0700), 0);
	const char *moved = wire_printf("%s/srv.db", store);
	assert_int_equal(rename(own.db, moved), 0);
	snprintf(own.db, sizeof own.db, "%s", moved);
	wire_configure(&own, "jobs = false");
	wire_start(&own);
	ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	assert_int_equal(rename(store, aside), 0);
	/* What the server remembers of a ticket it may believe for a second, and no longer. */
	wire_rest_ms(1000);
	WIRE_EACH_FORM(f)
	{
		static const char gone[] = "[991]Service temporarily unavailable";

		wire_expect_error(f, "isValidTicket",
		    wire_call(&own, f, "isValidTicket", "AuthenticationTicket", ticket, NULL), gone);
		wire_expect_error(f, "GetMaintenanceJobsStatus",
		    wire_call(&own, f, "GetMaintenanceJobsStatus", "authenticationTicket", ticket, NULL), gone);
		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&own, f, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL), gone);
		/* What can be no ticket needs no store to say so, and ServerInfo needs none at all. */
		wire_expect_error(f, "isValidTicket", wire_call(&own, f, "isValidTicket", NULL), WIRE_901);
		wire_result(f, "ServerInfo", wire_call(&own, f, "ServerInfo", NULL));
	}
	assert_int_equal(rename(aside, store), 0);
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS; !wire_ticket_works(&own, ticket);) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(50);
	}
	assert_non_null(wire_login(&own, WIRE_USER, WIRE_USER_PWD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(tickets_that_do_not_hold_are_901),
	    WIRE_TEST(a_missing_permission_is_921_after_the_ticket),
	    WIRE_TEST(each_permission_opens_its_own_operation_only),
	    WIRE_TEST(accounts_without_tickets_are_902_with_the_right_password_only),
	    WIRE_TEST(an_old_ticket_that_is_no_guid_is_told_first),
	    WIRE_TEST(texts_of_requests_are_escaped_in_answers),
	    WIRE_TEST(a_store_out_of_reach_is_991_and_comes_back),
	    WIRE_TEST(every_failed_login_is_the_same_900),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
