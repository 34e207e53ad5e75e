/* Each limit on XML at its value and one over it, and far over it. Contract: section 3; both versions of SOAP in every
 * test. */
#include "gate_fixture.h"

/* before, then unit so many times, then behind, in the operation's element or as its Body: the verdict. */
static void
expect_many(struct fixture *f, const char *before, const char *unit, int times, const char *behind,
    enum gate_verdict want, const char *why)
{
	struct buf inside;

	buf_init(&inside, 0);
	buf_puts(&inside, before);
	put_times(&inside, unit, times);
	buf_puts(&inside, behind);
	expect_inside(f, buf_str(&inside), want);
	if (why)
		assert_string_equal(f->result.text, why);
	buf_fini(&inside);
}

/* ` prefix0='v'` and so on, count of them. */
static void
put_attributes(struct buf *b, const char *prefix, int count, const char *value)
{
	for (int i = 0; i < count; i++)
		buf_printf(b, " %s%d='%s'", prefix, i, value);
}

/* One of length and one of one more: the format gets a name or value of so many times `n`. */
static void
expect_length(struct fixture *f, const char *before, const char *behind, int len, enum gate_verdict want)
{
	struct buf in;

	buf_init(&in, 0);
	buf_puts(&in, before);
	put_times(&in, "n", len);
	buf_puts(&in, behind);
	expect_inside(f, buf_str(&in), want);
	buf_fini(&in);
}

static void
gate_blanks_cost_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf body;

	buf_init(&body, 0);
	EACH_VERSION(f)
	{
		buf_reset(&body);
		put_times(&body, " ", 60000);
		buf_puts(&body, envelope(f, "", "", OP("u", "p"), ""));
		expect_document(f, "utf-8", buf_str(&body), body.len, "AuthenticateUser",
		    "<srv:UID>u</srv:UID><srv:PWD>p</srv:PWD>");
		buf_reset(&body);
		buf_puts(&body, "<ServerInfo" NS);
		put_times(&body, "\n", 60000);
		buf_puts(&body, "a='b' />");
		expect_written(f, buf_str(&body), "ServerInfo", "");
	}
	buf_fini(&body);
}

static void
gate_limits_depth(void **state)
{
	static const char why[] = "The request is nested too deeply.";
	struct fixture *f = *state;
	struct buf ends;

	buf_init(&ends, 0);
	EACH_VERSION(f)
	for (int depth = 16; depth <= 17; depth++) {
		bool over = depth > 16;
		buf_reset(&ends);
		put_times(&ends, "</a>", depth - 3);
		buf_puts(&ends, "</ServerInfo>");
		expect_many(f, "<ServerInfo" NS ">", "<a>", depth - 3, buf_str(&ends), over ? GATE_MALFORMED : GATE_OK,
		    over ? why : NULL);
		buf_reset(&ends);
		buf_puts(&ends, "<soap:Header>");
		put_times(&ends, "<a>", depth - 2);
		put_times(&ends, "</a>", depth - 2);
		buf_puts(&ends, "</soap:Header>");
		expect(f, envelope(f, "", buf_str(&ends), UID_ONLY("u"), ""), over ? GATE_MALFORMED : GATE_OK);
	}
	EACH_VERSION(f)
	{
		buf_reset(&ends);
		put_times(&ends, "</a>", 1500);
		expect_many(f, "", "<a>", 1500, buf_str(&ends), GATE_MALFORMED, why);
		expect_many(f, "", "<a>", 5000, "", GATE_MALFORMED, why);
	}
	buf_fini(&ends);
}

static void
gate_limits_elements(void **state)
{
	static const char why[] = "The request has too many elements.";
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		/* The Envelope, the Body and the operation count. */
		expect_many(f, "<ServerInfo" NS ">", "<y/>", 253, "</ServerInfo>", GATE_OK, NULL);
		expect_many(f, "<ServerInfo" NS ">", "<y/>", 254, "</ServerInfo>", GATE_MALFORMED, why);
		expect_many(f, "<ServerInfo" NS ">", "<y/>", 4000, "</ServerInfo>", GATE_MALFORMED, why);
		expect_many(f, "", "<y/>", 4000, "", GATE_MALFORMED, why);
		/* Ids that are equal are attributes like any others; without a document type they identify nothing. */
		expect_many(f, "<ServerInfo" NS ">", "<x id=\"a\"/>", 120, "</ServerInfo>", GATE_OK, NULL);
		expect_many(f, "<ServerInfo" NS ">", "<x id=\"a\"/>", 250, "</ServerInfo>", GATE_MALFORMED, NULL);
		expect_many(f, "", "<x id=\"a\"/>", 250, "", GATE_MALFORMED, NULL);
	}
}

static void
gate_limits_attributes(void **state)
{
	static const char why[] = "The request has too many attributes.";
	static const int counts[] = {16, 17, 2112};
	struct fixture *f = *state;
	struct buf in;

	buf_init(&in, 0);
	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(counts); i++) {
			buf_reset(&in);
			buf_puts(&in, "<ServerInfo" NS);
			put_attributes(&in, "a", counts[i], "v");
			buf_puts(&in, "/>");
			expect_inside(f, buf_str(&in), counts[i] > 16 ? GATE_MALFORMED : GATE_OK);
			if (counts[i] > 16)
				assert_string_equal(f->result.text, why);
		}
		/* 128 in all, then one more. */
		for (int more = 0; more < 2; more++) {
			buf_reset(&in);
			buf_puts(&in, "<ServerInfo" NS ">");
			for (int i = 0; i < 8; i++) {
				buf_puts(&in, "<a");
				put_attributes(&in, "a", 16, "v");
				buf_puts(&in, "/>");
			}
			buf_puts(&in, more ? "<a a=''/></ServerInfo>" : "<a/></ServerInfo>");
			expect_inside(f, buf_str(&in), more ? GATE_MALFORMED : GATE_OK);
		}
		/* A list on the first element, and much behind it. */
		buf_reset(&in);
		buf_puts(&in, "<x");
		put_attributes(&in, "a", 1000, "v");
		buf_puts(&in, ">");
		put_times(&in, "<y/>", 2000);
		buf_puts(&in, "</x>");
		expect_inside(f, buf_str(&in), GATE_MALFORMED);
	}
	buf_fini(&in);
}

static void
gate_limits_namespace_declarations(void **state)
{
	/* The Envelope's is one, NS another. */
	static const int counts[] = {30, 31, 700};
	struct fixture *f = *state;
	struct buf in;

	buf_init(&in, 0);
	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(counts); i++) {
		bool over = counts[i] > 30;
		buf_reset(&in);
		buf_puts(&in, "<ServerInfo" NS);
		put_attributes(&in, "xmlns:n", counts[i], "urn:n");
		buf_puts(&in, "/>");
		expect_inside(f, buf_str(&in), over ? GATE_MALFORMED : GATE_OK);
		if (over)
			assert_string_equal(f->result.text, "The request declares too many namespaces.");
		/* The same prefix again and again, and the default one taken back. */
		buf_reset(&in);
		buf_puts(&in, "<ServerInfo" NS ">");
		for (int n = 0; n < counts[i]; n++)
			buf_puts(&in, n % 2 ? "<a xmlns=''/>" : "<a xmlns:n='urn:n'/>");
		buf_puts(&in, "</ServerInfo>");
		expect_inside(f, buf_str(&in), over ? GATE_MALFORMED : GATE_OK);
	}
	buf_fini(&in);
}

static void
gate_limits_names(void **state)
{
	static const int over[] = {129, 1023, 1024, 2047, 2048, 16000};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect_length(f, "<ServerInfo" NS "><", "/></ServerInfo>", 128, GATE_OK);
		expect_length(f, "<", "/>", 128, GATE_UNKNOWN);
		expect_length(f, "<ServerInfo" NS "><a ", "=''/></ServerInfo>", 128, GATE_OK);
		expect_length(f, "<ServerInfo" NS "><a xmlns:", "='urn:n'/></ServerInfo>", 128, GATE_OK);
		/* A prefix, its colon and the name behind it are one name; its namespace is none of it. */
		expect_length(f, "<ServerInfo" NS " xmlns:p='urn:p'><p:", "/></ServerInfo>", 126, GATE_OK);
		expect_length(f, "<ServerInfo" NS " xmlns:p='urn:p'><p:", "/></ServerInfo>", 127, GATE_MALFORMED);
		expect_length(f, "<ServerInfo" NS " xmlns:p='urn:p'><a p:", "=''/></ServerInfo>", 127, GATE_MALFORMED);
		for (size_t i = 0; i < COUNT(over); i++) {
			expect_length(f, "<ServerInfo" NS "><", "/></ServerInfo>", over[i], GATE_MALFORMED);
			assert_string_equal(f->result.text, "A name in the request is too long.");
			expect_length(f, "<", "/>", over[i], GATE_MALFORMED);
			expect_length(f, "<ServerInfo" NS "><a ", "=''/></ServerInfo>", over[i], GATE_MALFORMED);
			expect_length(
			    f, "<ServerInfo" NS "><a xmlns:", "='urn:n'/></ServerInfo>", over[i], GATE_MALFORMED);
		}
	}
}

static void
gate_limits_attribute_values(void **state)
{
	static const int over[] = {1025, 16000};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect_length(f, "<ServerInfo" NS " a='", "'/>", 1024, GATE_OK);
		expect_length(f, "<ServerInfo" NS " xmlns:a='", "'/>", 1024, GATE_OK);
		for (size_t i = 0; i < COUNT(over); i++) {
			expect_length(f, "<ServerInfo" NS " a='", "'/>", over[i], GATE_MALFORMED);
			assert_string_equal(f->result.text, "An attribute in the request is too long.");
			expect_length(f, "<ServerInfo" NS " xmlns:a='", "'/>", over[i], GATE_MALFORMED);
			expect_length(f, "<ServerInfo" NS "><a xmlns='", "'/></ServerInfo>", over[i], GATE_MALFORMED);
			expect_length(f, "<x b='", "'/>", over[i], GATE_MALFORMED);
		}
	}
}

static void
gate_limits_a_parameters_text(void **state)
{
	static const struct {
		const char *unit;
		int bytes; /* that the unit is, decoded */
	} rows[] = {
	    {"n", 1}, {"&amp;", 1}, {"&#x1F511;", 4}, {"\xF0\x9F\x94\x91", 4}, {"<![CDATA[ab]]>", 2}, {"a<!--b-->", 1}};
	struct fixture *f = *state;
	const char *before = "<AuthenticateUser" NS "><PWD>p</PWD><UID>", *behind = "</UID></AuthenticateUser>";

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(rows); i++) {
			int fits = 4096 / rows[i].bytes;
			expect_many(f, before, rows[i].unit, fits, behind, GATE_OK, NULL);
			expect_many(
			    f, before, rows[i].unit, fits + 1, behind, GATE_MALFORMED, "A parameter is too long.");
		}
		/* What is thrown away may be longer, as long as the request is not. */
		expect_many(f, "<ServerInfo" NS "><a>", "n", 60000, "</a></ServerInfo>", GATE_OK, NULL);
		expect_many(f, "<ServerInfo" NS "><!--", "n", 60000, "--></ServerInfo>", GATE_OK, NULL);
	}
}

static void
gate_limits_are_the_configured_ones(void **state)
{
	struct fixture *f = *state;

	f->conf->xml_max_depth = 5;
	f->conf->xml_max_elements = 6;
	f->conf->xml_max_attributes = 4;
	f->conf->xml_max_namespaces = 4;
	f->conf->xml_max_name = 32;
	f->conf->xml_max_attribute = 64;
	f->conf->max_parameter = 80;
	gate_limits_init(&f->limits, f->conf);
	EACH_VERSION(f)
	{
		expect_inside(f, "<ServerInfo" NS "><a><b/></a></ServerInfo>", GATE_OK);
		expect_inside(f, "<ServerInfo" NS "><a><b><c/></b></a></ServerInfo>", GATE_MALFORMED);
		expect_inside(f, "<ServerInfo" NS "><a/><a/><a/></ServerInfo>", GATE_OK);
		expect_inside(f, "<ServerInfo" NS "><a/><a/><a/><a/></ServerInfo>", GATE_MALFORMED);
		expect_inside(f, "<ServerInfo" NS " a='' b='' c='' d=''/>", GATE_OK);
		expect_inside(f, "<ServerInfo" NS " a='' b='' c='' d=''><a e=''/></ServerInfo>", GATE_MALFORMED);
		expect_inside(f, "<ServerInfo" NS " xmlns:a='urn:a' xmlns:b='urn:b'/>", GATE_OK);
		expect_inside(f, "<ServerInfo" NS " xmlns:a='urn:a' xmlns:b='urn:b' xmlns:c='urn:c'/>", GATE_MALFORMED);
		expect_length(f, "<ServerInfo" NS "><", "/></ServerInfo>", 32, GATE_OK);
		expect_length(f, "<ServerInfo" NS "><", "/></ServerInfo>", 33, GATE_MALFORMED);
		expect_length(f, "<ServerInfo" NS " a='", "'/>", 64, GATE_OK);
		expect_length(f, "<ServerInfo" NS " a='", "'/>", 65, GATE_MALFORMED);
		expect_length(
		    f, "<LogOut" NS "><AuthenticationTicket>", "</AuthenticationTicket></LogOut>", 80, GATE_OK);
		expect_length(
		    f, "<LogOut" NS "><AuthenticationTicket>", "</AuthenticationTicket></LogOut>", 81, GATE_MALFORMED);
	}
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gate_blanks_cost_nothing),
	    TEST(gate_limits_depth),
	    TEST(gate_limits_elements),
	    TEST(gate_limits_attributes),
	    TEST(gate_limits_namespace_declarations),
	    TEST(gate_limits_names),
	    TEST(gate_limits_attribute_values),
	    TEST(gate_limits_a_parameters_text),
	    TEST(gate_limits_are_the_configured_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
