/* UTF-8, case, numbers, URL escapes; and the words of errors, which are text too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/base/err.h"
#include "../../impl/base/text.h"

static size_t
encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void
text_decodes_every_code_point_and_no_surrogate(void **state)
{
	char s[4];
	int32_t ch;

	(void)state;
	for (uint32_t c = 0; c < 0x110100; c++) {
		size_t len = encode(c, s);
		bool is = c < 0x110000 && (c < 0xd800 || c > 0xdfff);

		assert_int_equal(text_is_utf8(s, len), is);
		if (is) {
			assert_int_equal(text_next(s, len, &ch), len);
			assert_int_equal(ch, c);
		}
	}
}

static void
text_refuses_overlong_forms_and_stray_bytes(void **state)
{
	static const char *const bad[] = {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\x80", "\xbf", "a\x80", "\xc3",
	    "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xed\xa0\x80", "\xed\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("\xc3\xa9", 1));
}

static void
text_next_gives_one_piece_for_each_replacement(void **state)
{
	/* The example of the Unicode standard, table 3-8. */
	static const char s[] = "\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64";
	static const size_t took[] = {1, 3, 2, 1, 1, 1, 1, 1, 1, 1};
	static const int32_t chars[] = {'a', -1, -1, -1, 'b', -1, 'c', -1, -1, 'd'};
	size_t at = 0;
	int32_t ch;

	(void)state;
	for (size_t i = 0; i < sizeof(took) / sizeof(took[0]); i++) {
		assert_int_equal(text_next(s + at, sizeof(s) - 1 - at, &ch), took[i]);
		assert_int_equal(ch, chars[i]);
		at += took[i];
	}
	assert_int_equal(at, sizeof(s) - 1);
}

static void
text_xml_holds_no_controls_and_no_noncharacters(void **state)
{
	(void)state;
	assert_true(text_is_xml("\t\n\r ~\x7f", 6));
	assert_true(text_is_xml("\xf4\x8f\xbf\xbf", 4));
	assert_true(text_is_xml("\xef\xbf\xbd", 3));
	assert_false(text_is_xml("\xef\xbf\xbe", 3));
	assert_false(text_is_xml("\xef\xbf\xbf", 3));
	assert_false(text_is_xml("a\0", 2));
	assert_false(text_is_xml("\xc3", 1));
	for (char c = 1; c < 0x20; c++)
		assert_int_equal(text_is_xml(&c, 1), c == '\t' || c == '\n' || c == '\r');
	assert_false(text_is_xml_char(-1));
	assert_false(text_is_xml_char(0xd800));
	assert_false(text_is_xml_char(0x110000));
}

static void
text_cut_ends_between_characters(void **state)
{
	(void)state;
	assert_int_equal(text_cut("abc", 3), 3);
	assert_int_equal(text_cut("", 0), 0);
	assert_int_equal(text_cut("a\xc3\xa9", 2), 1);
	assert_int_equal(text_cut("a\xc3\xa9", 3), 3);
	assert_int_equal(text_cut("\xe2\x82\xac", 1), 0);
	assert_int_equal(text_cut("\xe2\x82\xac", 2), 0);
	assert_int_equal(text_cut("\xe2\x82\xac", 3), 3);
	assert_int_equal(text_cut("\xf0\x9f\x98\x80", 3), 0);
	assert_int_equal(text_cut("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(text_cut("\x80\x80\x80\x80\x80", 5), 5);
}

static void
text_case_is_folded_for_ascii_alone(void **state)
{
	(void)state;
	assert_true(text_ieq("ServerInfo", "sERVERiNFO"));
	assert_true(text_ieq("", ""));
	assert_false(text_ieq("a", "ab"));
	assert_false(text_ieq("[", "{"));
	assert_false(text_ieq("@", "`"));
	assert_false(text_ieq("\xc3\x89", "\xc3\xa9"));
	assert_true(text_ieq_n("HOSTxx", 4, "host"));
	assert_false(text_ieq_n("HOST", 3, "host"));
	for (int c = 0; c < 256; c++)
		assert_int_equal((unsigned char)text_lower((char)c), c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void
text_numbers_are_digits_in_a_range(void **state)
{
	static const char *const bad[] = {
	    "", " 1", "1 ", "+1", "-1", "0x1", "1e1", "1.0", "a", "99999999999999999999", "9223372036854775808"};
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_parse_int(bad[i], 0, INT64_MAX, &n));
	assert_false(text_parse_int("9", 10, 20, &n));
	assert_false(text_parse_int("21", 10, 20, &n));
	assert_int_equal(n, 7);
	assert_true(text_parse_int("10", 10, 20, &n));
	assert_int_equal(n, 10);
	assert_true(text_parse_int("20", 10, 20, &n));
	assert_int_equal(n, 20);
	assert_true(text_parse_int("0007", 0, 9, &n));
	assert_int_equal(n, 7);
	assert_true(text_parse_int("9223372036854775807", 0, INT64_MAX, &n));
	assert_true(n == INT64_MAX);
}

static void
text_switches_have_four_words_each(void **state)
{
	bool b = false;

	(void)state;
	assert_true(text_parse_bool("true", &b) && b);
	b = false;
	assert_true(text_parse_bool("YES", &b) && b);
	b = false;
	assert_true(text_parse_bool("On", &b) && b);
	b = false;
	assert_true(text_parse_bool("1", &b) && b);
	assert_true(text_parse_bool("False", &b) && !b);
	b = true;
	assert_true(text_parse_bool("no", &b) && !b);
	b = true;
	assert_true(text_parse_bool("OFF", &b) && !b);
	b = true;
	assert_true(text_parse_bool("0", &b) && !b);
	b = true;
	assert_false(text_parse_bool("", &b));
	assert_false(text_parse_bool("2", &b));
	assert_false(text_parse_bool("truee", &b));
	assert_true(b);
}

static void
assert_decodes(const char *in, const char *want)
{
	char out[64];
	size_t len = 99;

	assert_true(text_url_decode(in, strlen(in), out, &len));
	assert_int_equal(len, strlen(want));
	assert_string_equal(out, want);
}

static void
text_url_escapes_decode(void **state)
{
	(void)state;
	assert_decodes("", "");
	assert_decodes("a+b", "a b");
	assert_decodes("%2B%2b%20", "++ ");
	assert_decodes("%C3%A9", "\xc3\xa9");
	assert_decodes("a%0D%0A%09b", "a\r\n\tb");
	assert_decodes("%25%32%35", "%25");
	assert_decodes("\xc3\xa9", "\xc3\xa9");
}

static void
text_url_escapes_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {"%", "a%", "%4", "%4g", "%g4", "%%41", "% 41", "%u0041", "%00", "a%00b",
	    "%01", "%FF", "%C3", "%C0%80", "%ED%A0%80", "%EF%BF%BF", "\x01"};
	char out[64];
	size_t len = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_url_decode(bad[i], strlen(bad[i]), out, &len));
	assert_false(text_url_decode("a\0b", 3, out, &len));
	assert_false(text_url_decode("%41", 2, out, &len));
	assert_int_equal(len, 99);
}

static void
err_every_error_has_its_words(void **state)
{
	(void)state;
#define X(name, text) assert_string_equal(srv_err_text(name), text);
	SRV_ERRORS(X)
#undef X
	assert_string_equal(srv_err_text((enum srv_err)9999), "unknown error");
}

static void
err_reason_is_cut_between_characters(void **state)
{
	struct srv_reason why = {0};
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 253, "\xe2\x82\xac", 3);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(srv_fail(&why, SRV_EIO, "%s", text), SRV_EIO);
	assert_int_equal(strlen(why.text), 253);
	assert_true(text_is_utf8(why.text, strlen(why.text)));
}

static void
err_reason_may_wrap_itself_and_is_one_line(void **state)
{
	struct srv_reason why = {0};

	(void)state;
	assert_int_equal(srv_fail(&why, SRV_EIO, "line %d\nof \x1b two", 1), SRV_EIO);
	assert_string_equal(why.text, "line 1 of   two");
	assert_int_equal(srv_fail(&why, SRV_ECORRUPT, "license: %s", why.text), SRV_ECORRUPT);
	assert_string_equal(why.text, "license: line 1 of   two");
	assert_int_equal(srv_fail(NULL, SRV_EBUSY, "%s", "nobody asks"), SRV_EBUSY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_decodes_every_code_point_and_no_surrogate),
	    cmocka_unit_test(text_refuses_overlong_forms_and_stray_bytes),
	    cmocka_unit_test(text_next_gives_one_piece_for_each_replacement),
	    cmocka_unit_test(text_xml_holds_no_controls_and_no_noncharacters),
	    cmocka_unit_test(text_cut_ends_between_characters),
	    cmocka_unit_test(text_case_is_folded_for_ascii_alone),
	    cmocka_unit_test(text_numbers_are_digits_in_a_range),
	    cmocka_unit_test(text_switches_have_four_words_each),
	    cmocka_unit_test(text_url_escapes_decode),
	    cmocka_unit_test(text_url_escapes_that_are_none_are_refused),
	    cmocka_unit_test(err_every_error_has_its_words),
	    cmocka_unit_test(err_reason_is_cut_between_characters),
	    cmocka_unit_test(err_reason_may_wrap_itself_and_is_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
