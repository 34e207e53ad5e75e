/* What attributes say: which header blocks must be understood, and by whom; which parameters are nil or have a type.
 * Contract: sections 2 and 3; both versions of SOAP. */
#include "gate_fixture.h"

static void
expect_header(struct fixture *f, const char *attributes, enum gate_verdict want)
{
	struct buf header;

	buf_init(&header, 0);
	buf_printf(&header, "<soap:Header><a/><x:b xmlns:x=\"urn:x\" %s>text<c/></x:b></soap:Header>", attributes);
	expect(f, envelope(f, "", buf_str(&header), OP("u", "p"), ""), want);
	buf_fini(&header);
}

static void
expect_attribute(struct fixture *f, const char *attribute, const char *value, const char *want)
{
	struct buf in;

	buf_init(&in, 0);
	buf_printf(&in,
	    "<AuthenticateUser" NS " xmlns:i=\"" XSI "\" xmlns:s=\"" XSD "\" xmlns:o=\"urn:o\"><UID %s>%s</UID>"
	    "<PWD>p</PWD></AuthenticateUser>",
	    attribute, value);
	if (want == NULL) {
		expect_inside(f, buf_str(&in), GATE_SHAPE);
	} else {
		struct buf out;
		buf_init(&out, 0);
		buf_printf(&out, "%s<srv:PWD>p</srv:PWD>", want);
		expect_written(f, buf_str(&in), "AuthenticateUser", buf_str(&out));
		buf_fini(&out);
	}
	buf_fini(&in);
}

static void
gate_passes_headers_that_need_not_be_understood(void **state)
{
	static const char *const rows[] = {"", "soap:mustUnderstand='0'", "soap:mustUnderstand='false'",
	    "mustUnderstand='1'", "x:mustUnderstand='1'", "soap:mustunderstand='1'", "soap:other='1'"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(rows); i++)
			expect_header(f, rows[i], GATE_OK);
		expect(f, envelope(f, "", "<soap:Header/>", OP("u", "p"), ""), GATE_OK);
		/* Only a child of the Header is a block. */
		expect(f,
		    envelope(f, "", "<soap:Header><a><b soap:mustUnderstand='1'/></a></soap:Header>", OP("u", "p"), ""),
		    GATE_OK);
		expect(f, envelope(f, "", "<soap:Header soap:mustUnderstand='1'/>", OP("u", "p"), ""), GATE_OK);
	}
}

static void
gate_refuses_headers_for_us_that_must_be_understood(void **state)
{
	static const char *const rows[] = {"soap:mustUnderstand='1'", "soap:mustUnderstand='true'",
	    "soap:mustUnderstand=' 1 '", "soap:mustUnderstand='&#9;true&#10;'"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(rows); i++)
			expect_header(f, rows[i], GATE_UNDERSTAND);
		/* Any block counts, in any namespace, and before what is wrong with the Body. */
		expect(f,
		    envelope(f, "", "<soap:Header><a/><b/><c soap:mustUnderstand='1'/><d/></soap:Header>", "<x/>", ""),
		    GATE_UNDERSTAND);
		expect(f, envelope(f, "", "<soap:Header><c soap:mustUnderstand='1'/></soap:Header>", "<x>", ""),
		    GATE_MALFORMED);
	}
	f->version = 1;
	expect_header(f, "soap:mustUnderstand='1' soap:actor=''", GATE_UNDERSTAND);
	expect_header(
	    f, "soap:actor='http://schemas.xmlsoap.org/soap/actor/next' soap:mustUnderstand='1'", GATE_UNDERSTAND);
	expect_header(f, "soap:mustUnderstand='1' actor='urn:other'", GATE_UNDERSTAND);
	expect_header(f, "soap:mustUnderstand='1' soap:role='urn:other'", GATE_UNDERSTAND);
	f->version = 2;
	expect_header(f, "soap:mustUnderstand='1' soap:role=''", GATE_UNDERSTAND);
	expect_header(f, "soap:mustUnderstand='1' soap:role='" ENV_2 "/role/next'", GATE_UNDERSTAND);
	expect_header(f, "soap:role='" ENV_2 "/role/ultimateReceiver' soap:mustUnderstand='true'", GATE_UNDERSTAND);
	expect_header(f, "soap:mustUnderstand='1' soap:actor='urn:other'", GATE_UNDERSTAND);
}

static void
gate_passes_headers_for_others(void **state)
{
	struct fixture *f = *state;

	f->version = 1;
	expect_header(f, "soap:mustUnderstand='1' soap:actor='urn:other'", GATE_OK);
	expect_header(f, "soap:mustUnderstand='1' soap:actor='" ENV_2 "/role/next'", GATE_OK);
	f->version = 2;
	expect_header(f, "soap:mustUnderstand='1' soap:role='urn:other'", GATE_OK);
	expect_header(f, "soap:mustUnderstand='1' soap:role='" ENV_2 "/role/none'", GATE_OK);
	expect_header(f, "soap:mustUnderstand='1' soap:role='http://schemas.xmlsoap.org/soap/actor/next'", GATE_OK);
}

static void
gate_reads_a_security_header_as_any_other(void **state)
{
	static const char secure[] =
	    "<soap:Header><w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/"
	    "oasis-200401-wss-wssecurity-secext-1.0.xsd\" xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\" "
	    "xmlns:c=\"http://www.w3.org/2001/04/xmlenc#\"%s><d:Signature/><w:BinarySecurityToken/><c:EncryptedKey/>"
	    "</w:Security></soap:Header>";
	struct fixture *f = *state;
	struct buf header;

	buf_init(&header, 0);
	EACH_VERSION(f)
	for (int must = 0; must < 2; must++) {
		buf_reset(&header);
		buf_printf(&header, secure, must ? " soap:mustUnderstand=\"1\"" : "");
		expect(f, envelope(f, "", buf_str(&header), OP("u", "p"), ""), must ? GATE_UNDERSTAND : GATE_OK);
	}
	buf_fini(&header);
}

static void
gate_nil_parameter_is_absent(void **state)
{
	static const char *const nil[] = {
	    "i:nil='true'", "i:nil='1'", "i:nil=' true '", "i:nil='true' i:type='s:string'"};
	static const char *const not_nil[] = {"i:nil='false'", "i:nil='0'", "nil='true'", "o:nil='true'", "i:nil=''"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(nil); i++) {
			expect_attribute(f, nil[i], "", "");
			expect_attribute(f, nil[i], "<!-- c -->", "");
			expect_attribute(f, nil[i], "canary", NULL);
			expect_attribute(f, nil[i], "<x/>", NULL);
		}
		for (size_t i = 0; i < COUNT(not_nil); i++)
			expect_attribute(f, not_nil[i], "u", "<srv:UID>u</srv:UID>");
	}
}

static void
gate_reads_every_schema_type_as_text(void **state)
{
	static const char *const types[] = {"i:type='s:string'", "i:type='s:int'", "i:type='s:anyType'",
	    "xmlns:q='" XSD "' i:type='q:string'", "o:type='o:Evil'", "type='Evil'"};
	static const char *const evil[] = {"i:type='o:Evil'", "i:type='string'", "i:type=''", "i:type='none:string'",
	    "i:type=':string'", "i:type='x:Array' xmlns:x='http://schemas.xmlsoap.org/soap/encoding/'",
	    "xmlns:x='http://schemas.xmlsoap.org/soap/encoding/' i:type='x:Array' x:arrayType='s:string[1000000000]'",
	    "xmlns:x='http://schemas.xmlsoap.org/soap/encoding/' i:type='x:Array' x:arrayType='s:string[-1]'"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(types); i++)
			expect_attribute(f, types[i], "u", "<srv:UID>u</srv:UID>");
		for (size_t i = 0; i < COUNT(evil); i++)
			expect_attribute(f, evil[i], "u", NULL);
		/* A type on what is no parameter is nobody's concern. */
		expect_written(f,
		    "<ServerInfo" NS " xmlns:i=\"" XSI "\" i:type=\"Evil\"><Other i:type=\"x:Evil\"/></ServerInfo>",
		    "ServerInfo", "");
	}
}

static void
gate_remembers_the_schema_prefix_of_every_parameter(void **state)
{
	struct fixture *f = *state;
	struct buf in;

	buf_init(&in, 0);
	EACH_VERSION(f)
	{
		buf_reset(&in);
		buf_puts(&in, "<RenewTicket" NS " xmlns:i=\"" XSI "\" xmlns:xsd=\"" XSD "\" xmlns:s=\"" XSD "\">");
		for (int i = 0; i < 4; i++)
			buf_printf(&in, "<%s xmlns:d%dp1=\"" XSD "\" i:type=\"d%dp1:string\">v</%s>",
			    ((const char *[]){"UID", "PWD", "Lang", "OldTicket"})[i], i, i,
			    ((const char *[]){"UID", "PWD", "Lang", "OldTicket"})[i]);
		buf_puts(&in, "</RenewTicket>");
		expect_written(f, buf_str(&in), "RenewTicket",
		    "<srv:UID>v</srv:UID><srv:PWD>v</srv:PWD><srv:Lang>v</srv:Lang><srv:OldTicket>v</srv:OldTicket>");
	}
	buf_fini(&in);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gate_passes_headers_that_need_not_be_understood),
	    TEST(gate_refuses_headers_for_us_that_must_be_understood),
	    TEST(gate_passes_headers_for_others),
	    TEST(gate_reads_a_security_header_as_any_other),
	    TEST(gate_nil_parameter_is_absent),
	    TEST(gate_reads_every_schema_type_as_text),
	    TEST(gate_remembers_the_schema_prefix_of_every_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
