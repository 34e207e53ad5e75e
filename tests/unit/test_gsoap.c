/* What gSOAP makes of requests: the gate's documents, queries and forms; one context, over and over. */
#include "gsoap_fixture.h"
#include <malloc.h>
#ifdef SRV_MEMCHECK
#include <valgrind/memcheck.h>
#endif

static const char *const values[] = {"", "u", "a b", " both ends ", "\t\n\r", "a\r\nb", "<x>&amp;</x>", "]]>", "\"'",
    "&#65;", "\xC3\xA9", "e\xCC\x81", "\xE2\x82\xAC", "\xF0\x9F\x94\x91", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBD",
    "\xED\x9F\xBF", "\x7F", "\xC2\x85", "\xE2\x80\xA8", "' OR '1'='1", "%s%n%00", "$(id)", "--", "0", "true",
    "7d9f2f0e-0000-0000-0000-000000000000", "#ref", "cid:x", "\\u0041", "x\xE2\x80\xAEy"};

static void
gsoap_parses_what_the_gate_writes_to_the_same_parameters(void **state)
{
	struct fixture *f = *state;
	struct gsoap *g = context();

	EACH_VERSION(f)
	for (int op = 0; op < op_count; op++)
		for (size_t v = 0; v < COUNT(values); v++) {
			const char *given[OP_PARAMS_MAX];
			for (int i = 0; i < op_table[op].param_count; i++)
				given[i] = values[(v + (size_t)i) % COUNT(values)];
			expect_call(f, g, op, given, op_table[op].param_count);
		}
	gsoap_free(&g);
	assert_null(g);
	gsoap_free(&g);
}

static void
gsoap_absent_parameters_are_null(void **state)
{
	struct fixture *f = *state;
	struct gsoap *g = context();

	EACH_VERSION(f)
	for (int op = 0; op < op_count; op++)
		for (unsigned present = 0; present < 1u << op_table[op].param_count; present++) {
			const char *given[OP_PARAMS_MAX];
			for (int i = 0; i < op_table[op].param_count; i++)
				given[i] = present & 1u << i ? "v" : NULL;
			expect_call(f, g, op, given, op_table[op].param_count);
		}
	gsoap_free(&g);
}

static void
gsoap_takes_parameters_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct gsoap *g = context();

	EACH_VERSION(f)
	{
		struct gsoap_parsed got = untouched;
		expect_inside(f,
		    "<RenewTicket" NS "><OldTicket>o</OldTicket><Lang>l</Lang><UID>u</UID><PWD>p</PWD></RenewTicket>",
		    GATE_OK);
		assert_int_equal(gsoap_parse_envelope(g, &f->document, &got), SRV_OK);
		assert_string_equal(got.param[0], "u");
		assert_string_equal(got.param[1], "p");
		assert_string_equal(got.param[2], "l");
		assert_string_equal(got.param[3], "o");
		gsoap_parsed_fini(&got);
	}
	gsoap_free(&g);
}

static void
gsoap_parses_parameters_as_long_as_may_be(void **state)
{
	static const size_t lengths[] = {1022, 1023, 1024, 4095, 4096, 65535, 65536, 70000, 1048576};
	struct fixture *f = *state;
	struct gsoap *g = context();

	f->conf->max_parameter = 1048576;
	gate_limits_init(&f->limits, f->conf);
	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(lengths); i++) {
		char *v = malloc(lengths[i] + 1);
		const char *given[] = {"u", v};
		assert_non_null(v);
		for (size_t c = 0; c < lengths[i]; c++)
			v[c] = c % 61 == 60 ? '&' : (char)('a' + c % 23);
		v[lengths[i]] = '\0';
		expect_call(f, g, op_named("AuthenticateUser"), given, 2);
		free(v);
	}
	gsoap_free(&g);
}

/* The gate writes none of these; a context that met one goes on all the same. */
static const char *const refused[] = {
    "",
    "x",
    "<",
    "<a/>",
    "<a><b></a>",
    "--b\r\n",
    "<?xml version=\"1.0\"?>",
    "<e:Envelope xmlns:e=\"" ENV_1 "\"/>",
    "<e:Envelope xmlns:e=\"" ENV_1 "\"><e:Body/></e:Envelope>",
    "<e:Envelope xmlns:e=\"" ENV_2 "\"><e:Body><x/></e:Body></e:Envelope>",
    "<e:Envelope xmlns:e=\"urn:x\"><e:Body><x/></e:Body></e:Envelope>",
    "<e:Envelope xmlns:e=\"" ENV_1 "\"><e:Body><LogOut" NS "><AuthenticationTicket>t</AuthenticationTicket>",
};

static void
gsoap_refuses_what_is_no_call_and_goes_on(void **state)
{
	struct fixture *f = *state;
	struct gsoap *g = context();
	const char *given[] = {"u", "p"};

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct gsoap_parsed got = untouched;
		struct buf document;
		buf_init(&document, 0);
		buf_puts(&document, refused[i]);
		if (gsoap_parse_envelope(g, &document, &got) != SRV_EINVAL)
			fail_msg("accepted: %s", refused[i]);
		assert_untouched(&got);
		buf_fini(&document);
		expect_call(f, g, op_named("AuthenticateUser"), given, 2);
	}
	gsoap_free(&g);
}

/* ---- queries and forms */

typedef enum srv_err parse_form(
    struct gsoap *, int, struct http_text, gsoap_form_decode *, void *, struct gsoap_parsed *);

static parse_form *const form_parsers[] = {gsoap_parse_get, gsoap_parse_form};

static void
expect_form(struct gsoap *g, parse_form *parse, int op, const char *bytes, size_t len)
{
	struct seen seen = {.answer = SRV_OK};
	struct gsoap_parsed got = untouched;

	buf_init(&seen.text, 0);
	assert_int_equal(parse(g, op, (struct http_text){bytes, len}, keep, &seen, &got), SRV_OK);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.text.len, len);
	if (len)
		assert_memory_equal(seen.text.data, bytes, len);
	assert_int_equal(got.op, op);
	assert_string_equal(got.param[0], "decoded");
	gsoap_parsed_fini(&got);
	buf_fini(&seen.text);
}

static void
gsoap_hooks_get_every_query_and_form_as_it_is(void **state)
{
	static const char *const rows[] = {"", "UID=u&PWD=p", "a", "%zz",
	    "--b\r\nContent-Disposition: form-data\r\n\r\n", "\x1F\x8B\x08", "<e:Envelope/>", "\xEF\xBB\xBF",
	    "\r\n\r\n", " ", "wsdl", "POST / HTTP/1.1\r\n\r\n", "\x0C\x20"};
	struct gsoap *g = context();

	(void)state;
	for (size_t p = 0; p < COUNT(form_parsers); p++) {
		for (int op = 0; op < op_count; op++)
			for (size_t i = 0; i < COUNT(rows); i++)
				expect_form(g, form_parsers[p], op, rows[i], strlen(rows[i]));
		expect_form(g, form_parsers[p], 0, NULL, 0);
	}
	gsoap_free(&g);
}

static void
gsoap_hooks_get_every_byte_and_length(void **state)
{
	static const size_t lengths[] = {1, 255, 1023, 1024, 1025, 8192, 65535, 65536, 65537, 200000};
	struct gsoap *g = context();

	(void)state;
	for (size_t p = 0; p < COUNT(form_parsers); p++)
		for (size_t i = 0; i < COUNT(lengths); i++) {
			char *bytes = malloc(lengths[i]);
			assert_non_null(bytes);
			for (size_t c = 0; c < lengths[i]; c++)
				bytes[c] = (char)(c * 7);
			expect_form(g, form_parsers[p], 0, bytes, lengths[i]);
			free(bytes);
		}
	gsoap_free(&g);
}

static void
gsoap_gives_back_what_the_form_came_to(void **state)
{
	static const enum srv_err errors[] = {SRV_EINVAL, SRV_ELIMIT, SRV_ENOMEM};
	struct gsoap *g = context();

	(void)state;
	for (size_t p = 0; p < COUNT(form_parsers); p++)
		for (size_t i = 0; i < COUNT(errors); i++) {
			struct seen seen = {.answer = errors[i]};
			struct gsoap_parsed got = untouched;
			buf_init(&seen.text, 0);
			assert_int_equal(
			    form_parsers[p](g, 0, (struct http_text){"a=b", 3}, keep, &seen, &got), errors[i]);
			assert_untouched(&got);
			assert_int_equal(seen.calls, 1);
			buf_fini(&seen.text);
			expect_form(g, form_parsers[p], 1, "a=b", 3);
		}
	gsoap_free(&g);
}

/* ---- one context */

/* What a context is used for; each gives the same whatever was before it. */
enum use { PARSE_11, PARSE_12, PARSE_NOTHING, PARSE_GET, PARSE_FORM, PARSE_BAD_FORM, USES };

/* Does it, and writes what came of it into out. */
static void
use(struct fixture *f, struct gsoap *g, enum use what, struct buf *out)
{
	const char *given[] = {"u", "p"};
	struct seen seen = {.answer = what == PARSE_BAD_FORM ? SRV_EINVAL : SRV_OK};
	struct gsoap_parsed got = untouched;
	struct http_text form = {"a=b", 3};
	struct buf nothing;
	enum srv_err err = SRV_OK;

	buf_init(&seen.text, 0);
	buf_init(&nothing, 0);
	buf_puts(&nothing, "<nothing/>");
	switch (what) {
	case PARSE_11:
	case PARSE_12:
		f->version = what == PARSE_11 ? 1 : 2;
		expect_call(f, g, op_named("AuthenticateUser"), given, 2);
		break;
	case PARSE_NOTHING:
		err = gsoap_parse_envelope(g, &nothing, &got);
		break;
	case PARSE_GET:
		err = gsoap_parse_get(g, 2, form, keep, &seen, &got);
		break;
	case PARSE_FORM:
	case PARSE_BAD_FORM:
		err = gsoap_parse_form(g, 3, form, keep, &seen, &got);
		break;
	case USES:
		break;
	}
	buf_printf(out, "|%d %d %s", (int)err, got.op, got.param[0] ? got.param[0] : "-");
	gsoap_parsed_fini(&got);
	buf_fini(&nothing);
	buf_fini(&seen.text);
}

static void
gsoap_context_remembers_nothing_of_its_last_uses(void **state)
{
	struct fixture *f = *state;
	struct buf want[USES], got;

	buf_init(&got, 0);
	for (int a = 0; a < USES; a++) {
		struct gsoap *g = context();
		buf_init(&want[a], 0);
		use(f, g, (enum use)a, &want[a]);
		gsoap_free(&g);
	}
	for (int a = 0; a < USES; a++)
		for (int b = 0; b < USES; b++)
			for (int c = 0; c < USES; c++) {
				const int order[] = {a, b, c, b, a};
				struct gsoap *g = context();
				for (size_t i = 0; i < COUNT(order); i++) {
					buf_reset(&got);
					use(f, g, (enum use)order[i], &got);
					if (strcmp(buf_str(&got), buf_str(&want[order[i]])) != 0)
						fail_msg("%d %d %d: %s is not %s", a, b, c, buf_str(&got),
						    buf_str(&want[order[i]]));
				}
				gsoap_free(&g);
			}
	for (int a = 0; a < USES; a++)
		buf_fini(&want[a]);
	buf_fini(&got);
}

/* Of a sanitizer, where the program has one: it replaces the allocator that mallinfo2 would ask. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t
allocated(void)
{
#ifdef SRV_MEMCHECK
	size_t leaked, dubious, reachable, suppressed;

	VALGRIND_DO_QUICK_LEAK_CHECK;
	VALGRIND_COUNT_LEAKS(leaked, dubious, reachable, suppressed);
	return leaked + dubious + reachable + suppressed;
#endif
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}

static void
gsoap_context_does_not_grow_in_ten_thousand_uses(void **state)
{
	struct fixture *f = *state;
	struct gsoap *g = context();
	struct buf out;
	size_t before = 0;

	buf_init(&out, 0);
	for (int i = 0; i < 10000 + 4 * USES; i++) {
		if (i == 4 * USES)
			before = allocated();
		buf_reset(&out);
		use(f, g, (enum use)(i % USES), &out);
	}
	assert_in_range(before, 1000, 100000000);
	/* What one more use of another kind needs is all that it may differ by. */
	assert_in_range(allocated(), 0, before + 4096);
	buf_fini(&out);
	gsoap_free(&g);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gsoap_parses_what_the_gate_writes_to_the_same_parameters),
	    TEST(gsoap_absent_parameters_are_null),
	    TEST(gsoap_takes_parameters_in_any_order),
	    TEST(gsoap_parses_parameters_as_long_as_may_be),
	    TEST(gsoap_refuses_what_is_no_call_and_goes_on),
	    TEST(gsoap_hooks_get_every_query_and_form_as_it_is),
	    TEST(gsoap_hooks_get_every_byte_and_length),
	    TEST(gsoap_gives_back_what_the_form_came_to),
	    TEST(gsoap_context_remembers_nothing_of_its_last_uses),
	    TEST(gsoap_context_does_not_grow_in_ten_thousand_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
