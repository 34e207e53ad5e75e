/* Accept-Encoding and If-None-Match, as RFC 9110 has them, and gzip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <zlib.h>

#include "../../impl/endpoint/negotiate.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define FIELDS_MAX 4

struct row {
	const char *fields[FIELDS_MAX]; /* values of the field, until NULL */
	bool want;
};

static bool
ask(const char *name, const struct row *row, const char *etag)
{
	struct http_field fields[FIELDS_MAX + 1] = {{{"Host", 4}, {"gzip", 4}}};
	struct http_request rq = {.fields = fields, .field_count = 1};

	for (size_t i = 0; i < FIELDS_MAX && row->fields[i]; i++)
		fields[rq.field_count++] = (struct http_field){
		    {name, strlen(name)}, {row->fields[i], strlen(row->fields[i])}};
	return etag ? negotiate_has(&rq, etag) : negotiate_gzip(&rq);
}

static void
negotiate_gzip_is_taken_where_it_is_named_with_a_weight(void **state)
{
	static const struct row rows[] = {
	    {{NULL}, false},
	    {{""}, false},
	    {{"gzip"}, true},
	    {{"GZip"}, true},
	    {{"x-gzip"}, true},
	    {{"gzip, deflate, br, zstd"}, true},
	    {{"deflate,gzip"}, true},
	    {{"br;q=1.0, gzip;q=0.8"}, true},
	    {{"gzip;q=0.001"}, true},
	    {{"gzip ; q=1"}, true},
	    {{"gzip;q=0"}, false},
	    {{"gzip; q=0.0"}, false},
	    {{"gzip;Q=0.000"}, false},
	    {{"*"}, true},
	    {{"*;q=0"}, false},
	    {{"*, gzip;q=0"}, false},
	    {{"gzip, *;q=0"}, true},
	    {{"identity"}, false},
	    {{"gzipped"}, false},
	    {{"deflate;x=gzip"}, false},
	    {{", ,gzip,,"}, true},
	    {{"br", "gzip"}, true},
	    {{"br", "deflate"}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ask("accept-encoding", &rows[i], NULL) != rows[i].want)
			fail_msg("Accept-Encoding: %s", rows[i].fields[0] ? rows[i].fields[0] : "(none)");
}

static void
negotiate_a_tag_is_known_in_any_list_weak_or_strong(void **state)
{
	static const struct row rows[] = {
	    {{NULL}, false},
	    {{"\"abc\""}, true},
	    {{"W/\"abc\""}, true},
	    {{"\"x\", \"abc\""}, true},
	    {{"\"x\",W/\"abc\" , \"y\""}, true},
	    {{"*"}, true},
	    {{"\"x\"", "\"abc\""}, true},
	    {{"\"ABC\""}, false},
	    {{"abc"}, false},
	    {{"\"abc"}, false},
	    {{"\"ab\""}, false},
	    {{"\"abcd\""}, false},
	    {{"\"x,\"abc\",y\""}, false},
	    {{"w/\"abc\""}, false},
	    {{""}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ask("If-None-Match", &rows[i], "\"abc\"") != rows[i].want)
			fail_msg("If-None-Match: %s", rows[i].fields[0] ? rows[i].fields[0] : "(none)");
}

static void
negotiate_compressed_bytes_come_back_the_same(void **state)
{
	static const size_t sizes[] = {0, 1, 100, 70000};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t len = sizes[i];
		char *in = malloc(len + 1), *back = malloc(len + 1);
		struct buf out, again;
		z_stream z = {0};

		assert_true(in != NULL && back != NULL);
		for (size_t j = 0; j < len; j++)
			in[j] = (char)("<wsdl:part name="[j % 16] + (j % 1000 == 999));
		buf_init(&out, 0);
		buf_init(&again, 0);
		buf_puts(&out, "before");
		assert_int_equal(negotiate_compress((struct http_text){in, len}, &out), SRV_OK);
		buf_keep(&out, out.data + 6, out.len - 6);
		assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = (Bytef *)out.data;
		z.avail_in = (uInt)out.len;
		z.next_out = (Bytef *)back;
		z.avail_out = (uInt)len + 1;
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(z.total_out, len);
		assert_int_equal(z.avail_in, 0);
		assert_memory_equal(back, in, len);
		inflateEnd(&z);
		assert_int_equal(negotiate_compress((struct http_text){in, len}, &again), SRV_OK);
		assert_int_equal(again.len, out.len);
		assert_memory_equal(again.data, out.data, out.len);
		buf_fini(&out);
		buf_fini(&again);
		free(in);
		free(back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(negotiate_gzip_is_taken_where_it_is_named_with_a_weight),
	    cmocka_unit_test(negotiate_a_tag_is_known_in_any_list_weak_or_strong),
	    cmocka_unit_test(negotiate_compressed_bytes_come_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
