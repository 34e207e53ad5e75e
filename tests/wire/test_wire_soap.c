/* SOAP 1.1 and 1.2 from outside: how an operation is named, in which encodings and framings a request may come,
 * and what is answered with a fault, in its exact shape and without any effect. Hostile XML is
 * test_wire_xml.c. Contract: section 3. */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>

#define DID_NOT_RECOGNIZE "Server did not recognize the value of HTTP Header SOAPAction: "
static const char flush_ok[] = "<response success=\"true\" />";

static const char *
flush_xml(void)
{
	return wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, NULL);
}

/* Whatever is answered, the connection is kept. */
static struct wire_answer *
soap(enum wire_form f, const char *action, const char *envelope)
{
	return wire_ask_kept(&srv, wire_soap(&srv, f, action, NULL, wire_bytes_text(envelope)));
}

static int
client_status(enum wire_form f)
{
	return f == WIRE_SOAP11 ? 500 : 400;
}

/* A flush that ran would show the name that the store holds by now. */
static void
arm(void)
{
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'a flush ran')");
}

static void
expect_nothing_ran(void)
{
	assert_string_not_equal(wire_server_name(&srv), "a flush ran");
}

static void
the_action_may_be_quoted_bare_empty_or_absent(void **state)
{
	static const char *const actions[] = {
	    "\"" WIRE_NS "FlushApplicationCache\"", WIRE_NS "FlushApplicationCache", "\"\"", "", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		wire_expect(WIRE_SOAP11, "FlushApplicationCache",
		    soap(WIRE_SOAP11, actions[i], wire_envelope(WIRE_SOAP11, NULL, flush_xml())), flush_ok);
	}
}

static void
soap_12_names_the_action_in_its_content_type_or_not_at_all(void **state)
{
	static const char *const types[] = {"application/soap+xml; charset=utf-8; action=\"" WIRE_NS
					    "FlushApplicationCache\"",
	    "application/soap+xml; action=\"" WIRE_NS "FlushApplicationCache\"; charset=utf-8",
	    "application/soap+xml;charset=\"UTF-8\";action=\"" WIRE_NS "FlushApplicationCache\"",
	    "application/soap+xml; charset=utf-8", "application/soap+xml", "Application/SOAP+XML; action=\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct wire_bytes b = wire_request(&srv, "POST", "/srv.asmx",
		    wire_printf("Content-Type: %s\r\n", types[i]),
		    wire_bytes_text(wire_envelope(WIRE_SOAP12, NULL, flush_xml())));

		wire_expect(WIRE_SOAP12, "FlushApplicationCache", wire_ask(&srv, b), flush_ok);
	}
}

static void
an_unknown_action_is_named_in_the_fault(void **state)
{
	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		wire_expect_fault(f, soap(f, "\"" WIRE_NS "Nope\"", wire_envelope(f, NULL, flush_xml())),
		    client_status(f), "Client", DID_NOT_RECOGNIZE WIRE_NS "Nope.");
		wire_expect_fault(f,
		    soap(f, "\"urn:other#FlushApplicationCache\"", wire_envelope(f, NULL, flush_xml())),
		    client_status(f), "Client", DID_NOT_RECOGNIZE "urn:other#FlushApplicationCache.");
		/* Names are exact here as in the forms. */
		wire_expect_fault(f,
		    soap(f, "\"" WIRE_NS "flushapplicationcache\"", wire_envelope(f, NULL, flush_xml())),
		    client_status(f), "Client", DID_NOT_RECOGNIZE WIRE_NS "flushapplicationcache.");
	}
	expect_nothing_ran();
}

static void
an_action_that_names_another_operation_runs_neither(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		wire_expect_fault(f, soap(f, "\"" WIRE_NS "ServerInfo\"", wire_envelope(f, NULL, flush_xml())),
		    client_status(f), "Client", NULL);
		wire_expect_fault(f,
		    soap(f, "\"" WIRE_NS "isValidTicket\"",
			wire_envelope(f, NULL, wire_op_xml("LogOut", "AuthenticationTicket", ticket, NULL))),
		    client_status(f), "Client", NULL);
	}
	expect_nothing_ran();
	assert_true(wire_ticket_works(&srv, ticket));
}

static void
a_body_element_that_is_no_operation_is_a_client_fault(void **state)
{
	static const char *const bodies[] = {"<Nope xmlns=\"http://tempuri.org/\"/>",
	    "<FlushApplicationCache xmlns=\"http://example.com/\"/>", "<FlushApplicationCache/>",
	    "<FlushApplicationCacheResponse xmlns=\"http://tempuri.org/\"/>",
	    "<flushApplicationCache xmlns=\"http://tempuri.org/\"/>"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
			wire_expect_fault(
			    f, soap(f, NULL, wire_envelope(f, NULL, bodies[i])), client_status(f), "Client", NULL);
		/* A long name is not thrown back whole. */
		const char *name = wire_repeat("A", 100);
		struct wire_answer *a = soap(
		    f, NULL, wire_envelope(f, NULL, wire_printf("<%s xmlns=\"http://tempuri.org/\"/>", name)));
		wire_expect_fault(f, a, client_status(f), "Client", NULL);
		assert_null(strstr(a->body, wire_repeat("A", 65)));
	}
}

static void
shapes_that_are_no_request_are_client_faults_and_run_nothing(void **state)
{
	const char *op = flush_xml();

	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		const char *ns = f == WIRE_SOAP11 ? "http://schemas.xmlsoap.org/soap/envelope/"
						  : "http://www.w3.org/2003/05/soap-envelope";
		const char *open = wire_printf("<s:Envelope xmlns:s=\"%s\">", ns);
		const char *bodies[] = {
		    op, /* no envelope */
		    wire_printf("%s</s:Envelope>", open),
		    wire_printf("%s<s:Header/></s:Envelope>", open),
		    wire_printf("%s<s:Body/></s:Envelope>", open),
		    wire_printf("%s<s:Body>text</s:Body></s:Envelope>", open),
		    wire_printf("%s<s:Body>%s%s</s:Body></s:Envelope>", open, op, op),
		    wire_printf("%s<s:Body>%s%s</s:Body></s:Envelope>", open, op, wire_op_xml("ServerInfo", NULL)),
		    wire_printf("%s<s:Body>%s</s:Body><s:Body>%s</s:Body></s:Envelope>", open, op, op),
		    wire_printf("%s<s:Body>%s</s:Body><s:Header/></s:Envelope>", open, op),
		    wire_printf("%s<s:Header/><s:Header/><s:Body>%s</s:Body></s:Envelope>", open, op),
		    wire_printf("%s<s:Header/><x/><s:Body>%s</s:Body></s:Envelope>", open, op),
		    wire_printf("%s<Body>%s</Body></s:Envelope>", open, op),
		    wire_printf("<x>%s<s:Body>%s</s:Body></s:Envelope></x>", open, op),
		    wire_printf(
			"%s<s:Body><s:Envelope><s:Body>%s</s:Body></s:Envelope></s:Body></s:Envelope>", open, op),
		    wire_printf("%s<s:Body><x>%s</x></s:Body></s:Envelope>", open, op),
		};

		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
			wire_expect_fault(f, soap(f, NULL, bodies[i]), 0, "Client", NULL);
			wire_expect_fault(
			    f, soap(f, "\"" WIRE_NS "FlushApplicationCache\"", bodies[i]), 0, "Client", NULL);
		}
	}
	expect_nothing_ran();
}

static void
elements_inside_a_parameter_are_a_client_fault(void **state)
{
	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		const char *body = wire_printf("<FlushApplicationCache xmlns=\"" WIRE_NS
					       "\"><authenticationTicket><x>%s</x>"
					       "</authenticationTicket></FlushApplicationCache>",
		    admin);

		wire_expect_fault(f, soap(f, NULL, wire_envelope(f, NULL, body)), 0, "Client", NULL);
	}
	expect_nothing_ran();
}

static void
parameters_may_come_in_any_order_and_in_pieces(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *body = "<AuthenticateUser xmlns=\"" WIRE_NS
				   "\">\n <PWD>correct <![CDATA[ho]]>r<!-- -->se</PWD>\n"
				   "<UID>&#97;dm<!---->in</UID>\n</AuthenticateUser>";
		struct wire_answer *a = soap(f, NULL, wire_envelope(f, NULL, body));

		assert_string_equal(wire_attr(wire_result(f, "AuthenticateUser", a), "success"), "true");
	}
}

static void
a_header_that_must_be_understood_stops_the_operation(void **state)
{
	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		static const char *const musts[2][2] = {{"1", "1"}, {"true", "1"}};

		for (size_t i = 0; i < 2; i++) {
			const char *header = wire_printf("<h:Tx xmlns:h=\"urn:h\" soap:mustUnderstand=\"%s\">5</h:Tx>",
			    musts[f == WIRE_SOAP11 ? 1 : 0][i]);

			wire_expect_fault(
			    f, soap(f, NULL, wire_envelope(f, header, flush_xml())), 500, "MustUnderstand", NULL);
		}
		expect_nothing_ran();
	}
	WIRE_EACH_SOAP(f)
	{
		wire_expect(f, "FlushApplicationCache",
		    soap(f, NULL,
			wire_envelope(f,
			    "<h:Tx xmlns:h=\"urn:h\" soap:mustUnderstand=\"0\">5</h:Tx><h:T xmlns:h=\"urn:h\"/>",
			    flush_xml())),
		    flush_ok);
		wire_sql(&srv, "DELETE FROM settings WHERE name = 'ServerName'");
	}
}

static void
another_envelope_namespace_is_a_version_mismatch(void **state)
{
	(void)state;
	arm();
	WIRE_EACH_SOAP(f)
	{
		const char *envelope = wire_printf(
		    "<e:Envelope xmlns:e=\"http://example.com/\"><e:Body>%s</e:Body></e:Envelope>", flush_xml());

		wire_expect_fault(f, soap(f, NULL, envelope), 500, "VersionMismatch", NULL);
	}
	expect_nothing_ran();
}

static void
an_envelope_of_the_other_version_is_never_run_as_both(void **state)
{
	(void)state;
	arm();
	/* 1.1 in application/soap+xml and 1.2 in text/xml: not the version that the content type speaks of. */
	wire_expect_fault(WIRE_SOAP12, soap(WIRE_SOAP12, NULL, wire_envelope(WIRE_SOAP11, NULL, flush_xml())), 500,
	    "VersionMismatch", NULL);
	wire_expect_fault(WIRE_SOAP11, soap(WIRE_SOAP11, NULL, wire_envelope(WIRE_SOAP12, NULL, flush_xml())), 500,
	    "VersionMismatch", NULL);
	expect_nothing_ran();
}

/* ---- encodings ---- */

static struct wire_bytes
utf16(const char *latin1, bool big, bool bom)
{
	size_t n = strlen(latin1);
	struct wire_bytes b = {wire_alloc(2 * n + 3), 0};

	if (bom) {
		b.p[b.len++] = (char)(big ? 0xFE : 0xFF);
		b.p[b.len++] = (char)(big ? 0xFF : 0xFE);
	}
	for (size_t i = 0; i < n; i++) {
		b.p[b.len++] = big ? '\0' : latin1[i];
		b.p[b.len++] = big ? latin1[i] : '\0';
	}
	return b;
}

static struct wire_answer *
soap_as(enum wire_form f, const char *charset, struct wire_bytes body)
{
	const char *type = f == WIRE_SOAP11 ? "text/xml" : "application/soap+xml";
	const char *fields = wire_printf(
	    "Content-Type: %s%s%s\r\n", type, charset != NULL ? "; charset=" : "", charset != NULL ? charset : "");

	return wire_ask_kept(&srv, wire_request(&srv, "POST", "/srv.asmx", fields, body));
}

static void
expect_user_logged_in(enum wire_form f, struct wire_answer *a)
{
	assert_string_equal(wire_attr(wire_result(f, "AuthenticateUser", a), "username"), WIRE_USER);
}

static void
requests_come_in_every_encoding_and_answers_in_utf_8(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *utf8 = wire_envelope(
		    f, NULL, wire_op_xml("AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL));
		const char *accent = strstr(utf8, "\xc3\xa9");
		/* The same in ISO-8859-1: the one letter that is not ASCII is one byte. */
		const char *latin1 = wire_printf("%.*s\xe9%s", (int)(accent - utf8), utf8, accent + 2);
		const char *declared = wire_printf("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n%s", latin1);

		expect_user_logged_in(f, soap_as(f, "utf-8", wire_bytes_text(utf8)));
		expect_user_logged_in(f, soap_as(f, "UTF-8", wire_bytes_text(utf8)));
		expect_user_logged_in(f, soap_as(f, NULL, wire_bytes_text(utf8)));
		expect_user_logged_in(f, soap_as(f, "utf-8",
					     wire_bytes_text(wire_printf(
						 "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>%s", utf8))));
		expect_user_logged_in(f, soap_as(f, "utf-16", utf16(latin1, false, true)));
		expect_user_logged_in(f, soap_as(f, "utf-16", utf16(latin1, true, true)));
		expect_user_logged_in(f, soap_as(f, NULL, utf16(latin1, false, true)));
		expect_user_logged_in(f, soap_as(f, "iso-8859-1", wire_bytes_text(latin1)));
		expect_user_logged_in(f, soap_as(f, NULL, wire_bytes_text(declared)));
		expect_user_logged_in(f, soap_as(f, "iso-8859-1", wire_bytes_text(declared)));
	}
}

static void
the_charset_of_http_wins_over_the_declaration(void **state)
{
	static const char *const declared[] = {"utf-16", "utf-7", "iso-8859-1"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < 3; i++) {
			const char *xml = wire_printf("<?xml version=\"1.0\" encoding=\"%s\"?>%s", declared[i],
			    wire_envelope(f, NULL,
				wire_op_xml("AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL)));

			expect_user_logged_in(f, soap_as(f, "utf-8", wire_bytes_text(xml)));
		}
	}
}

static void
unknown_encodings_are_client_faults(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *xml = wire_envelope(f, NULL, wire_op_xml("ServerInfo", NULL));

		wire_expect_fault(f, soap_as(f, "shift_jis", wire_bytes_text(xml)), 400, "Client", NULL);
		wire_expect_fault(f,
		    soap_as(
			f, NULL, wire_bytes_text(wire_printf("<?xml version=\"1.0\" encoding=\"cp1252\"?>%s", xml))),
		    400, "Client", NULL);
		wire_expect_fault(f, soap_as(f, "utf-16", utf16(xml, true, false)), 400, "Client", NULL);
	}
}

/* ---- framing of good requests ---- */

static void
requests_come_with_a_length_or_in_chunks(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct wire_bytes body = wire_bytes_text(wire_envelope(f, NULL, flush_xml()));

		for (size_t chunk = 1; chunk <= 4096; chunk *= 8) {
			struct wire_bytes head = wire_soap(
			    &srv, f, NULL, "Transfer-Encoding: chunked\r\n", wire_no_body);

			wire_expect(f, "FlushApplicationCache",
			    wire_ask(&srv, wire_join(head, wire_chunks(body, chunk))), flush_ok);
		}
	}
}

static void
expect_100_continue_is_answered_before_the_body(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct wire_bytes body = wire_bytes_text(wire_envelope(f, NULL, flush_xml()));
		struct wire_bytes all = wire_soap(&srv, f, NULL, "Expect: 100-continue\r\n", body);
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, (struct wire_bytes){all.p, all.len - body.len}));
		struct wire_answer *go = wire_read(c, false);
		assert_non_null(go);
		assert_int_equal(go->status, 100);
		assert_true(wire_send(c, body));
		wire_expect(f, "FlushApplicationCache", wire_read(c, false), flush_ok);
		/* A body that comes along uninvited is read all the same; the 100 may then be left out. */
		assert_true(wire_send(c, all));
		struct wire_answer *a = wire_read(c, false);
		if (a != NULL && a->status == 100)
			a = wire_read(c, false);
		wire_expect(f, "FlushApplicationCache", a, flush_ok);
	}
}

static void
a_fault_keeps_the_connection(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, wire_soap(&srv, f, NULL, NULL, wire_bytes_text("<a"))));
		wire_expect_fault(f, wire_read(c, false), 400, "Client", NULL);
		assert_true(
		    wire_send(c, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(wire_envelope(f, NULL, flush_xml())))));
		wire_expect(f, "FlushApplicationCache", wire_read(c, false), flush_ok);
	}
}

/* Answers that wait for a password's hash while the same event loop answers the other version. */
static void
versions_in_flight_at_once_do_not_mix(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "workers = 1\njobs = false");
	WIRE_EACH_SOAP(slow)
	{
		enum wire_form quick = slow == WIRE_SOAP11 ? WIRE_SOAP12 : WIRE_SOAP11;

		for (int i = 0; i < 5; i++) {
			struct wire_conn *c = wire_connect(&own);

			assert_true(wire_send(c, wire_call_request(&own, slow, NULL, "AuthenticateUser", "UID",
						     WIRE_USER, "PWD", WIRE_USER_PWD, NULL)));
			wire_result(quick, "ServerInfo", wire_call(&own, quick, "ServerInfo", NULL));
			expect_user_logged_in(slow, wire_read(c, false));
			wire_close(c);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_action_may_be_quoted_bare_empty_or_absent),
	    WIRE_TEST(soap_12_names_the_action_in_its_content_type_or_not_at_all),
	    WIRE_TEST(an_unknown_action_is_named_in_the_fault),
	    WIRE_TEST(an_action_that_names_another_operation_runs_neither),
	    WIRE_TEST(a_body_element_that_is_no_operation_is_a_client_fault),
	    WIRE_TEST(shapes_that_are_no_request_are_client_faults_and_run_nothing),
	    WIRE_TEST(elements_inside_a_parameter_are_a_client_fault),
	    WIRE_TEST(parameters_may_come_in_any_order_and_in_pieces),
	    WIRE_TEST(a_header_that_must_be_understood_stops_the_operation),
	    WIRE_TEST(another_envelope_namespace_is_a_version_mismatch),
	    WIRE_TEST(an_envelope_of_the_other_version_is_never_run_as_both),
	    WIRE_TEST(requests_come_in_every_encoding_and_answers_in_utf_8),
	    WIRE_TEST(the_charset_of_http_wins_over_the_declaration),
	    WIRE_TEST(unknown_encodings_are_client_faults),
	    WIRE_TEST(requests_come_with_a_length_or_in_chunks),
	    WIRE_TEST(expect_100_continue_is_answered_before_the_body),
	    WIRE_TEST(a_fault_keeps_the_connection),
	    WIRE_TEST(versions_in_flight_at_once_do_not_mix),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup_admin, wire_group_teardown);
}
