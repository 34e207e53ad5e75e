/* What is no XML that we read: document types, bad references and bytes, broken markup. Contract: section 3; both
 * versions of SOAP in every test. */
#include "gate_fixture.h"

#define IN_OPERATION(x) "<AuthenticateUser" NS ">" x "<UID>u</UID></AuthenticateUser>"

/* The envelope around UID_ONLY("@"), where @ becomes the bytes given. */
static void
expect_raw_uid(struct fixture *f, const char *charset, const char *bytes, size_t len, enum gate_verdict want)
{
	const char *whole = envelope(f, "", "", UID_ONLY("@"), "");
	const char *at = strchr(whole, '@');
	struct buf body;

	buf_init(&body, 0);
	buf_put(&body, whole, (size_t)(at - whole));
	buf_put(&body, bytes, len);
	buf_puts(&body, at + 1);
	expect_bytes(f, charset, buf_str(&body), body.len, want);
	buf_fini(&body);
}

static void
gate_refuses_every_document_type(void **state)
{
	static const char *const before[] = {"<!DOCTYPE x>", "<?xml version=\"1.0\"?><!DOCTYPE x>", "<!DOCTYPE x []>",
	    "<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x\">", "<!DOCTYPE x PUBLIC \"p\" \"http://127.0.0.1:9/x\">",
	    "<!DOCTYPE f [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
	    "<!DOCTYPE f [<!ENTITY x SYSTEM \"http://127.0.0.1:9/x\">]>",
	    "<!DOCTYPE f [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/x\"> %p;]>", "<!DOCTYPE f [<!ENTITY x \"&x;\">]>",
	    "<!DOCTYPE f [<!ATTLIST UID a CDATA \"d\">]>"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(before); i++) {
			expect(f, envelope(f, before[i], "", UID_ONLY("&x;"), ""), GATE_MALFORMED);
			expect(f, envelope(f, before[i], "", UID_ONLY("u"), ""), GATE_MALFORMED);
			assert_string_equal(f->result.text, "A document type is not accepted.");
		}
		expect_inside(f, "<!DOCTYPE x>" UID_ONLY("u"), GATE_MALFORMED);
		expect(f, envelope(f, "", "", UID_ONLY("u"), "<!DOCTYPE x>"), GATE_MALFORMED);
		expect(f, "<!DOCTYPE x>", GATE_MALFORMED);
	}
}

static void
gate_refuses_entities_that_multiply(void **state)
{
	struct fixture *f = *state;
	struct buf laughs, uid;

	buf_init(&laughs, 0);
	buf_init(&uid, 0);
	buf_puts(&laughs, "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY l0 \"lol\">");
	for (int i = 1; i < 10; i++) {
		buf_printf(&laughs, "<!ENTITY l%d \"", i);
		for (int n = 0; n < 10; n++)
			buf_printf(&laughs, "&l%d;", i - 1);
		buf_puts(&laughs, "\">");
	}
	buf_puts(&laughs, "]>");
	EACH_VERSION(f)
	expect(f, envelope(f, buf_str(&laughs), "", UID_ONLY("&l9;"), ""), GATE_MALFORMED);
	buf_reset(&laughs);
	buf_puts(&laughs, "<!DOCTYPE q [<!ENTITY x \"");
	put_times(&laughs, "y", 8000);
	buf_puts(&laughs, "\">]>");
	buf_puts(&uid, "<AuthenticateUser" NS "><UID>");
	put_times(&uid, "&x;", 1000);
	buf_puts(&uid, "</UID></AuthenticateUser>");
	EACH_VERSION(f)
	{
		expect(f, envelope(f, buf_str(&laughs), "", buf_str(&uid), ""), GATE_MALFORMED);
		expect_inside(f, buf_str(&uid), GATE_MALFORMED);
	}
	buf_fini(&laughs);
	buf_fini(&uid);
}

static void
gate_refuses_unknown_and_broken_references(void **state)
{
	static const char *const rows[] = {"&foo;", "&nbsp;", "&;", "&#;", "&#x;", "&", "& ", "&lt", "&canary;", "&#0;",
	    "&#x0;", "admin&#0;x", "admin&#x0;x", "&#1;", "&#x1F;", "&#xFFFE;", "&#xFFFF;", "&#xD800;", "&#xDFFF;",
	    "&#x110000;", "&#4294967361;", "&#99999999999999999999;", "&#-65;", "&#65", "&#x6G;", "&#X41;", "&LT;",
	    "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;", "%p;&p;"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_uid_refused(f, rows[i], GATE_MALFORMED);
}

static void
gate_refuses_controls_and_non_characters(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (int c = 0; c < 32; c++) {
			char bytes[] = {'a', (char)c, 'b'};
			bool white = c == '\t' || c == '\n' || c == '\r';
			expect_raw_uid(f, "utf-8", bytes, sizeof bytes, white ? GATE_OK : GATE_MALFORMED);
		}
		expect_raw_uid(f, "utf-8", "\xEF\xBF\xBE", 3, GATE_MALFORMED);
		expect_raw_uid(f, "utf-8", "\xEF\xBF\xBF", 3, GATE_MALFORMED);
		/* A zero byte anywhere: in a name, in a tag, behind the end. */
		expect_bytes(f, "utf-8", "\0", 1, GATE_MALFORMED);
		expect_inside(f, "<Authenticate\x01User" NS "/>", GATE_MALFORMED);
		(void)envelope(f, "", "", UID_ONLY("u"), "");
		buf_putc(&f->body, '\0');
		expect_bytes(f, "utf-8", buf_str(&f->body), f->body.len, GATE_MALFORMED);
	}
}

static void
gate_refuses_bytes_that_are_no_utf_8(void **state)
{
	static const char *const rows[] = {"\xC0\xAF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF",
	    "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80",
	    "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xFE", "\x80", "\xBF", "\xE2\x82", "\xE2",
	    "\xF0\x9F\x94", "\xC3\xC3\xA9"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i]);
		const char *whole;
		expect_raw_uid(f, "utf-8", rows[i], len, GATE_MALFORMED);
		expect_raw_uid(f, NULL, rows[i], len, GATE_MALFORMED);
		/* Begun at the very end of the bytes, and outside of any text. */
		whole = envelope(f, "", "", UID_ONLY("u"), rows[i]);
		expect(f, whole, GATE_MALFORMED);
		whole = envelope(f, rows[i], "", UID_ONLY("u"), "");
		expect(f, whole, GATE_MALFORMED);
	}
}

static void
gate_refuses_instructions_and_misplaced_declarations(void **state)
{
	static const char *const before[] = {"<?x y?>", "<?x?>", DECLARED("utf-8") "<?x?>", " " DECLARED("utf-8"),
	    "<!---->" DECLARED("utf-8"), DECLARED("utf-8") DECLARED("utf-8"), "<?xml version=\"1.1\"?>",
	    "<?xml version=\"2.0\"?>", "<?xml?>", "<?xml encoding=\"utf-8\"?>", "<?XML version=\"1.0\"?>",
	    "<?xml version=\"1.0\" standalone=\"maybe\"?>", "<?xml-stylesheet href=\"http://127.0.0.1:9/\"?>"};
	static const char *const inside[] = {UID_ONLY("<?x y?>"), UID_ONLY("u") "<?x y?>", IN_OPERATION("<?x?>"),
	    "<?xml version=\"1.0\"?>" UID_ONLY("u")};
	struct fixture *f = *state;
	struct buf ivy;

	buf_init(&ivy, 0);
	buf_puts(&ivy, "<?");
	put_times(&ivy, "A", 65530);
	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(before); i++)
			expect(f, envelope(f, before[i], "", UID_ONLY("u"), ""), GATE_MALFORMED);
		for (size_t i = 0; i < COUNT(inside); i++)
			expect_inside(f, inside[i], GATE_MALFORMED);
		expect(f, envelope(f, "", "", UID_ONLY("u"), "<?x?>"), GATE_MALFORMED);
		expect(f, buf_str(&ivy), GATE_MALFORMED);
	}
	buf_fini(&ivy);
}

static void
gate_refuses_bad_comments_and_cdata(void **state)
{
	static const char *const rows[] = {"<!-- -- -->", "<!--->", "<!-- --->", "<!--", "<!-", "<!-- a", "<![FOO[a]]>",
	    "<![CDATA[a", "<![CDATA[a]>", "<![CDATA [a]]>", "<![cdata[a]]>", "a]]>b", "]]>", "<![CDATA[a]]>]]>"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_uid_refused(f, rows[i], GATE_MALFORMED);
}

static void
gate_refuses_tags_that_do_not_match(void **state)
{
	static const char *const inside[] = {"<ServerInfo" NS "></serverInfo>", "<ServerInfo" NS ">", "</ServerInfo>",
	    "<a><b></a></b>", "<ServerInfo" NS "/></soap:Body>", "<ServerInfo" NS "", "<ServerInfo" NS "/", "<>",
	    "< ServerInfo/>", "<1/>", "<srv:ServerInfo/>", "<soap:ServerInfo:x/>", "<:ServerInfo/>", "<ServerInfo a/>",
	    "<ServerInfo a=b/>", "<ServerInfo a='1' a='2'/>", "<ServerInfo a='1'b='2'/>",
	    "<x xmlns:p='urn:a' xmlns:q='urn:a' p:a='1' q:a='2'/>", "<ServerInfo a='<'/>", "<ServerInfo xmlns:p=''/>",
	    "<ServerInfo xmlns:xmlns='urn:a'/>", "<ServerInfo xmlns:xml='urn:a'/>",
	    "<ServerInfo xmlns='http://www.w3.org/2000/xmlns/'/>", "<x:a xmlns:x='urn:a'></y:a>"};
	static const char *const behind[] = {
	    "x", "&#32;", "<a/>", "</soap:Envelope>", "<soap:Envelope/>", "<![CDATA[]]>"};
	static const char *const whole[] = {" ", "x", "<", "<a", "<a>", "</a>",
	    "--b\r\nContent-Type: text/xml\r\n\r\n<a/>", "--", "\x0C\x20", "\x1F\x8B\x08", "{}", "UID=u&PWD=p",
	    "GET / HTTP/1.1\r\n\r\n"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(inside); i++)
			expect_inside(f, inside[i], GATE_MALFORMED);
		for (size_t i = 0; i < COUNT(behind); i++)
			expect(f, envelope(f, "", "", UID_ONLY("u"), behind[i]), GATE_MALFORMED);
		for (size_t i = 0; i < COUNT(whole); i++)
			expect(f, whole[i], GATE_MALFORMED);
		expect_bytes(f, "utf-8", "", 0, GATE_MALFORMED);
		expect_bytes(f, NULL, "", 0, GATE_MALFORMED);
		expect_bytes(f, "utf-8", "\x0C\x20\0\0\0\0\0\0\xFF\xFF\xFF\xFF", 12, GATE_MALFORMED);
		expect(f, envelope(f, "\n<soap:x/>", "", "", ""), GATE_MALFORMED);
	}
}

static void
gate_namespaces_cannot_be_faked_by_what_separates_names(void **state)
{
	static const char *const rows[] = {
	    "<x:LogOut xmlns:x=\"http://tempuri.org/&#10;LogOut\"/>",
	    "<LogOut xmlns=\"http://tempuri.org/&#10;\"/>",
	    "<x:ServerInfo xmlns:x=\"&#10;http://tempuri.org/\"/>",
	};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_inside(f, rows[i], GATE_MALFORMED);
}

static void
gate_wrong_shape_is_no_excuse_for_malformed_xml(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect(f, "<x><y></x>", GATE_MALFORMED);
		expect(f, "<Envelope xmlns='urn:other'>&foo;</Envelope>", GATE_MALFORMED);
		expect_inside(f, "<x/><!DOCTYPE x>", GATE_MALFORMED);
		expect_inside(f, UID_ONLY("<x>\xFF</x>"), GATE_MALFORMED);
	}
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gate_refuses_every_document_type),
	    TEST(gate_refuses_entities_that_multiply),
	    TEST(gate_refuses_unknown_and_broken_references),
	    TEST(gate_refuses_controls_and_non_characters),
	    TEST(gate_refuses_bytes_that_are_no_utf_8),
	    TEST(gate_refuses_instructions_and_misplaced_declarations),
	    TEST(gate_refuses_bad_comments_and_cdata),
	    TEST(gate_refuses_tags_that_do_not_match),
	    TEST(gate_namespaces_cannot_be_faked_by_what_separates_names),
	    TEST(gate_wrong_shape_is_no_excuse_for_malformed_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
