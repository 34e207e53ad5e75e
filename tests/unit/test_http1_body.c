/* Where a request ends: lengths, chunks, and what could be read two ways. */
#include "http1_fixture.h"

static void
content_length_is_one_plain_number(void **state)
{
	static const struct row rows[] = {
	    ROW("right", OK, B198, H "Content-Length: 198\r\n\r\n" B198),
	    ROW("A01", 400, NULL, H "Content-Length: 198\r\nContent-Length: 5\r\n\r\n" B198),
	    ROW("A02", 400, NULL, H "Content-Length: 198\r\nContent-Length: 198\r\n\r\n" B198),
	    ROW("A03", 400, NULL, H "Content-Length: 198, 198\r\n\r\n" B198),
	    ROW("A06 +", 400, NULL, H "Content-Length: +198\r\n\r\n" B198),
	    ROW("A06 -1", 400, NULL, H "Content-Length: -1\r\n\r\n" B198),
	    ROW("A06 -48", 400, NULL, H "Content-Length: -48\r\n\r\n" B198),
	    ROW("A07 xyz", 400, NULL, H "Content-Length: 198xyz\r\n\r\n" B198),
	    ROW("A07 0x", 400, NULL, H "Content-Length: 0x10\r\n\r\n" B198),
	    ROW("A07 e", 400, NULL, H "Content-Length: 1e2\r\n\r\n" B198),
	    ROW("A07 blank", 400, NULL, H "Content-Length: 1 98\r\n\r\n" B198),
	    ROW("A07 _", 400, NULL, H "Content-Length: 1_0\r\n\r\n" B198),
	    ROW("A07 empty", 400, NULL, H "Content-Length: \r\n\r\n" B198),
	    ROW("A07 VT", 400, NULL,
		H "Content-Length: \x0b"
		  "198\r\n\r\n" B198),
	    ROW("A08", OK, B198, H "Content-Length: 0198\r\n\r\n" B198),
	    ROW("A09 2^64-1", 413, NULL, H "Content-Length: 18446744073709551615\r\n\r\n"),
	    ROW("A09 2^64", 413, NULL, H "Content-Length: 18446744073709551616\r\n\r\n"),
	    ROW("A10 over", 413, NULL, H "Content-Length: 65537\r\n\r\n"),
	    ROW("A10 max", MORE, NULL, H "Content-Length: 65536\r\n\r\n"),
	    ROW("A12", MORE, NULL, H "Content-Length: 300\r\n\r\n" B198),
	    ROW("none", OK, "", H "\r\n"),
	    ROW("zero", OK, "", H "Content-Length: 0\r\n\r\n"),
	    ROW("blanks around", OK, "abc", H "Content-Length: \t 3 \t\r\n\r\nabc"),
	    ROW("any case", OK, "abc", H "cOnTeNt-LeNgTh:3\r\n\r\nabc"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A09 400 nines", 413, {1, H "Content-Length: "}, {400, "9"}, {1, "\r\n\r\n"});
	PIECES("A10 full", OK, {1, H "Content-Length: 65536\r\n\r\n"}, {65536, " "});
}

static void
two_ways_to_frame_are_refused(void **state)
{
	static const struct row rows[] = {
	    ROW("A04", 400, NULL,
		H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /srv.asmx/ServerInfo "
		  "HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("A05", 400, NULL,
		H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /srv.asmx/ServerInfo "
		  "HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("A14 unknown", 501, NULL, H "Transfer-Encoding: blegh\r\n\r\n"),
	    ROW("A14 gzip", 501, NULL, H "Transfer-Encoding: gzip, chunked\r\n\r\n"),
	    ROW("A14 identity", 501, NULL, H "Transfer-Encoding: identity\r\n\r\n"),
	    ROW("A15", 400, NULL, H "Transfer-Encoding: chunked, identity\r\n\r\n"),
	    ROW("A15 twice in a list", 400, NULL, H "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	    ROW("A16 VT", 400, NULL,
		H "Transfer-Encoding: \x0b"
		  "chunked\r\n\r\n"),
	    ROW("A16 NUL", 400, NULL, H "Transfer-Encoding: chunked\0\r\n\r\n"),
	    ROW("A16 comma", 400, NULL, H "Transfer-Encoding: ,chunked\r\n\r\n"),
	    ROW("A16 comma behind", 400, NULL, H "Transfer-Encoding: chunked,\r\n\r\n"),
	    ROW("A16 quoted", 400, NULL, H "Transfer-Encoding: \"chunked\"\r\n\r\n"),
	    ROW("A16 x", 501, NULL, H "Transfer-Encoding: xchunked\r\n\r\n"),
	    ROW("A16 nbsp", 400, NULL,
		H "Transfer-Encoding: \xa0"
		  "chunked\xa0\r\n\r\n"),
	    ROW("A16 parameter", 400, NULL, H "Transfer-Encoding: chunked;a=b\r\n\r\n"),
	    ROW("A16 empty", 400, NULL, H "Transfer-Encoding:\r\n\r\n"),
	    ROW("A17", 400, NULL, H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    ROW("A18", 400, NULL, "POST /srv.asmx HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    ROW("length disguised", 400, NULL, H "Content_Length: 0\r\nContent-Length: 3\r\n\r\nabc"),
	    ROW("coding disguised", 400, NULL, H "Content-Length: 5\r\nTransfer'Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    ROW("disguised alone", 400, NULL, H "content.LENGTH: 3\r\n\r\n"),
	    ROW("no disguise", OK, "abc", H "Content_Type__: a\r\nContent-Lengths: 5\r\nContent-Length: 3\r\n\r\nabc"),
	    ROW("any case", OK, "abc", H "TRANSFER-ENCODING: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
	};

	(void)state;
	EXAMINE(rows);
}

#define C H "Transfer-Encoding: chunked\r\n\r\n"

static void
chunks_are_taken_by_the_grammar(void **state)
{
	static const struct row rows[] = {
	    ROW("one", OK, B198, C "C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("lower case, zeros", OK, B198, C "0000c6\r\n" B198 "\r\n000\r\n\r\n"),
	    ROW("16 digits", OK, "abc", C "0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n"),
	    ROW("obs-text in an extension", 400, NULL, C "3\r\nabc\r\n0;a=\xffPOST / HTTP/1.1\r\n\r\n"),
	    ROW("17 digits", 400, NULL, C "00000000000000003\r\nabc\r\n0\r\n\r\n"),
	    ROW("17 digits at the end", 400, NULL, C "3\r\nabc\r\n00000000000000000\r\n\r\n"),
	    ROW("three", OK, TEN "abc" TEN, C "A\r\n" TEN "\r\n3\r\nabc\r\na\r\n" TEN "\r\n0\r\n\r\n"),
	    ROW("none", OK, "", C "0\r\n\r\n"),
	    ROW("not ended", MORE, NULL, C "3\r\nabc\r\n0\r\n"),
	    ROW("A19 0x", 400, NULL, C "0xC6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 +", 400, NULL, C "+C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 -", 400, NULL, C "-1\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 _", 400, NULL, C "C6_\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 blank", 400, NULL, C " C6\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 blank behind", 400, NULL, C "C6 \r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 empty", 400, NULL, C "\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A19 G", 400, NULL, C "G\r\n" B198 "\r\n0\r\n\r\n"),
	    ROW("A20 F*16", 413, NULL, C "FFFFFFFFFFFFFFFF\r\n"),
	    ROW("A20 2^64", 413, NULL, C "10000000000000000\r\n"),
	    ROW("one over", 413, NULL, C "10001\r\n"),
	    ROW("full", MORE, NULL, C "10000\r\n"),
	    ROW("sum over", 413, NULL, C "3\r\nabc\r\nFFFE\r\n"),
	    ROW("A21 named", OK, "abc", C "3;a\r\nabc\r\n0;b=c\r\n\r\n"),
	    ROW("A21 blank in front", OK, "abc", C "3 \t;a=\"b;c\"\r\nabc\r\n0\r\n\r\n"),
	    ROW("A22 CR", 400, NULL, C "C6;a=b\r\rX"),
	    ROW("A22 CR first", 400, NULL, C "5\r\r;ABCD"),
	    ROW("A22 NUL", 400, NULL, C "5;a\0\r\nABCDE\r\n0\r\n\r\n"),
	    ROW("A23", 400, NULL, C "3\r\nabcXX0\r\n\r\n"),
	    ROW("A23 LF", 400, NULL, C "3\r\nabc\n0\r\n\r\n"),
	    ROW("A23 size LF", 400, NULL, C "3\nabc\r\n0\r\n\r\n"),
	    ROW("A24", OK, "abc", C "3\r\nabc\r\n0\r\nX:POST / HTTP/1.1\r\n\r\n"),
	    ROW("trailer no name", 400, NULL, C "0\r\n: x\r\n\r\n"),
	    ROW("trailer no colon", 400, NULL, C "0\r\nabc\r\n\r\n"),
	    ROW("trailer folded", 400, NULL, C "0\r\na: b\r\n c\r\n\r\n"),
	    ROW("trailer LF", 400, NULL, C "0\r\na: b\n\r\n"),
	    ROW("trailer control", 400, NULL, C "0\r\na: \x01\r\n\r\n"),
	    ROW("end LF", 400, NULL, C "0\r\n\n"),
	};

	(void)state;
	EXAMINE(rows);
	PIECES("A20 64*F", 413, {1, C}, {64, "F"}, {1, "\r\n"});
	PIECES("size line too long", 400, {1, C}, {65, "0"}, {1, "\r\n"});
	PIECES("A21 ok", OK, {1, C "C6;"}, {200, "a"}, {1, "=b\r\n" B198 "\r\n0\r\n\r\n"});
	/* The semicolon is one of the 256. */
	PIECES("A21 full", OK, {1, C "C6;"}, {255, "a"}, {1, "\r\n" B198 "\r\n0\r\n\r\n"});
	PIECES("A21 over", 400, {1, C "C6;"}, {256, "a"}, {1, "\r\n" B198 "\r\n0\r\n\r\n"});
	PIECES("A21 long", 400, {1, C "C6;"}, {300, "a"}, {1, "\r\n" B198 "\r\n0\r\n\r\n"});
	PIECES("A26 full", OK, {1, C "0\r\nx:"}, {1020, "a"}, {1, "\r\n\r\n"});
	PIECES("A26 over", 431, {1, C "0\r\nx:"}, {1021, "a"}, {1, "\r\n\r\n"});
	PIECES("A27 198", OK, {1, C}, {198, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("A27 1024", OK, {1, C}, {1024, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("A27 1025", 400, {1, C}, {1025, "1\r\nx\r\n"}, {1, "0\r\n\r\n"});
	PIECES("full body", OK, {1, C "10000\r\n"}, {65536, " "}, {1, "\r\n0\r\n\r\n"});
}

static void
chunked_body_is_decoded_behind_the_head(void **state)
{
	struct outcome o;
	static const char bytes[] = C "3\r\nabc\r\n2;x\r\nde\r\n0\r\nt: u\r\n\r\nGET ";

	(void)state;
	examine("chunked", bytes, sizeof(bytes) - 1, &o);
	assert_int_equal(o.result, HTTP1_REQUEST);
	assert_int_equal(o.used, sizeof(bytes) - 1 - 4);
	assert_non_null(strstr(o.text.data, "body=abcde\nminor 1 has_body 1 keep_alive 1 fields 4\n"));
	buf_fini(&o.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(content_length_is_one_plain_number),
	    cmocka_unit_test(two_ways_to_frame_are_refused),
	    cmocka_unit_test(chunks_are_taken_by_the_grammar),
	    cmocka_unit_test(chunked_body_is_decoded_behind_the_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
