/* The head of a request: its line, its fields, whose it is, and how large it may be. Where the body ends:
 * test_http1_body.c. */
#include "http1_fixture.h"

#include "../../impl/net/http1_class.h"

static void
host_is_one_valid_authority(void **state)
{
#define HOST(h) "GET /srv.asmx HTTP/1.1\r\n" h "\r\n"
	static const struct row rows[] = {
	    ROW("name", OK, "", HOST("Host: t\r\n")),
	    ROW("port", OK, "", HOST("Host: Srv-1_a.example.org:8080\r\n")),
	    ROW("empty port", OK, "", HOST("Host: t:\r\n")),
	    ROW("IPv4", OK, "", HOST("Host: 127.0.0.1:1\r\n")),
	    ROW("IPv6", OK, "", HOST("Host: [::1]:8080\r\n")),
	    ROW("IPv6 bare", OK, "", HOST("Host: [fe80::1:2]\r\n")),
	    ROW("A28", 400, NULL, HOST("")),
	    ROW("A29 two", 400, NULL, HOST("Host: t\r\nHost: t\r\n")),
	    ROW("A29 blank", 400, NULL, HOST("Host: a b\r\n")),
	    ROW("A29 slash", 400, NULL, HOST("Host: a/b\r\n")),
	    ROW("A29 NUL", 400, NULL, HOST("Host: a\0b\r\n")),
	    ROW("empty", 400, NULL, HOST("Host:\r\n")),
	    ROW("list", 400, NULL, HOST("Host: a, b\r\n")),
	    ROW("user", 400, NULL, HOST("Host: u@t\r\n")),
	    ROW("port 65536", 400, NULL, HOST("Host: t:65536\r\n")),
	    ROW("port junk", 400, NULL, HOST("Host: t:8x\r\n")),
	    ROW("port only", 400, NULL, HOST("Host: :80\r\n")),
	    ROW("bad IPv6", 400, NULL, HOST("Host: [::g]\r\n")),
	    ROW("open IPv6", 400, NULL, HOST("Host: [::1\r\n")),
	    ROW("junk behind IPv6", 400, NULL, HOST("Host: [::1]x\r\n")),
	    ROW("zone", 400, NULL, HOST("Host: [fe80::1%25eth0]\r\n")),
	    ROW("obs-text", 400, NULL, HOST("Host: t\xff\r\n")),
	    ROW("F15", 400, NULL, HOST("Host: evil\"><x\r\n")),
	    ROW("A30", OK, "", "GET /srv.asmx/ServerInfo HTTP/1.0\r\n\r\n"),
	    ROW("1.0 bad", 400, NULL, "GET /srv.asmx/ServerInfo HTTP/1.0\r\nHost: a b\r\n\r\n"),
	    ROW("1.0 two", 400, NULL, "GET /srv.asmx/ServerInfo HTTP/1.0\r\nHost: t\r\nHost: t\r\n\r\n"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A29 full", OK, {1, "GET / HTTP/1.1\r\nHost: "}, {255, "a"}, {1, "\r\n\r\n"});
	PIECES("A29 over", 400, {1, "GET / HTTP/1.1\r\nHost: "}, {256, "a"}, {1, "\r\n\r\n"});
	PIECES("A29 long", 400, {1, "GET / HTTP/1.1\r\nHost: "}, {300, "a"}, {1, "\r\n\r\n"});
}

static void
field_lines_are_strict(void **state)
{
	static const struct row rows[] = {
	    ROW("A32", 400, NULL, H "Content-Length : 198\r\n\r\n" B198),
	    ROW("A32 tab", 400, NULL, H "Content-Length\t: 198\r\n\r\n" B198),
	    ROW("A33", 400, NULL, GET("X: a\r\n b\r\n")),
	    ROW("A33 tab", 400, NULL, GET("X: a\r\n\tb\r\n")),
	    ROW("A33 first", 400, NULL, "GET / HTTP/1.1\r\n Host: t\r\n\r\n"),
	    ROW("A35 NUL", 400, NULL, GET("X: a\0b\r\n")),
	    ROW("A35 CR", 400, NULL, GET("X: a\rb\r\n")),
	    ROW("A35 LF", 400, NULL, GET("X: a\nb\r\n")),
	    ROW("A35 SOH", 400, NULL,
		GET("X: a\x01"
		    "b\r\n")),
	    ROW("A35 DEL", 400, NULL,
		GET("X: a\x7f"
		    "b\r\n")),
	    ROW("A35 obs-text", OK, "", GET("User-Agent: \x80\xc3\xa9\xff\r\n")),
	    ROW("tab inside", OK, "", GET("X: a\tb\r\n")),
	    ROW("empty value", OK, "", GET("X:\r\n")),
	    ROW("A36 all", 400, NULL, "GET /srv.asmx HTTP/1.1\nHost: t\n\n"),
	    ROW("A36 field", 400, NULL, "GET /srv.asmx HTTP/1.1\r\nHost: t\n\r\n"),
	    ROW("A36 end", 400, NULL, "GET /srv.asmx HTTP/1.1\r\nHost: t\r\n\n"),
	    ROW("CR CR LF", 400, NULL, "GET /srv.asmx HTTP/1.1\r\nHost: t\r\r\n\r\n"),
	    ROW("no name", 400, NULL, GET(": a\r\n")),
	    ROW("no colon", 400, NULL, GET("abc\r\n")),
	    ROW("bad name", 400, NULL, GET("a(b): c\r\n")),
	    ROW("name with 0x80", 400, NULL, GET("a\x80: c\r\n")),
	};

	(void)state;
	EXAMINE(rows);
}

static void
request_line_is_strict(void **state)
{
#define LINE(l) l "\r\nHost: t\r\n\r\n"
	static const struct row rows[] = {
	    ROW("A38 two blanks", 400, NULL, LINE("GET  /srv.asmx HTTP/1.1")),
	    ROW("A38 two blanks behind", 400, NULL, LINE("GET /srv.asmx  HTTP/1.1")),
	    ROW("A38 tab", 400, NULL, LINE("GET\t/srv.asmx HTTP/1.1")),
	    ROW("A38 trailing", 400, NULL, LINE("GET /srv.asmx HTTP/1.1 ")),
	    ROW("A38 no version", 400, NULL, LINE("GET /srv.asmx")),
	    ROW("A38 1.32", 400, NULL, LINE("GET /srv.asmx HTTP/1.32")),
	    ROW("A38 9.9", 505, NULL, LINE("GET /srv.asmx HTTP/9.9")),
	    ROW("A38 2.0", 505, NULL, LINE("GET /srv.asmx HTTP/2.0")),
	    ROW("0.9", 505, NULL, LINE("GET /srv.asmx HTTP/0.9")),
	    ROW("h2 preface", 505, NULL, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	    ROW("A38 lower case", 400, NULL, LINE("GET /srv.asmx http/1.1")),
	    ROW("A38 CR CR", 400, NULL, LINE("GET /srv.asmx HTTP/\r\r1.1")),
	    ROW("A38 overflow", 400, NULL, LINE("GET /srv.asmx HTTP/4294967295.255")),
	    ROW("1.2 is 1.1", OK, "", LINE("GET /srv.asmx HTTP/1.2")),
	    ROW("version short", 400, NULL, LINE("GET /srv.asmx HTTP/1.")),
	    ROW("version order", 400, NULL, LINE("GET /srv.asmx 1.1/HTTP")),
	    ROW("A40 lower case", 501, NULL, LINE("get /srv.asmx HTTP/1.1")),
	    ROW("A40 unknown", 501, NULL, LINE("BREW /srv.asmx HTTP/1.1")),
	    ROW("A40 NUL", 400, NULL, LINE("\0 /srv.asmx HTTP/1.1")),
	    ROW("A40 no token", 400, NULL, LINE("G=\":<>(e),[T];?\" /srv.asmx HTTP/1.1")),
	    ROW("A41 TRACE", OK, "", LINE("TRACE /srv.asmx HTTP/1.1")),
	    ROW("A41 CONNECT", OK, "", LINE("CONNECT /srv.asmx HTTP/1.1")),
	    ROW("A41 CONNECT authority", OK, "", LINE("CONNECT t:80 HTTP/1.1")),
	    ROW("A41 CONNECT nowhere", 400, NULL, LINE("CONNECT ?t:80 HTTP/1.1")),
	    ROW("A41 CONNECT junk", 400, NULL, LINE("CONNECT t:80/x HTTP/1.1")),
	    ROW("A41 CONNECT absolute", 400, NULL, LINE("CONNECT http://t/ HTTP/1.1")),
	    ROW("A41 OPTIONS", OK, "", LINE("OPTIONS /srv.asmx HTTP/1.1")),
	    ROW("A41 OPTIONS *", OK, "", LINE("OPTIONS * HTTP/1.1")),
	    ROW("A41 PUT", OK, "", LINE("PUT /srv.asmx HTTP/1.1")),
	    ROW("A41 DELETE", OK, "", LINE("DELETE /srv.asmx HTTP/1.1")),
	    ROW("GET *", 400, NULL, LINE("GET * HTTP/1.1")),
	    ROW("A42 encoded NUL", OK, "", LINE("GET /srv.asmx/%00 HTTP/1.1")),
	    ROW("A42 0x80", 400, NULL, LINE("GET /srv.asmx/\x80 HTTP/1.1")),
	    ROW("A42 #", 400, NULL, LINE("GET /srv.asmx#f HTTP/1.1")),
	    ROW("A42 blank", 400, NULL, LINE("GET /srv.asmx/a b HTTP/1.1")),
	    ROW("A42 !", 400, NULL, LINE("GET ! HTTP/1.1")),
	    ROW("A42 NUL", 400, NULL, LINE("GET /srv.asmx/\0 HTTP/1.1")),
	    ROW("A43", 400, NULL, "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nGET /"),
	    ROW("HEAD with body", 400, NULL, "HEAD / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nGET /"),
	    ROW("GET with chunks", 400, NULL, GET("Transfer-Encoding: chunked\r\n") "0\r\n\r\n"),
	    ROW("GET of no bytes", OK, "", GET("Content-Length: 0\r\n")),
	    ROW("A47", 400, NULL, "Invalid\r\n\r\n"),
	    ROW("A11 rest", 400, NULL, "lope/\">"),
	    ROW("C01", 400, NULL, "\x16\x03\x01\x02\x00\x01\x00"),
	    ROW("blank first", 400, NULL, " GET / HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("one empty line in front", OK, "", "\r\n" GET("")),
	    ROW("two empty lines in front", 400, NULL, "\r\n\r\n" GET("")),
	    ROW("empty line", MORE, NULL, "\r\n"),
	    ROW("half", MORE, NULL, "GET /srv.asmx HTTP/1.1\r\nHost: t\r\n"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A40 long", 501, {5000, "A"}, {1, LINE(" /srv.asmx HTTP/1.1")});
}

static void
absolute_targets_must_name_the_host(void **state)
{
	static const struct row rows[] = {
	    ROW("other host", 400, NULL, "GET http://u/a HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("other port", 400, NULL, "GET http://t:81/a HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("no host", 400, NULL, "GET http:///a HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("user", 400, NULL, "GET http://u@t/a HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("scheme", 400, NULL, "GET ftp://t/a HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("no Host", 400, NULL, "GET http://t/a HTTP/1.1\r\n\r\n"),
	};
	static const struct {
		const char *bytes, *want;
	} good[] = {
	    {"GET http://t/a?b HTTP/1.1\r\nHost: t\r\n\r\n", "target=/a?b\npath=/a\nquery=b\nhost=t\n"},
	    {"GET HTTP://T:80/a HTTP/1.1\r\nHost: t\r\n\r\n", "target=/a\npath=/a\nquery(none)\nhost=t\n"},
	    {"GET https://t/ HTTP/1.1\r\nHost: t:443\r\n\r\n", "target=/\npath=/\nquery(none)\nhost=t:443\n"},
	    {"GET http://t HTTP/1.1\r\nHost: t\r\n\r\n", "target=/\npath=/\nquery(none)\nhost=t\n"},
	    {"GET http://t?x=1 HTTP/1.1\r\nHost: t\r\n\r\n", "target=/?x=1\npath=/\nquery=x=1\nhost=t\n"},
	    {"GET http://t:8080?x HTTP/1.0\r\n\r\n", "target=/?x\npath=/\nquery=x\nhost=t:8080\n"},
	    {"GET //t/a HTTP/1.1\r\nHost: t\r\n\r\n", "target=//t/a\npath=//t/a\nquery(none)\nhost=t\n"},
	    {"GET /a?b?c HTTP/1.1\r\nHost: t\r\n\r\n", "target=/a?b?c\npath=/a\nquery=b?c\nhost=t\n"},
	    {"GET /a? HTTP/1.0\r\n\r\n", "target=/a?\npath=/a\nquery=\nhost(none)\n"},
	};

	(void)state;
	EXAMINE(rows);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct outcome o;

		examine(good[i].bytes, good[i].bytes, strlen(good[i].bytes), &o);
		assert_int_equal(o.result, HTTP1_REQUEST);
		if (strstr(o.text.data, good[i].want) == NULL)
			fail_msg("%s gave %s", good[i].bytes, o.text.data);
		buf_fini(&o.text);
	}
}

static void
limits_hold_to_the_byte(void **state)
{
	(void)state;
	/* B01: `GET /srv.asmx/` and ` HTTP/1.1` are 23 bytes. */
	PIECES("B01 full", OK, {1, "GET /srv.asmx/"}, {8192 - 23, "a"}, {1, LINE(" HTTP/1.1")});
	PIECES("B01 over", 414, {1, "GET /srv.asmx/"}, {8193 - 23, "a"}, {1, LINE(" HTTP/1.1")});
	PIECES("B01 endless", 414, {1, "GET /"}, {9000, "a"});
	PIECES("method endless", 414, {9000, "A"});
	PIECES("B02 full", OK, {1, "GET / HTTP/1.1\r\nHost: t\r\nX: "}, {8189, "a"}, {1, "\r\n\r\n"});
	PIECES("B02 over", 431, {1, "GET / HTTP/1.1\r\nHost: t\r\nX: "}, {8190, "a"}, {1, "\r\n\r\n"});
	PIECES("name endless", 431, {1, "GET / HTTP/1.1\r\n"}, {9000, "a"});
	PIECES("field count full", OK, {1, "GET / HTTP/1.1\r\nHost: t\r\n"}, {63, "a: b\r\n"}, {1, "\r\n"});
	PIECES("field count over", 431, {1, "GET / HTTP/1.1\r\nHost: t\r\n"}, {64, "a: b\r\n"}, {1, "\r\n"});
	PIECES("B05", 431, {1, "GET / HTTP/1.1\r\nHost: t\r\n"}, {30, "a: " TEN TEN TEN TEN TEN TEN}, {20000, "b"});
}

/* A head of exactly that many bytes, its empty line included, in 60 fields. */
static void
examine_head(size_t size, int want)
{
	static const char start[] = "GET / HTTP/1.1\r\nHost: t\r\n";
	struct buf b;
	struct row row = {.name = "B03", .want = want};
	size_t each = (size - sizeof(start) + 1 - 2) / 59;

	buf_init(&b, 0);
	buf_puts(&b, start);
	for (int i = 0; i < 59; i++) {
		size_t line = i < 58 ? each : size - 2 - b.len;

		buf_puts(&b, "X: ");
		for (size_t n = 5; n < line; n++)
			buf_putc(&b, 'a');
		buf_puts(&b, "\r\n");
	}
	buf_puts(&b, "\r\n");
	assert_int_equal(b.err, SRV_OK);
	assert_int_equal(b.len, size);
	row.bytes = b.data;
	row.len = b.len;
	examine_row(&row);
	buf_fini(&b);
}

static void
a_head_may_have_16384_bytes_and_no_more(void **state)
{
	(void)state;
	examine_head(16384, OK);
	examine_head(16385, 431);
}

static void
expectations_and_codings_are_noticed(void **state)
{
	static const struct row rows[] = {
	    ROW("A50", MORE, NULL, H "Expect: 100-continue\r\nContent-Length: 198\r\n\r\n"),
	    ROW("A51", 413, NULL, H "Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n"),
	    ROW("unknown", 417, NULL, H "Expect: 200-ok\r\nContent-Length: 3\r\n\r\n"),
	    ROW("list", 417, NULL, H "Expect: 100-continue, x\r\nContent-Length: 3\r\n\r\n"),
	    ROW("any case", OK, "abc", H "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc"),
	    ROW("1.0 does not know it", OK, "abc", "POST / HTTP/1.0\r\nExpect: tea\r\nContent-Length: 3\r\n\r\nabc"),
	};
	static const struct {
		const char *bytes;
		bool expect, coded;
	} flags[] = {
	    {H "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", true, false},
	    {H "Expect: 100-continue\r\n\r\n", false, false},
	    {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", false, false},
	    {H "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", false, true},
	    {H "Content-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", false, false},
	    {H "Content-Encoding: identity, br\r\nContent-Length: 3\r\n\r\nabc", false, true},
	    {H "Content-Encoding: identity\r\nContent-Encoding: deflate\r\nContent-Length: 3\r\n\r\nabc", false, true},
	    {H "Content-Encoding: \r\nContent-Length: 3\r\n\r\nabc", false, false},
	    {GET("Content-Encoding: gzip\r\n"), false, false},
	};

	(void)state;
	EXAMINE(rows);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct http_field fields[FIELDS_MAX];
		struct http_request req;
		struct http1 h;
		size_t len = strlen(flags[i].bytes);
		char *copy = malloc(len);

		assert_non_null(copy);
		memcpy(copy, flags[i].bytes, len);
		http1_init(&h);
		assert_int_equal(http1_feed(&h, &limits, copy, &len, fields, &req), HTTP1_REQUEST);
		assert_int_equal(h.expect, flags[i].expect);
		assert_int_equal(h.coded, flags[i].coded);
		free(copy);
	}
}

static void
keep_alive_is_what_the_client_asks_for(void **state)
{
	static const struct {
		const char *bytes;
		bool keep_alive;
	} rows[] = {
	    {GET(""), true},
	    {GET("Connection: close\r\n"), false},
	    {GET("Connection: Keep-Alive, CLOSE\r\n"), false},
	    {GET("Connection: close, Keep-Alive\r\n"), false},
	    {GET("Connection: close\r\nConnection: keep-alive\r\n"), false},
	    {GET("Connection: x\r\nConnection: close\r\n"), false},
	    {GET("Connection: closed\r\n"), true},
	    {GET("Connection: keep-alive\r\n"), true},
	    {"GET / HTTP/1.0\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
	    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	    {"CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o;

		examine(rows[i].bytes, rows[i].bytes, strlen(rows[i].bytes), &o);
		assert_int_equal(o.result, HTTP1_REQUEST);
		if (strstr(o.text.data, rows[i].keep_alive ? "keep_alive 1" : "keep_alive 0") == NULL)
			fail_msg("%s gave %s", rows[i].bytes, o.text.data);
		buf_fini(&o.text);
	}
}

static void
pipelined_requests_end_where_the_next_begins(void **state)
{
	static const char first[] = H "Content-Length: 3\r\n\r\nabc";
	static const char both[] = H "Content-Length: 3\r\n\r\nabc" GET("");
	struct outcome o;

	(void)state;
	examine("pipelined", both, sizeof(both) - 1, &o);
	assert_int_equal(o.result, HTTP1_REQUEST);
	assert_int_equal(o.used, sizeof(first) - 1);
	assert_non_null(strstr(o.text.data, "\nbody=abc\n"));
	buf_fini(&o.text);
}

static void
an_empty_line_in_front_begins_no_request(void **state)
{
	static char bytes[] = "\r\nG";
	struct http_field fields[FIELDS_MAX];
	struct http_request req;
	struct http1 h;

	(void)state;
	http1_init(&h);
	for (size_t len = 1; len < sizeof(bytes); len++) {
		assert_int_equal(http1_feed(&h, &limits, bytes, &len, fields, &req), HTTP1_MORE);
		assert_int_equal(http1_begun(&h), len == 3);
	}
}

static void
fields_are_found_by_name(void **state)
{
	static char bytes[] = "GET / HTTP/1.1\r\nHost: t\r\nA:  1 \r\nb: 2\r\na: 3\r\n\r\n";
	struct http_field fields[FIELDS_MAX];
	struct http_request req;
	struct http_text value = {0};
	struct http1 h;
	size_t len = sizeof(bytes) - 1, count = 9;

	(void)state;
	http1_init(&h);
	assert_int_equal(http1_feed(&h, &limits, bytes, &len, fields, &req), HTTP1_REQUEST);
	assert_true(http_field_get(&req, "a", &value, &count));
	assert_int_equal(count, 2);
	assert_true(http_text_is(value, "1"));
	assert_true(http_field_get(&req, "B", &value, NULL));
	assert_true(http_text_is(value, "2"));
	assert_false(http_field_get(&req, "c", &value, &count));
	assert_int_equal(count, 0);
	assert_true(http_text_is(value, "2"));
	assert_true(http_text_ieq(req.method, "get"));
	assert_false(http_text_is(req.method, "get"));
	assert_false(http_text_is((struct http_text){0}, ""));
}

static void
byte_classes_are_those_of_the_grammar(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		bool token = alnum || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
		bool host = alnum || (c != 0 && strchr("-._~", c) != NULL);
		bool version = (c >= '0' && c <= '9') || (c != 0 && strchr("HTP/.", c) != NULL);
		int want = (token ? HTTP1_TOKEN : 0) | (c > 0x20 && c < 0x7F && c != '#' ? HTTP1_TARGET : 0) |
			   (c == '\t' || (c >= 0x20 && c != 0x7F) ? HTTP1_VALUE : 0) | (host ? HTTP1_HOST : 0) |
			   (version ? HTTP1_VERSION : 0);

		assert_int_equal(http1_class[c], want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(host_is_one_valid_authority),
	    cmocka_unit_test(field_lines_are_strict),
	    cmocka_unit_test(request_line_is_strict),
	    cmocka_unit_test(absolute_targets_must_name_the_host),
	    cmocka_unit_test(limits_hold_to_the_byte),
	    cmocka_unit_test(a_head_may_have_16384_bytes_and_no_more),
	    cmocka_unit_test(expectations_and_codings_are_noticed),
	    cmocka_unit_test(keep_alive_is_what_the_client_asks_for),
	    cmocka_unit_test(pipelined_requests_end_where_the_next_begins),
	    cmocka_unit_test(an_empty_line_in_front_begins_no_request),
	    cmocka_unit_test(fields_are_found_by_name),
	    cmocka_unit_test(byte_classes_are_those_of_the_grammar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
