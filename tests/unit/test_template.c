/* Documents with gaps: what is put in, what is left out, and a URL that may stand anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/template.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct template_mark marks[] = {{"@A@", "one"}, {"@LONGER@", "@A@<!--if x-->"}, {"@NONE@", ""}};

/* From memory of exactly its size. */
static void
expect(const char *text, const char *conditions, const char *want)
{
	size_t len = strlen(text);
	char *exact = malloc(len ? len : 1);
	struct buf out;

	assert_non_null(exact);
	memcpy(exact, text, len);
	buf_init(&out, 0);
	template_fill(exact, len, marks, COUNT(marks), conditions, &out);
	assert_int_equal(out.err, SRV_OK);
	assert_string_equal(buf_str(&out), want);
	buf_fini(&out);
	free(exact);
}

static void
template_marks_are_replaced_wherever_they_stand(void **state)
{
	(void)state;
	expect("", "", "");
	expect("nothing to do", "", "nothing to do");
	expect("@A@", "", "one");
	expect("<a href=\"@A@/x\">@A@@A@</a>", "", "<a href=\"one/x\">oneone</a>");
	expect("[@NONE@]", "", "[]");
}

static void
template_what_is_no_mark_stays_and_a_text_is_not_looked_at_again(void **state)
{
	(void)state;
	expect("a@b.example @A @B@ A@ @", "", "a@b.example @A @B@ A@ @");
	expect("@@A@@", "", "@one@");
	expect("@LONGER@!", "", "@A@<!--if x-->!");
}

static void
template_blocks_are_there_only_if_their_condition_holds(void **state)
{
	static const char text[] = "a<!--if x-->b@A@<!--fi x-->c<!--if xy-->d<!--fi xy-->e";

	(void)state;
	expect(text, "", "ace");
	expect(text, "x", "abonece");
	expect(text, "xy", "acde");
	expect(text, "z x", "abonece");
	expect(text, "x xy", "abonecde");
	expect(text, "xyz", "ace");
	/* Other comments are nobody's business. */
	expect("<!-- if x --><!--op x--><!--ifx-->", "x", "<!-- if x --><!--op x--><!--ifx-->");
	/* A block that holds may contain one that does not. */
	expect("<!--if x-->a<!--if y-->b<!--fi y-->c<!--fi x-->d", "x", "acd");
	expect("<!--if x-->a<!--if y-->b<!--fi y-->c<!--fi x-->d", "y", "d");
}

static void
template_a_block_that_never_ends_takes_the_rest(void **state)
{
	(void)state;
	expect("a<!--if x-->b", "", "a");
	expect("a<!--if x-->b<!--fi x", "", "a");
	expect("a<!--if x", "", "a");
	expect("a<!--fi x-->b", "", "ab");
	expect("a<!--if ", "", "a");
}

static void
template_a_url_may_stand_in_any_quotes(void **state)
{
	static const struct {
		const char *url, *html, *other;
	} rows[] = {
	    {"http://h:80/srv.asmx", "http://h:80/srv.asmx", "http://h:80/srv.asmx"},
	    {"http://[::1]/a?b=c&d=%20#e", "http://[::1]/a?b=c&amp;d=%20#e", "http://[::1]/a?b=c&d=%20#e"},
	    {"x'\";$(reboot)<b>\\`", "x%27%22;$(reboot)%3Cb%3E%5C%60", "x%27%22;$(reboot)%3Cb%3E%5C%60"},
	    {"a b\t\r\n\x7f", "a%20b%09%0D%0A%7F", "a%20b%09%0D%0A%7F"},
	    {"\xc3\xa9", "%C3%A9", "%C3%A9"},
	    {"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int html = 0; html < 2; html++) {
			struct buf out;
			buf_init(&out, 0);
			template_put_url(rows[i].url, html, &out);
			assert_string_equal(buf_str(&out), html ? rows[i].html : rows[i].other);
			buf_fini(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(template_marks_are_replaced_wherever_they_stand),
	    cmocka_unit_test(template_what_is_no_mark_stays_and_a_text_is_not_looked_at_again),
	    cmocka_unit_test(template_blocks_are_there_only_if_their_condition_holds),
	    cmocka_unit_test(template_a_block_that_never_ends_takes_the_rest),
	    cmocka_unit_test(template_a_url_may_stand_in_any_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
