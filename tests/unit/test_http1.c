/* The framing of requests: a table of bytes and outcomes. Each row is given in one piece, byte by byte and cut at
 * each offset, from memory of exactly that size, and must come out the same. */
#include "../../impl/net/http1.h"
#include "../../impl/net/http1_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS_MAX 64

static const struct http1_limits limits = {
    .request_line = 8192,
    .field_line = 8192,
    .head = 16384,
    .fields = FIELDS_MAX,
    .body = {.body = 65536, .chunks = 1024, .trailers = 1024},
};

/* What came out, copied out of the bytes that are gone. */
struct outcome {
	enum http1_result result;
	int status;
	char why[32];
	size_t used;
	struct buf text; /* all of a request's parts, one a line */
};

static void
put_text(struct buf *b, const char *name, struct http_text t)
{
	buf_puts(b, name);
	buf_puts(b, t.s == NULL ? "(none)" : "=");
	if (t.s != NULL)
		buf_put(b, t.s, t.len);
	buf_putc(b, '\n');
}

static void
describe(const struct http_request *req, struct buf *b)
{
	put_text(b, "method", req->method);
	put_text(b, "target", req->target);
	put_text(b, "path", req->path);
	put_text(b, "query", req->query);
	put_text(b, "host", req->host);
	put_text(b, "body", req->body);
	buf_printf(b, "minor %d has_body %d keep_alive %d fields %zu\n", req->minor, req->has_body, req->keep_alive,
	    req->field_count);
	for (size_t i = 0; i < req->field_count; i++) {
		put_text(b, "name", req->fields[i].name);
		put_text(b, "value", req->fields[i].value);
	}
}

/* Feeds bytes in pieces that end at cut, 2 * cut, ... (or, if once, only at cut). */
static void
feed(const char *bytes, size_t len, size_t cut, bool once, struct outcome *out)
{
	struct http_field fields[FIELDS_MAX];
	struct http_request req;
	struct http1 h;
	char *have = NULL;
	size_t have_len = 0, given = 0, shrunk = 0;

	*out = (struct outcome){.result = HTTP1_MORE};
	buf_init(&out->text, 0);
	http1_init(&h);
	while (given < len && out->result == HTTP1_MORE) {
		size_t n = once && given > 0 ? len - given : cut;
		char *grown;

		if (n == 0 || n > len - given)
			n = len - given;
		grown = malloc(have_len + n);
		assert_non_null(grown);
		if (have_len > 0)
			memcpy(grown, have, have_len);
		memcpy(grown + have_len, bytes + given, n);
		free(have);
		have = grown;
		have_len += n;
		given += n;
		n = have_len;
		out->result = http1_feed(&h, &limits, have, &have_len, fields, &req);
		assert_true(have_len <= n);
		if (out->result == HTTP1_MORE)
			shrunk += n - have_len;
		/* What framed the chunks takes no memory while more is awaited. */
		if (out->result == HTTP1_MORE && http1_in_body(&h) && h.is_chunked)
			assert_int_equal(have_len, h.head_end + h.chunked.body);
	}
	if (out->result == HTTP1_REQUEST) {
		describe(&req, &out->text);
		out->used = h.used + shrunk;
	} else if (out->result == HTTP1_ERROR) {
		out->status = h.status;
		snprintf(out->why, sizeof(out->why), "%s", h.why);
	}
	free(have);
}

static void
assert_same(const char *name, const struct outcome *a, const struct outcome *b, const char *how, size_t cut)
{
	if (a->result != b->result || a->status != b->status || strcmp(a->why, b->why) != 0 || a->used != b->used ||
	    strcmp(buf_str(&a->text), buf_str(&b->text)) != 0)
		fail_msg(
		    "%s: %s at %zu: result %d status %d %s used %zu, in one piece: result %d status %d %s used %zu",
		    name, how, cut, b->result, b->status, b->why, b->used, a->result, a->status, a->why, a->used);
}

/* Gives the outcome in *out (buf_fini(&out->text)) after all ways of cutting gave the same. */
static void
examine(const char *name, const char *bytes, size_t len, struct outcome *out)
{
	size_t step = len < 1500 ? 1 : len / 150;
	struct outcome other;

	feed(bytes, len, len, true, out);
	for (size_t cut = 1; cut < len; cut += step) {
		feed(bytes, len, cut, true, &other);
		assert_same(name, out, &other, "cut", cut);
		buf_fini(&other.text);
	}
	/* What is large is given in larger pieces: each is copied together with all before it. */
	for (int i = 0; i < 2; i++) {
		size_t piece = (size_t)(i == 0 ? 1 : 7) * (len < 20000 ? 1 : 101);

		feed(bytes, len, piece, false, &other);
		assert_same(name, out, &other, "pieces", piece);
		buf_fini(&other.text);
	}
}

enum { OK = 200, MORE = 0 };

struct row {
	const char *name;
	int want;         /* OK, MORE, or the status of the refusal */
	const char *body; /* with OK; NULL: not looked at */
	size_t len;
	const char *bytes;
};

#define ROW(name, want, body, bytes)                       \
	{                                                  \
		name, want, body, sizeof(bytes) - 1, bytes \
	}

static void
examine_row(const struct row *r)
{
	struct outcome o;

	examine(r->name, r->bytes, r->len, &o);
	if (r->want == MORE) {
		if (o.result != HTTP1_MORE)
			fail_msg("%s: result %d status %d %s, not more", r->name, o.result, o.status, o.why);
	} else if (r->want == OK) {
		char line[400];

		if (o.result != HTTP1_REQUEST)
			fail_msg("%s: result %d status %d %s, not a request", r->name, o.result, o.status, o.why);
		snprintf(line, sizeof(line), "\nbody=%s\nminor", r->body != NULL ? r->body : "");
		if (r->body != NULL && strstr(o.text.data, line) == NULL)
			fail_msg("%s: not the body %s in %s", r->name, r->body, o.text.data);
	} else if (o.result != HTTP1_ERROR || o.status != r->want) {
		fail_msg("%s: result %d status %d %s, not %d", r->name, o.result, o.status, o.why, r->want);
	}
	buf_fini(&o.text);
}

static void
examine_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		examine_row(&rows[i]);
}
#define EXAMINE(rows) examine_rows(rows, sizeof(rows) / sizeof(rows[0]))

/* Rows that are made: pieces of text, each repeated. The last has a NULL. */
struct piece {
	size_t times;
	const char *text;
};

static void
examine_pieces(const char *name, int want, const struct piece *pieces)
{
	struct buf b;
	struct row row = {.name = name, .want = want};

	buf_init(&b, 0);
	for (; pieces->text != NULL; pieces++)
		for (size_t i = 0; i < pieces->times; i++)
			buf_puts(&b, pieces->text);
	assert_int_equal(b.err, SRV_OK);
	row.bytes = b.data;
	row.len = b.len;
	examine_row(&row);
	buf_fini(&b);
}
#define PIECES(name, want, ...) examine_pieces(name, want, (const struct piece[]){__VA_ARGS__, {0, NULL}})

#define H                                                                                 \
	"POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml; charset=utf-8\r\n" \
	"SOAPAction: \"http://tempuri.org/AuthenticateUser\"\r\n"
#define TEN "0123456789"
#define B198 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567"
#define GET(fields) "GET /srv.asmx HTTP/1.1\r\nHost: t\r\n" fields "\r\n"

static void
content_length_is_one_plain_number(void **state)
{
	static const struct row rows[] = {
	    ROW("right", OK, B198, H "Content-Length: 198\r\n\r\n" B198),
	    ROW("A01", 400, NULL, H "Content-Length: 198\r\nContent-Length: 5\r\n\r\n" B198),
	    ROW("A02", 400, NULL, H "Content-Length: 198\r\nContent-Length: 198\r\n\r\n" B198),
	    ROW("A03", 400, NULL, H "Content-Length: 198, 198\r\n\r\n" B198),
	    ROW("A06 +", 400, NULL, H "Content-Length: +198\r\n\r\n" B198),
	    ROW("A06 -1", 400, NULL, H "Content-Length: -1\r\n\r\n" B198),
	    ROW("A06 -48", 400, NULL, H "Content-Length: -48\r\n\r\n" B198),
	    ROW("A07 xyz", 400, NULL, H "Content-Length: 198xyz\r\n\r\n" B198),
	    ROW("A07 0x", 400, NULL, H "Content-Length: 0x10\r\n\r\n" B198),
	    ROW("A07 e", 400, NULL, H "Content-Length: 1e2\r\n\r\n" B198),
	    ROW("A07 blank", 400, NULL, H "Content-Length: 1 98\r\n\r\n" B198),
	    ROW("A07 _", 400, NULL, H "Content-Length: 1_0\r\n\r\n" B198),
	    ROW("A07 empty", 400, NULL, H "Content-Length: \r\n\r\n" B198),
	    ROW("A07 VT", 400, NULL,
		H "Content-Length: \x0b"
		  "198\r\n\r\n" B198),
	    ROW("A08", OK, B198, H "Content-Length: 0198\r\n\r\n" B198),
	    ROW("A09 2^64-1", 413, NULL, H "Content-Length: 18446744073709551615\r\n\r\n"),
	    ROW("A09 2^64", 413, NULL, H "Content-Length: 18446744073709551616\r\n\r\n"),
	    ROW("A10 over", 413, NULL, H "Content-Length: 65537\r\n\r\n"),
	    ROW("A10 max", MORE, NULL, H "Content-Length: 65536\r\n\r\n"),
	    ROW("A12", MORE, NULL, H "Content-Length: 300\r\n\r\n" B198),
	    ROW("none", OK, "", H "\r\n"),
	    ROW("zero", OK, "", H "Content-Length: 0\r\n\r\n"),
	    ROW("blanks around", OK, "abc", H "Content-Length: \t 3 \t\r\n\r\nabc"),
	    ROW("any case", OK, "abc", H "cOnTeNt-LeNgTh:3\r\n\r\nabc"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A09 400 nines", 413, {1, H "Content-Length: "}, {400, "9"}, {1, "\r\n\r\n"});
	PIECES("A10 full", OK, {1, H "Content-Length: 65536\r\n\r\n"}, {65536, " "});
}

static void
two_ways_to_frame_are_refused(void **state)
{
	static const struct row rows[] = {
	    ROW("A04", 400, NULL,
		H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /srv.asmx/ServerInfo "
		  "HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("A05", 400, NULL,
		H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /srv.asmx/ServerInfo "
		  "HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("A14 unknown", 501, NULL, H "Transfer-Encoding: blegh\r\n\r\n"),
	    ROW("A14 gzip", 501, NULL, H "Transfer-Encoding: gzip, chunked\r\n\r\n"),
	    ROW("A14 identity", 501, NULL, H "Transfer-Encoding: identity\r\n\r\n"),
	    ROW("A15", 400, NULL, H "Transfer-Encoding: chunked, identity\r\n\r\n"),
	    ROW("A15 twice in a list", 400, NULL, H "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	    ROW("A16 VT", 400, NULL,
		H "Transfer-Encoding: \x0b"
		  "chunked\r\n\r\n"),
	    ROW("A16 NUL", 400, NULL, H "Transfer-Encoding: chunked\0\r\n\r\n"),
	    ROW("A16 comma", 400, NULL, H "Transfer-Encoding: ,chunked\r\n\r\n"),
	    ROW("A16 comma behind", 400, NULL, H "Transfer-Encoding: chunked,\r\n\r\n"),
	    ROW("A16 quoted", 400, NULL, H "Transfer-Encoding: \"chunked\"\r\n\r\n"),
	    ROW("A16 x", 501, NULL, H "Transfer-Encoding: xchunked\r\n\r\n"),
	    ROW("A16 nbsp", 400, NULL,
		H "Transfer-Encoding: \xa0"
		  "chunked\xa0\r\n\r\n"),
	    ROW("A16 parameter", 400, NULL, H "Transfer-Encoding: chunked;a=b\r\n\r\n"),
	    ROW("A16 empty", 400, NULL, H "Transfer-Encoding:\r\n\r\n"),
	    ROW("A17", 400, NULL, H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    ROW("A18", 400, NULL, "POST /srv.asmx HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    ROW("any case", OK, "abc", H "TRANSFER-ENCODING: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
	};

	(void)state;
	EXAMINE(rows);
}

#define C H "Transfer-Encoding: chunked\r\n\r\n"

static void
chunks_are_taken_by_the_grammar(void **state)
{
	static const struct row rows[] = {
	    ROW("one", OK, B198, C "C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("lower case, zeros", OK, B198, C "0000c6\r\n" B198 "\r\n000\r\n\r\n"),
	    ROW("three", OK, TEN "abc" TEN, C "A\r\n" TEN "\r\n3\r\nabc\r\na\r\n" TEN "\r\n0\r\n\r\n"),
	    ROW("none", OK, "", C "0\r\n\r\n"),
	    ROW("not ended", MORE, NULL, C "3\r\nabc\r\n0\r\n"),
	    ROW("A19 0x", 400, NULL, C "0xC6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 +", 400, NULL, C "+C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 -", 400, NULL, C "-1\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 _", 400, NULL, C "C6_\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 blank", 400, NULL, C " C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 blank behind", 400, NULL, C "C6 \r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 empty", 400, NULL, C "\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 G", 400, NULL, C "G\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A20 F*16", 413, NULL, C "FFFFFFFFFFFFFFFF\r\n"),
	    ROW("A20 2^64", 413, NULL, C "10000000000000000\r\n"),
	    ROW("one over", 413, NULL, C "10001\r\n"),
	    ROW("full", MORE, NULL, C "10000\r\n"),
	    ROW("sum over", 413, NULL, C "3\r\nabc\r\nFFFE\r\n"),
	    ROW("A21 named", OK, "abc", C "3;a\r\nabc\r\n0;b=c\r\n\r\n"),
	    ROW("A21 blank in front", OK, "abc", C "3 \t;a=\"b;c\"\r\nabc\r\n0\r\n\r\n"),
	    ROW("A22 CR", 400, NULL, C "C6;a=b\r\rX"),
	    ROW("A22 CR first", 400, NULL, C "5\r\r;ABCD"),
	    ROW("A22 NUL", 400, NULL, C "5;a\0\r\nABCDE\r\n0\r\n\r\n"),
	    ROW("A23", 400, NULL, C "3\r\nabcXX0\r\n\r\n"),
	    ROW("A23 LF", 400, NULL, C "3\r\nabc\n0\r\n\r\n"),
	    ROW("A23 size LF", 400, NULL, C "3\nabc\r\n0\r\n\r\n"),
	    ROW("A24", OK, "abc", C "3\r\nabc\r\n0\r\nX:POST / HTTP/1.1\r\n\r\n"),
	    ROW("trailer no name", 400, NULL, C "0\r\n: x\r\n\r\n"),
	    ROW("trailer no colon", 400, NULL, C "0\r\nabc\r\n\r\n"),
	    ROW("trailer folded", 400, NULL, C "0\r\na: b\r\n c\r\n\r\n"),
	    ROW("trailer LF", 400, NULL, C "0\r\na: b\n\r\n"),
	    ROW("trailer control", 400, NULL, C "0\r\na: \x01\r\n\r\n"),
	    ROW("end LF", 400, NULL, C "0\r\n\n"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A20 64*F", 413, {1, C}, {64, "F"}, {1, "\r\n"});
	PIECES("size line too long", 400, {1, C}, {65, "0"}, {1, "\r\n"});
	PIECES("A21 ok", OK, {1, C "C6;"}, {200, "a"}, {1, "=b\r\n" B198 "\r\n0\r\n\r\n"});
	PIECES("A21 long", 400, {1, C "C6;"}, {300, "a"}, {1, "\r\n" B198 "\r\n0\r\n\r\n"});
	PIECES("A26 full", OK, {1, C "0\r\nx:"}, {1020, "a"}, {1, "\r\n\r\n"});
	PIECES("A26 over", 431, {1, C "0\r\nx:"}, {1021, "a"}, {1, "\r\n\r\n"});
	PIECES("A27 198", OK, {1, C}, {198, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("A27 1024", OK, {1, C}, {1024, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("A27 1025", 400, {1, C}, {1025, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("full body", OK, {1, C "10000\r\n"}, {65536, " "}, {1, "\r\n0\r\n\r\n"});
}

static void
chunked_body_is_decoded_behind_the_head(void **state)
{
	struct outcome o;
	static const char bytes[] = C "3\r\nabc\r\n2;x\r\nde\r\n0\r\nt: u\r\n\r\nGET ";

	(void)state;
	examine("chunked", bytes, sizeof(bytes) - 1, &o);
	assert_int_equal(o.result, HTTP1_REQUEST);
	assert_int_equal(o.used, sizeof(bytes) - 1 - 4);
	assert_non_null(strstr(o.text.data, "body=abcde\nminor 1 has_body 1 keep_alive 1 fields 4\n"));
	buf_fini(&o.text);
}

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
	    cmocka_unit_test(content_length_is_one_plain_number),
	    cmocka_unit_test(two_ways_to_frame_are_refused),
	    cmocka_unit_test(chunks_are_taken_by_the_grammar),
	    cmocka_unit_test(chunked_body_is_decoded_behind_the_head),
	    cmocka_unit_test(host_is_one_valid_authority),
	    cmocka_unit_test(field_lines_are_strict),
	    cmocka_unit_test(request_line_is_strict),
	    cmocka_unit_test(absolute_targets_must_name_the_host),
	    cmocka_unit_test(limits_hold_to_the_byte),
	    cmocka_unit_test(a_head_may_have_16384_bytes_and_no_more),
	    cmocka_unit_test(expectations_and_codings_are_noticed),
	    cmocka_unit_test(keep_alive_is_what_the_client_asks_for),
	    cmocka_unit_test(pipelined_requests_end_where_the_next_begins),
	    cmocka_unit_test(fields_are_found_by_name),
	    cmocka_unit_test(byte_classes_are_those_of_the_grammar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
