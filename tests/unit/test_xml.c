/* The XML writer's bytes are the ones that ASMX writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/base/xml.h"

struct fixture {
	struct buf out;
	struct xml x;
};

static int
set_up(void **state)
{
	static struct fixture f;

	buf_init(&f.out, 0);
	xml_init(&f.x, &f.out);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	buf_fini(&f->out);
	return 0;
}

static void
assert_wrote(struct fixture *f, const char *want)
{
	assert_int_equal(f->out.err, SRV_OK);
	assert_int_equal(f->x.depth, 0);
	assert_string_equal(buf_str(&f->out), want);
}

static void
xml_empty_element_ends_in_a_blank_and_a_slash(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "Disks");
	xml_close(&f->x);
	assert_wrote(f, "<Disks />");
}

static void
xml_success_is_written_as_asmx_writes_it(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "response");
	xml_attr_bool(&f->x, "success", true);
	xml_close(&f->x);
	assert_wrote(f, "<response success=\"true\" />");
}

static void
xml_failure_is_written_as_asmx_writes_it(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "root");
	xml_attr_bool(&f->x, "success", false);
	xml_attr(&f->x, "error", "[901]Session expired or Invalid ticket");
	xml_close(&f->x);
	assert_wrote(f, "<root success=\"false\" error=\"[901]Session expired or Invalid ticket\" />");
}

static void
xml_attributes_keep_the_order_of_the_calls(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_attr(&f->x, "z", "1");
	xml_attr(&f->x, "a", NULL);
	xml_attr(&f->x, "m", "");
	xml_attr_int(&f->x, "low", INT64_MIN);
	xml_attr_int(&f->x, "high", INT64_MAX);
	xml_close(&f->x);
	assert_wrote(f, "<a z=\"1\" a=\"\" m=\"\" low=\"-9223372036854775808\" high=\"9223372036854775807\" />");
}

static void
xml_elements_nest_without_white_space(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "response");
	xml_attr_bool(&f->x, "success", true);
	xml_open(&f->x, "WarehousePaths");
	for (int i = 0; i < 2; i++) {
		xml_open(&f->x, "WarehousePath");
		xml_attr_int(&f->x, "Size", i);
		xml_close(&f->x);
	}
	xml_close(&f->x);
	xml_open(&f->x, "Disks");
	xml_close(&f->x);
	xml_close(&f->x);
	assert_wrote(f,
	    "<response success=\"true\"><WarehousePaths><WarehousePath Size=\"0\" /><WarehousePath Size=\"1\" />"
	    "</WarehousePaths><Disks /></response>");
}

static void
xml_nests_as_deep_as_it_says(void **state)
{
	static const char *const name[XML_DEPTH_MAX] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	struct fixture *f = *state;

	for (int i = 0; i < XML_DEPTH_MAX; i++)
		xml_open(&f->x, name[i]);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		xml_close(&f->x);
	assert_wrote(f, "<a><b><c><d><e><f><g><h /></g></f></e></d></c></b></a>");
}

static void
xml_text_closes_the_start_tag(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_attr(&f->x, "b", "c");
	xml_text(&f->x, "one");
	xml_open(&f->x, "d");
	xml_close(&f->x);
	xml_text(&f->x, "two");
	xml_close(&f->x);
	assert_wrote(f, "<a b=\"c\">one<d />two</a>");
}

static void
xml_empty_text_leaves_the_element_empty(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_text(&f->x, "");
	xml_text(&f->x, NULL);
	xml_attr(&f->x, "b", "still a start tag");
	xml_close(&f->x);
	assert_wrote(f, "<a b=\"still a start tag\" />");
}

static void
xml_attribute_values_are_escaped(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_attr(&f->x, "b", "\"><x y='1'>&amp;\t\n\r</x>");
	xml_close(&f->x);
	assert_wrote(f, "<a b=\"&quot;&gt;&lt;x y='1'&gt;&amp;amp;&#x9;&#xA;&#xD;&lt;/x&gt;\" />");
}

static void
xml_text_is_escaped(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_text(&f->x, "\"'\t\n]]><x>&\r");
	xml_close(&f->x);
	assert_wrote(f, "<a>\"'\t\n]]&gt;&lt;x&gt;&amp;&#xD;</a>");
}

static void
xml_every_control_becomes_the_replacement_character(void **state)
{
	struct fixture *f = *state;

	for (int c = 1; c < 0x20; c++) {
		const char value[] = {'<', (char)c, '>', '\0'};

		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		buf_reset(&f->out);
		xml_open(&f->x, "a");
		xml_attr(&f->x, "b", value);
		xml_text(&f->x, value);
		xml_close(&f->x);
		assert_wrote(f, "<a b=\"&lt;\xef\xbf\xbd&gt;\">&lt;\xef\xbf\xbd&gt;</a>");
	}
}

static void
xml_what_is_not_utf8_becomes_the_replacement_character(void **state)
{
	struct fixture *f = *state;

	xml_open(&f->x, "a");
	xml_attr(&f->x, "b", "x\xffy\xc3");
	xml_text(&f->x, "\xc0\x80|\xed\xa0\x80|\xf0\x9f\x98|\xef\xbf\xbe|\xe2\x82<");
	xml_close(&f->x);
	assert_wrote(f, "<a b=\"x\xef\xbf\xbdy\xef\xbf\xbd\">"
			"\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
			"\xef\xbf\xbd&lt;</a>");
}

static void
xml_other_characters_are_written_as_they_are(void **state)
{
	static const char text[] = "M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80 \x7f \xc2\x85 '";
	struct fixture *f = *state;
	struct buf want;

	buf_init(&want, 0);
	buf_printf(&want, "<a b=\"%s\">%s</a>", text, text);
	xml_open(&f->x, "a");
	xml_attr(&f->x, "b", text);
	xml_text(&f->x, text);
	xml_close(&f->x);
	assert_wrote(f, buf_str(&want));
	buf_fini(&want);
}

static void
xml_escape_takes_bytes_with_a_length(void **state)
{
	struct fixture *f = *state;

	xml_escape(&f->out, "a<b\0c&d", 6);
	xml_escape(&f->out, NULL, 0);
	assert_wrote(f, "a&lt;b\xef\xbf\xbd"
			"c&amp;");
}

static void
xml_error_of_the_buffer_stays(void **state)
{
	struct xml x;
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	xml_init(&x, &b);
	xml_open(&x, "response");
	xml_attr_bool(&x, "success", true);
	xml_close(&x);
	assert_int_equal(b.err, SRV_ELIMIT);
	assert_null(buf_take(&b));
	buf_fini(&b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(xml_empty_element_ends_in_a_blank_and_a_slash),
	    T(xml_success_is_written_as_asmx_writes_it),
	    T(xml_failure_is_written_as_asmx_writes_it),
	    T(xml_attributes_keep_the_order_of_the_calls),
	    T(xml_elements_nest_without_white_space),
	    T(xml_nests_as_deep_as_it_says),
	    T(xml_text_closes_the_start_tag),
	    T(xml_empty_text_leaves_the_element_empty),
	    T(xml_attribute_values_are_escaped),
	    T(xml_text_is_escaped),
	    T(xml_every_control_becomes_the_replacement_character),
	    T(xml_what_is_not_utf8_becomes_the_replacement_character),
	    T(xml_other_characters_are_written_as_they_are),
	    T(xml_escape_takes_bytes_with_a_length),
	    T(xml_error_of_the_buffer_stays),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
