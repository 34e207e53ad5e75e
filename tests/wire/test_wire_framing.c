/* Requests that could be read two ways: each is refused as a whole, once, and the connection ends, so that no
 * proxy in front and no byte behind can make a second request of it. Rows are exact bytes; @ stands for the
 * good SOAP body, and every row would log a user out if it ran. Contract: section 3; RFC 9112. */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>

static struct wire_bytes
body(void)
{
	return wire_bytes_text(
	    wire_envelope(WIRE_SOAP11, NULL, wire_op_xml("LogOut", "AuthenticationTicket", user, NULL)));
}

/* Request line and fields of a good request, but for what frames its body. */
static struct wire_bytes
head(const char *fields)
{
	return wire_bytes_text(
	    wire_printf("POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml; charset=utf-8\r\n"
			"SOAPAction: \"" WIRE_NS "LogOut\"\r\n%s\r\n",
		fields));
}

/* Exactly one answer, of one of two statuses, then the end; nothing ran. */
static void
expect_refused(struct wire_bytes request, int status, int or_status, const char *row)
{
	struct wire_conn *c = wire_connect(&srv);

	assert_true(wire_send(c, request));
	struct wire_answer *a = wire_read(c, false);
	if (a == NULL || (a->status != status && a->status != or_status))
		fail_msg("row %s: not %d but %s", row, status, a != NULL ? a->head : "no answer");
	wire_expect_plain(a, a->status);
	if (!wire_field_is(a, "Connection", "close") || !wire_ends(c, WIRE_TMO_MS))
		fail_msg("row %s: the connection is not closed behind the answer", row);
	wire_close(c);
	if (!wire_ticket_works(&srv, user))
		fail_msg("row %s: the operation ran", row);
}

/* The fields, then the good body with a good length unless the fields say one. */
static void
refuse_fields(const char *fields, int status, int or_status)
{
	expect_refused(wire_join(head(fields), body()), status, or_status, fields);
}

/* Who is refused for his framing is told in the log: why, with which status, and who it was. */
static void
each_refusal_is_a_line_in_the_log(void **state)
{
	static const char get[] = "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\n";
	static const char post[] = "POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml\r\n";
	const struct {
		const char *class;
		int status;
		const char *request;
	} rows[] = {
	    {"request-line", 400, "GET  / HTTP/1.1\r\nHost: t\r\n\r\n"},
	    {"request-line-size", 414, wire_printf("GET /%s", wire_repeat("a", 9000))},
	    {"version", 505, "GET / HTTP/9.9\r\nHost: t\r\n\r\n"},
	    {"method", 501, "BREW / HTTP/1.1\r\nHost: t\r\n\r\n"},
	    {"target", 400, "GET ! HTTP/1.1\r\nHost: t\r\n\r\n"},
	    {"host", 400, "GET / HTTP/1.1\r\n\r\n"},
	    {"line-end", 400, "GET / HTTP/1.1\r\nHost: t\r\n\rX"},
	    {"field", 400, wire_printf("%sX : y\r\n\r\n", get)},
	    {"obs-fold", 400, wire_printf("%s y\r\n\r\n", get)},
	    {"field-size", 431, wire_printf("%sX: %s", get, wire_repeat("y", 9000))},
	    {"field-count", 431, wire_printf("%s%s", get, wire_repeat("X: y\r\n", 64))},
	    {"head-size", 431,
		wire_printf("%s%s", get, wire_repeat(wire_printf("X: %s\r\n", wire_repeat("y", 600)), 40))},
	    {"get-with-body", 400, wire_printf("%sContent-Length: 1\r\n\r\nx", get)},
	    {"length", 400, wire_printf("%sContent-Length: -1\r\n\r\n", post)},
	    {"transfer-coding", 501, wire_printf("%sTransfer-Encoding: x\r\n\r\n", post)},
	    {"body-size", 413, wire_printf("%sContent-Length: 70000\r\n\r\n", post)},
	    {"chunk", 400, wire_printf("%sTransfer-Encoding: chunked\r\n\r\nG", post)},
	    {"trailer", 400, wire_printf("%sTransfer-Encoding: chunked\r\n\r\n0\r\n:", post)},
	    {"trailer-size", 431,
		wire_printf("%sTransfer-Encoding: chunked\r\n\r\n0\r\nX: %s", post, wire_repeat("t", 1100))},
	    {"expectation", 417, wire_printf("%sExpect: tea\r\nContent-Length: 1\r\n\r\n", post)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t from = wire_log_size(&srv);

		wire_expect_plain(wire_ask_closed(&srv, wire_bytes_text(rows[i].request)), rows[i].status);
		if (wire_log_count(&srv, from, "") != 1 ||
		    wire_log_count(&srv, from,
			wire_printf(
			    " conn error class=%s status=%d peer=127.0.0.1\n", rows[i].class, rows[i].status)) != 1)
			fail_msg("not one line of class %s with %d: %s", rows[i].class, rows[i].status,
			    wire_log_text(&srv) + from);
	}
}

static void
two_lengths_are_refused(void **state)
{
	size_t n = body().len;

	(void)state;
	refuse_fields(wire_printf("Content-Length: %zu\r\nContent-Length: 5\r\n", n), 400, 400);
	refuse_fields(wire_printf("Content-Length: 5\r\nContent-Length: %zu\r\n", n), 400, 400);
	refuse_fields(wire_printf("Content-Length: %zu\r\nContent-Length: %zu\r\n", n, n), 400, 400);
	refuse_fields(wire_printf("Content-Length: %zu\r\ncontent-length: %zu\r\n", n, n), 400, 400);
	refuse_fields(wire_printf("Content-Length: %zu, %zu\r\n", n, n), 400, 400);
	refuse_fields(wire_printf("Content-Length: %zu\r\nTransfer-Encoding: chunked\r\n", n), 400, 400);
	refuse_fields(wire_printf("Transfer-Encoding: chunked\r\nContent-Length: %zu\r\n", n), 400, 400);
	struct wire_bytes smuggled = wire_bytes_text(
	    wire_printf("0\r\n\r\nGET /srv.asmx/LogOut?AuthenticationTicket=%s HTTP/1.1\r\nHost: t\r\n\r\n", user));
	expect_refused(
	    wire_join(head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), smuggled), 400, 400, "CL.TE");
	expect_refused(
	    wire_join(head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), smuggled), 400, 400, "TE.CL");
}

static void
lengths_that_are_no_number_are_refused(void **state)
{
	static const char *const lengths[] = {"+398", "-1", "-48", "398xyz", "0x10", "1e2", "3 98", "1_0", "",
	    "\x0b"
	    "398",
	    "398\x0b", "3.0", "\"398\""};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		refuse_fields(wire_printf("Content-Length: %s\r\n", lengths[i]), 400, 400);
}

static void
a_length_with_leading_zeros_is_decimal(void **state)
{
	struct wire_bytes b = wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, wire_op_xml("ServerInfo", NULL)));
	const char *fields = wire_printf("Content-Type: text/xml\r\nContent-Length: 0%zu\r\n", b.len);

	(void)state;
	wire_result(WIRE_SOAP11, "ServerInfo",
	    wire_ask(&srv, wire_join(wire_request(&srv, "POST", "/srv.asmx", fields, wire_no_body), b)));
}

static void
other_codings_are_refused(void **state)
{
	static const struct {
		const char *value;
		int status, or_status;
	} rows[] = {{"blegh", 501, 501}, {"gzip, chunked", 501, 501}, {"identity", 501, 501},
	    {"chunked, identity", 400, 400},
	    {"\x0b"
	     "chunked",
		400, 501},
	    {",chunked", 400, 501}, {"\"chunked\"", 400, 501}, {"xchunked", 400, 501},
	    {"\xa0"
	     "chunked\xa0",
		400, 501},
	    {"chunked, chunked", 400, 501}, {"chunked;q=1", 400, 501}, {"", 400, 501}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wire_bytes h = head(wire_printf("Transfer-Encoding: %s\r\n", rows[i].value));

		expect_refused(
		    wire_join(h, wire_chunks(body(), 4096)), rows[i].status, rows[i].or_status, rows[i].value);
	}
	expect_refused(
	    wire_join(head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), wire_chunks(body(), 99)),
	    400, 400, "chunked twice");
	struct wire_bytes old = wire_bytes_text(
	    "POST /srv.asmx HTTP/1.0\r\nHost: t\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n");
	expect_refused(wire_join(old, wire_chunks(body(), 4096)), 400, 400, "chunked in 1.0");
}

static void
bad_chunks_are_refused(void **state)
{
	static const char *const sizes[] = {"0x18E", "+18E", "-1", "18E_", " 18E", "", "G", "FFFFFFFFFFFFFFFF",
	    "10000000000000000", "18E;a=b\r\rX", "18E\n"};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct wire_bytes all = wire_join(head("Transfer-Encoding: chunked\r\n"),
		    wire_bytes_text(wire_printf("%s\r\n%s\r\n0\r\n\r\n", sizes[i], body().p)));

		expect_refused(all, 400, i == 7 || i == 8 ? 413 : 400, sizes[i]);
	}
	const char *good = wire_printf("%zx\r\n%s", body().len, body().p);
	struct wire_bytes h = head("Transfer-Encoding: chunked\r\n");
	expect_refused(wire_join(h, wire_bytes_text(wire_printf("%sXX0\r\n\r\n", good))), 400, 400, "chunk end XX");
	expect_refused(wire_join(h, wire_bytes_text(wire_printf("%s\n0\r\n\r\n", good))), 400, 400, "chunk end LF");
	expect_refused(wire_join(h, wire_bytes_text(wire_printf(
					"%zx;%s\r\n%s\r\n0\r\n\r\n", body().len, wire_repeat("a", 400), body().p))),
	    400, 431, "long extension");
	expect_refused(wire_join(h, wire_chunks(wire_bytes_text(wire_repeat(" ", 1100)), 1)), 400, 400, "1100 chunks");
	expect_refused(
	    wire_join(h, wire_bytes_text(wire_printf("%s\r\n0\r\nX: %s\r\n\r\n", good, wire_repeat("t", 1100)))), 431,
	    431, "long trailer");
}

static void
extensions_and_trailers_are_dropped(void **state)
{
	struct wire_bytes b = wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, wire_op_xml("ServerInfo", NULL)));
	struct wire_bytes h = wire_soap(&srv, WIRE_SOAP11, NULL, "Transfer-Encoding: chunked\r\n", wire_no_body);
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(
	    wire_send(c, wire_join(h, wire_bytes_text(wire_printf("%zx;%s=b\r\n%s\r\n0\r\nX: POST / HTTP/1.1\r\n\r\n",
					  b.len, wire_repeat("a", 200), b.p)))));
	wire_result(WIRE_SOAP11, "ServerInfo", wire_read(c, false));
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_is_silent(c, 50));
}

static void
hosts_that_are_none_are_refused(void **state)
{
	const char *const fields[] = {"", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a b\r\n",
	    "Host: a/b\r\n", "Host: evil\"><x\r\n", "Host: a@b\r\n",
	    wire_printf("Host: %s\r\n", wire_repeat("a", 300))};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		expect_refused(wire_bytes_text(wire_printf(
				   "GET /srv.asmx/LogOut?AuthenticationTicket=%s HTTP/1.1\r\n%s\r\n", user, fields[i])),
		    400, 400, fields[i]);
	}
}

static void
field_lines_that_are_none_are_refused(void **state)
{
	static const char *const fields[] = {"Content-Length : 398\r\n", "X: a\r\n b\r\n", "X: a\r\n\tb\r\n",
	    "X : y\r\n", "no colon\r\n", ": y\r\n", "X\x01: y\r\n", "X: a\x01\r\n", "X: a\x7f\r\n", "X: a\rb\r\n",
	    "X: a\nb: c\r\n", "X: a\n", "(X): y\r\n", "X\xe9: y\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		expect_refused(
		    wire_bytes_text(wire_printf(
			"GET /srv.asmx/LogOut?AuthenticationTicket=%s HTTP/1.1\r\nHost: t\r\n%s\r\n", user, fields[i])),
		    400, 400, fields[i]);
	}
	expect_refused(wire_bytes_text("GET /srv.asmx HTTP/1.1\r\n Host: t\r\n\r\n"), 400, 400, "first line folded");
	static const char nul[] = "GET /srv.asmx HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n";
	expect_refused(wire_bytes(nul, sizeof nul - 1), 400, 400, "NUL in a value");
	/* Bytes over 0x7f in a value are opaque. */
	wire_result(WIRE_GET, "ServerInfo",
	    wire_ask(&srv, wire_get(&srv, "/srv.asmx/ServerInfo", "User-Agent: caf\xe9 \xff\x80\r\n")));
}

static void
bare_line_feeds_are_refused(void **state)
{
	(void)state;
	expect_refused(wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\nHost: t\n\n"), 400, 400, "all bare");
	expect_refused(wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\n\r\n"), 400, 400, "one bare");
	expect_refused(wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\nHost: t\r\n\r\n"), 400, 400, "first bare");
}

static void
request_lines_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *line;
		int status, or_status;
	} rows[] = {{"GET  /srv.asmx HTTP/1.1", 400, 400}, {"GET\t/srv.asmx HTTP/1.1", 400, 400},
	    {"GET /srv.asmx HTTP/1.1 ", 400, 400}, {" GET /srv.asmx HTTP/1.1", 400, 400}, {"GET /srv.asmx", 400, 400},
	    {"GET /srv.asmx HTTP/1.32", 400, 505}, {"GET /srv.asmx HTTP/9.9", 505, 505},
	    {"GET /srv.asmx HTTP/2.0", 505, 505}, {"GET /srv.asmx http/1.1", 400, 400},
	    {"GET /srv.asmx HTTP/\r\r1.1", 400, 400}, {"GET /srv.asmx HTTP/4294967295.255", 400, 505},
	    {"GET /srv.asmx#f HTTP/1.1", 400, 400}, {"GET /srv.asmx/a b HTTP/1.1", 400, 400},
	    {"GET /srv.asmx/\x80 HTTP/1.1", 400, 400}, {"GET ! HTTP/1.1", 400, 400}, {"Invalid", 400, 400},
	    {"G=\":<>(e),[T];?\" / HTTP/1.1", 400, 400}, {"\x01 / HTTP/1.1", 400, 400},
	    {"BREW /srv.asmx HTTP/1.1", 501, 501}, {"get /srv.asmx/ServerInfo HTTP/1.1", 501, 501}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_refused(wire_bytes_text(wire_printf("%s\r\nHost: t\r\n\r\n", rows[i].line)), rows[i].status,
		    rows[i].or_status, rows[i].line);
	static const char nul[] = "GET /srv.asmx/\0 HTTP/1.1\r\nHost: t\r\n\r\n";
	expect_refused(wire_bytes(nul, sizeof nul - 1), 400, 400, "NUL in the target");
	expect_refused(wire_bytes_text(wire_printf("%s / HTTP/1.1\r\nHost: t\r\n\r\n", wire_repeat("A", 5000))), 501,
	    501, "a method of 5,000 bytes");
	/* One that is known, and whose connection would be another's from then on. */
	struct wire_answer *a = wire_ask_closed(&srv, wire_bytes_text("CONNECT /srv.asmx HTTP/1.1\r\nHost: t\r\n\r\n"));
	wire_expect_plain(a, 405);
	assert_true(wire_field_is(a, "Allow", "GET, HEAD, POST"));
}

static void
a_get_with_a_body_is_refused(void **state)
{
	(void)state;
	expect_refused(
	    wire_bytes_text(wire_printf(
		"GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nGET /srv.asmx/LogOut?"
		"AuthenticationTicket=%s HTTP/1.1\r\nHost: t\r\n\r\n",
		user)),
	    400, 400, "GET with a body");
}

static void
good_then_bad_is_answered_then_refused(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(
	    wire_send(c, wire_join(wire_get(&srv, "/srv.asmx/ServerInfo", NULL), wire_bytes_text("Invalid\r\n\r\n"))));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	wire_expect_plain(wire_read(c, false), 400);
	assert_true(wire_ends(c, WIRE_TMO_MS));
}

static void
a_short_length_leaves_a_request_that_is_none(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(wire_send(c, wire_join(head("Content-Length: 100\r\n"), body())));
	wire_expect_fault(WIRE_SOAP11, wire_read(c, false), 400, "Client", NULL);
	wire_expect_plain(wire_read(c, false), 400);
	assert_true(wire_ends(c, WIRE_TMO_MS));
	assert_true(wire_ticket_works(&srv, user));
}

static void
a_body_that_is_cut_off_is_not_run(void **state)
{
	struct wire_bytes b = body();
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(wire_send(c, wire_join(head(wire_printf("Content-Length: %zu\r\n", b.len + 1)), b)));
	wire_end_sending(c);
	struct wire_answer *a = wire_read(c, false);
	if (a != NULL)
		wire_expect_plain(a, 400);
	assert_true(wire_ticket_works(&srv, user));
	c = wire_connect(&srv);
	assert_true(wire_send(c, wire_join(head("Transfer-Encoding: chunked\r\n"),
				     wire_bytes_text(wire_printf("%zx\r\n%s\r\n", b.len, b.p)))));
	wire_end_sending(c);
	a = wire_read(c, false);
	if (a != NULL)
		wire_expect_plain(a, 400);
	assert_true(wire_ticket_works(&srv, user));
}

/* A close over bytes that nobody has read would reset the connection, and take the answer along. */
static void
what_is_on_its_way_behind_a_refusal_is_taken_and_thrown_away(void **state)
{
	static const struct {
		const char *fields;
		int status;
	} rows[] = {
	    {"Content-Length: 70000\r\n", 413}, {"Content-Length: -1\r\n", 400}, {"Transfer-Encoding: x\r\n", 501}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, head(rows[i].fields)));
		wire_expect_plain(wire_read(c, false), rows[i].status);
		for (int piece = 0; piece < 8; piece++) {
			if (!wire_send_text(c, wire_repeat("x", 4096)))
				fail_msg("%s: reset after %d pieces of what was on its way", rows[i].fields, piece);
			wire_rest_ms(5);
		}
		wire_end_sending(c);
		assert_true(wire_ends(c, WIRE_TMO_MS));
	}
}

static void
a_caller_that_is_done_sending_still_gets_its_answer(void **state)
{
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	assert_true(wire_send(
	    c, wire_call_request(&srv, WIRE_SOAP11, NULL, "isValidTicket", "AuthenticationTicket", user, NULL)));
	wire_end_sending(c);
	wire_result(WIRE_SOAP11, "isValidTicket", wire_read(c, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    /* First: a loop says so much and no more in ten seconds. */
	    WIRE_TEST(each_refusal_is_a_line_in_the_log),
	    WIRE_TEST(two_lengths_are_refused),
	    WIRE_TEST(lengths_that_are_no_number_are_refused),
	    WIRE_TEST(a_length_with_leading_zeros_is_decimal),
	    WIRE_TEST(other_codings_are_refused),
	    WIRE_TEST(bad_chunks_are_refused),
	    WIRE_TEST(extensions_and_trailers_are_dropped),
	    WIRE_TEST(hosts_that_are_none_are_refused),
	    WIRE_TEST(field_lines_that_are_none_are_refused),
	    WIRE_TEST(bare_line_feeds_are_refused),
	    WIRE_TEST(request_lines_that_are_none_are_refused),
	    WIRE_TEST(a_get_with_a_body_is_refused),
	    WIRE_TEST(good_then_bad_is_answered_then_refused),
	    WIRE_TEST(a_short_length_leaves_a_request_that_is_none),
	    WIRE_TEST(a_body_that_is_cut_off_is_not_run),
	    WIRE_TEST(what_is_on_its_way_behind_a_refusal_is_taken_and_thrown_away),
	    WIRE_TEST(a_caller_that_is_done_sending_still_gets_its_answer),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup_user, wire_group_teardown);
}
