/* What the tests of requests' framing share: rows of bytes and outcomes. Each row is given in one piece, byte by byte
 * and cut at each offset, from memory of exactly that size, and must come out the same. */
#ifndef SRV_TESTS_HTTP1_FIXTURE_H
#define SRV_TESTS_HTTP1_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/net/http1.h"

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

static inline void
put_text(struct buf *b, const char *name, struct http_text t)
{
	buf_puts(b, name);
	buf_puts(b, t.s == NULL ? "(none)" : "=");
	if (t.s != NULL)
		buf_put(b, t.s, t.len);
	buf_putc(b, '\n');
}

static inline void
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
static inline void
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

static inline void
assert_same(const char *name, const struct outcome *a, const struct outcome *b, const char *how, size_t cut)
{
	if (a->result != b->result || a->status != b->status || strcmp(a->why, b->why) != 0 || a->used != b->used ||
	    strcmp(buf_str(&a->text), buf_str(&b->text)) != 0)
		fail_msg(
		    "%s: %s at %zu: result %d status %d %s used %zu, in one piece: result %d status %d %s used %zu",
		    name, how, cut, b->result, b->status, b->why, b->used, a->result, a->status, a->why, a->used);
}

/* Gives the outcome in *out (buf_fini(&out->text)) after all ways of cutting gave the same. */
static inline void
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

static inline void
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

static inline void
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

static inline void
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

#endif
