/* The envelopes that gSOAP writes, as an XML parser that knows namespaces sees them: results as ASMX answers them,
 * faults of both versions. Contract: sections 2 and 3; asmx-reference. */
#include "gate_fixture.h"
#include "op_named.h"
#include "../../impl/base/xml.h"
#include "../../impl/endpoint/envelope.h"
#include "../../impl/base/text.h"
#include <expat.h>

static struct envelopes *
envelopes(void)
{
	struct envelopes *e = NULL;

	assert_int_equal(envelopes_new(&e), SRV_OK);
	return e;
}

/* What a document says, prefixes aside: `{namespace}name a="v"(content)`. */
static void
trace_start(void *arg, const char *name, const char **atts)
{
	struct buf *out = arg;
	const char *bar = strchr(name, '|');

	if (bar)
		buf_printf(out, "{%.*s}%s", (int)(bar - name), name, bar + 1);
	else
		buf_printf(out, "{}%s", name);
	for (; *atts; atts += 2)
		buf_printf(out, " %s=\"%s\"", atts[0], atts[1]);
	buf_putc(out, '(');
}

static void
trace_end(void *arg, const char *name)
{
	(void)name;
	buf_putc(arg, ')');
}

static void
trace_text(void *arg, const char *s, int len)
{
	buf_put(arg, s, (size_t)len);
}

/* Fails unless the document is well-formed. */
static void
trace(const struct buf *document, struct buf *out)
{
	XML_Parser p = XML_ParserCreateNS("UTF-8", '|');

	assert_non_null(p);
	XML_SetUserData(p, out);
	XML_SetElementHandler(p, trace_start, trace_end);
	XML_SetCharacterDataHandler(p, trace_text);
	if (XML_Parse(p, buf_str(document), (int)document->len, 1) != XML_STATUS_OK)
		fail_msg("%s: %s", XML_ErrorString(XML_GetErrorCode(p)), buf_str(document));
	XML_ParserFree(p);
}

static const char *const envs[] = {NULL, ENV_1, ENV_2};

/* No caller is to know what the service is made of. */
static void
assert_anonymous(const struct buf *document)
{
	static const char *const names[] = {"gsoap", "genivia", "2.8.", "stdsoap", "engelen", "ns1:", "ns2:"};
	char *lower = strdup(buf_str(document));

	assert_non_null(lower);
	for (char *c = lower; *c; c++)
		*c = text_lower(*c);
	for (size_t i = 0; i < COUNT(names); i++)
		if (strstr(lower, names[i]))
			fail_msg("%s in %s", names[i], buf_str(document));
	free(lower);
}

static void
expect_trace(const struct buf *document, const char *want)
{
	static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
	struct buf got;

	buf_init(&got, 0);
	trace(document, &got);
	assert_string_equal(buf_str(&got), want);
	assert_int_equal(strncmp(buf_str(document), declaration, sizeof declaration - 1), 0);
	assert_int_equal(strlen(buf_str(document)), document->len);
	assert_anonymous(document);
	buf_fini(&got);
}

/* The operation's result with this content, literal, comes out as traced. */
static void
expect_result(const struct envelopes *e, int version, int op, const char *content, const char *traced)
{
	struct buf out, want;
	buf_init(&out, 0);
	buf_init(&want, 0);
	assert_int_equal(envelope_result(e, version, op, content, strlen(content), &out), SRV_OK);
	buf_printf(&want, "{%s}Envelope({%s}Body({http://tempuri.org/}%sResponse({http://tempuri.org/}%sResult(%s))))",
	    envs[version], envs[version], op_table[op].name, op_table[op].name, traced);
	expect_trace(&out, buf_str(&want));
	if (*content)
		assert_non_null(strstr(buf_str(&out), content));
	buf_fini(&out);
	buf_fini(&want);
}

static void
answer_holds_the_result_in_no_namespace_for_every_operation(void **state)
{
	struct envelopes *e = envelopes();
	char xml[64], traced[64];

	(void)state;
	for (int version = 1; version <= 2; version++)
		for (int op = 0; op < op_count; op++) {
			snprintf(xml, sizeof xml, "<%s success=\"true\" />", op_table[op].result);
			snprintf(traced, sizeof traced, "{}%s success=\"true\"()", op_table[op].result);
			expect_result(e, version, op, xml, traced);
		}
	envelopes_free(&e);
}

static void
answer_passes_the_result_on_as_it_stands(void **state)
{
	struct envelopes *e = envelopes();

	(void)state;
	for (int version = 1; version <= 2; version++) {
		expect_result(e, version, 0,
		    "<response success=\"false\" error=\"[990]a &lt;b&gt; &amp; &quot;c&quot;&#xA;d\" />",
		    "{}response success=\"false\" error=\"[990]a <b> & \"c\"\nd\"()");
		expect_result(e, version, 2,
		    "<response success=\"true\"><WarehousePaths><WarehousePath Path=\"/K\xC3\xBC"
		    "che\" /></WarehousePaths>"
		    "<Disks /></response>",
		    "{}response success=\"true\"({}WarehousePaths({}WarehousePath Path=\"/K\xC3\xBC"
		    "che\"()){}Disks())");
		expect_result(
		    e, version, 3, "<root Company=\"\xF0\x9F\x94\x91\" />", "{}root Company=\"\xF0\x9F\x94\x91\"()");
	}
	envelopes_free(&e);
}

static void
answer_holds_the_result_as_text_where_that_is_asked_for(void **state)
{
	static const char element[] =
	    "<root success=\"true\" fullname=\"&lt;J&gt; &amp; \xC3\xBC\xF0\x9F\x94\x91\" note=\"]]&gt;&#xD;\" />";
	struct envelopes *e = envelopes();
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	xml_escape(&text, element, strlen(element));
	for (int version = 1; version <= 2; version++)
		expect_result(e, version, 4, buf_str(&text), element);
	buf_fini(&text);
	envelopes_free(&e);
}

static void
answer_may_be_long(void **state)
{
	static const size_t lengths[] = {1000, 65535, 65536, 65537, 1000000};
	struct envelopes *e = envelopes();

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		char *content = malloc(lengths[i] + 1);
		assert_non_null(content);
		memset(content, 'x', lengths[i]);
		content[lengths[i]] = '\0';
		expect_result(e, i % 2 ? 2 : 1, 0, content, content);
		free(content);
	}
	envelopes_free(&e);
}

static void
answer_is_appended_to_what_is_there(void **state)
{
	struct envelopes *e = envelopes();
	char xml[] = "<root />";
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	buf_puts(&out, "before");
	assert_int_equal(envelope_result(e, 1, 0, xml, strlen(xml), &out), SRV_OK);
	assert_int_equal(strncmp(buf_str(&out), "before<?xml ", 12), 0);
	buf_fini(&out);
	envelopes_free(&e);
}

static void
answer_that_does_not_fit_is_an_error_and_the_next_one_fits(void **state)
{
	struct envelopes *e = envelopes();
	char xml[] = "<root />";

	(void)state;
	for (size_t limit = 1; limit < 700; limit += 37) {
		struct buf out;
		buf_init(&out, limit);
		if (envelope_result(e, 1, 0, xml, strlen(xml), &out) == SRV_OK)
			assert_in_range(out.len, 300, limit);
		else
			assert_int_not_equal(out.err, SRV_OK);
		buf_fini(&out);
		buf_init(&out, limit);
		if (envelope_fault(e, 2, ENVELOPE_SERVER, "x", &out) == SRV_OK)
			assert_in_range(out.len, 300, limit);
		else
			assert_int_not_equal(out.err, SRV_OK);
		buf_fini(&out);
		expect_result(e, 1, 0, xml, "{}root()");
	}
	envelopes_free(&e);
}

/* ---- faults */

static void
expect_fault(const struct envelopes *e, int version, enum envelope_fault fault, const char *code, const char *text)
{
	struct buf out, want;

	buf_init(&out, 0);
	buf_init(&want, 0);
	assert_int_equal(envelope_fault(e, version, fault, text, &out), SRV_OK);
	buf_printf(&want, "{%s}Envelope({%s}Body({%s}Fault(", envs[version], envs[version], envs[version]);
	if (version == 1)
		buf_printf(&want, "{}faultcode(SOAP-ENV:%s){}faultstring(%s)", code, text);
	else
		buf_printf(&want,
		    "{" ENV_2 "}Code({" ENV_2 "}Value(SOAP-ENV:%s)){" ENV_2 "}Reason({" ENV_2
		    "}Text http://www.w3.org/XML/1998/namespace|lang=\"en\"(%s))",
		    code, text);
	buf_puts(&want, ")))");
	expect_trace(&out, buf_str(&want));
	/* The code is a qualified name: its prefix must be the envelope's. */
	buf_reset(&want);
	buf_printf(&want, "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"%s\"", envs[version]);
	assert_non_null(strstr(buf_str(&out), buf_str(&want)));
	buf_fini(&out);
	buf_fini(&want);
}

static void
answer_fault_has_the_codes_of_its_version(void **state)
{
	static const struct {
		enum envelope_fault fault;
		const char *code[3];
	} rows[] = {{ENVELOPE_CLIENT, {NULL, "Client", "Sender"}}, {ENVELOPE_SERVER, {NULL, "Server", "Receiver"}},
	    {ENVELOPE_MUST_UNDERSTAND, {NULL, "MustUnderstand", "MustUnderstand"}},
	    {ENVELOPE_VERSION_MISMATCH, {NULL, "VersionMismatch", "VersionMismatch"}}};
	struct envelopes *e = envelopes();

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int version = 1; version <= 2; version++)
			for (size_t i = 0; i < COUNT(rows); i++)
				expect_fault(e, version, rows[i].fault, rows[i].code[version],
				    "The request is not well-formed XML.");
	envelopes_free(&e);
}

static void
answer_fault_escapes_its_text(void **state)
{
	static const char *const texts[] = {"<script>alert(1)</script>", "\"]]>'&amp;", "a & b < c > d", "%s%n",
	    "K\xC3\xBC"
	    "che \xE2\x82\xAC \xF0\x9F\x94\x91",
	    "</SOAP-ENV:Fault>", "x", " blanks "};
	struct envelopes *e = envelopes();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		expect_fault(e, 1, ENVELOPE_CLIENT, "Client", texts[i]);
		expect_fault(e, 2, ENVELOPE_SERVER, "Receiver", texts[i]);
	}
	envelopes_free(&e);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(answer_holds_the_result_in_no_namespace_for_every_operation),
	    TEST(answer_passes_the_result_on_as_it_stands),
	    TEST(answer_holds_the_result_as_text_where_that_is_asked_for),
	    TEST(answer_may_be_long),
	    TEST(answer_is_appended_to_what_is_there),
	    TEST(answer_that_does_not_fit_is_an_error_and_the_next_one_fits),
	    TEST(answer_fault_has_the_codes_of_its_version),
	    TEST(answer_fault_escapes_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
