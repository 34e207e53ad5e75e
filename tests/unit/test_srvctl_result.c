/* What srvctl makes of a result element: the tree it reads, and the three ways it prints it. */
#include "../../impl/client/print.h"
#include "../../impl/client/result.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct result *
parse(const char *xml)
{
	struct result *r = NULL;
	struct srv_reason why = {""};

	if (result_parse(xml, strlen(xml), &r, &why) != SRV_OK)
		fail_msg("%s: %s", xml, why.text);
	assert_non_null(r);
	return r;
}

static void
refused(const char *xml, size_t len, enum srv_err want)
{
	struct result *r = NULL;
	struct srv_reason why = {""};
	enum srv_err err = result_parse(xml, len, &r, &why);

	if (err != want)
		fail_msg("%.60s: %s", xml, srv_err_text(err));
	assert_null(r);
	assert_true(why.text[0] != '\0');
}

static void
prints(const char *xml, enum print_format format, const char *want)
{
	struct result *r = parse(xml);
	struct buf out;

	buf_init(&out, 0);
	print_result(&out, r, format);
	assert_int_equal(out.err, SRV_OK);
	assert_string_equal(buf_str(&out), want);
	buf_fini(&out);
	result_free(&r);
	assert_null(r);
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
	assert_true(result_succeeded(r));
	result_free(&r);
}

static void
result_success_is_the_attribute_and_no_text_elsewhere(void **state)
{
	static const char *const failures[] = {"<root success=\"false\" error=\"x\" />", "<root />",
	    "<root success=\"\" />", "<root error=\"success=&quot;true&quot;\" />",
	    "<root><a success=\"true\" /></root>", "<root>success=\"true\"</root>"};

	(void)state;
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		struct result *r = parse(failures[i]);
		assert_false(result_succeeded(r));
		result_free(&r);
	}
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

static void
result_given_as_text_is_read_like_any_other(void **state)
{
	struct result *r = NULL;
	struct srv_reason why;

	(void)state;
	assert_int_equal(
	    result_parse_text("&lt;root success=\"true\" a=\"&amp;quot;&amp;amp;&amp;lt;\xc3\xb6\" /&gt;", &r, &why),
	    SRV_OK);
	assert_string_equal(result_get(r, "a"), "\"&<\xc3\xb6");
	result_free(&r);
}

static void
result_that_should_be_text_and_is_not_is_refused(void **state)
{
	static const char *const bad[] = {"", "  ", "<root success=\"true\" />", "&lt;root/&gt;<b/>", "</text><text>",
	    "&lt;root", "no element", "&amp;lt;root/&amp;gt;"};
	struct result *r = NULL;
	struct srv_reason why;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		why.text[0] = '\0';
		if (result_parse_text(bad[i], &r, &why) != SRV_EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_null(r);
		assert_true(why.text[0] != '\0');
	}
}

/* ---- printing ---- */

#define WAREHOUSE                                                                                            \
	"<response success=\"true\" TotalWarehouseSize=\"1536\" TotalDocumentCount=\"3\"><WarehousePaths>"   \
	"<WarehousePath WhNo=\"00\" Path=\"/srv/w\xc3\xb6\" RootDrive=\"/\" Size=\"1536\" DocCount=\"3\" />" \
	"<WarehousePath WhNo=\"07\" Path=\"/b\" RootDrive=\"/b\" Size=\"0\" DocCount=\"0\" />"               \
	"</WarehousePaths><Disks /></response>"
#define JOBS                                                                                                     \
	"<response success=\"true\">"                                                                            \
	"<MaintenanceJob JobId=\"1\" JobName=\"Purge\" StartDate=\"\" TimeElapsedMs=\"0\" Result=\"\" "          \
	"IsLate=\"false\" />"                                                                                    \
	"<MaintenanceJob JobId=\"12\" JobName=\"Walk\" StartDate=\"2026-01-02T03:04:05\" TimeElapsedMs=\"1500\"" \
	" Success=\"true\" IsLate=\"false\" /></response>"

static void
print_text_shows_attributes_and_tables_in_columns(void **state)
{
	(void)state;
	prints(WAREHOUSE, PRINT_TEXT,
	    "TotalWarehouseSize  1.5 KiB\n"
	    "TotalDocumentCount  3\n"
	    "\n"
	    "WarehousePaths:\n"
	    "WhNo  Path     RootDrive     Size  DocCount\n"
	    "  00  /srv/w\xc3\xb6  /          1.5 KiB         3\n"
	    "  07  /b       /b             0 B         0\n"
	    "\n"
	    "Disks: none\n");
}

/* The first job never ran: it has a column that nobody fills, and lacks one that another has. */
static void
print_text_table_takes_the_columns_of_all_rows_and_no_empty_ones(void **state)
{
	(void)state;
	prints(JOBS, PRINT_TEXT,
	    "JobId  JobName  StartDate            TimeElapsedMs  IsLate  Success\n"
	    "    1  Purge    -                                0  false   -\n"
	    "   12  Walk     2026-01-02T03:04:05           1500  false   true\n");
}

static void
print_text_of_a_bare_success_is_nothing(void **state)
{
	(void)state;
	prints("<response success=\"true\" />", PRINT_TEXT, "");
}

static void
print_text_sizes_are_in_binary_units(void **state)
{
	static const struct {
		const char *bytes, *shown;
	} cases[] = {{"0", "0 B"}, {"1023", "1023 B"}, {"1024", "1.0 KiB"}, {"1048524", "1023.9 KiB"},
	    {"1048575", "1.0 MiB"}, {"1073741824", "1.0 GiB"}, {"9223372036854775807", "8.0 EiB"}, {"-5", "-5"},
	    {"x", "x"}, {"", "-"}};
	char xml[100], want[100];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(xml, sizeof xml, "<r Size=\"%s\" />", cases[i].bytes);
		snprintf(want, sizeof want, "Size  %s\n", cases[i].shown);
		prints(xml, PRINT_TEXT, want);
	}
	prints("<r DocCount=\"2048\" />", PRINT_TEXT, "DocCount  2048\n");
}

static void
print_text_lets_no_control_through_to_the_terminal(void **state)
{
	struct buf b;

	(void)state;
	prints("<r a=\"x&#xA;y&#9;z&#x7F;\xc2\x9b"
	       "2J\xc2\xa0.\" />",
	    PRINT_TEXT, "a  x?y?z??2J\xc2\xa0.\n");
	buf_init(&b, 0);
	print_clean(&b, "\x1b[2Jx\xc2");
	assert_string_equal(buf_str(&b), "?[2Jx\xc2");
	buf_fini(&b);
}

static void
print_xml_gives_the_element_back(void **state)
{
	(void)state;
	prints("<response xmlns='' success='true'></response>", PRINT_XML, "<response success=\"true\" />\n");
	prints("<root a='&lt;&amp;&quot;&apos;&#xA;'>t &lt;</root>", PRINT_XML,
	    "<root a=\"&lt;&amp;&quot;'&#xA;\">t &lt;</root>\n");
	prints(WAREHOUSE, PRINT_XML, WAREHOUSE "\n");
	prints(JOBS, PRINT_XML, JOBS "\n");
}

static void
print_json_is_objects_of_strings_and_arrays_of_children(void **state)
{
	(void)state;
	prints("<response success=\"true\" />", PRINT_JSON, "{\"success\":true}\n");
	prints("<response success=\"false\" error=\"[901]x\" />", PRINT_JSON,
	    "{\"success\":false,\"error\":\"[901]x\"}\n");
	prints(WAREHOUSE, PRINT_JSON,
	    "{\"success\":true,\"TotalWarehouseSize\":\"1536\",\"TotalDocumentCount\":\"3\",\"WarehousePaths\":["
	    "{\"WhNo\":\"00\",\"Path\":\"/srv/w\xc3\xb6\",\"RootDrive\":\"/\",\"Size\":\"1536\",\"DocCount\":\"3\"},"
	    "{\"WhNo\":\"07\",\"Path\":\"/b\",\"RootDrive\":\"/"
	    "b\",\"Size\":\"0\",\"DocCount\":\"0\"}],\"Disks\":[]}\n");
	prints("<r success=\"true\"><J i=\"1\"/><K j=\"2\"/><J i=\"3\"/></r>", PRINT_JSON,
	    "{\"success\":true,\"J\":[{\"i\":\"1\"},{\"i\":\"3\"}],\"K\":[{\"j\":\"2\"}]}\n");
}

static void
print_json_escapes_what_a_string_must_not_hold(void **state)
{
	(void)state;
	prints("<r a=\"&quot;\\&#xA;&#9;&#x7F;/\xf0\x9f\x94\x91\" b=\"t\">x</r>", PRINT_JSON,
	    "{\"a\":\"\\\"\\\\\\u000a\\u0009\\u007f/\xf0\x9f\x94\x91\",\"b\":\"t\",\"text\":\"x\"}\n");
}

static void
print_format_is_one_of_three_words(void **state)
{
	enum print_format f = PRINT_TEXT;

	(void)state;
	assert_true(print_format_parse("json", &f));
	assert_int_equal(f, PRINT_JSON);
	assert_true(print_format_parse("xml", &f));
	assert_int_equal(f, PRINT_XML);
	assert_true(print_format_parse("text", &f));
	assert_int_equal(f, PRINT_TEXT);
	assert_false(print_format_parse("yaml", &f));
	assert_false(print_format_parse("", &f));
	assert_false(print_format_parse("JSON", &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(result_attributes_are_read_in_order_with_entities_resolved),
	    cmocka_unit_test(result_success_is_the_attribute_and_no_text_elsewhere),
	    cmocka_unit_test(result_children_and_text_hang_where_they_stand),
	    cmocka_unit_test(result_namespace_declarations_are_no_attributes),
	    cmocka_unit_test(result_many_children_are_all_kept),
	    cmocka_unit_test(result_that_is_no_well_formed_element_is_refused),
	    cmocka_unit_test(result_with_a_document_type_is_refused),
	    cmocka_unit_test(result_depth_is_bounded),
	    cmocka_unit_test(result_size_is_bounded),
	    cmocka_unit_test(result_given_as_text_is_read_like_any_other),
	    cmocka_unit_test(result_that_should_be_text_and_is_not_is_refused),
	    cmocka_unit_test(print_text_shows_attributes_and_tables_in_columns),
	    cmocka_unit_test(print_text_table_takes_the_columns_of_all_rows_and_no_empty_ones),
	    cmocka_unit_test(print_text_of_a_bare_success_is_nothing),
	    cmocka_unit_test(print_text_sizes_are_in_binary_units),
	    cmocka_unit_test(print_text_lets_no_control_through_to_the_terminal),
	    cmocka_unit_test(print_xml_gives_the_element_back),
	    cmocka_unit_test(print_json_is_objects_of_strings_and_arrays_of_children),
	    cmocka_unit_test(print_json_escapes_what_a_string_must_not_hold),
	    cmocka_unit_test(print_format_is_one_of_three_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
