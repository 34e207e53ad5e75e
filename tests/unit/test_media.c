/* A Content-Type, taken apart: what is read, and what is refused because it could be read two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/media.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* From memory of exactly its size; m's texts are offsets into value then, so that they outlive it. */
static bool
parse(const char *value, struct media *m)
{
	size_t len = strlen(value);
	char *exact = malloc(len ? len : 1);
	bool ok;

	assert_non_null(exact);
	memcpy(exact, value, len);
	*m = (struct media){{"untouched", 9}, {NULL, 0}, {NULL, 0}};
	ok = media_parse((struct http_text){exact, len}, m);
	if (ok) {
		struct http_text *const texts[] = {&m->type, &m->charset, &m->action};
		for (size_t i = 0; i < COUNT(texts); i++) {
			if (texts[i]->s == NULL)
				continue;
			assert_true(texts[i]->s >= exact && texts[i]->s + texts[i]->len <= exact + len);
			texts[i]->s = value + (texts[i]->s - exact);
		}
	}
	free(exact);
	return ok;
}

static void
assert_text(const char *value, struct http_text got, const char *want)
{
	if (want == NULL ? got.len != 0 : !http_text_is(got, want))
		fail_msg("%s: \"%.*s\" is not \"%s\"", value, (int)got.len, got.s ? got.s : "", want ? want : "");
}

static void
expect(const char *value, const char *type, const char *charset, const char *action)
{
	struct media m;

	if (!parse(value, &m))
		fail_msg("refused: %s", value);
	assert_text(value, m.type, type);
	assert_text(value, m.charset, charset);
	assert_text(value, m.action, action);
}

static void
assert_refused(const char *value)
{
	struct media m;

	if (parse(value, &m))
		fail_msg("accepted: %s", value);
	assert_true(http_text_is(m.type, "untouched"));
}

static void
media_gives_type_charset_and_action(void **state)
{
	(void)state;
	expect("text/xml", "text/xml", NULL, NULL);
	expect("text/xml; charset=utf-8", "text/xml", "utf-8", NULL);
	expect("text/xml;charset=utf-8", "text/xml", "utf-8", NULL);
	expect("Text/XML ;\tCharSet=UTF-8", "Text/XML", "UTF-8", NULL);
	expect("text/xml; charset=\"utf-8\"", "text/xml", "utf-8", NULL);
	expect("application/soap+xml; charset=utf-8; action=\"http://tempuri.org/LogOut\"", "application/soap+xml",
	    "utf-8", "http://tempuri.org/LogOut");
	expect("application/soap+xml; action=http://tempuri.org/LogOut; charset=utf-8", "application/soap+xml", "utf-8",
	    "http://tempuri.org/LogOut");
	expect("application/soap+xml;action=\"a;b, c=d\";charset=utf-16", "application/soap+xml", "utf-16", "a;b, c=d");
	expect("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", NULL, NULL);
	expect("multipart/related; start=\"<a@b>\"; type=\"text/xml\"; boundary=b", "multipart/related", NULL, NULL);
}

static void
media_ignores_parameters_it_does_not_know(void **state)
{
	(void)state;
	expect("text/xml; q=1; charset=utf-8; q=2", "text/xml", "utf-8", NULL);
	expect("text/xml; xcharset=a; charsets=b; charse=c", "text/xml", NULL, NULL);
	expect("text/xml; x=\"charset=utf-16\"; charset=utf-8", "text/xml", "utf-8", NULL);
}

static void
media_empty_parameters_are_none(void **state)
{
	(void)state;
	expect("text/xml;", "text/xml", NULL, NULL);
	expect("text/xml; ", "text/xml", NULL, NULL);
	expect("text/xml;;charset=utf-8", "text/xml", "utf-8", NULL);
	expect("text/xml ; ; charset=utf-8 ;; ", "text/xml", "utf-8", NULL);
}

static void
media_absent_and_empty_action_differ(void **state)
{
	struct media m;

	(void)state;
	assert_true(parse("application/soap+xml", &m));
	assert_null(m.action.s);
	assert_null(m.charset.s);
	assert_true(parse("application/soap+xml; action=\"\"", &m));
	assert_non_null(m.action.s);
	assert_int_equal(m.action.len, 0);
}

static void
media_refuses_a_parameter_given_twice(void **state)
{
	static const char *const rows[] = {"text/xml; charset=utf-8; charset=utf-16",
	    "text/xml; charset=utf-8; charset=utf-8", "text/xml; charset=utf-8; CHARSET=\"utf-8\"",
	    "text/xml; charset=\"\"; charset=utf-16", "application/soap+xml; action=a; action=b",
	    "application/soap+xml; action=\"\"; Action=\"\""};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(rows[i]);
}

static void
media_refuses_what_is_not_of_its_form(void **state)
{
	static const char *const rows[] = {"", " ", "text", "/xml", "text xml", "text /xml", "text/xml charset=utf-8",
	    "text/xml, text/xml", "text/xml,application/json", "text/xml; charset",
	    "text/xml; charset=", "text/xml; =utf-8", "text/xml; charset =utf-8", "text/xml; charset= utf-8",
	    "text/xml; charset=\"utf-8", "text/xml; charset=utf-8\"", "text/xml; charset=\"utf-8\"x",
	    "text/xml; charset=\"ut\\f-8\"", "text/xml; charset=u\"tf\"-8", "text/xml/x", "text/xml; charset=utf-8 x",
	    "text/xml: charset=utf-8", "\"text/xml\"", "text/xml\x80", "te\xC3\xA9t/xml",
	    "text/xml; charset\x01=utf-8"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(rows[i]);
}

/* A NUL is a byte like any that may not be there. */
static void
media_refuses_a_zero_byte(void **state)
{
	static const char value[] = "text/xml\0; charset=utf-8";
	struct media m;

	(void)state;
	assert_false(media_parse((struct http_text){value, sizeof value - 1}, &m));
}

static void
media_refuses_or_reads_every_beginning_of_a_value(void **state)
{
	static const char whole[] = "application/soap+xml; charset=\"utf-8\"; action=\"urn:a\"";
	char part[sizeof whole];
	struct media m;
	int read = 0;

	(void)state;
	for (size_t n = 0; n < sizeof whole; n++) {
		memcpy(part, whole, n);
		part[n] = '\0';
		read += parse(part, &m);
	}
	assert_in_range(read, 10, (int)sizeof whole - 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(media_gives_type_charset_and_action),
	    cmocka_unit_test(media_ignores_parameters_it_does_not_know),
	    cmocka_unit_test(media_empty_parameters_are_none),
	    cmocka_unit_test(media_absent_and_empty_action_differ),
	    cmocka_unit_test(media_refuses_a_parameter_given_twice),
	    cmocka_unit_test(media_refuses_what_is_not_of_its_form),
	    cmocka_unit_test(media_refuses_a_zero_byte),
	    cmocka_unit_test(media_refuses_or_reads_every_beginning_of_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
