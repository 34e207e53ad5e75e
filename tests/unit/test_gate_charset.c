/* Which characters the bytes of a request are: UTF-8, UTF-16 with a mark, ISO-8859-1, by the content type's charset,
 * the byte order mark and the document's own word (RFC 7303), and what happens to a request that is cut or altered.
 * Contract: section 3; both versions of SOAP in every test. */
#include "gate_fixture.h"
#include "../../impl/base/text.h"

enum order { LITTLE, BIG };

static void
put_unit(struct buf *b, enum order order, unsigned unit)
{
	char high = (char)(unit >> 8), low = (char)(unit & 0xFF);

	buf_putc(b, order == BIG ? high : low);
	buf_putc(b, order == BIG ? low : high);
}

static void
put_utf16(struct buf *b, enum order order, bool mark, const char *utf8)
{
	size_t len = strlen(utf8);

	if (mark)
		put_unit(b, order, 0xFEFF);
	while (len) {
		int32_t ch;
		size_t n = text_next(utf8, len, &ch);
		assert_true(ch >= 0);
		if (ch > 0xFFFF) {
			put_unit(b, order, 0xD7C0u + ((unsigned)ch >> 10));
			put_unit(b, order, 0xDC00u + ((unsigned)ch & 0x3FF));
		} else {
			put_unit(b, order, (unsigned)ch);
		}
		utf8 += n;
		len -= n;
	}
}

#define SHOWN       \
	"K\xC3\xBC" \
	"che \xE2\x82\xAC \xF0\x9F\x94\x91"

static void
expect_shown(struct fixture *f, const char *charset, const struct buf *body)
{
	expect_document(f, charset, buf_str(body), body->len, "AuthenticateUser", "<srv:UID>" SHOWN "</srv:UID>");
}

static void
gate_reads_utf_8_however_it_is_said(void **state)
{
	static const char *const before[] = {"", DECLARED("utf-8"), DECLARED("UTF-8"), "\xEF\xBB\xBF",
	    "\xEF\xBB\xBF" DECLARED("utf-8"), "<?xml version='1.0'?>"};
	static const char *const charsets[] = {NULL, "utf-8", "UTF-8", "Utf-8", "utf8"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t b = 0; b < COUNT(before); b++)
		for (size_t c = 0; c < COUNT(charsets); c++) {
			(void)envelope(f, before[b], "", UID_ONLY(SHOWN), "");
			expect_shown(f, charsets[c], &f->body);
		}
}

static void
gate_believes_the_mark_of_utf_8_before_charset_and_declaration(void **state)
{
	static const char *const before[] = {
	    "\xEF\xBB\xBF", "\xEF\xBB\xBF" DECLARED("iso-8859-1"), "\xEF\xBB\xBF" DECLARED("utf-16")};
	static const char *const charsets[] = {NULL, "utf-8", "iso-8859-1", "utf-16", "utf-16le"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t b = 0; b < COUNT(before); b++)
		for (size_t c = 0; c < COUNT(charsets); c++) {
			(void)envelope(f, before[b], "", UID_ONLY(SHOWN), "");
			expect_shown(f, charsets[c], &f->body);
		}
}

static void
gate_reads_utf_16_of_either_order_with_its_mark(void **state)
{
	static const char *const charsets[] = {NULL, "utf-16", "UTF-16", "utf-8", "iso-8859-1", "utf-16le", "utf-16be"};
	static const char *const before[] = {"", DECLARED("utf-16"), DECLARED("UTF-16")};
	struct fixture *f = *state;
	struct buf body;

	buf_init(&body, 0);
	EACH_VERSION(f)
	for (int order = LITTLE; order <= BIG; order++)
		for (size_t b = 0; b < COUNT(before); b++)
			for (size_t c = 0; c < COUNT(charsets); c++) {
				buf_reset(&body);
				put_utf16(
				    &body, (enum order)order, true, envelope(f, before[b], "", UID_ONLY(SHOWN), ""));
				expect_shown(f, charsets[c], &body);
			}
	buf_fini(&body);
}

static void
gate_refuses_utf_16_without_its_mark(void **state)
{
	static const char *const charsets[] = {NULL, "utf-16", "utf-8", "iso-8859-1", "us-ascii"};
	static const char *const before[] = {"", DECLARED("utf-16"), " "};
	struct fixture *f = *state;
	struct buf body;

	buf_init(&body, 0);
	EACH_VERSION(f)
	for (int order = LITTLE; order <= BIG; order++)
		for (size_t b = 0; b < COUNT(before); b++)
			for (size_t c = 0; c < COUNT(charsets); c++) {
				buf_reset(&body);
				put_utf16(
				    &body, (enum order)order, false, envelope(f, before[b], "", UID_ONLY(SHOWN), ""));
				expect_bytes(f, charsets[c], buf_str(&body), body.len, GATE_MALFORMED);
			}
	buf_fini(&body);
}

static void
gate_reads_an_order_that_the_charset_names(void **state)
{
	struct fixture *f = *state;
	struct buf body;

	buf_init(&body, 0);
	EACH_VERSION(f)
	for (int order = LITTLE; order <= BIG; order++) {
		buf_reset(&body);
		put_utf16(&body, (enum order)order, false, envelope(f, "", "", UID_ONLY(SHOWN), ""));
		expect_shown(f, order == BIG ? "utf-16be" : "utf-16le", &body);
		expect_bytes(f, order == BIG ? "utf-16le" : "utf-16be", buf_str(&body), body.len, GATE_MALFORMED);
	}
	buf_fini(&body);
}

static void
gate_refuses_halves_of_utf_16_characters(void **state)
{
	/* What stands in the UID: two leads, a lead before an ordinary character or a tag, a trail alone, both swapped.
	 */
	static const unsigned rows[][3] = {{'a', 0xD83D, 'b'}, {0xD83D, 0xD83D, 0xDD11}, {'a', 'b', 0xD83D},
	    {'a', 0xDD11, 'b'}, {0xDD11, 0xD83D, 'b'}, {0xD83D, 0xDD11, 0xDD11}, {0xDBFF, '<', 'x'}, {'a', 0xFFFE, 'b'},
	    {'a', 0xFFFF, 'b'}, {'a', 0, 'b'}, {'a', 1, 'b'}};
	struct fixture *f = *state;
	struct buf body;
	char *whole, *at;

	buf_init(&body, 0);
	EACH_VERSION(f)
	for (int order = LITTLE; order <= BIG; order++) {
		whole = strdup(envelope(f, "", "", UID_ONLY("@"), ""));
		assert_non_null(whole);
		at = strchr(whole, '@');
		*at = '\0';
		for (size_t i = 0; i < COUNT(rows); i++) {
			buf_reset(&body);
			put_utf16(&body, (enum order)order, true, whole);
			for (size_t u = 0; u < COUNT(rows[i]); u++)
				put_unit(&body, (enum order)order, rows[i][u]);
			put_utf16(&body, (enum order)order, false, at + 1);
			expect_bytes(f, "utf-16", buf_str(&body), body.len, GATE_MALFORMED);
			expect_bytes(f, NULL, buf_str(&body), body.len, GATE_MALFORMED);
		}
		*at = '@';
		/* Half a unit, and half a pair, at the end. */
		buf_reset(&body);
		put_utf16(&body, (enum order)order, true, whole);
		expect_bytes(f, "utf-16", buf_str(&body), body.len - 1, GATE_MALFORMED);
		buf_putc(&body, order == BIG ? '\0' : ' ');
		expect_bytes(f, "utf-16", buf_str(&body), body.len, GATE_MALFORMED);
		buf_reset(&body);
		put_utf16(&body, (enum order)order, true, whole);
		put_unit(&body, (enum order)order, 0xD83D);
		expect_bytes(f, "utf-16", buf_str(&body), body.len, GATE_MALFORMED);
		free(whole);
	}
	buf_fini(&body);
}

static void
gate_reads_iso_8859_1_by_charset_or_declaration(void **state)
{
	struct fixture *f = *state;
	struct buf want;
	char raw[64 * 4 + 1], *r = raw;

	buf_init(&want, 0);
	buf_puts(&want, "<srv:UID>");
	for (int c = 0xA0; c <= 0xFF; c++) {
		*r++ = (char)c;
		buf_putc(&want, (char)(0xC0 | c >> 6));
		buf_putc(&want, (char)(0x80 | (c & 0x3F)));
	}
	*r = '\0';
	buf_puts(&want, "</srv:UID>");
	EACH_VERSION(f)
	{
		static const struct {
			const char *before, *charset;
		} rows[] = {{"", "iso-8859-1"}, {"", "ISO-8859-1"}, {"", "latin1"}, {DECLARED("iso-8859-1"), NULL},
		    {DECLARED("ISO-8859-1"), "iso-8859-1"}, {DECLARED("utf-8"), "iso-8859-1"}};
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct buf inside;
			buf_init(&inside, 0);
			buf_printf(&inside, UID_ONLY("%s"), raw);
			(void)envelope(f, rows[i].before, "", buf_str(&inside), "");
			expect_document(
			    f, rows[i].charset, buf_str(&f->body), f->body.len, "AuthenticateUser", buf_str(&want));
			buf_fini(&inside);
		}
		/* As UTF-8, which is what nothing else says, the same bytes are none. */
		(void)envelope(f, "", "", UID_ONLY("\xE9"), "");
		expect_bytes(f, NULL, buf_str(&f->body), f->body.len, GATE_MALFORMED);
		expect_bytes(f, "utf-8", buf_str(&f->body), f->body.len, GATE_MALFORMED);
	}
	buf_fini(&want);
}

static void
gate_believes_the_charset_before_the_declaration(void **state)
{
	static const char *const lies[] = {
	    DECLARED("utf-16"), DECLARED("utf-7"), DECLARED("iso-8859-1"), DECLARED("cp1252"), DECLARED("ucs-4")};
	static const char *const none[] = {DECLARED("utf-16"), DECLARED("utf-7"), DECLARED("cp1252"), DECLARED("ucs-4"),
	    DECLARED("shift_jis"), DECLARED("utf-16le"), DECLARED("")};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(lies); i++) {
			(void)envelope(f, lies[i], "", UID_ONLY(SHOWN), "");
			expect_shown(f, "utf-8", &f->body);
		}
		for (size_t i = 0; i < COUNT(none); i++) {
			(void)envelope(f, none[i], "", UID_ONLY(SHOWN), "");
			expect_bytes(f, NULL, buf_str(&f->body), f->body.len, GATE_MALFORMED);
		}
	}
}

static void
gate_refuses_charsets_it_does_not_read(void **state)
{
	static const char *const charsets[] = {"cp1252", "windows-1252", "shift_jis", "utf-7", "utf-32", "ucs-2",
	    "iso-8859-15", "utf-8 ", "'utf-8'", "utf-8,utf-16", "x", "utf", "gb18030", "ebcdic-cp-us"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(charsets); i++) {
		(void)envelope(f, "", "", UID_ONLY("u"), "");
		expect_bytes(f, charsets[i], buf_str(&f->body), f->body.len, GATE_MALFORMED);
		assert_string_equal(f->result.text, "The request's character encoding is not supported.");
	}
}

static void
gate_refuses_a_request_cut_anywhere(void **state)
{
	struct fixture *f = *state;
	struct buf wide;

	buf_init(&wide, 0);
	EACH_VERSION(f)
	{
		const char *whole = envelope(f, DECLARED("utf-8"), "<soap:Header><a/></soap:Header>",
		    UID_ONLY("<![CDATA[a]]>&amp;\xE2\x82\xAC<!---->"), "");
		size_t len = f->body.len;
		expect_bytes(f, "utf-8", whole, len, GATE_OK);
		for (size_t cut = 0; cut < len; cut++)
			expect_bytes(f, "utf-8", whole, cut, GATE_MALFORMED);
		buf_reset(&wide);
		put_utf16(&wide, LITTLE, true, envelope(f, "", "", UID_ONLY("\xF0\x9F\x94\x91"), ""));
		expect_bytes(f, "utf-16", buf_str(&wide), wide.len, GATE_OK);
		for (size_t cut = 0; cut < wide.len; cut++)
			expect_bytes(f, "utf-16", buf_str(&wide), cut, GATE_MALFORMED);
	}
	buf_fini(&wide);
}

/* Whatever one byte becomes: what passes is a document that passes again, and comes out the same. */
static void
gate_passes_nothing_it_would_not_pass_again(void **state)
{
	static const char hostile[] = "<>&\"'/:=![]?-; \n\r\0\x01\x7F\x80\xC0\xE2\xFF"
				      "aUBx1";
	struct fixture *f = *state;
	size_t passed = 0;

	EACH_VERSION(f)
	{
		char *whole = strdup(envelope(f, DECLARED("utf-8"), "<soap:Header><a b='c'/></soap:Header>",
		    UID_ONLY("a&lt;<![CDATA[b]]>\xC3\xA9"), ""));
		size_t len = strlen(whole);
		for (size_t at = 0; at < len; at++)
			for (size_t h = 0; h < sizeof hostile - 1; h++) {
				char was = whole[at];
				whole[at] = hostile[h];
				if (pass(f, "utf-8", whole, len) == GATE_OK) {
					char *once = strdup(buf_str(&f->document));
					assert_non_null(once);
					assert_int_equal(strlen(once), f->document.len);
					passed++;
					expect_bytes(f, "utf-8", once, strlen(once), GATE_OK);
					assert_string_equal(buf_str(&f->document), once);
					free(once);
				} else {
					assert_constant(f);
				}
				whole[at] = was;
			}
		free(whole);
	}
	assert_in_range(passed, 100, 100000);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gate_reads_utf_8_however_it_is_said),
	    TEST(gate_believes_the_mark_of_utf_8_before_charset_and_declaration),
	    TEST(gate_reads_utf_16_of_either_order_with_its_mark),
	    TEST(gate_refuses_utf_16_without_its_mark),
	    TEST(gate_reads_an_order_that_the_charset_names),
	    TEST(gate_refuses_halves_of_utf_16_characters),
	    TEST(gate_reads_iso_8859_1_by_charset_or_declaration),
	    TEST(gate_believes_the_charset_before_the_declaration),
	    TEST(gate_refuses_charsets_it_does_not_read),
	    TEST(gate_refuses_a_request_cut_anywhere),
	    TEST(gate_passes_nothing_it_would_not_pass_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
