/* What the client library makes of XML that comes from anywhere: the tree it reads, and what it writes again. */
#include "../../impl/client/result.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct result *
parse(const char *xml)
{
	struct result *r = NULL;
	struct srv_reason why = {""};

	if (result_parse(xml, strlen(xml), RESULT_DEPTH_MAX, &r, &why) != SRV_OK)
		fail_msg("%s: %s", xml, why.text);
	assert_non_null(r);
	return r;
}

static void
refused(const char *xml, size_t len, enum srv_err want)
{
	struct result *r = NULL;
	struct srv_reason why = {""};
	enum srv_err err = result_parse(xml, len, RESULT_DEPTH_MAX, &r, &why);

	if (err != want)
		fail_msg("%.60s: %s", xml, srv_err_text(err));
	assert_null(r);
	assert_true(why.text[0] != '\0');
}

/* ---- reading ---- */

static void
result_attributes_are_read_in_order_with_entities_resolved(void **state)
{
	struct result *r = parse("<root success='true' fullname=\"J&#xF6;rg &quot;J&quot; &amp; &lt;x&gt;\" e=''/>");

	(void)state;
	assert_string_equal(r->name, "root");
	assert_int_equal(r->attribute_count, 3);
	assert_string_equal(r->attributes[0].name, "success");
	assert_string_equal(r->attributes[1].name, "fullname");
	assert_string_equal(r->attributes[1].value, "J\xc3\xb6rg \"J\" & <x>");
	assert_string_equal(result_get(r, "e"), "");
	assert_null(result_get(r, "E"));
	assert_null(result_get(r, "absent"));
	result_free(&r);
}

static void
result_children_and_text_hang_where_they_stand(void **state)
{
	struct result *r = parse("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<r>\n <a n=\"1\"><b/></a>\n <c>x &amp; "
				 "<!-- no -->y<![CDATA[<z>]]></c>\n</r>\n");

	(void)state;
	assert_null(r->text); /* white space only */
	assert_int_equal(r->child_count, 2);
	assert_string_equal(r->children[0]->name, "a");
	assert_string_equal(r->children[0]->children[0]->name, "b");
	assert_int_equal(r->children[0]->children[0]->child_count, 0);
	assert_string_equal(r->children[1]->text, "x & y<z>");
	result_free(&r);
}

static void
result_namespace_declarations_are_no_attributes(void **state)
{
	struct result *r = parse("<root xmlns=\"\" xmlns:x=\"urn:x\" xmlnsx=\"kept\" success=\"true\" />");

	(void)state;
	assert_int_equal(r->attribute_count, 2);
	assert_string_equal(r->attributes[0].name, "xmlnsx");
	assert_string_equal(r->attributes[1].name, "success");
	result_free(&r);
}

static void
result_many_children_are_all_kept(void **state)
{
	enum { MANY = 5000 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "<r>");
	for (int i = 0; i < MANY; i++)
		buf_printf(&b, "<c n=\"%d\"/>", i);
	buf_puts(&b, "</r>");
	struct result *r = parse(buf_str(&b));
	assert_int_equal(r->child_count, MANY);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(atoi(result_get(r->children[i], "n")), i);
	result_free(&r);
	buf_fini(&b);
}

static void
result_that_is_no_well_formed_element_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "text", "<root", "<root>", "<root></toor>", "<a/><b/>",
	    "<root a='1' a='2'/>", "<root a=1/>", "<root>&nope;</root>", "<root>&#0;</root>", "<root a='<'/>",
	    "<root>\xff</root>", "junk<root/>"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], strlen(bad[i]), SRV_EINVAL);
	refused("<root/>\0", 8, SRV_EINVAL);
}

static void
result_with_a_document_type_is_refused(void **state)
{
	static const char *const bad[] = {"<!DOCTYPE r><r/>", "<!DOCTYPE r [<!ENTITY a \"x\">]><r>&a;</r>",
	    "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><r/>"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], strlen(bad[i]), SRV_EINVAL);
}

static void
result_depth_is_bounded(void **state)
{
	(void)state;
	struct result *r = parse("<a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>");
	result_free(&r);
	static const char deep[] = "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>";
	refused(deep, strlen(deep), SRV_ELIMIT);
}

static void
result_size_is_bounded(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "<r>");
	for (int i = 0; i < RESULT_NODES_MAX; i++)
		buf_puts(&b, "<c/>");
	buf_puts(&b, "</r>");
	refused(buf_str(&b), b.len, SRV_ELIMIT);
	buf_fini(&b);
}

/* gSOAP searches all of them for each one that it meets, which made minutes out of some hundred kilobytes. */
static void
result_attributes_are_bounded(void **state)
{
	struct buf b;

	(void)state;
	for (int names = RESULT_ATTRIBUTES_MAX; names <= RESULT_ATTRIBUTES_MAX + 1; names++) {
		static const char *const kinds[] = {"a", "xmlns:a"};

		for (size_t k = 0; k < 2; k++) {
			buf_init(&b, 0);
			buf_puts(&b, "<r ");
			for (int i = 0; i < names; i++)
				buf_printf(&b, "%s%d='' ", kinds[k], i);
			buf_puts(&b, "/>");
			if (names > RESULT_ATTRIBUTES_MAX) {
				refused(buf_str(&b), b.len, SRV_ELIMIT);
			} else {
				struct result *r = parse(buf_str(&b));
				result_free(&r);
			}
			buf_fini(&b);
		}
	}
	/* On elements of their own; the same one again is no other. */
	for (int names = RESULT_NAMES_MAX; names <= RESULT_NAMES_MAX + 1; names++) {
		buf_init(&b, 0);
		buf_puts(&b, "<r>");
		for (int i = 0; i < 10 * names; i++)
			buf_printf(&b, "<c a%d=''/>", i % names);
		buf_puts(&b, "</r>");
		if (names > RESULT_NAMES_MAX) {
			refused(buf_str(&b), b.len, SRV_ELIMIT);
		} else {
			struct result *r = parse(buf_str(&b));
			result_free(&r);
		}
		buf_fini(&b);
	}
}

/* An envelope may have four levels more, and no more than that. */
static void
answer_depth_is_bounded(void **state)
{
	static const char deepest[] =
	    "<a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a>";
	struct result *r = NULL;
	struct srv_reason why;
	struct buf b;

	(void)state;
	assert_int_equal(result_parse(deepest, strlen(deepest), ANSWER_DEPTH_MAX, &r, &why), SRV_OK);
	result_free(&r);
	buf_init(&b, 0);
	buf_printf(&b, "<a>%s</a>", deepest);
	assert_int_equal(result_parse(buf_str(&b), b.len, ANSWER_DEPTH_MAX, &r, &why), SRV_ELIMIT);
	assert_null(r);
	/* Nor does it matter that it never ends. */
	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, "<a>");
	assert_int_equal(result_parse(buf_str(&b), b.len, ANSWER_DEPTH_MAX, &r, &why), SRV_ELIMIT);
	buf_fini(&b);
}

static void
result_is_the_one_element_in_an_envelope(void **state)
{
	static const char *const none[] = {"<E/>", "<E><Body/></E>", "<E><Body><R/></Body></E>",
	    "<E><Body><R><X/></R></Body></E>", "<E><Body><R><X>text</X></R></Body></E>",
	    "<E><Body><R><X><a/><b/></X></R></Body></E>", "<E><H><R><X><a/></X></R></H></E>"};
	struct result *r = NULL;
	struct srv_reason why;

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		r = parse(none[i]);
		if (result_in_envelope(r) != NULL)
			fail_msg("found in %s", none[i]);
		result_free(&r);
	}
	static const char found[] = "<s:E xmlns:s='x'><s:H/>\n<s:Body><R><X> <root a='1'/> </X></R></s:Body>"
				    "<behind><R><X><evil/></X></R></behind></s:E>";
	assert_int_equal(result_parse(found, strlen(found), ANSWER_DEPTH_MAX, &r, &why), SRV_OK);
	assert_string_equal(result_in_envelope(r)->name, "root");
	result_free(&r);
}

static void
result_is_written_as_the_service_writes_it(void **state)
{
	static const char *const cases[][2] = {
	    {"<response xmlns='' success='true'></response>", "<response success=\"true\" />"},
	    {"<root a='&lt;&amp;&quot;&apos;&#xA;'>t &lt;</root>", "<root a=\"&lt;&amp;&quot;'&#xA;\">t &lt;</root>"},
	    {"<r>\n <a  b = '\xc3\xb6'/>\n <c><d/></c></r>", "<r><a b=\"\xc3\xb6\" /><c><d /></c></r>"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct result *r = parse(cases[i][0]);
		struct buf out;

		buf_init(&out, 0);
		result_write(&out, r);
		assert_int_equal(out.err, SRV_OK);
		assert_string_equal(buf_str(&out), cases[i][1]);
		buf_fini(&out);
		result_free(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(result_attributes_are_read_in_order_with_entities_resolved),
	    cmocka_unit_test(result_children_and_text_hang_where_they_stand),
	    cmocka_unit_test(result_namespace_declarations_are_no_attributes),
	    cmocka_unit_test(result_many_children_are_all_kept),
	    cmocka_unit_test(result_that_is_no_well_formed_element_is_refused),
	    cmocka_unit_test(result_with_a_document_type_is_refused),
	    cmocka_unit_test(result_depth_is_bounded),
	    cmocka_unit_test(result_size_is_bounded),
	    cmocka_unit_test(result_attributes_are_bounded),
	    cmocka_unit_test(answer_depth_is_bounded),
	    cmocka_unit_test(result_is_the_one_element_in_an_envelope),
	    cmocka_unit_test(result_is_written_as_the_service_writes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
