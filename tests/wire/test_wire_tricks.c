/* Requests that are after something else than they say: two operations for one, an action that names another, somebody
 * else's browser, a path out of the service, text that is to come back in an answer. Each is refused, keeps its
 * connection, runs nothing, and leaves one line that says of which class it was and from whom. Contract: section 3. */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const char *
flush_xml(void)
{
	return wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, NULL);
}

static const char *
login_xml(void)
{
	return wire_op_xml("AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
}

/* The answer on a connection that is kept; nothing ran, and the log has exactly one line of it, of this class, and of
 * the level of an attack: but a path that is none may be a browser's wish for an icon. */
static struct wire_answer *
refused(struct wire_bytes request, const char *class)
{
	size_t from = wire_log_size(&srv);
	struct wire_answer *a = wire_ask_kept(&srv, request);

	wire_expect_nothing_ran(&srv, from);
	if (wire_log_count(&srv, from, "") != 1 ||
	    wire_log_count(&srv, from,
		wire_printf("Z %s request refused class=%s detail=\"", strcmp(class, "path") == 0 ? "info" : "warn",
		    class)) != 1 ||
	    wire_log_count(&srv, from, "\" peer=127.0.0.1\n") != 1)
		fail_msg("not one line of class %s in the log behind %.300s: %s", class, request.p,
		    wire_log_text(&srv) + from);
	return a;
}

static struct wire_answer *
refused_soap(enum wire_form f, const char *action, const char *body, const char *class)
{
	return refused(wire_soap(&srv, f, action, NULL, wire_bytes_text(wire_envelope(f, NULL, body))), class);
}

/* ---- one operation for another ---- */

static void
of_two_operations_none_runs(void **state)
{
	const char *ops[] = {login_xml(), flush_xml(), wire_op_xml("ServerInfo", NULL)};
	static const char *const actions[] = {NULL, "\"" WIRE_NS "AuthenticateUser\"",
	    "\"" WIRE_NS "FlushApplicationCache\"", "\"" WIRE_NS "ServerInfo\""};
	const char *tickets = wire_sql_text(&srv, "SELECT count(*) FROM tickets");

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < 9; i++) {
			for (size_t j = 0; j < 4; j++)
				wire_expect_fault(f,
				    refused_soap(f, actions[j], wire_printf("%s%s", ops[i / 3], ops[i % 3]), "soap"), 0,
				    "Client", NULL);
		}
	}
	assert_string_equal(wire_sql_text(&srv, "SELECT count(*) FROM tickets"), tickets);
}

static void
an_action_that_names_another_operation_is_logged_as_an_attack(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		wire_expect_fault(f, refused_soap(f, "\"" WIRE_NS "ServerInfo\"", flush_xml(), "soapaction-spoof"), 0,
		    "Client", NULL);
		wire_expect_fault(f,
		    refused_soap(
			f, "\"" WIRE_NS "FlushApplicationCache\"", wire_op_xml("ServerInfo", NULL), "soapaction-spoof"),
		    0, "Client", NULL);
		wire_expect_fault(
		    f, refused_soap(f, WIRE_NS "isValidTicket", login_xml(), "soapaction-spoof"), 0, "Client", NULL);
	}
}

static void
an_operation_under_another_name_is_none(void **state)
{
	const char *bodies[] = {
	    "<AuthenticateUser xmlns=\"http://example.com/\"><UID>u</UID><PWD>p</PWD></AuthenticateUser>",
	    "<AuthenticateUser><UID>u</UID><PWD>p</PWD></AuthenticateUser>",
	    wire_printf("<%s xmlns=\"" WIRE_NS "\"/>", wire_repeat("A", 100)),
	    "<AuthenticateUser xmlns=\"" WIRE_NS "\"><UID><x>admin</x></UID><PWD>p</PWD></AuthenticateUser>",
	    "<AuthenticateUser xmlns=\"" WIRE_NS "\"><UID>admin<x/></UID><PWD>p</PWD></AuthenticateUser>"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
			wire_expect_fault(f, refused_soap(f, NULL, bodies[i], "soap"), 0, "Client", NULL);
	}
}

/* Security headers that are empty where a library looks for something: understood by nobody, whether they must be or
 * may be passed over. */
static void
empty_security_headers_are_not_looked_into(void **state)
{
	static const char inner[] = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>"
				    "<w:BinarySecurityToken/><w:UsernameToken/>"
				    "<e:EncryptedKey xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>"
				    "<e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>";

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (int must = 0; must < 2; must++) {
			const char *header = wire_printf(
			    "<w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/"
			    "oasis-200401-wss-wssecurity-secext-1.0.xsd\" soap:mustUnderstand=\"%d\">%s</w:Security>",
			    must, inner);
			struct wire_bytes ask = wire_soap(
			    &srv, f, NULL, NULL, wire_bytes_text(wire_envelope(f, header, flush_xml())));

			if (must)
				wire_expect_fault(f, refused(ask, "soap"), 500, "MustUnderstand", NULL);
			else
				wire_expect(f, "FlushApplicationCache", wire_ask_kept(&srv, ask),
				    "<response success=\"true\" />");
		}
	}
}

/* To a form it is parameters of strange names, which are ignored, or none at all. */
static void
an_envelope_sent_as_a_form_is_a_form(void **state)
{
	static const char type[] = "Content-Type: application/x-www-form-urlencoded\r\n";
	const char *tickets = wire_sql_text(&srv, "SELECT count(*) FROM tickets");
	struct wire_bytes body = wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, flush_xml()));

	(void)state;
	wire_expect_error(WIRE_POST, "FlushApplicationCache",
	    wire_ask_kept(&srv, wire_request(&srv, "POST", "/srv.asmx/FlushApplicationCache", type, body)), WIRE_901);
	body = wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, login_xml()));
	wire_expect_error(WIRE_POST, "AuthenticateUser",
	    wire_ask_kept(&srv, wire_request(&srv, "POST", "/srv.asmx/AuthenticateUser", type, body)), WIRE_900);
	body = wire_bytes_text("<x>100%</x>");
	wire_expect_plain(refused(wire_request(&srv, "POST", "/srv.asmx/AuthenticateUser", type, body), "form"), 400);
	assert_string_equal(wire_sql_text(&srv, "SELECT count(*) FROM tickets"), tickets);
}

/* ---- what comes back ---- */

/* Where the text of a stranger stands in a request that is answered with a fault. NAME: where XML wants a name. */
static const struct {
	enum { NAME, VALUE } kind;
	const char *header, *body; /* %s is the text */
} places[] = {
    {NAME, NULL, "<%s xmlns=\"" WIRE_NS "\"/>"},
    {VALUE, NULL, "<FlushApplicationCache xmlns=\"urn:%s\"/>"},
    {VALUE, NULL, "<FlushApplicationCache xmlns=\"" WIRE_NS "\"/>%s"},
    {VALUE, NULL, "<LogOut xmlns=\"" WIRE_NS "\">%s</LogOut>"},
    {NAME, NULL, "<LogOut xmlns=\"" WIRE_NS "\"><AuthenticationTicket><%s/></AuthenticationTicket></LogOut>"},
    {VALUE, NULL,
	"<LogOut xmlns=\"" WIRE_NS "\"><AuthenticationTicket xsi:nil=\"1\">%s</AuthenticationTicket></LogOut>"},
    {VALUE, NULL, "<LogOut xmlns=\"" WIRE_NS "\"><x xmlns:a=\"%s\" b:c=\"\"/></LogOut>"},
    {NAME, NULL, "<LogOut xmlns=\"" WIRE_NS "\"><%s:x/></LogOut>"},
    {NAME, NULL, "<LogOut xmlns=\"" WIRE_NS "\">&%s;</LogOut>"},
    {NAME, NULL, "<LogOut xmlns=\"" WIRE_NS "\"></%s>"},
    {NAME, NULL, "<?%s x?>"},
    {NAME, "<%s xmlns=\"urn:x\" soap:mustUnderstand=\"1\"/>", "<LogOut xmlns=\"" WIRE_NS "\"/>"},
    {VALUE, "<x xmlns=\"urn:%s\" soap:mustUnderstand=\"1\"/>", "<LogOut xmlns=\"" WIRE_NS "\"/>"},
};

static struct wire_answer *
fault_with(enum wire_form f, size_t place, const char *text)
{
	const char *body = places[place].body, *header = places[place].header;
	const char *at = strstr(header != NULL ? header : body, "%s"), *whole = header != NULL ? header : body;

	whole = wire_printf("%.*s%s%s", (int)(at - whole), whole, text, at + 2);
	return refused(
	    wire_soap(&srv, f, NULL, NULL,
		wire_bytes_text(wire_envelope(f, header != NULL ? whole : NULL, header != NULL ? body : whole))),
	    "soap");
}

static void
a_fault_says_nothing_of_what_was_sent(void **state)
{
	const char *values[] = {
	    wire_xml_escape("<script>alert(1)</script>"), wire_xml_escape("\"]]>&"), "&#xe9;\xc3\xa9"};
	static const char *const names[] = {"script", "onload", "\xc3\xa9\xc3\xa9"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
			struct wire_answer *plain = fault_with(f, i, "plain");

			for (size_t j = 0; j < 3; j++)
				assert_string_equal(
				    fault_with(f, i, places[i].kind == NAME ? names[j] : values[j])->body, plain->body);
			assert_null(strstr(plain->body, "plain"));
			/* What is not even text. */
			assert_null(strchr(fault_with(f, i, "\xff")->body, '\xff'));
		}
		static const char *const charsets[] = {"script", "\"<script>\"", "\xff"};
		for (size_t j = 0; j < 3; j++) {
			const char *type = f == WIRE_SOAP11 ? "text/xml" : "application/soap+xml";
			struct wire_answer *a = refused(
			    wire_request(&srv, "POST", "/srv.asmx",
				wire_printf("Content-Type: %s; charset=%s\r\n", type, charsets[j]),
				wire_bytes_text(wire_envelope(f, NULL, flush_xml()))),
			    "soap");

			wire_expect_fault(f, a, 400, "Client", NULL);
			assert_null(strstr(a->body, "script"));
			assert_null(strchr(a->body, '\xff'));
		}
	}
}

/* The one text that comes back, as ASMX has it: of printable letters, escaped, and not without end. */
static void
an_action_comes_back_as_text_and_cut(void **state)
{
	static const struct {
		const char *sent, *shown;
	} rows[] = {{"<script>alert(1)</script>", "<script>alert(1)</script>"}, {"']]>&amp;&", "']]>&amp;&"},
	    {"a\xff\xc3\xa9z", "a???z"}, {"a\tb", "a?b"}};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct wire_answer *a = refused_soap(
			    f, wire_printf("\"%s\"", rows[i].sent), flush_xml(), "soapaction");

			wire_expect_fault(f, a, 0, "Client",
			    wire_printf(
				"Server did not recognize the value of HTTP Header SOAPAction: %s.", rows[i].shown));
			assert_null(strstr(a->body, "<script"));
			assert_null(strstr(a->body, "]]>"));
		}
		struct wire_answer *a = refused_soap(
		    f, wire_printf("\"%s\"", wire_repeat("A", 8000)), flush_xml(), "soapaction");
		wire_expect_fault(f, a, 0, "Client", NULL);
		assert_null(strstr(a->body, wire_repeat("A", 257)));
	}
}

/* ---- somebody else's browser ---- */

static const struct {
	const char *name;
	bool changes;
} operations[] = {{"FlushApplicationCache", true}, {"GetMaintenanceJobsStatus", false}, {"GetWarehouseStatus", false},
    {"AuthenticateUser", true}, {"AuthenticateUser1", true}, {"RenewTicket", true}, {"isValidTicket", false},
    {"LogOut", true}};

/* All that the operation could want, and a cookie besides. */
static struct wire_bytes
with_all(enum wire_form f, const char *op, const char *fields)
{
	const char *cookie = wire_printf("Cookie: ticket=%s\r\n%s", admin, fields);

	if (strchr("AR", op[0]) != NULL)
		return wire_call_request(&srv, f, cookie, op, "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	return wire_call_request(
	    &srv, f, cookie, op, strchr("FG", op[0]) ? "authenticationTicket" : "AuthenticationTicket", admin, NULL);
}

static void
another_sites_page_calls_nothing(void **state)
{
	static const char *const fields[] = {"Sec-Fetch-Site: cross-site\r\n", "Origin: https://evil.example\r\n",
	    "Origin: null\r\n", "Origin: https://evil.example\r\nSec-Fetch-Site: same-origin\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		WIRE_EACH_FORM(f)
		{
			for (size_t j = 0; j < 4; j++) {
				struct wire_answer *a = refused(
				    with_all(f, operations[i].name, fields[j]), "cross-site");

				wire_expect_plain(a, 403);
				assert_null(strstr(a->head, "Access-Control-"));
			}
		}
	}
	assert_true(wire_ticket_works(&srv, admin));
}

static void
a_prefetch_changes_nothing(void **state)
{
	static const char *const purposes[] = {
	    "Sec-Purpose: prefetch\r\n", "Sec-Purpose: prefetch;prerender\r\n", "sec-purpose: Prefetch\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		WIRE_EACH_FORM(f)
		{
			struct wire_bytes ask = with_all(f, operations[i].name, purposes[i % 3]);

			if (operations[i].changes)
				wire_expect_plain(refused(ask, "prefetch"), 403);
			else
				wire_result(f, operations[i].name, wire_ask_kept(&srv, ask));
		}
	}
	assert_true(wire_ticket_works(&srv, admin));
}

/* ---- out of the service ---- */

static void
a_path_opens_no_file(void **state)
{
	const char *file = wire_printf("%s/secret", srv.dir);
	char event[4096];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	const char *paths[] = {file, wire_printf("/%s", file), wire_printf("/srv.asmx%s", file),
	    wire_printf("/../../../../../../../..%s", file), wire_printf("/srv.asmx/../../../../../../../..%s", file),
	    wire_printf("/%%2e%%2e%%2f%%2e%%2e%%2f%%2e%%2e%s", file), wire_printf("/srv.asmx/%%2e%%2e%s", file),
	    wire_printf("/..%%5c..%%5c..%s", file), wire_printf("/srv.asmx;x%s", file),
	    wire_printf("/srv.asmx;%s", file), wire_printf("/%%252e%%252e%s", file), wire_printf("%s%%00.asmx", file),
	    "/../../../../etc/passwd", "/srv.asmx/../../x", "/srv.asmx;x", "/srv.asmx/.", "/srv.asmx/..",
	    "/./srv.asmx/x", "/file:///etc/passwd"};

	(void)state;
	assert_true(wire_file_write(file, "content of it", 13));
	assert_true(watch >= 0 && inotify_add_watch(watch, file, IN_OPEN | IN_ACCESS) >= 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct wire_answer *a = refused(wire_get(&srv, paths[i], NULL), "path");

		wire_expect_plain(a, 404);
		assert_null(strstr(a->body, "content of it"));
		wire_expect_plain(
		    refused(wire_request(&srv, "POST", paths[i],
				"Content-Type: text/xml\r\nSOAPAction: \"" WIRE_NS "FlushApplicationCache\"\r\n",
				wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, flush_xml()))),
			"path"),
		    404);
	}
	assert_true(read(watch, event, sizeof event) < 0);
	/* That the watch would have told. */
	assert_non_null(wire_file_read(file, NULL));
	assert_true(read(watch, event, sizeof event) > 0);
	close(watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(of_two_operations_none_runs),
	    WIRE_TEST(an_action_that_names_another_operation_is_logged_as_an_attack),
	    WIRE_TEST(an_operation_under_another_name_is_none),
	    WIRE_TEST(empty_security_headers_are_not_looked_into),
	    WIRE_TEST(an_envelope_sent_as_a_form_is_a_form),
	    WIRE_TEST(a_fault_says_nothing_of_what_was_sent),
	    WIRE_TEST(an_action_comes_back_as_text_and_cut),
	    WIRE_TEST(another_sites_page_calls_nothing),
	    WIRE_TEST(a_prefetch_changes_nothing),
	    WIRE_TEST(a_path_opens_no_file),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup_admin, wire_group_teardown);
}
