/* What the tests of the gate share: bodies for both versions of SOAP, and what came of them. Each body is given from
 * memory of exactly its size, and what passed is given a second time: the gate's own document must come out as it is.
 */
#ifndef SRV_TESTS_GATE_FIXTURE_H
#define SRV_TESTS_GATE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/gate.h"
#include "../../impl/endpoint/wire.h"

#define ENV_1 "http://schemas.xmlsoap.org/soap/envelope/"
#define ENV_2 "http://www.w3.org/2003/05/soap-envelope"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"
#define XSD "http://www.w3.org/2001/XMLSchema"
#define NS " xmlns=\"http://tempuri.org/\""
#define OP(u, p) "<AuthenticateUser" NS "><UID>" u "</UID><PWD>" p "</PWD></AuthenticateUser>"
#define UID_ONLY(u) "<AuthenticateUser" NS "><UID>" u "</UID></AuthenticateUser>"
#define DECLARED(encoding) "<?xml version=\"1.0\" encoding=\"" encoding "\"?>"
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct fixture {
	struct conf *conf;
	struct gate *gate;
	struct gate_limits limits;
	int version; /* of SOAP: 1 or 2 */
	struct buf body, document;
	struct gate_result result;
};

#define EACH_VERSION(f) for ((f)->version = 1; (f)->version <= 2; (f)->version++)

static inline int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct srv_reason why;

	if (f == NULL || conf_load(1, (char *[]){(char *)"srvd", NULL}, (char *[]){NULL}, &f->conf, &why) != SRV_OK ||
	    gate_new(&f->gate) != SRV_OK)
		return -1;
	gate_limits_init(&f->limits, f->conf);
	buf_init(&f->body, 0);
	buf_init(&f->document, 0);
	f->version = 1;
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;

	gate_free(&f->gate);
	conf_free(&f->conf);
	buf_fini(&f->body);
	buf_fini(&f->document);
	free(f);
	return 0;
}

static inline const char *
env(const struct fixture *f)
{
	return f->version == 1 ? ENV_1 : ENV_2;
}

static inline struct http_text
text(const char *s)
{
	return s ? (struct http_text){s, strlen(s)} : (struct http_text){NULL, 0};
}

static inline const char *
verdict_name(enum gate_verdict v)
{
	static const char *const names[] = {"OK", "MALFORMED", "SHAPE", "UNKNOWN", "VERSION", "UNDERSTAND", "NOMEM"};

	return names[v];
}

/* charset NULL: the content type names none. */
static inline enum gate_verdict
pass(struct fixture *f, const char *charset, const char *bytes, size_t len)
{
	char *exact = malloc(len ? len : 1);
	enum gate_verdict v;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	buf_reset(&f->document);
	f->result = (struct gate_result){-1, NULL};
	v = gate_check(
	    f->gate, &f->limits, f->version, text(charset), (struct http_text){exact, len}, &f->document, &f->result);
	free(exact);
	return v;
}

/* A fault's text is a sentence of ours: nothing of a request is in it, however it was put. */
static inline void
assert_constant(const struct fixture *f)
{
	assert_non_null(f->result.text);
	assert_in_range(strlen(f->result.text), 10, 100);
	assert_null(strstr(f->result.text, "canary"));
	assert_null(strpbrk(f->result.text, "<>&\"\\/%"));
	for (const char *c = f->result.text; *c; c++)
		assert_in_range(*c, ' ', '~');
	assert_int_equal(f->result.text[strlen(f->result.text) - 1], '.');
}

static inline void
expect_bytes(struct fixture *f, const char *charset, const char *bytes, size_t len, enum gate_verdict want)
{
	enum gate_verdict got = pass(f, charset, bytes, len);

	if (got != want)
		fail_msg("SOAP %d, charset %s: %s (%s), not %s: %.*s", f->version, charset ? charset : "-",
		    verdict_name(got), f->result.text ? f->result.text : "-", verdict_name(want),
		    len > 1500 ? 1500 : (int)len, bytes);
	if (want != GATE_OK)
		assert_constant(f);
}

static inline void
expect(struct fixture *f, const char *body, enum gate_verdict want)
{
	expect_bytes(f, "utf-8", body, strlen(body), want);
}

/* The Envelope with what is inside its Body and what stands before and behind; in f->body. */
static inline const char *
envelope(struct fixture *f, const char *before, const char *header, const char *inside, const char *behind)
{
	buf_reset(&f->body);
	buf_printf(&f->body, "%s<soap:Envelope xmlns:soap=\"%s\">%s<soap:Body>", before, env(f), header);
	buf_printf(&f->body, "%s</soap:Body></soap:Envelope>%s", inside, behind);
	assert_int_equal(f->body.err, SRV_OK);
	return buf_str(&f->body);
}

static inline void
expect_inside(struct fixture *f, const char *inside, enum gate_verdict want)
{
	expect(f, envelope(f, "", "", inside, ""), want);
}

/* The document passed as the operation op, and what the gate wrote is exactly this, content being what stands in the
 * operation's element. */
static inline void
expect_document(
    struct fixture *f, const char *charset, const char *bytes, size_t len, const char *op, const char *content)
{
	struct buf want;

	buf_init(&want, 0);
	buf_printf(&want, "<e:Envelope xmlns:e=\"%s\" xmlns:srv=\"http://tempuri.org/\"><e:Body><srv:%s>", env(f), op);
	buf_printf(&want, "%s</srv:%s></e:Body></e:Envelope>", content, op);
	expect_bytes(f, charset, bytes, len, GATE_OK);
	assert_string_equal(buf_str(&f->document), buf_str(&want));
	assert_int_equal(f->document.len, want.len);
	assert_string_equal(op_table[f->result.op].name, op);
	expect_bytes(f, "utf-8", buf_str(&want), want.len, GATE_OK);
	assert_string_equal(buf_str(&f->document), buf_str(&want));
	assert_string_equal(op_table[f->result.op].name, op);
	buf_fini(&want);
}

static inline void
expect_written(struct fixture *f, const char *inside, const char *op, const char *content)
{
	const char *body = envelope(f, "", "", inside, "");

	expect_document(f, "utf-8", body, strlen(body), op, content);
}

/* The UID that comes out of `<UID>raw</UID>`, escaped as text is. */
static inline void
expect_uid(struct fixture *f, const char *raw, const char *escaped)
{
	struct buf inside, content;

	buf_init(&inside, 0);
	buf_init(&content, 0);
	buf_printf(&inside, UID_ONLY("%s"), raw);
	buf_printf(&content, "<srv:UID>%s</srv:UID>", escaped);
	expect_written(f, buf_str(&inside), "AuthenticateUser", buf_str(&content));
	buf_fini(&inside);
	buf_fini(&content);
}

/* The verdict on `<UID>raw</UID>`. */
static inline void
expect_uid_refused(struct fixture *f, const char *raw, enum gate_verdict want)
{
	struct buf inside;

	buf_init(&inside, 0);
	buf_printf(&inside, UID_ONLY("%s"), raw);
	expect_inside(f, buf_str(&inside), want);
	buf_fini(&inside);
}

static inline void
put_times(struct buf *b, const char *what, int times)
{
	while (times-- > 0)
		buf_puts(b, what);
}

#endif
