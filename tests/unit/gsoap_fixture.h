/* What the tests of the gSOAP context share: the gate in front of it, as in life, and a count of the bytes allocated.
 */
#ifndef SRV_TESTS_GSOAP_FIXTURE_H
#define SRV_TESTS_GSOAP_FIXTURE_H

#include "gate_fixture.h"
#include "op_named.h"
#include "../../impl/base/xml.h"
#include "../../impl/endpoint/gsoap.h"

static inline struct gsoap *
context(void)
{
	struct gsoap *g = NULL;

	assert_int_equal(gsoap_new(&g), SRV_OK);
	assert_non_null(g);
	return g;
}

/* A parsed request that no call has touched: what a failed call must leave as it is. */
static const struct gsoap_parsed untouched = {.op = -7};

static inline void
assert_untouched(const struct gsoap_parsed *p)
{
	assert_int_equal(p->op, -7);
	for (int i = 0; i < OP_PARAMS_MAX; i++)
		assert_null(p->param[i]);
}

static inline void
assert_text_or_null(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else if (got == NULL)
		fail_msg("absent, not \"%s\"", want);
	else
		assert_string_equal(got, want);
}

/* A call of the operation with values for its first parameters (NULL: left out), given as text to the gate and what
 * that writes to gSOAP: parameters and operation come out as they went in. */
static inline void
expect_call(struct fixture *f, struct gsoap *g, int op, const char *const *values, int count)
{
	struct gsoap_parsed got = untouched;
	struct buf inside;

	buf_init(&inside, 0);
	buf_printf(&inside, "<%s" NS ">", op_table[op].name);
	for (int i = 0; i < count; i++) {
		if (values[i] == NULL)
			continue;
		buf_printf(&inside, "<%s>", op_table[op].params[i]);
		xml_escape(&inside, values[i], strlen(values[i]));
		buf_printf(&inside, "</%s>", op_table[op].params[i]);
	}
	buf_printf(&inside, "</%s>", op_table[op].name);
	expect_inside(f, buf_str(&inside), GATE_OK);
	assert_int_equal(gsoap_parse_envelope(g, &f->document, &got), SRV_OK);
	assert_int_equal(got.op, op);
	for (int i = 0; i < OP_PARAMS_MAX; i++)
		assert_text_or_null(got.param[i], i < count ? values[i] : NULL);
	gsoap_parsed_fini(&got);
	buf_fini(&inside);
}

/* The decode function of a form: keeps what it was given, answers what it was told to. */
struct seen {
	struct buf text;
	int calls;
	enum srv_err answer;
};

static inline enum srv_err
keep(void *arg, struct http_text form, struct gsoap_parsed *out)
{
	struct seen *s = arg;

	s->calls++;
	buf_reset(&s->text);
	if (form.len)
		buf_put(&s->text, form.s, form.len);
	out->param[0] = strdup("decoded");
	return s->answer;
}

#endif
