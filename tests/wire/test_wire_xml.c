/* Hostile XML in a SOAP request: what a conforming, limited parser refuses, in both versions. Each row is a
 * body; around it a call of LogOut with a good ticket, so that a row which ran shows. All are well under a
 * second for the server; the test looks at outcomes, not at time. Contract: section 3. */
#include "shared_fixture.h"

#include <stdio.h>
#include <string.h>

/* The envelope around LogOut, with text before it, and in and behind the ticket. */
static const char *
around(enum wire_form f, const char *before, const char *inside, const char *behind)
{
	const char *op = wire_printf("<LogOut xmlns=\"" WIRE_NS
				     "\"><AuthenticationTicket>%s%s</AuthenticationTicket>%s</LogOut>",
	    user, inside, behind);

	return wire_printf("%s%s", before, wire_envelope(f, NULL, op));
}

static void
expect_refused_as(enum wire_form f, struct wire_bytes body, int status, const char *row)
{
	struct wire_answer *a = wire_ask_kept(&srv, wire_soap(&srv, f, NULL, NULL, body));

	if (status != 0 && a->status != status)
		print_error("row: %s\n", row);
	wire_expect_fault(f, a, status, "Client", NULL);
}

/* Refuses each row and keeps the connection, in both versions, and nothing ran. */
static void
expect_refused(enum wire_form f, const char *const *rows, size_t count, int status)
{
	for (size_t i = 0; i < count; i++)
		expect_refused_as(f, wire_bytes_text(rows[i]), status, rows[i]);
	assert_true(wire_ticket_works(&srv, user));
}
#define EXPECT_REFUSED(f, rows, status) expect_refused(f, rows, sizeof rows / sizeof *rows, status)

static void
document_types_are_refused(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *laughs =
		    "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">"
		    "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY g \"&e;&e;&e;&e;&e;&e;&e;&e;\">]>";
		const char *rows[] = {
		    around(f, "<!DOCTYPE x>", "", ""),
		    around(f, "<?xml version=\"1.0\"?><!DOCTYPE x>", "", ""),
		    around(f, "<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x\">", "", ""),
		    around(f, laughs, "&g;", ""),
		    around(f, "<!DOCTYPE f [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "&x;", ""),
		    around(f, "<!DOCTYPE f [<!ENTITY x SYSTEM \"http://127.0.0.1:9/x\">]>", "&x;", ""),
		    around(f, "<!DOCTYPE f [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/x\"> %p;]>", "", ""),
		    around(f, wire_printf("<!DOCTYPE f [<!ENTITY x \"%s\">]>", wire_repeat("y", 8000)),
			wire_repeat("&x;", 1000), ""),
		    around(f, "", "", "<!DOCTYPE x>"),
		};

		EXPECT_REFUSED(f, rows, 400);
	}
}

static void
unknown_and_broken_references_are_refused(void **state)
{
	static const char *const inside[] = {"&foo;", "&nbsp;", "&;", "&#;", "&#x;", "&", "& ", "&lt", "&#0;", "&#x0;",
	    "&#1;", "&#xFFFF;", "&#xD800;", "&#x110000;", "&#99999999999;",
	    "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
			const char *row[] = {around(f, "", inside[i], "")};

			EXPECT_REFUSED(f, row, 400);
		}
	}
}

static void
controls_and_nul_are_refused(void **state)
{
	static const char controls[] = {0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1f};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof controls; i++) {
			struct wire_bytes b = wire_bytes_text(around(f, "", "@", ""));

			*strchr(b.p, '@') = controls[i];
			expect_refused_as(f, b, 400, "a control");
		}
		const char *rows[] = {around(f, "", "\xef\xbf\xbf", ""), around(f, "", "\xef\xbf\xbe", "")};
		EXPECT_REFUSED(f, rows, 400);
	}
}

static void
bad_utf_8_is_refused(void **state)
{
	static const char *const bad[] = {"\xc0\xaf", "\xc0\x80", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
	    "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\x80", "\xf8\x88\x80\x80\x80"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			const char *rows[] = {
			    around(f, "", bad[i], ""), wire_printf("%s%s", around(f, "", "", ""), bad[i])};

			EXPECT_REFUSED(f, rows, 400);
		}
	}
}

static void
declarations_and_instructions_out_of_place_are_refused(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *rows[] = {
		    around(f, "<?x y?>", "", ""),
		    around(f, "", "<?x y?>", ""),
		    wire_printf("%s<?x y?>", around(f, "", "", "")),
		    around(f, "<?xml version=\"1.0\"?><?xml version=\"1.0\"?>", "", ""),
		    around(f, " <?xml version=\"1.0\"?>", "", ""),
		    around(f, "<?xml version=\"1.1\"?>", "", ""),
		    wire_printf("<?%s", wire_repeat("A", 65000)),
		};

		EXPECT_REFUSED(f, rows, 0);
	}
}

static void
broken_comments_and_sections_are_refused(void **state)
{
	static const char *const inside[] = {
	    "<!-- -- -->", "<!--->", "<!-- ", "<![FOO[a]]>", "<![CDATA[a", "]]>", "<!ELEMENT a>"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
			const char *row[] = {around(f, "", inside[i], "")};

			EXPECT_REFUSED(f, row, 400);
		}
	}
}

static void
tags_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *good = around(f, "", "", "");
		const char *rows[] = {
		    "",
		    " ",
		    "<",
		    "x",
		    "--b\r\n\r\n<a/>",
		    around(f, "", "", "</x>"),
		    around(f, "", "", "<x>"),
		    around(f, "", "", "<x><y></x></y>"),
		    wire_printf("%.*s", (int)strlen(good) - 3, good),
		    wire_printf("%s</soap:Envelope>", good),
		    wire_printf("%stext", good),
		    wire_printf("%s<a/>", good),
		    wire_printf("%s%s", good, good),
		    around(f, "", "", "<x a=\"1\" a=\"2\"/>"),
		    around(f, "", "", "<x a=1/>"),
		    around(f, "", "", "<x a=\"<\"/>"),
		    around(f, "", "", "<n:x/>"),
		    around(f, "", "", "<x xmlns:n=\"\"/>"),
		};

		EXPECT_REFUSED(f, rows, 400);
		static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
		static const char dime[] = "\x0c\x20\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff";
		expect_refused_as(f, wire_bytes(gzip, sizeof gzip - 1), 400, "gzip");
		expect_refused_as(f, wire_bytes(dime, sizeof dime - 1), 400, "DIME");
	}
}

static void
depth_and_counts_have_limits(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *attributes = "", *namespaces = "";

		for (int i = 0; i < 33; i++) {
			attributes = i < 17 ? wire_printf("%s a%d=\"\"", attributes, i) : attributes;
			namespaces = wire_printf("%s xmlns:n%d=\"urn:%d\"", namespaces, i, i);
		}
		const char *rows[] = {
		    around(f, "", "", wire_printf("%s%s", wire_repeat("<a>", 1500), wire_repeat("</a>", 1500))),
		    around(f, "", "", wire_printf("%s%s", wire_repeat("<a>", 14), wire_repeat("</a>", 14))),
		    wire_repeat("<a>", 5000),
		    around(f, "", "", wire_repeat("<y/>", 257)),
		    around(f, "", "", wire_repeat("<y/>", 4000)),
		    around(f, "", "", wire_printf("<y%s/>", attributes)),
		    around(f, "", "", wire_printf("<y%s/>", namespaces)),
		    around(f, "", "", wire_repeat("<y a=\"\"/>", 129)),
		    around(f, "", "", wire_printf("<%s/>", wire_repeat("n", 129))),
		    around(f, "", "", wire_printf("<%s/>", wire_repeat("n", 16000))),
		    around(f, "", "", wire_printf("<y %s=\"\"/>", wire_repeat("n", 2048))),
		    around(f, "", "", wire_printf("<y a=\"%s\"/>", wire_repeat("v", 1025))),
		    around(f, "", "", wire_printf("<y a=\"%s\"/>", wire_repeat("v", 16000))),
		    around(f, "", wire_repeat("x", 4097), ""),
		    around(f, "", "", wire_repeat("<x id=\"a\"/>", 250)),
		};

		EXPECT_REFUSED(f, rows, 400);
	}
}

static void
what_is_within_the_limits_is_heard(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		/* Unknown elements beside the parameters are ignored, down to the last level and number allowed. */
		const char *rows[] = {
		    wire_printf("%s%s", wire_repeat("<a>", 13), wire_repeat("</a>", 13)),
		    wire_repeat("<y/>", 252),
		    wire_printf("<%s/>", wire_repeat("n", 128)),
		    wire_printf("<y a=\"%s\"/>", wire_repeat("v", 1024)),
		};

		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			const char *op = wire_printf("<isValidTicket xmlns=\"" WIRE_NS "\"><AuthenticationTicket>%s"
						     "</AuthenticationTicket>%s</isValidTicket>",
			    user, rows[i]);
			struct wire_answer *a = wire_ask(
			    &srv, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(wire_envelope(f, NULL, op))));

			assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
		}
		const char *blanks = wire_printf("%s%s", wire_repeat(" ", 60000),
		    wire_envelope(f, NULL, wire_op_xml("isValidTicket", "AuthenticationTicket", user, NULL)));
		struct wire_answer *a = wire_ask(&srv, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(blanks)));
		assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
	}
}

static void
types_and_arrays_of_a_toolkit_change_nothing(void **state)
{
	static const struct {
		const char *text;
		bool heard; /* as the string it is; else refused */
	} attributes[] = {{"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"xsd:string\"", true},
	    {"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"xsd:int\"", true},
	    {"xmlns:n=\"urn:n\" xsi:type=\"n:Evil\"", false},
	    {"xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" xsi:type=\"e:Array\" "
	     "e:arrayType=\"e:string[1000000000]\"",
		false},
	    {"xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" "
	     "e:arrayType=\"e:string[2147483647,2147483647]\"",
		true},
	    {"xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" e:arrayType=\"e:string[-1]\"", true},
	    {"id=\"a\"", true}, {"href=\"#a\"", true}};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
			const char *op = wire_printf("<isValidTicket xmlns=\"" WIRE_NS "\"><AuthenticationTicket %s>%s"
						     "</AuthenticationTicket></isValidTicket>",
			    attributes[i].text, user);
			struct wire_answer *a = wire_ask_kept(
			    &srv, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(wire_envelope(f, NULL, op))));

			if (attributes[i].heard)
				assert_string_equal(wire_attr(wire_result(f, "isValidTicket", a), "success"), "true");
			else
				wire_expect_fault(f, a, 0, "Client", NULL);
		}
	}
}

static void
faults_throw_nothing_back(void **state)
{
	static const char *const canaries[] = {"<script>canary</script>", "canary\"]]&gt;", "canary"};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < 3; i++) {
			const char *rows[] = {wire_printf("<!DOCTYPE %s>", canaries[i]),
			    around(f, "", canaries[i], "<canary"), wire_printf("<canary>%s", canaries[i])};

			for (size_t j = 0; j < 3; j++) {
				struct wire_answer *a = wire_ask(
				    &srv, wire_soap(&srv, f, NULL, NULL, wire_bytes_text(rows[j])));

				wire_expect_fault(f, a, 0, "Client", NULL);
				assert_null(strstr(a->body, "canary"));
				assert_null(strstr(a->body, user));
				assert_null(strstr(a->body, "gSOAP"));
				assert_null(strstr(a->body, "expat"));
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(document_types_are_refused),
	    WIRE_TEST(unknown_and_broken_references_are_refused),
	    WIRE_TEST(controls_and_nul_are_refused),
	    WIRE_TEST(bad_utf_8_is_refused),
	    WIRE_TEST(declarations_and_instructions_out_of_place_are_refused),
	    WIRE_TEST(broken_comments_and_sections_are_refused),
	    WIRE_TEST(tags_that_do_not_fit_are_refused),
	    WIRE_TEST(depth_and_counts_have_limits),
	    WIRE_TEST(what_is_within_the_limits_is_heard),
	    WIRE_TEST(types_and_arrays_of_a_toolkit_change_nothing),
	    WIRE_TEST(faults_throw_nothing_back),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup_user, wire_group_teardown);
}
