/* How parameters, cookies and paths are read, in forms and in SOAP: absent, empty, repeated, unknown, in other
 * case, encoded, nil. Contract: sections 2 and 3. */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>

/* Whatever is answered, the connection is kept. */
static struct wire_answer *
get(const char *target)
{
	return wire_ask_kept(&srv, wire_get(&srv, target, NULL));
}

static struct wire_answer *
post(const char *target, const char *body)
{
	return wire_ask_kept(&srv, wire_request(&srv, "POST", target,
				       "Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text(body)));
}

static struct wire_answer *
soap(enum wire_form f, const char *op, const char *body)
{
	return wire_ask_kept(&srv, wire_soap(&srv, f, wire_printf("\"" WIRE_NS "%s\"", op), NULL,
				       wire_bytes_text(wire_envelope(f, NULL, body))));
}

static void
absent_parameters_are_null_and_the_operation_decides(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		wire_expect_error(
		    f, "FlushApplicationCache", wire_call(&srv, f, "FlushApplicationCache", NULL), WIRE_901);
		wire_expect_error(f, "isValidTicket", wire_call(&srv, f, "isValidTicket", NULL), WIRE_901);
		wire_expect_error(f, "AuthenticateUser", wire_call(&srv, f, "AuthenticateUser", NULL), WIRE_900);
		wire_expect_error(
		    f, "AuthenticateUser", wire_call(&srv, f, "AuthenticateUser", "UID", "nobody-1", NULL), WIRE_900);
		wire_expect_error(f, "RenewTicket", wire_call(&srv, f, "RenewTicket", NULL), "invalid ticket format");
	}
}

static void
empty_parameters_are_no_ticket_and_no_password(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		wire_expect_error(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", "", NULL), WIRE_901);
		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", "nobody-2", "PWD", "", NULL), WIRE_900);
	}
}

static void
nil_parameters_are_null(void **state)
{
	static const char *const nils[] = {"true", "1"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < 2; i++) {
			const char *body = wire_printf(
			    "<FlushApplicationCache xmlns=\"" WIRE_NS
			    "\"><authenticationTicket xsi:nil=\"%s\"/></FlushApplicationCache>",
			    nils[i]);

			wire_expect_error(f, "FlushApplicationCache", soap(f, "FlushApplicationCache", body), WIRE_901);
		}
		wire_expect_error(f, "AuthenticateUser",
		    soap(f, "AuthenticateUser",
			"<AuthenticateUser xmlns=\"" WIRE_NS
			"\"><UID>nobody-4</UID><PWD xsi:nil=\"true\"/></AuthenticateUser>"),
		    WIRE_900);
		wire_expect(f, "FlushApplicationCache",
		    soap(f, "FlushApplicationCache",
			wire_printf("<FlushApplicationCache xmlns=\"" WIRE_NS
				    "\"><authenticationTicket xsi:nil=\"false\">"
				    "%s</authenticationTicket></FlushApplicationCache>",
			    admin)),
		    "<response success=\"true\" />");
	}
}

static void
a_ticket_is_known_in_soap_under_both_spellings(void **state)
{
	static const char *const spellings[] = {"authenticationTicket", "AuthenticationTicket"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < 2; i++) {
			wire_expect(f, "FlushApplicationCache",
			    wire_call(&srv, f, "FlushApplicationCache", spellings[i], admin, NULL),
			    "<response success=\"true\" />");
			struct wire_answer *a = wire_call(&srv, f, "isValidTicket", spellings[i], admin, NULL);
			assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
		}
		/* Every other name is a name of its own. */
		wire_expect_error(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "AUTHENTICATIONTICKET", admin, NULL), WIRE_901);
		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", WIRE_ADMIN, "pwd", WIRE_ADMIN_PWD, NULL), WIRE_900);
		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "uid", WIRE_ADMIN, "PWD", WIRE_ADMIN_PWD, NULL), WIRE_900);
	}
}

static void
names_in_forms_are_matched_in_any_case(void **state)
{
	static const char *const spellings[] = {"AUTHENTICATIONTICKET", "authenticationticket", "AuthenticationTicket"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (enum wire_form f = WIRE_GET; f <= WIRE_POST; f++)
			wire_expect(f, "FlushApplicationCache",
			    wire_call(&srv, f, "FlushApplicationCache", spellings[i], admin, NULL),
			    "<response success=\"true\" />");
	}
}

static void
unknown_parameters_are_ignored(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		wire_expect(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "x", "1", "authenticationTicket", admin, "_", "", NULL),
		    "<response success=\"true\" />");
	}
}

static void
repeated_parameters_are_joined_with_a_comma(void **state)
{
	static struct wire_srvd own;
	const char *joined = wire_printf(
	    "/srv.asmx/FlushApplicationCache?authenticationTicket=%s&authenticationTicket=%s", admin, admin);

	(void)state;
	wire_expect_error(WIRE_GET, "FlushApplicationCache", get(joined), WIRE_901);
	wire_expect_error(WIRE_POST, "FlushApplicationCache",
	    post("/srv.asmx/FlushApplicationCache", strchr(joined, '?') + 1), WIRE_901);
	/* The comma is really there: a user whose name and password hold one logs in by halves. */
	wire_prepare(&own, NULL);
	wire_srvadm(&own, "left hand,right hand\n", "user", "add", "me,too", NULL);
	wire_start(&own);
	struct wire_answer *a = wire_ask(
	    &own, wire_get(&own, "/srv.asmx/AuthenticateUser?UID=me&PWD=left%20hand&uid=too&Pwd=right%20hand", NULL));
	assert_string_equal(wire_attr(wire_result(WIRE_GET, "AuthenticateUser", a), "success"), "true");
}

static void
repeated_parameters_in_soap_are_a_fault(void **state)
{
	(void)state;
	size_t from = wire_log_size(&srv);
	WIRE_EACH_SOAP(f)
	{
		wire_expect_fault(f,
		    soap(f, "FlushApplicationCache",
			wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, "authenticationTicket",
			    admin, NULL)),
		    0, "Client", NULL);
		/* Two spellings of a ticket are one parameter. */
		wire_expect_fault(f,
		    soap(f, "FlushApplicationCache",
			wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, "AuthenticationTicket",
			    admin, NULL)),
		    0, "Client", NULL);
		wire_expect_fault(f,
		    soap(f, "AuthenticateUser",
			wire_op_xml(
			    "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, "UID", WIRE_ADMIN, NULL)),
		    0, "Client", NULL);
	}
	wire_expect_nothing_ran(&srv, from);
}

static void
a_post_form_reads_its_body_only(void **state)
{
	const char *query = wire_printf("/srv.asmx/FlushApplicationCache?authenticationTicket=%s", admin);

	(void)state;
	wire_expect_error(WIRE_POST, "FlushApplicationCache", post(query, ""), WIRE_901);
	wire_expect_error(WIRE_POST, "FlushApplicationCache", post(query, "authenticationTicket=x"), WIRE_901);
	wire_expect(WIRE_POST, "FlushApplicationCache",
	    post("/srv.asmx/FlushApplicationCache?authenticationTicket=x",
		wire_printf("authenticationTicket=%s", admin)),
	    "<response success=\"true\" />");
}

static void
plus_and_percent_decode(void **state)
{
	/* The user's password is `p+q %25&=`, an e with an acute accent, and ` left`. */
	static const char text[] = "UID=%6A%73mith&PWD=p%2bq+%2525%26%3D%C3%A9+l%65ft";
	struct wire_answer *a = get(wire_printf("/srv.asmx/AuthenticateUser?%s", text));

	(void)state;
	assert_string_equal(wire_attr(wire_result(WIRE_GET, "AuthenticateUser", a), "success"), "true");
	a = post("/srv.asmx/AuthenticateUser", text);
	assert_string_equal(wire_attr(wire_result(WIRE_POST, "AuthenticateUser", a), "success"), "true");
}

static void
bad_escapes_and_nul_are_a_400(void **state)
{
	static const char *const bad[] = {
	    "%zz", "%", "%4", "a%4", "%u0041", "%00", "a%00b", "%C0%AF", "%ED%A0%80", "%FF", "%E2%82"};

	(void)state;
	size_t from = wire_log_size(&srv);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		wire_expect_plain(get(wire_printf("/srv.asmx/ServerInfo?x=%s", bad[i])), 400);
		wire_expect_plain(get(wire_printf("/srv.asmx/isValidTicket?AuthenticationTicket=%s", bad[i])), 400);
		wire_expect_plain(post("/srv.asmx/isValidTicket", wire_printf("AuthenticationTicket=%s", bad[i])), 400);
		/* Beside a good ticket, too, and in a name. */
		wire_expect_plain(
		    get(wire_printf("/srv.asmx/FlushApplicationCache?authenticationTicket=%s&x=%s", admin, bad[i])),
		    400);
		wire_expect_plain(
		    post("/srv.asmx/FlushApplicationCache", wire_printf("authenticationTicket=%s&%s=x", admin, bad[i])),
		    400);
	}
	wire_expect_nothing_ran(&srv, from);
}

static void
forms_have_limits(void **state)
{
	const char *many = wire_repeat("a=1&", 64);

	(void)state;
	wire_expect_plain(get(wire_printf("/srv.asmx/ServerInfo?%sb=2", many)), 400);
	wire_result(WIRE_GET, "ServerInfo", get(wire_printf("/srv.asmx/ServerInfo?%s", wire_repeat("a=1&", 63))));
	wire_expect_plain(post("/srv.asmx/ServerInfo", wire_printf("%sb=2", many)), 400);
	wire_expect_plain(post("/srv.asmx/ServerInfo", wire_printf("x=%s", wire_repeat("v", 4097))), 400);
	wire_result(WIRE_POST, "ServerInfo", post("/srv.asmx/ServerInfo", wire_printf("x=%s", wire_repeat("v", 4096))));
	wire_expect_plain(post("/srv.asmx/ServerInfo", wire_printf("%s=1", wire_repeat("n", 65))), 400);
	wire_result(WIRE_POST, "ServerInfo", post("/srv.asmx/ServerInfo", wire_printf("%s=1", wire_repeat("n", 64))));
	/* An operation that would have all it needs does not run beside what is over a limit. */
	size_t from = wire_log_size(&srv);
	const char *flush = wire_printf("authenticationTicket=%s", admin);
	const char *over[] = {wire_repeat("&a=1", 64), wire_repeat("&a=1", 999),
	    wire_printf("&%s=1", wire_repeat("n", 65)), wire_printf("&x=%s", wire_repeat("v", 4097))};
	for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
		wire_expect_plain(post("/srv.asmx/FlushApplicationCache", wire_printf("%s%s", flush, over[i])), 400);
		wire_expect_plain(get(wire_printf("/srv.asmx/FlushApplicationCache?%s%s", flush, over[i])), 400);
	}
	wire_expect_nothing_ran(&srv, from);
}

static void
the_cookie_stands_in_where_it_may(void **state)
{
	const char *cookie = wire_printf("Cookie: a=b; ticket=%s; c=d\r\n", admin), *ticket;

	(void)state;
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_ask(&srv, wire_call_request(&srv, f, cookie, "isValidTicket", NULL));
		assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
		a = wire_ask(
		    &srv, wire_call_request(&srv, f, cookie, "isValidTicket", "AuthenticationTicket", "", NULL));
		assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
		/* A parameter that is there is the one that counts. */
		a = wire_ask(
		    &srv, wire_call_request(&srv, f, cookie, "isValidTicket", "AuthenticationTicket", "x", NULL));
		wire_expect_error(f, "isValidTicket", a, WIRE_901);

		ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
		a = wire_ask(&srv, wire_call_request(&srv, f, wire_printf("Cookie: ticket=%s\r\n", ticket),
				       "RenewTicket", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL));
		assert_string_equal(wire_attr(wire_result(f, "RenewTicket", a), "success"), "true");
		assert_false(wire_ticket_works(&srv, ticket));

		ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
		a = wire_ask(
		    &srv, wire_call_request(&srv, f, wire_printf("Cookie: ticket=%s\r\n", ticket), "LogOut", NULL));
		wire_expect(f, "LogOut", a, "<root success=\"true\" />");
		assert_false(wire_ticket_works(&srv, ticket));
	}
}

static void
no_other_operation_reads_a_cookie(void **state)
{
	static const char *const ops[] = {"FlushApplicationCache", "GetMaintenanceJobsStatus", "GetWarehouseStatus"};
	const char *cookie = wire_printf("Cookie: ticket=%s\r\n", admin);

	(void)state;
	WIRE_EACH_FORM(f)
	{
		for (size_t i = 0; i < 3; i++)
			wire_expect_error(
			    f, ops[i], wire_ask(&srv, wire_call_request(&srv, f, cookie, ops[i], NULL)), WIRE_901);
	}
}

static void
tickets_and_names_are_matched_in_any_case(void **state)
{
	char upper[40];

	(void)state;
	for (size_t i = 0; i <= strlen(admin); i++)
		upper[i] = (char)(admin[i] >= 'a' && admin[i] <= 'f' ? admin[i] - 'a' + 'A' : admin[i]);
	WIRE_EACH_FORM(f)
	{
		wire_expect(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", upper, NULL),
		    "<response success=\"true\" />");
		struct wire_answer *a = wire_call(
		    &srv, f, "AuthenticateUser", "UID", "JSmith", "PWD", WIRE_USER_PWD, NULL);
		assert_string_equal(wire_attr(wire_result(f, "AuthenticateUser", a), "username"), WIRE_USER);
	}
}

static void
paths_are_matched_in_any_case_and_slashes_collapse(void **state)
{
	static const char *const good[] = {"/srv.asmx/ServerInfo", "/SRV.ASMX/ServerInfo", "/Srv.Asmx/ServerInfo",
	    "//srv.asmx/ServerInfo", "/srv.asmx//ServerInfo", "///srv.asmx///ServerInfo", "/srv.asmx/Server%49nfo"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		wire_result(WIRE_GET, "ServerInfo", get(good[i]));
		wire_result(WIRE_POST, "ServerInfo", post(good[i], ""));
	}
}

static void
operation_names_are_matched_exactly(void **state)
{
	static const char *const bad[] = {"serverinfo", "SERVERINFO", "Nope", "ServerInfo2", "isvalidticket"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *target = wire_printf("/srv.asmx/%s", bad[i]);
		const char *text = wire_printf("%s Web Service method name is not valid.", bad[i]);
		struct wire_answer *a = get(target);

		wire_expect_plain(a, 404);
		assert_string_equal(a->body, text);
		a = post(target, "");
		wire_expect_plain(a, 404);
		assert_string_equal(a->body, text);
	}
	/* A long name is not thrown back whole. */
	assert_string_equal(get(wire_printf("/srv.asmx/%s", wire_repeat("A", 100)))->body,
	    wire_printf("%s Web Service method name is not valid.", wire_repeat("A", 64)));
	wire_expect_plain(get("/srv.asmx/ServerInfo/"), 404);
	wire_expect_plain(get("/srv.asmx/ServerInfo/x"), 404);
}

static void
a_prefix_may_stand_in_front(void **state)
{
	static struct wire_srvd own;
	static const char *const good[] = {"/InfoRouter/srv.asmx/ServerInfo", "/inforouter/SRV.asmx/ServerInfo",
	    "//InfoRouter//srv.asmx/ServerInfo", "/srv.asmx/ServerInfo"};

	(void)state;
	wire_new(&own, "base_path = /InfoRouter");
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct wire_answer *a = wire_ask(&own, wire_get(&own, good[i], NULL));

		if (a == NULL || a->status != 200)
			fail_msg("%s: %s", good[i], a != NULL ? a->head : "no answer");
	}
	wire_expect_plain(wire_ask(&own, wire_get(&own, "/InfoRouter/InfoRouter/srv.asmx/ServerInfo", NULL)), 404);
	wire_expect_plain(wire_ask(&own, wire_get(&own, "/Other/srv.asmx/ServerInfo", NULL)), 404);
	wire_expect_plain(wire_ask(&own, wire_get(&own, "/InfoRoutersrv.asmx/ServerInfo", NULL)), 404);
	struct wire_bytes b = wire_request(&own, "POST", "/InfoRouter/srv.asmx",
	    "Content-Type: text/xml\r\nSOAPAction: \"\"\r\n",
	    wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, wire_op_xml("ServerInfo", NULL))));
	wire_result(WIRE_SOAP11, "ServerInfo", wire_ask(&own, b));
}

static void
head_is_get_without_the_body(void **state)
{
	static const char *const targets[] = {"/srv.asmx/ServerInfo", "/srv.asmx", "/srv.asmx?wsdl", "/srv.asmx?disco"};
	static const char *const same[] = {"Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, wire_request(&srv, "HEAD", targets[i], NULL, wire_no_body)));
		struct wire_answer *head = wire_read(c, true);
		assert_non_null(head);
		/* Had a body come, it would be read here as the next answer. */
		assert_true(wire_send(c, wire_get(&srv, targets[i], NULL)));
		struct wire_answer *full = wire_read(c, false);
		assert_non_null(full);
		assert_int_equal(head->status, full->status);
		for (size_t j = 0; j < sizeof same / sizeof *same; j++) {
			const char *a = wire_field(head, same[j]), *b = wire_field(full, same[j]);

			assert_int_equal(a != NULL, b != NULL);
			if (a != NULL)
				assert_string_equal(a, b);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(absent_parameters_are_null_and_the_operation_decides),
	    WIRE_TEST(empty_parameters_are_no_ticket_and_no_password),
	    WIRE_TEST(nil_parameters_are_null),
	    WIRE_TEST(a_ticket_is_known_in_soap_under_both_spellings),
	    WIRE_TEST(names_in_forms_are_matched_in_any_case),
	    WIRE_TEST(unknown_parameters_are_ignored),
	    WIRE_TEST(repeated_parameters_are_joined_with_a_comma),
	    WIRE_TEST(repeated_parameters_in_soap_are_a_fault),
	    WIRE_TEST(a_post_form_reads_its_body_only),
	    WIRE_TEST(plus_and_percent_decode),
	    WIRE_TEST(bad_escapes_and_nul_are_a_400),
	    WIRE_TEST(forms_have_limits),
	    WIRE_TEST(the_cookie_stands_in_where_it_may),
	    WIRE_TEST(no_other_operation_reads_a_cookie),
	    WIRE_TEST(tickets_and_names_are_matched_in_any_case),
	    WIRE_TEST(paths_are_matched_in_any_case_and_slashes_collapse),
	    WIRE_TEST(operation_names_are_matched_exactly),
	    WIRE_TEST(a_prefix_may_stand_in_front),
	    WIRE_TEST(head_is_get_without_the_body),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup_admin, wire_group_teardown);
}
