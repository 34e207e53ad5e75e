/* The operations of tickets: logins, renewing, looking, logging out. */
#include "operations_fixture.h"

/* The ticket in result, which is then cut out of it: what is left is the same every time. */
static const char *
cut_ticket(char ticket[SESSION_TICKET_LEN + 1])
{
	char *at = strstr(result, "ticket=\"");

	if (at == NULL)
		fail_msg("%s", result);
	at += strlen("ticket=\"");
	snprintf(ticket, SESSION_TICKET_LEN + 1, "%s", at);
	assert_int_equal(strspn(ticket, "0123456789abcdef-"), SESSION_TICKET_LEN);
	memmove(at, at + SESSION_TICKET_LEN, strlen(at + SESSION_TICKET_LEN) + 1);
	return ticket;
}
#define CUT_TICKET() cut_ticket((char[SESSION_TICKET_LEN + 1]){0})

#define JSMITH                                                                                             \
	"userid=\"42\" username=\"jsmith\" firstName=\"John\" lastName=\"Smith\" fullname=\"John Smith\" " \
	"email=\"john@example.com\" expireOn=\"2026-03-20T14:35:00Z\" isAuthenticated=\"True\" />"

static void
login_gives_a_ticket_and_the_user(void **state)
{
	const char *first, *second;

	(void)state;
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"JSmith", "secret"});
	first = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_equal(outcome.text, "");
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", "secret", "fr"});
	second = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_not_equal(first, second);
	/* An installation may call its elements otherwise. */
	ask(.operation = &op_AuthenticateUser, .element = "response", .param = {"jsmith", "secret"});
	CUT_TICKET();
	assert_result("<response success=\"true\" ticket=\"\" " JSMITH);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" userid=\"43\" username=\"plain\" firstName=\"\" "
		      "lastName=\"O'Neil &amp; "
		      "&quot;Sons&quot;\" fullname=\"O'Neil &amp; &quot;Sons&quot;\" email=\"\" "
		      "expireOn=\"2026-03-20T14:35:00Z\" isAuthenticated=\"True\" />");
}

static void
login_failure_is_the_same_for_every_cause(void **state)
{
	(void)state;
	sql("UPDATE users SET enabled = 0 WHERE username = 'plain'");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "wrong"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"nobody", "secret"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root");
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", NULL, "de"});
	assert_result(AF);
	assert_string_equal(outcome.text, "[900] Authentication failed");
}

static void
login_of_an_account_without_tickets_is_told_so(void **state)
{
	(void)state;
	sql("UPDATE users SET may_have_ticket = 0 WHERE username = 'plain'");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	assert_result("<root success=\"false\" error=\"[902] Ticket generation not allowed\" />");
	sql("INSERT INTO settings VALUES ('SysadminAccountName', 'JSMITH')");
	reload();
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "secret"});
	assert_result("<root success=\"false\" error=\"[902] Ticket generation not allowed\" />");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "wrong"});
	assert_result(AF);
}

static void
login_delay_holds_for_every_answer_of_a_login_and_for_no_other(void **state)
{
	const char *ticket;

	(void)state;
	sql("INSERT INTO settings VALUES ('LoginDelay', '1500')");
	reload();
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "secret"});
	assert_int_equal(delay_ms, 1500);
	ticket = CUT_TICKET();
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", "wrong", ""});
	assert_int_equal(delay_ms, 1500);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, "x"});
	assert_int_equal(delay_ms, 1500);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_int_equal(delay_ms, 0);
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_int_equal(delay_ms, 0);
}

static void
renew_gives_a_new_ticket_and_ends_the_old(void **state)
{
	const char *old = LOGIN("jsmith", NULL), *renewed;

	(void)state;
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", "en", old});
	renewed = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_not_equal(old, renewed);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {old});
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root", .param = {renewed});
	assert_result("<root success=\"true\" " JSMITH);
	/* The cookie stands in for an absent parameter. */
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret"}, .cookie = renewed);
	CUT_TICKET();
	ask(.operation = &op_isValidTicket, .element = "root", .param = {renewed});
	assert_result(TI("root"));
}

static void
renew_refuses_what_is_no_ticket_before_anything_else(void **state)
{
	static const char format[] = "<root success=\"false\" error=\"invalid ticket format\" />";
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, "not-a-guid"});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "wrong", NULL, "not-a-guid"});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, NULL});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, ""}, .cookie = "");
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "wrong", NULL, ticket});
	assert_result(AF);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" " JSMITH);
}

static void
is_valid_ticket_shows_the_user_without_the_ticket(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" " JSMITH);
	ask(.operation = &op_isValidTicket, .element = "root", .cookie = ticket);
	assert_result("<root success=\"true\" " JSMITH);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {NO_TICKET}, .cookie = ticket);
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root");
	assert_result(TI("root"));
}

static void
log_out_ends_the_ticket(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" />");
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result(TI("root"));
	ticket = LOGIN("jsmith", NULL);
	ask(.operation = &op_LogOut, .element = "root", .cookie = ticket);
	assert_result("<root success=\"true\" />");
	ask(.operation = &op_LogOut, .element = "root", .cookie = ticket);
	assert_result(TI("root"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(login_gives_a_ticket_and_the_user),
	    T(login_failure_is_the_same_for_every_cause),
	    T(login_of_an_account_without_tickets_is_told_so),
	    T(login_delay_holds_for_every_answer_of_a_login_and_for_no_other),
	    T(renew_gives_a_new_ticket_and_ends_the_old),
	    T(renew_refuses_what_is_no_ticket_before_anything_else),
	    T(is_valid_ticket_shows_the_user_without_the_ticket),
	    T(log_out_ends_the_ticket),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, forget_hash);
}
