/* Pages of other sites, which a browser may send here with its user's address: what they may ask and read, and what our
 * own pages and allowed_origins may. Contract: section 3. */
#include "shared_fixture.h"

#include <string.h>

static const char flush_ok[] = "<response success=\"true\" />";

static int
setup(void **state)
{
	(void)state;
	serve_all("jobs = false\nallowed_origins = https://intranet.example.com");
	log_in_admin();
	return 0;
}

static void
options_says_what_is_allowed_and_nothing_of_other_origins(void **state)
{
	static const char *const targets[] = {"/srv.asmx", "/srv.asmx/FlushApplicationCache", "*"};
	static const struct {
		const char *fields;
		int status;
	} rows[] = {{NULL, 200},
	    {"Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n"
	     "Access-Control-Request-Headers: content-type,soapaction\r\n",
		405},
	    {"Origin: null\r\nAccess-Control-Request-Method: GET\r\n", 405}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct wire_answer *a = wire_ask_kept(
			    &srv, wire_request(&srv, "OPTIONS", targets[i], rows[j].fields, wire_no_body));

			assert_int_equal(a->status, rows[j].status);
			assert_true(wire_field_is(a, "Allow", "GET, HEAD, POST"));
			assert_null(strstr(a->head, "Access-Control-"));
		}
	}
}

static void
expect_forbidden(enum wire_form f, const char *fields)
{
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	struct wire_conn *c = wire_connect(&srv);

	assert_true(wire_send(c, wire_call_request(&srv, f, fields, "LogOut", "AuthenticationTicket", ticket, NULL)));
	struct wire_answer *a = wire_read(c, false);
	if (a == NULL || a->status != 403)
		fail_msg(
		    "%s with %s is not forbidden: %s", wire_form_name[f], fields, a != NULL ? a->head : "no answer");
	assert_null(wire_field(a, "Access-Control-Allow-Origin"));
	assert_true(wire_send(c, wire_call_request(&srv, f, fields, "ServerInfo", NULL)));
	wire_result(f, "ServerInfo", wire_read(c, false));
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	wire_close(c);
	assert_true(wire_ticket_works(&srv, ticket));
}

static void
another_sites_page_may_only_ask_for_server_info(void **state)
{
	static const char *const fields[] = {"Sec-Fetch-Site: cross-site\r\n", "Origin: https://evil.example\r\n",
	    "Origin: null\r\n", "Origin: https://intranet.example.com.evil.example\r\n",
	    "Origin: http://intranet.example.com\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		WIRE_EACH_FORM(f)
		expect_forbidden(f, fields[i]);
	}
	expect_forbidden(WIRE_GET, "Sec-Purpose: prefetch\r\n");
}

static void
our_own_pages_and_allowed_origins_are_welcome(void **state)
{
	const char *fields[] = {wire_printf("Origin: http://%s\r\n", srv.host),
	    "Origin: https://intranet.example.com\r\n", "Sec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: none\r\n",
	    wire_printf("Origin: http://%s\r\nSec-Fetch-Site: same-origin\r\n", srv.host)};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		WIRE_EACH_FORM(f)
		wire_expect(f, "FlushApplicationCache",
		    wire_ask(&srv, wire_call_request(&srv, f, fields[i], "FlushApplicationCache",
				       "authenticationTicket", admin, NULL)),
		    flush_ok);
	}
}

/* What a browser wants to hear before it hands an answer to a page of another site. */
static void
an_allowed_origins_page_may_read_what_it_is_answered(void **state)
{
	static const char origin[] = "https://intranet.example.com";
	static const char *const foreign[] = {"https://evil.example", "null"};

	(void)state;
	/* Browsers call it cross-site all the same. */
	const char *fields = wire_printf("Origin: %s\r\nSec-Fetch-Site: cross-site\r\n", origin);
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_ask_kept(
		    &srv, wire_call_request(&srv, f, fields, "isValidTicket", "AuthenticationTicket", admin, NULL));

		assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
		assert_true(wire_field_is(a, "Access-Control-Allow-Origin", origin));
		assert_true(wire_field_is(a, "Vary", "Origin"));
		/* With a cookie it would be another's doing. */
		assert_null(strstr(a->head, "Access-Control-Allow-Credentials"));
		/* ServerInfo answers every page, which then may not read it. */
		for (size_t i = 0; i < 2; i++) {
			a = wire_ask_kept(&srv,
			    wire_call_request(&srv, f, wire_printf("Origin: %s\r\n", foreign[i]), "ServerInfo", NULL));
			wire_result(f, "ServerInfo", a);
			assert_null(strstr(a->head, "Access-Control-"));
		}
	}
	const char *preflight = wire_printf("%sAccess-Control-Request-Method: POST\r\n"
					    "Access-Control-Request-Headers: content-type,soapaction\r\n",
	    fields);
	struct wire_answer *a = wire_ask_kept(
	    &srv, wire_request(&srv, "OPTIONS", "/srv.asmx", preflight, wire_no_body));
	assert_int_equal(a->status, 200);
	assert_true(wire_field_is(a, "Access-Control-Allow-Origin", origin));
	assert_true(wire_field_is(a, "Access-Control-Allow-Methods", "GET, HEAD, POST"));
	assert_true(wire_field_is(a, "Access-Control-Allow-Headers", "Content-Type, SOAPAction"));
	assert_true(wire_field_is(a, "Vary", "Origin"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(options_says_what_is_allowed_and_nothing_of_other_origins),
	    WIRE_TEST(another_sites_page_may_only_ask_for_server_info),
	    WIRE_TEST(our_own_pages_and_allowed_origins_are_welcome),
	    WIRE_TEST(an_allowed_origins_page_may_read_what_it_is_answered),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
