/* HTTP around the operations: keep-alive, pipelining and versions, methods, content types, redirects, fields
 * of the answers, and the limits and deadlines that end a connection. Requests whose framing can be read two ways are
 * test_wire_framing.c, other sites' pages test_wire_origin.c. Contract: section 3. */
#define _GNU_SOURCE /* strcasestr */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>

static const char flush_ok[] = "<response success=\"true\" />";

static int
setup(void **state)
{
	(void)state;
	serve_all("jobs = false");
	log_in_admin();
	return 0;
}

static void
expect_closed(struct wire_conn *c, const struct wire_answer *a)
{
	assert_true(wire_field_is(a, "Connection", "close"));
	assert_true(wire_ends(c, WIRE_TMO_MS));
	wire_close(c);
}

static struct wire_answer *
expect_plain_and_kept(struct wire_bytes request, int status)
{
	struct wire_answer *a = wire_ask_kept(&srv, request);

	wire_expect_plain(a, status);
	return a;
}

static void
expect_refused_and_closed(struct wire_bytes request, int status)
{
	wire_expect_plain(wire_ask_closed(&srv, request), status);
}

static void
a_connection_is_kept_for_many_requests(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	for (int i = 0; i < 100; i++) {
		WIRE_EACH_FORM(f)
		{
			assert_true(wire_send(c, wire_call_request(&srv, f, NULL, "ServerInfo", NULL)));
			wire_result(f, "ServerInfo", wire_read(c, false));
		}
	}
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct wire_conn *c = wire_connect(&srv);
	struct wire_bytes all = wire_get(&srv, "/srv.asmx/Nope1", NULL);

	(void)state;
	/* Quick ones behind slow ones: order is what shows that none overtakes. */
	all = wire_join(all,
	    wire_call_request(&srv, WIRE_POST, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL));
	all = wire_join(all, wire_get(&srv, "/srv.asmx/Nope2", NULL));
	all = wire_join(all,
	    wire_call_request(&srv, WIRE_SOAP11, NULL, "FlushApplicationCache", "authenticationTicket", admin, NULL));
	all = wire_join(all, wire_get(&srv, "/srv.asmx/ServerInfo", NULL));
	all = wire_join(all, wire_get(&srv, "/srv.asmx/Nope3", NULL));
	assert_true(wire_send(c, all));
	struct wire_answer *a = wire_read(c, false);
	wire_expect_plain(a, 404);
	assert_non_null(strstr(a->body, "Nope1"));
	wire_result(WIRE_POST, "AuthenticateUser", wire_read(c, false));
	a = wire_read(c, false);
	wire_expect_plain(a, 404);
	assert_non_null(strstr(a->body, "Nope2"));
	wire_expect(WIRE_SOAP11, "FlushApplicationCache", wire_read(c, false), flush_ok);
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	a = wire_read(c, false);
	wire_expect_plain(a, 404);
	assert_non_null(strstr(a->body, "Nope3"));
	assert_true(wire_is_silent(c, 50));
}

static void
a_request_may_come_in_any_two_pieces(void **state)
{
	WIRE_EACH_SOAP(f)
	{
		struct wire_bytes all = wire_call_request(&srv, f, NULL, "ServerInfo", NULL);
		struct wire_conn *c = wire_connect(&srv);

		(void)state;
		for (size_t at = 1; at < all.len; at++) {
			assert_true(wire_send(c, (struct wire_bytes){all.p, at}));
			wire_rest_ms(at % 16 == 0 ? 1 : 0);
			assert_true(wire_send(c, (struct wire_bytes){all.p + at, all.len - at}));
			wire_result(f, "ServerInfo", wire_read(c, false));
		}
	}
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct wire_bytes all = wire_call_request(
	    &srv, WIRE_POST, NULL, "isValidTicket", "AuthenticationTicket", admin, NULL);
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	for (size_t at = 0; at < all.len; at++) {
		assert_true(wire_send(c, (struct wire_bytes){all.p + at, 1}));
		wire_rest_ms(1);
	}
	assert_string_equal(wire_attr(wire_result(WIRE_POST, "isValidTicket", wire_read(c, false)), "success"), "true");
}

static void
http_10_is_answered_and_closed(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(wire_send_text(c, "GET /srv.asmx/ServerInfo HTTP/1.0\r\n\r\n"));
	struct wire_answer *a = wire_read(c, false);
	wire_result(WIRE_GET, "ServerInfo", a);
	assert_true(wire_ends(c, WIRE_TMO_MS));
	c = wire_connect(&srv);
	assert_true(wire_send_text(c, "POST /srv.asmx/ServerInfo HTTP/1.0\r\nHost: x\r\n"
				      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"));
	wire_result(WIRE_POST, "ServerInfo", wire_read(c, false));
	assert_true(wire_ends(c, WIRE_TMO_MS));
}

static void
connection_close_is_heard_and_what_follows_is_not_run(void **state)
{
	struct wire_conn *c = wire_connect(&srv);
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	struct wire_bytes all = wire_get(&srv, "/srv.asmx/ServerInfo", "Connection: close\r\n");

	(void)state;
	all = wire_join(all, wire_call_request(&srv, WIRE_GET, NULL, "LogOut", "AuthenticationTicket", ticket, NULL));
	assert_true(wire_send(c, all));
	struct wire_answer *a = wire_read(c, false);
	wire_result(WIRE_GET, "ServerInfo", a);
	expect_closed(c, a);
	assert_true(wire_ticket_works(&srv, ticket));
}

static void
unknown_paths_are_404(void **state)
{
	static const char *const paths[] = {"/x", "/srv.asm", "/srv.asmx2", "/srv", "/favicon.ico",
	    "/../../../../etc/passwd", "/srv.asmx/../../x", "/%2e%2e%2fetc/passwd", "/..%5cetc", "/srv.asmx;x",
	    "/srv.asmx/mex", "/srv.asmx/%00"};

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		expect_plain_and_kept(wire_get(&srv, paths[i], NULL), 404);
	expect_plain_and_kept(
	    wire_request(&srv, "POST", "/x", "Content-Type: text/xml\r\n", wire_bytes_text("<a/>")), 404);
}

static void
expect_redirect(const struct wire_srvd *s, const char *target, const char *to)
{
	static const char *const methods[] = {"GET", "HEAD"};

	for (size_t i = 0; i < 2; i++) {
		struct wire_answer *a = wire_ask_kept(s, wire_request(s, methods[i], target, NULL, wire_no_body));

		assert_int_equal(a->status, 302);
		assert_true(wire_field_is(a, "Location", to));
	}
	struct wire_answer *a = wire_ask_kept(s, wire_request(s, "POST", target, NULL, wire_bytes_text("x=y")));
	wire_expect_plain(a, 405);
	assert_true(wire_field_is(a, "Allow", "GET, HEAD"));
}

static void
the_root_redirects_to_the_service(void **state)
{
	static struct wire_srvd based;

	(void)state;
	expect_redirect(&srv, "/", "/srv.asmx");
	wire_new(&based, "jobs = false\nbase_path = /InfoRouter");
	expect_redirect(&based, "/", "/InfoRouter/srv.asmx");
	expect_redirect(&based, "/InfoRouter", "/InfoRouter/srv.asmx");
	expect_redirect(&based, "/InfoRouter/", "/InfoRouter/srv.asmx");
}

static void
unknown_operations_are_404_by_name(void **state)
{
	(void)state;
	struct wire_answer *a = expect_plain_and_kept(wire_get(&srv, "/srv.asmx/Nope?x=1", NULL), 404);
	assert_non_null(strstr(a->body, "Nope Web Service method name is not valid."));
	a = expect_plain_and_kept(wire_request(&srv, "POST", "/srv.asmx/Nope",
				      "Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text("a=b")),
	    404);
	assert_non_null(strstr(a->body, "Nope Web Service method name is not valid."));
}

static void
other_methods_are_405_with_allow(void **state)
{
	static const char *const methods[] = {"PUT", "DELETE", "PATCH", "TRACE"};
	static const char *const targets[] = {"/srv.asmx", "/srv.asmx/ServerInfo"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 2; j++) {
			struct wire_answer *a = expect_plain_and_kept(
			    wire_request(&srv, methods[i], targets[j], NULL, wire_no_body), 405);

			assert_true(wire_field_is(a, "Allow", "GET, HEAD, POST"));
		}
	}
}

static void
other_content_types_are_415(void **state)
{
	static const char *const types[] = {"text/plain", "text/plain; charset=utf-8", "application/json",
	    "multipart/form-data; boundary=b", "multipart/related; boundary=b", "application/xml", "text/xmlx",
	    "application/dime"};
	static const char *const targets[] = {"/srv.asmx", "/srv.asmx/FlushApplicationCache"};
	struct wire_bytes body = wire_bytes_text(wire_envelope(
	    WIRE_SOAP11, NULL, wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, NULL)));
	size_t from = wire_log_size(&srv);

	(void)state;
	for (size_t j = 0; j < 2; j++) {
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			expect_plain_and_kept(
			    wire_request(&srv, "POST", targets[j], wire_printf("Content-Type: %s\r\n", types[i]), body),
			    415);
		expect_plain_and_kept(wire_request(&srv, "POST", targets[j], NULL, body), 415);
	}
	/* A form's type is none of SOAP's. */
	expect_plain_and_kept(
	    wire_request(&srv, "POST", "/srv.asmx", "Content-Type: application/x-www-form-urlencoded\r\n", body), 415);
	/* Codings are not taken off, and the answer says so. */
	static const char *const codings[] = {"gzip", "deflate", "br", "identity, gzip"};
	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		struct wire_answer *a = expect_plain_and_kept(
		    wire_soap(&srv, WIRE_SOAP11, NULL, wire_printf("Content-Encoding: %s\r\n", codings[i]), body), 415);

		assert_true(wire_field_is(a, "Accept-Encoding", "identity"));
	}
	wire_expect_nothing_ran(&srv, from);
}

static void
a_content_type_that_can_be_read_two_ways_is_refused(void **state)
{
	static const char *const fields[] = {"Content-Type: text/xml; charset=utf-8; charset=utf-16\r\n",
	    "Content-Type: application/soap+xml; charset=utf-8; charset=utf-8\r\n",
	    "Content-Type: text/xml\r\nContent-Type: application/soap+xml\r\n",
	    "Content-Type: text/xml; charset=\"utf-8\r\n", "Content-Type: text/xml, text/plain\r\n"};
	struct wire_bytes body = wire_bytes_text(wire_envelope(
	    WIRE_SOAP11, NULL, wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, NULL)));
	size_t from = wire_log_size(&srv);

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		expect_refused_and_closed(wire_request(&srv, "POST", "/srv.asmx", fields[i], body), 400);
	wire_expect_nothing_ran(&srv, from);
}

static void
answers_of_operations_are_not_kept_anywhere(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(&srv, f, "isValidTicket", "AuthenticationTicket", admin, NULL);

		wire_result(f, "isValidTicket", a);
		assert_true(wire_field_is(a, "Cache-Control", "no-store"));
		assert_true(wire_field_is(a, "X-Content-Type-Options", "nosniff"));
	}
	struct wire_answer *a = wire_call(&srv, WIRE_GET, "isValidTicket", "AuthenticationTicket", admin, NULL);
	assert_non_null(a);
	assert_true(wire_field_is(a, "Referrer-Policy", "no-referrer"));
	/* A fault is an operation's answer too. */
	a = wire_ask(&srv, wire_soap(&srv, WIRE_SOAP11, NULL, NULL, wire_bytes_text("<a")));
	assert_non_null(a);
	assert_true(wire_field_is(a, "Cache-Control", "no-store"));
}

static void
expect_anonymous(struct wire_bytes request)
{
	static const char *const words[] = {"gsoap", "sqlite", "openssl", "libevent", "expat", "libsodium", "debian",
	    "linux", "gcc", "stdsoap", "x-powered-by", "x-aspnet", "\r\nserver:", "\r\nvia:"};
	struct wire_answer *a = wire_ask(&srv, request);

	assert_non_null(a);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(a->head, words[i]) != NULL || strcasestr(a->body, words[i]) != NULL)
			fail_msg("%s is in the answer to %.100s", words[i], request.p);
}

/* Whatever is asked: operations, documents, pages, faults, and each status there is. */
static void
no_answer_names_what_srv_is_made_of(void **state)
{
	static const char *const targets[] = {"/srv.asmx/ServerInfo", "/srv.asmx?wsdl", "/srv.asmx?wsdl=text",
	    "/srv.asmx?singleWsdl", "/srv.asmx?disco", "/srv.asmx?openapi", "/srv.asmx", "/srv.asmx?op=LogOut",
	    "/srv.asmx?op=None", "/srv.asmx/mex", "/srv.asmx/None", "/", "/x", "/srv.asmx/LogOut?a=%zz"};
	static const char *const methods[] = {"OPTIONS", "TRACE", "PUT", "BREW", "get"};
	static const char *const raw[] = {"GET /srv.asmx HTTP/9.9\r\n\r\n", "GET /srv.asmx HTTP/1.1\r\n\r\n",
	    "POST /srv.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
	    "POST /srv.asmx HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n", "nonsense\r\n\r\n"};
	static const char *const bodies[] = {"<a", "<a/>", "<!DOCTYPE a><a/>", "", "&x;", "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		expect_anonymous(wire_get(&srv, targets[i], NULL));
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		expect_anonymous(wire_request(&srv, methods[i], "/srv.asmx", NULL, wire_no_body));
	for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
		expect_anonymous(wire_bytes_text(raw[i]));
	expect_anonymous(wire_get(&srv, wire_printf("/%s", wire_repeat("u", 9000)), NULL));
	expect_anonymous(wire_get(&srv, "/srv.asmx", wire_repeat("A: b\r\n", 100)));
	expect_anonymous(wire_request(&srv, "POST", "/srv.asmx", "Content-Type: image/png\r\n", wire_bytes_text("x")));
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
			expect_anonymous(wire_soap(&srv, f, NULL, NULL, wire_bytes_text(bodies[i])));
		expect_anonymous(wire_soap(&srv, f, "\"urn:none\"", NULL,
		    wire_bytes_text(wire_envelope(f, NULL, wire_op_xml("ServerInfo", NULL)))));
		expect_anonymous(wire_soap(&srv, f, NULL, NULL,
		    wire_bytes_text(wire_envelope(f, "<h xmlns=\"urn:h\" S:mustUnderstand=\"1\"/>", ""))));
	}
}

static void
every_answer_has_a_date_and_a_length(void **state)
{
	static const char *const targets[] = {"/srv.asmx/ServerInfo", "/srv.asmx?wsdl", "/srv.asmx", "/x", "/"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct wire_answer *a = wire_ask(&srv, wire_get(&srv, targets[i], NULL));

		assert_non_null(a);
		assert_non_null(wire_field(a, "Date"));
		assert_non_null(wire_field(a, "Content-Length"));
	}
}

/* ---- limits ---- */

/* A GET of ServerInfo whose request line has so many bytes, and one whose only other field line has. */
static struct wire_bytes
with_request_line(size_t bytes)
{
	size_t fixed = strlen("GET /srv.asmx/ServerInfo?x= HTTP/1.1");
	struct wire_bytes b = wire_get(
	    &srv, wire_printf("/srv.asmx/ServerInfo?%s", wire_repeat("x", bytes - fixed + 2)), NULL);

	assert_int_equal(strcspn(b.p, "\r"), bytes);
	return b;
}

static void
a_long_request_line_is_414(void **state)
{
	(void)state;
	/* Long enough, but for the parameter, whose name is longer than one may be. */
	expect_plain_and_kept(with_request_line(8192), 400);
	expect_plain_and_kept(
	    wire_get(&srv, wire_printf("/%s", wire_repeat("u", 8192 - strlen("GET / HTTP/1.1"))), NULL), 404);
	expect_refused_and_closed(with_request_line(8193), 414);
	expect_refused_and_closed(with_request_line(12000), 414);
}

static void
long_or_many_fields_are_431(void **state)
{
	(void)state;
	wire_result(WIRE_GET, "ServerInfo",
	    wire_ask(&srv, wire_get(&srv, "/srv.asmx/ServerInfo", wire_printf("X: %s\r\n", wire_repeat("x", 8189)))));
	expect_refused_and_closed(
	    wire_get(&srv, "/srv.asmx/ServerInfo", wire_printf("X: %s\r\n", wire_repeat("x", 8190))), 431);
	wire_result(WIRE_GET, "ServerInfo",
	    wire_ask(&srv, wire_get(&srv, "/srv.asmx/ServerInfo", wire_repeat("X: y\r\n", 63))));
	expect_refused_and_closed(wire_get(&srv, "/srv.asmx/ServerInfo", wire_repeat("X: y\r\n", 64)), 431);
	expect_refused_and_closed(
	    wire_get(&srv, "/srv.asmx/ServerInfo", wire_repeat(wire_printf("X: %s\r\n", wire_repeat("x", 600)), 40)),
	    431);
}

static void
a_head_without_end_is_431(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(wire_send(c, wire_bytes_text(wire_printf("GET /srv.asmx HTTP/1.1\r\nHost: x\r\n%s",
				     wire_repeat(wire_printf("X: %s\r\n", wire_repeat("x", 600)), 40)))));
	struct wire_answer *a = wire_read(c, false);
	wire_expect_plain(a, 431);
	expect_closed(c, a);
}

static void
a_big_body_is_413_before_it_is_read(void **state)
{
	static const char *const lengths[] = {"65537", "4194304", "1073741824", "18446744073709551615",
	    "18446744073709551616", "99999999999999999999999999999999999999999999999999"};
	static const char *const types[] = {"text/xml", "application/soap+xml"};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (size_t j = 0; j < 2; j++)
			expect_refused_and_closed(
			    wire_request(&srv, "POST", "/srv.asmx",
				wire_printf("Content-Type: %s\r\nContent-Length: %s\r\n", types[j], lengths[i]),
				wire_no_body),
			    413);
	}
	/* No 100 (Continue) that would ask for it, and chunks are counted too. */
	expect_refused_and_closed(
	    wire_request(&srv, "POST", "/srv.asmx",
		"Content-Type: text/xml\r\nContent-Length: 70000\r\nExpect: 100-continue\r\n", wire_no_body),
	    413);
	expect_refused_and_closed(
	    wire_join(wire_soap(&srv, WIRE_SOAP11, NULL, "Transfer-Encoding: chunked\r\n", wire_no_body),
		wire_chunks(wire_bytes_text(wire_repeat(" ", 66000)), 1000)),
	    413);
}

static void
a_body_at_the_limit_is_read(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *xml = wire_envelope(f, NULL, wire_op_xml("ServerInfo", NULL));
		const char *padded = wire_printf("%s%s", xml, wire_repeat(" ", 65536 - strlen(xml)));

		wire_result(f, "ServerInfo", wire_ask(&srv, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(padded))));
	}
	/* Sixteen parameters of 4,096 bytes with what stands between them. */
	char *form = wire_repeat(wire_printf("x=%s&", wire_repeat("v", 4093)), 16);
	static const char type[] = "Content-Type: application/x-www-form-urlencoded\r\n";
	assert_int_equal(strlen(form), 65536);
	wire_result(WIRE_POST, "ServerInfo",
	    wire_ask_kept(&srv, wire_request(&srv, "POST", "/srv.asmx/ServerInfo", type, wire_bytes_text(form))));
	expect_refused_and_closed(
	    wire_request(&srv, "POST", "/srv.asmx/ServerInfo", type, wire_bytes_text(wire_printf("%s&", form))), 413);
}

static void
requests_that_do_not_end_in_time_are_408(void **state)
{
	static struct wire_srvd own;
	static const char *const starts[] = {"G", "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: x\r\n",
	    "POST /srv.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 300\r\n\r\n<soap",
	    "POST /srv.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n5\r\n<soa"};
	struct wire_conn *c[4];

	(void)state;
	wire_new(&own, "head_timeout = 1\nbody_timeout = 1\nidle_timeout = 1");
	for (size_t i = 0; i < 4; i++) {
		c[i] = wire_connect(&own);
		assert_true(wire_send_text(c[i], starts[i]));
	}
	/* A byte now and then buys no time: the deadline is for the whole. */
	for (int i = 0; i < 4; i++) {
		wire_rest_ms(200);
		(void)wire_send_text(c[1], "X: y\r\n");
	}
	for (size_t i = 0; i < 4; i++) {
		struct wire_answer *a = wire_read(c[i], false);

		wire_expect_plain(a, 408);
		expect_closed(c[i], a);
	}
	/* A connection that waits for its next request, or never had one, is closed without a word. */
	c[0] = wire_connect(&own);
	assert_true(wire_send(c[0], wire_get(&own, "/srv.asmx/ServerInfo", NULL)));
	assert_non_null(wire_read(c[0], false));
	c[1] = wire_connect(&own);
	assert_true(wire_ends(c[0], WIRE_TMO_MS));
	assert_true(wire_ends(c[1], WIRE_TMO_MS));
}

static void
requests_on_one_connection_are_counted(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "max_requests = 3");
	struct wire_bytes ask = wire_get(&own, "/srv.asmx/ServerInfo", NULL);
	struct wire_conn *c = wire_connect(&own);
	/* All at once: the fourth is not answered, and the caller is told with the third. */
	assert_true(wire_send(c, wire_join(wire_join(ask, ask), wire_join(ask, ask))));
	for (int i = 0; i < 3; i++) {
		struct wire_answer *a = wire_read(c, false);

		wire_result(WIRE_GET, "ServerInfo", a);
		assert_int_equal(wire_field_is(a, "Connection", "close"), i == 2);
	}
	assert_true(wire_ends(c, WIRE_TMO_MS));
}

static void
connections_from_one_address_are_counted(void **state)
{
	static struct wire_srvd own;
	struct wire_conn *c[8];

	(void)state;
	wire_new(&own, "max_connections_per_address = 8");
	for (size_t i = 0; i < 8; i++) {
		c[i] = wire_connect_from(&own, "127.0.0.9");
		assert_true(wire_send(c[i], wire_get(&own, "/srv.asmx/ServerInfo", NULL)));
		wire_result(WIRE_GET, "ServerInfo", wire_read(c[i], false));
	}
	struct wire_conn *over = wire_connect_from(&own, "127.0.0.9");
	(void)wire_send(over, wire_get(&own, "/srv.asmx/ServerInfo", NULL));
	struct wire_answer *a = wire_read(over, false);
	if (a != NULL)
		assert_int_equal(a->status, 503);
	wire_expect_alive(&own); /* another address */
	assert_true(wire_send(c[0], wire_get(&own, "/srv.asmx/ServerInfo", NULL)));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c[0], false));
	/* Room again once one has left. */
	wire_close(c[1]);
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS;;) {
		struct wire_conn *again = wire_connect_from(&own, "127.0.0.9");

		(void)wire_send(again, wire_get(&own, "/srv.asmx/ServerInfo", NULL));
		a = wire_read(again, false);
		wire_close(again);
		if (a != NULL && a->status == 200)
			break;
		assert_true(wire_now_ms() < until);
		wire_rest_ms(20);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(a_connection_is_kept_for_many_requests),
	    WIRE_TEST(pipelined_requests_are_answered_in_order),
	    WIRE_TEST(a_request_may_come_in_any_two_pieces),
	    WIRE_TEST(a_request_may_come_byte_by_byte),
	    WIRE_TEST(http_10_is_answered_and_closed),
	    WIRE_TEST(connection_close_is_heard_and_what_follows_is_not_run),
	    WIRE_TEST(unknown_paths_are_404),
	    WIRE_TEST(the_root_redirects_to_the_service),
	    WIRE_TEST(unknown_operations_are_404_by_name),
	    WIRE_TEST(other_methods_are_405_with_allow),
	    WIRE_TEST(other_content_types_are_415),
	    WIRE_TEST(a_content_type_that_can_be_read_two_ways_is_refused),
	    WIRE_TEST(answers_of_operations_are_not_kept_anywhere),
	    WIRE_TEST(no_answer_names_what_srv_is_made_of),
	    WIRE_TEST(every_answer_has_a_date_and_a_length),
	    WIRE_TEST(a_long_request_line_is_414),
	    WIRE_TEST(long_or_many_fields_are_431),
	    WIRE_TEST(a_head_without_end_is_431),
	    WIRE_TEST(a_big_body_is_413_before_it_is_read),
	    WIRE_TEST(a_body_at_the_limit_is_read),
	    WIRE_TEST(requests_that_do_not_end_in_time_are_408),
	    WIRE_TEST(requests_on_one_connection_are_counted),
	    WIRE_TEST(connections_from_one_address_are_counted),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
