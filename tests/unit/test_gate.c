/* What is a SOAP request, and what becomes of one: the Envelope's shape, headers, parameters, and the document that is
 * handed on. Contract: sections 2 and 3; both versions in every test. What is XML at all is in test_gate_xml.c. */
#include "gate_fixture.h"

static void
gate_writes_the_operation_and_its_parameters_alone(void **state)
{
	struct fixture *f = *state;
	const char *body = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>"
			   "<AuthenticateUser xmlns=\"http://tempuri.org/\"><UID>u</UID><PWD>p</PWD></AuthenticateUser>"
			   "</soap:Body></soap:Envelope>";

	expect(f, body, GATE_OK);
	assert_string_equal(buf_str(&f->document),
	    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\""
	    " xmlns:srv=\"http://tempuri.org/\"><e:Body><srv:AuthenticateUser><srv:UID>u</srv:UID>"
	    "<srv:PWD>p</srv:PWD></srv:AuthenticateUser></e:Body></e:Envelope>");
	EACH_VERSION(f)
	expect_written(f, OP("u", "p"), "AuthenticateUser", "<srv:UID>u</srv:UID><srv:PWD>p</srv:PWD>");
}

static void
gate_leaves_out_what_is_no_parameter(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		buf_reset(&f->body);
		buf_printf(&f->body,
		    "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<!-- a -->\n"
		    "<e:Envelope xmlns:e='%s' xmlns:x='urn:x' e:encodingStyle='' x:a='1'>\n\t<!-- b -->"
		    "<e:Header x:h='2'>\r\n <x:trace id='3'>text<x:UID>no</x:UID></x:trace> </e:Header>\n"
		    "<e:Body x:b='4'>\n <t:AuthenticateUser xmlns:t='http://tempuri.org/' x:c='5' id='6'>\n"
		    " <t:UID x:d='7' xml:lang='tr'>u</t:UID><!-- c -->\n <t:PWD>p</t:PWD>\n"
		    "</t:AuthenticateUser>\n</e:Body>\n</e:Envelope>\n<!-- d -->\n",
		    env(f));
		expect_document(f, "utf-8", buf_str(&f->body), f->body.len, "AuthenticateUser",
		    "<srv:UID>u</srv:UID><srv:PWD>p</srv:PWD>");
	}
}

static void
gate_knows_every_operation_with_all_parameters_and_with_none(void **state)
{
	struct fixture *f = *state;
	struct buf in, out;

	buf_init(&in, 0);
	buf_init(&out, 0);
	assert_true(op_count >= 9);
	EACH_VERSION(f)
	for (int i = 0; i < op_count; i++) {
		const struct op_info *op = &op_table[i];
		buf_reset(&in);
		buf_printf(&in, "<%s" NS "/>", op->name);
		expect_written(f, buf_str(&in), op->name, "");
		buf_reset(&in);
		buf_printf(&in, "<%s" NS ">", op->name);
		buf_reset(&out);
		for (int p = 0; p < op->param_count; p++) {
			buf_printf(&in, "<%s>value %d</%s>", op->params[p], p, op->params[p]);
			buf_printf(&out, "<srv:%s>value %d</srv:%s>", op->params[p], p, op->params[p]);
		}
		buf_printf(&in, "</%s>", op->name);
		expect_written(f, buf_str(&in), op->name, buf_str(&out));
		assert_int_equal(f->result.op, i);
	}
	buf_fini(&in);
	buf_fini(&out);
}

static void
gate_absent_parameter_stays_absent_and_an_empty_one_empty(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect_written(f, "<AuthenticateUser" NS "><PWD>p</PWD></AuthenticateUser>", "AuthenticateUser",
		    "<srv:PWD>p</srv:PWD>");
		expect_uid(f, "", "");
		expect_written(f, "<AuthenticateUser" NS "><UID/><PWD /></AuthenticateUser>", "AuthenticateUser",
		    "<srv:UID></srv:UID><srv:PWD></srv:PWD>");
		expect_uid(f, " \t ", " \t ");
	}
}

static void
gate_takes_parameters_in_any_order(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	expect_written(f, "<AuthenticateUser1" NS "><Lang>tr</Lang><PWD>p</PWD><UID>u</UID></AuthenticateUser1>",
	    "AuthenticateUser1", "<srv:Lang>tr</srv:Lang><srv:PWD>p</srv:PWD><srv:UID>u</srv:UID>");
}

static void
gate_refuses_a_parameter_given_twice(void **state)
{
	static const char *const rows[] = {
	    "<AuthenticateUser" NS "><UID>canary</UID><UID>canary</UID><PWD>p</PWD></AuthenticateUser>",
	    "<AuthenticateUser" NS "><UID/><PWD>p</PWD><UID/></AuthenticateUser>",
	    "<AuthenticateUser" NS " xmlns:i=\"" XSI "\"><UID i:nil=\"true\"/><UID>u</UID></AuthenticateUser>",
	    "<LogOut" NS "><AuthenticationTicket>a</AuthenticationTicket><AuthenticationTicket/></LogOut>",
	    "<LogOut" NS "><AuthenticationTicket>a</AuthenticationTicket>"
	    "<authenticationTicket>a</authenticationTicket></LogOut>",
	    "<FlushApplicationCache" NS "><AuthenticationTicket>a</AuthenticationTicket>"
	    "<authenticationTicket>b</authenticationTicket></FlushApplicationCache>",
	};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_inside(f, rows[i], GATE_SHAPE);
}

static void
gate_takes_the_ticket_in_both_its_spellings_and_no_other(void **state)
{
	struct fixture *f = *state;
	struct buf in, out;
	int with_ticket = 0;

	buf_init(&in, 0);
	buf_init(&out, 0);
	EACH_VERSION(f)
	for (int i = 0; i < op_count; i++) {
		const struct op_info *op = &op_table[i];
		if (op->operation->access != OP_TICKET)
			continue;
		with_ticket++;
		buf_reset(&out);
		buf_printf(&out, "<srv:%s>t</srv:%s>", op->params[0], op->params[0]);
		for (int upper = 0; upper < 2; upper++) {
			const char *name = upper ? "AuthenticationTicket" : "authenticationTicket";
			buf_reset(&in);
			buf_printf(&in, "<%s" NS "><%s>t</%s></%s>", op->name, name, name, op->name);
			expect_written(f, buf_str(&in), op->name, buf_str(&out));
		}
		buf_reset(&in);
		buf_printf(&in, "<%s" NS "><AUTHENTICATIONTICKET>t</AUTHENTICATIONTICKET></%s>", op->name, op->name);
		expect_written(f, buf_str(&in), op->name, "");
	}
	assert_int_equal(with_ticket, 2 * 5);
	EACH_VERSION(f)
	expect_written(f, "<RenewTicket" NS "><OldTicket>o</OldTicket><oldTicket>x</oldTicket></RenewTicket>",
	    "RenewTicket", "<srv:OldTicket>o</srv:OldTicket>");
	buf_fini(&in);
	buf_fini(&out);
}

static void
gate_ignores_elements_that_are_no_parameters(void **state)
{
	static const char *const extra[] = {
	    "<Other>x</Other>",
	    "<Other><UID>admin</UID><PWD>p</PWD></Other>",
	    "<Other><a><b><UID>admin</UID></b></a>text</Other>",
	    "<uid>admin</uid>",
	    "<uid xmlns=\"\">admin</uid>",
	    "<UID xmlns=\"urn:other\">admin</UID>",
	    "<x:UID xmlns:x=\"http://tempuri.org\">admin</x:UID>",
	    "<UIDs>admin</UIDs><UI>admin</UI>",
	    "<Lang>tr</Lang>",
	    "<Other/><Other/>",
	};
	struct fixture *f = *state;
	struct buf in;

	buf_init(&in, 0);
	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(extra); i++) {
		buf_reset(&in);
		buf_printf(&in, "<AuthenticateUser" NS ">%s<UID>u</UID>%s<PWD>p</PWD>%s</AuthenticateUser>", extra[i],
		    extra[i], extra[i]);
		expect_written(f, buf_str(&in), "AuthenticateUser", "<srv:UID>u</srv:UID><srv:PWD>p</srv:PWD>");
	}
	buf_fini(&in);
}

/* SOAP::Lite's stubs send <tns:Operation><Parameter>, whatever the schema's elementFormDefault says. */
static void
gate_takes_a_parameter_in_no_namespace(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect_written(f,
		    "<t:AuthenticateUser xmlns:t=\"http://tempuri.org/\"><UID>u</UID><PWD>p</PWD></t:AuthenticateUser>",
		    "AuthenticateUser", "<srv:UID>u</srv:UID><srv:PWD>p</srv:PWD>");
		expect_written(f,
		    "<FlushApplicationCache" NS
		    "><AuthenticationTicket xmlns=\"\">t</AuthenticationTicket></FlushApplicationCache>",
		    "FlushApplicationCache", "<srv:authenticationTicket>t</srv:authenticationTicket>");
		expect_inside(
		    f, "<AuthenticateUser" NS "><UID>u</UID><UID xmlns=\"\">v</UID></AuthenticateUser>", GATE_SHAPE);
	}
}

static void
gate_refuses_an_element_in_a_parameter(void **state)
{
	static const char *const rows[] = {
	    "<x>canary</x>", "<x/>", "a<x/>b", "<UID>u</UID>", "<PWD>p</PWD>", "<x xmlns=\"\"/>", "<a><b><c/></b></a>"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(rows); i++)
			expect_uid_refused(f, rows[i], GATE_SHAPE);
		expect_inside(f,
		    "<AuthenticateUser" NS " xmlns:i=\"" XSI "\"><UID i:nil=\"true\"><x/></UID></AuthenticateUser>",
		    GATE_SHAPE);
	}
}

static void
gate_joins_text_over_comments_and_cdata(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		expect_uid(f, "a<!---->b", "ab");
		expect_uid(f, "a<!-- <UID>x</UID> -->b<!--c-->", "ab");
		expect_uid(f, "a<![CDATA[b]]>c", "abc");
		expect_uid(f, "<![CDATA[a<b]]>", "a&lt;b");
		expect_uid(f, "<![CDATA[</UID><UID>&amp;]]>", "&lt;/UID&gt;&lt;UID&gt;&amp;amp;");
		expect_uid(f, "<![CDATA[]]>", "");
		expect_uid(f, "<![CDATA[a]]]]><![CDATA[>b]]>", "a]]&gt;b");
		expect_uid(f, "&#97;&#x62;&lt;&gt;&amp;&quot;&apos;", "ab&lt;&gt;&amp;\"'");
		expect_uid(f, " a\tb\nc\r\nd\re&#13;f&#9;&#10; ", " a\tb\nc\nd\ne&#xD;f\t\n ");
	}
}

static void
gate_keeps_every_character_as_it_is(void **state)
{
	/* Composed and decomposed, full width, joiner, right-to-left override, an emoji, the ends of the planes, DEL.
	 */
	static const char *const rows[] = {"\xC3\xA9", "e\xCC\x81", "\xEF\xBD\x81",
	    "a\xE2\x80\x8D"
	    "b",
	    "\xE2\x80\xAE"
	    "a",
	    "\xF0\x9F\x94\x91", "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBD", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\x7F",
	    "\xC2\x85\xE2\x80\xA8", "\xC4\xB0i\xC4\xB1I", "' OR '1'='1", "%s%n", "]] >"};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf want;
		buf_init(&want, 0);
		for (const char *c = rows[i]; *c; c++)
			*c == '>' ? buf_puts(&want, "&gt;") : buf_putc(&want, *c);
		expect_uid(f, rows[i], buf_str(&want));
		buf_fini(&want);
	}
}

static void
gate_refuses_text_where_only_elements_may_stand(void **state)
{
	static const char *const in_body[] = {"canary" OP("u", "p"), OP("u", "p") "x", "<![CDATA[x]]>" OP("u", "p"),
	    "&#65;" OP("u", "p"), "<ServerInfo" NS ">x</ServerInfo>", "<ServerInfo" NS "><a/>x</ServerInfo>",
	    "\xC2\xA0" OP("u", "p")};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(in_body); i++)
			expect_inside(f, in_body[i], GATE_SHAPE);
		expect(f, envelope(f, "", "x", OP("u", "p"), ""), GATE_SHAPE);
		expect(f, envelope(f, "", "<soap:Header/>x", OP("u", "p"), ""), GATE_SHAPE);
		expect(f, envelope(f, "", "<soap:Header>x</soap:Header>", OP("u", "p"), ""), GATE_SHAPE);
		expect_inside(f, " \t\r\n<!---->" OP("u", "p") "<![CDATA[ ]]>&#32;", GATE_OK);
	}
}

static void
gate_refuses_a_body_that_does_not_hold_one_operation(void **state)
{
	static const char *const shape[] = {
	    "",
	    " ",
	    OP("u", "p") "<FlushApplicationCache" NS "/>",
	    OP("u", "p") OP("u", "p"),
	    OP("u", "p") "<x/>",
	    OP("u", "p") "<soap:Fault/>",
	};
	static const char *const unknown[] = {
	    "<x/>" OP("u", "p"),
	    "<canary" NS "/>",
	    "<AuthenticateUser><UID>u</UID></AuthenticateUser>",
	    "<AuthenticateUser xmlns=\"http://tempuri.org\"/>",
	    "<AuthenticateUser xmlns=\"http://TEMPURI.org/\"/>",
	    "<AuthenticateUser xmlns=\"http://tempuri.org/x\"/>",
	    "<AuthenticateUser xmlns=\"urn:canary\"/>",
	    "<authenticateuser" NS "/>",
	    "<AuthenticateUser2" NS "/>",
	    "<AuthenticateUse" NS "/>",
	    "<AuthenticateUserResponse" NS "/>",
	    "<UID" NS ">u</UID>",
	    "<soap:Body/>",
	    "<soap:Fault><faultcode>soap:Server</faultcode></soap:Fault>",
	};
	struct fixture *f = *state;
	char name[101] = {0};
	struct buf in;

	buf_init(&in, 0);
	memset(name, 'A', 100);
	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(shape); i++)
			expect_inside(f, shape[i], GATE_SHAPE);
		for (size_t i = 0; i < COUNT(unknown); i++)
			expect_inside(f, unknown[i], GATE_UNKNOWN);
		buf_reset(&in);
		buf_printf(&in, "<%s" NS "/>", name);
		expect_inside(f, buf_str(&in), GATE_UNKNOWN);
		assert_null(strstr(f->result.text, "AAA"));
	}
	buf_fini(&in);
}

static void
gate_refuses_an_envelope_of_another_shape(void **state)
{
	/* %1$s is the Envelope's namespace. */
	static const char *const rows[] = {
	    "<e:Envelope xmlns:e='%1$s'/>",
	    "<e:Envelope xmlns:e='%1$s'><e:Header/></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body><e:Body/></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Body/><e:Body>" OP("u", "p") "</e:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body><e:Body>" OP(
		"u", "p") "</e:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body><e:Header/></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Header/><e:Header/><e:Body>" OP("u", "p") "</e:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Header/><x/><e:Body>" OP("u", "p") "</e:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><x/><e:Body>" OP("u", "p") "</e:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body><x/></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><Body>" OP("u", "p") "</Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><e:body>" OP("u", "p") "</e:body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'><b:Body xmlns:b='urn:b'>" OP("u", "p") "</b:Body></e:Envelope>",
	    "<e:Envelope xmlns:e='%1$s'>" OP("u", "p") "</e:Envelope>",
	    "<e:Body xmlns:e='%1$s'>" OP("u", "p") "</e:Body>",
	    "<e:envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body></e:envelope>",
	    OP("u", "p"),
	    "<x><e:Envelope xmlns:e='%1$s'><e:Body>" OP("u", "p") "</e:Body></e:Envelope></x>",
	};
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&f->body);
		for (const char *c = rows[i]; *c; c++)
			if (strncmp(c, "%1$s", 4) == 0) {
				buf_puts(&f->body, env(f));
				c += 3;
			} else {
				buf_putc(&f->body, *c);
			}
		expect(f, buf_str(&f->body), GATE_SHAPE);
	}
}

static void
gate_tells_an_envelope_of_another_version(void **state)
{
	static const char *const others[] = {"http://example.com/", "http://www.w3.org/2001/12/soap-envelope",
	    "http://schemas.xmlsoap.org/soap/envelope", "HTTP://SCHEMAS.XMLSOAP.ORG/SOAP/ENVELOPE/", ""};
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(others); i++) {
			buf_reset(&f->body);
			buf_printf(
			    &f->body, "<Envelope xmlns='%s'><Body>" OP("u", "p") "</Body></Envelope>", others[i]);
			expect(f, buf_str(&f->body), GATE_VERSION);
		}
		buf_reset(&f->body);
		buf_printf(&f->body, "<e:Envelope xmlns:e='%s'><e:Body>" OP("u", "p") "</e:Body></e:Envelope>",
		    f->version == 1 ? ENV_2 : ENV_1);
		expect(f, buf_str(&f->body), GATE_VERSION);
		buf_reset(&f->body);
		buf_printf(&f->body,
		    "<e:Envelope xmlns:e='%s'><b:Body xmlns:b='%s'>" OP("u", "p") "</b:Body></e:Envelope>", env(f),
		    f->version == 1 ? ENV_2 : ENV_1);
		expect(f, buf_str(&f->body), GATE_SHAPE);
	}
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(gate_writes_the_operation_and_its_parameters_alone),
	    TEST(gate_leaves_out_what_is_no_parameter),
	    TEST(gate_knows_every_operation_with_all_parameters_and_with_none),
	    TEST(gate_absent_parameter_stays_absent_and_an_empty_one_empty),
	    TEST(gate_takes_parameters_in_any_order),
	    TEST(gate_refuses_a_parameter_given_twice),
	    TEST(gate_takes_the_ticket_in_both_its_spellings_and_no_other),
	    TEST(gate_ignores_elements_that_are_no_parameters),
	    TEST(gate_takes_a_parameter_in_no_namespace),
	    TEST(gate_refuses_an_element_in_a_parameter),
	    TEST(gate_joins_text_over_comments_and_cdata),
	    TEST(gate_keeps_every_character_as_it_is),
	    TEST(gate_refuses_text_where_only_elements_may_stand),
	    TEST(gate_refuses_a_body_that_does_not_hold_one_operation),
	    TEST(gate_refuses_an_envelope_of_another_shape),
	    TEST(gate_tells_an_envelope_of_another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
