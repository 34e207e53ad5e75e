/* The short way through the gate: what it takes, and that whatever it takes the gate takes too, with the same document.
 * The second is asked of each sample with each of its bytes left out, doubled and exchanged, of its pieces put together
 * at random, and at each limit. */
#include "gate_fixture.h"
#include "../../impl/endpoint/plain.h"

#define ENVELOPE(attributes, inside) \
	"<soap:Envelope xmlns:soap=\"%s\"" attributes "><soap:Body>" inside "</soap:Body></soap:Envelope>"

/* %s: the envelope's namespace. All plain. */
static const char *const samples[] = {
    ENVELOPE("", OP("admin", "secret")),
    ENVELOPE("", "<ServerInfo" NS " />"),
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
    "<soap:Envelope xmlns:xsi=\"" XSI "\" xmlns:xsd=\"" XSD "\" xmlns:soap=\"%s\">\r\n"
    "  <soap:Body>\r\n\t<FlushApplicationCache" NS ">\r\n"
    "      <authenticationTicket>0123</authenticationTicket>\r\n"
    "    </FlushApplicationCache>\r\n  </soap:Body>\r\n</soap:Envelope>\r\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<SOAP-ENV:Envelope xmlns:SOAP-ENV='%s' xmlns:ns1='http://tempuri.org/'><SOAP-ENV:Body><ns1:LogOut>"
    "<ns1:AuthenticationTicket>a > b\n\tc \"d\" 'e'</ns1:AuthenticationTicket></ns1:LogOut></SOAP-ENV:Body>"
    "</SOAP-ENV:Envelope >",
    "<Envelope xmlns=\"%s\"><Body ><t:AuthenticateUser\n xmlns:t=\"http://tempuri.org/\"  xmlns:u=\"urn:u\"><UID" NS
    "/>"
    "<t:PWD\t></t:PWD ></t:AuthenticateUser></Body></Envelope>",
};

/* Not plain, though the gate takes them. */
static const char *const beyond[] = {
    ENVELOPE("", OP("K\xC3\xBC"
		    "che",
		     "x")),
    ENVELOPE("", OP("a&amp;b", "x")),
    ENVELOPE("", OP("<![CDATA[a]]>", "x")),
    ENVELOPE("", OP("a\r\nb", "x")),
    ENVELOPE("", OP("a]b", "x")),
    ENVELOPE("", OP("a<!-- -->b", "x")),
    ENVELOPE(" soap:encodingStyle=\"urn:x\"", OP("a", "x")),
    ENVELOPE("", "<!-- -->" OP("a", "x")),
    ENVELOPE("", "<AuthenticateUser" NS "><UID>a</UID><More>b</More></AuthenticateUser>"),
    "<?xml version='1.0'?>" ENVELOPE("", OP("a", "x")),
    "<soap:Envelope xmlns:soap=\"%s\"><soap:Header/><soap:Body>" OP("a", "x") "</soap:Body></soap:Envelope>",
};

static int taken, compared;

/* Fails if the short way takes what the gate does not, or makes something else of it. */
static bool
agree(struct fixture *f, const char *charset, const char *bytes, size_t len)
{
	struct gate_result result = {-1, NULL};
	struct buf document;
	char *exact = malloc(len ? len : 1);
	bool plain;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	buf_init(&document, 0);
	plain = plain_check(&f->limits, f->version, text(charset), (struct http_text){exact, len}, &document, &result);
	compared++;
	if (plain) {
		taken++;
		if (pass(f, charset, bytes, len) != GATE_OK)
			fail_msg("the gate says %s: %.*s", f->result.text, (int)len, bytes);
		assert_int_equal(result.op, f->result.op);
		assert_string_equal(buf_str(&document), buf_str(&f->document));
		assert_int_equal(document.len, f->document.len);
	}
	buf_fini(&document);
	free(exact);
	return plain;
}

static const char *
sample(struct fixture *f, const char *format)
{
	const char *hole = strstr(format, "%s");

	buf_reset(&f->body);
	buf_put(&f->body, format, (size_t)(hole - format));
	buf_puts(&f->body, env(f));
	buf_puts(&f->body, hole + 2);
	return buf_str(&f->body);
}

static void
plain_takes_what_callers_send(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(samples); i++) {
		const char *body = sample(f, samples[i]);
		if (!agree(f, "utf-8", body, strlen(body)) || !agree(f, NULL, body, strlen(body)))
			fail_msg("not taken: %s", body);
	}
}

static void
plain_leaves_the_rest_to_the_gate(void **state)
{
	struct fixture *f = *state;

	EACH_VERSION(f)
	{
		for (size_t i = 0; i < COUNT(beyond); i++) {
			const char *body = sample(f, beyond[i]);
			assert_false(agree(f, "utf-8", body, strlen(body)));
			assert_int_equal(pass(f, "utf-8", body, strlen(body)), GATE_OK);
		}
		const char *body = sample(f, samples[0]);
		assert_false(agree(f, "iso-8859-1", body, strlen(body)));
		assert_false(agree(f, "utf-16", body, strlen(body)));
		assert_false(agree(f, "utf-8", body, 0));
		f->version = 3 - f->version; /* the other version's envelope */
		assert_false(agree(f, "utf-8", body, strlen(body)));
		f->version = 3 - f->version;
	}
}

static void
plain_agrees_with_the_gate_wherever_a_byte_is_changed(void **state)
{
	static const char bytes[] = " \t\r\n<>/=:\"'&;]?!-.x0_XmlnsB\0\x01\x7F\x80\xC3\xEF\xFF";
	struct fixture *f = *state;
	char changed[1024];

	taken = compared = 0;
	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(samples); i++) {
		const char *body = sample(f, samples[i]);
		size_t len = strlen(body);
		assert_in_range(len, 1, sizeof changed - 2);
		for (size_t at = 0; at < len; at++) {
			memcpy(changed, body, at);
			memcpy(changed + at, body + at + 1, len - at - 1);
			agree(f, "utf-8", changed, len - 1);
			agree(f, "utf-8", body, at);
			for (size_t b = 0; b < sizeof bytes - 1; b++) {
				memcpy(changed, body, len);
				changed[at] = bytes[b];
				agree(f, "utf-8", changed, len);
				memcpy(changed + at + 1, body + at, len - at);
				agree(f, "utf-8", changed, len + 1);
			}
		}
	}
	/* It would be no comparison if the short way took nothing of all this, or all of it. */
	assert_in_range(taken, compared / 100, compared / 2);
}

static void
plain_agrees_with_the_gate_on_pieces_put_together(void **state)
{
	static const char *const pieces[] = {"<s:Envelope xmlns:s=\"" ENV_1 "\">",
	    "<s:Envelope xmlns:s=\"" ENV_1 "\"" NS ">", "<s:Body>", "<s:Body xmlns:s=\"" ENV_1 "\">",
	    "<s:Body xmlns:s=\"urn:x\">", "<s:Body/>", "<LogOut" NS ">", "<LogOut>", "<LogOut" NS "/>",
	    "<LogOut" NS NS ">", "<AuthenticationTicket>", "<authenticationTicket>",
	    "<authenticationTicket xmlns=\"\">", "<authenticationTicket xmlns:p=\"\">", "<authenticationTicket/>", "t",
	    " ", "</authenticationTicket>", "</AuthenticationTicket>", "</LogOut>", "</s:Body>", "</s:Envelope>", "\n",
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"};
	/* A whole document, as indexes of pieces. */
	static const unsigned char whole[] = {1, 2, 6, 11, 15, 17, 19, 20, 21};
	struct fixture *f = *state;
	uint32_t seed = 1;
	char text[2048];

	taken = compared = 0;
	for (int round = 0; round < 60000; round++) {
		size_t len = 0;
		for (size_t i = 0; i < COUNT(whole); i++) {
			const char *piece = pieces[whole[i]];
			seed = seed * 1664525 + 1013904223;
			if (seed >> 29 == 0)
				piece = pieces[(seed >> 8) % COUNT(pieces)];
			else if (seed >> 29 == 1 && (seed >> 27 & 1) == 0)
				continue;
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		agree(f, "utf-8", text, len);
	}
	assert_in_range(taken, compared / 100, compared / 2);
}

static void
plain_agrees_with_the_gate_at_each_limit(void **state)
{
	struct fixture *f = *state;
	const struct gate_limits limits = f->limits;
	int64_t *const each[] = {&f->limits.depth, &f->limits.elements, &f->limits.attributes,
	    &f->limits.element_attributes, &f->limits.namespaces, &f->limits.name, &f->limits.attribute,
	    &f->limits.text};

	taken = compared = 0;
	EACH_VERSION(f)
	for (size_t i = 0; i < COUNT(samples); i++) {
		const char *body = sample(f, samples[i]);
		for (size_t l = 0; l < COUNT(each); l++)
			for (int64_t value = 0; value < 64; value++) {
				*each[l] = value;
				agree(f, "utf-8", body, strlen(body));
				f->limits = limits;
			}
	}
	assert_in_range(taken, compared / 2, compared - 1);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(plain_takes_what_callers_send),
	    TEST(plain_leaves_the_rest_to_the_gate),
	    TEST(plain_agrees_with_the_gate_wherever_a_byte_is_changed),
	    TEST(plain_agrees_with_the_gate_on_pieces_put_together),
	    TEST(plain_agrees_with_the_gate_at_each_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
