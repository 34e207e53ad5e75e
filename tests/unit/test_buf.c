/* Growable bytes: contents, limits, and failure that stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/base/buf.h"

static void
buf_is_an_empty_string_before_the_first_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	assert_int_equal(b.err, SRV_OK);
	buf_fini(&b);
}

static void
buf_joins_what_is_appended(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "one");
	buf_putc(&b, ',');
	buf_put(&b, "two\0x", 4);
	buf_printf(&b, ",%d,%s", 3, "four");
	assert_int_equal(b.err, SRV_OK);
	assert_int_equal(b.len, 15);
	assert_memory_equal(b.data, "one,two\0,3,four", 16);
	buf_reset(&b);
	buf_put_int(&b, INT64_MIN);
	buf_put_int(&b, 0);
	buf_put_int(&b, -7);
	buf_put_int(&b, INT64_MAX);
	assert_string_equal(buf_str(&b), "-92233720368547758080-79223372036854775807");
	buf_fini(&b);
	assert_null(b.data);
}

static void
buf_appending_nothing_changes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1);
	buf_put(&b, NULL, 0);
	buf_puts(&b, "");
	buf_printf(&b, "%s", "");
	assert_int_equal(b.len, 0);
	assert_int_equal(b.err, SRV_OK);
	buf_fini(&b);
}

static void
buf_grows_to_any_size(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.err, SRV_OK);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	assert_int_equal(b.data[100000], '\0');
	buf_fini(&b);
}

static void
buf_printf_longer_than_the_room_is_whole(void **state)
{
	char text[5001];
	struct buf b;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_init(&b, 0);
	buf_puts(&b, "<");
	buf_printf(&b, "%s>", text);
	assert_int_equal(b.len, 5002);
	assert_int_equal(b.data[5000], 'x');
	assert_string_equal(b.data + 5001, ">");
	buf_fini(&b);
}

static void
buf_fills_its_limit_and_no_byte_more(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "1234");
	assert_int_equal(b.err, SRV_OK);
	buf_putc(&b, '5');
	assert_int_equal(b.err, SRV_ELIMIT);
	assert_string_equal(buf_str(&b), "1234");
	buf_fini(&b);

	buf_init(&b, 4);
	buf_printf(&b, "%s", "1234");
	assert_int_equal(b.err, SRV_OK);
	buf_fini(&b);

	buf_init(&b, 4);
	buf_printf(&b, "%s", "12345");
	assert_int_equal(b.err, SRV_ELIMIT);
	assert_string_equal(buf_str(&b), "");
	buf_fini(&b);
}

static void
buf_error_stays_until_reset(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	buf_puts(&b, "ab");
	buf_puts(&b, "cdef");
	assert_int_equal(b.err, SRV_ELIMIT);
	buf_putc(&b, 'c');
	buf_printf(&b, "%d", 1);
	assert_int_equal(buf_reserve(&b, 1), SRV_ELIMIT);
	assert_null(buf_take(&b));
	assert_string_equal(buf_str(&b), "ab");
	buf_reset(&b);
	assert_int_equal(b.err, SRV_OK);
	assert_int_equal(b.limit, 3);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "abc");
	assert_int_equal(b.err, SRV_OK);
	assert_string_equal(buf_str(&b), "abc");
	buf_fini(&b);
}

static void
buf_refuses_what_no_memory_can_hold(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_putc(&b, 'a');
	assert_int_equal(buf_reserve(&b, SIZE_MAX), SRV_ENOMEM);
	assert_int_equal(b.err, SRV_ENOMEM);
	assert_string_equal(buf_str(&b), "a");
	buf_fini(&b);

	buf_init(&b, 100);
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 1), SRV_ELIMIT);
	buf_fini(&b);
}

static void
buf_reserved_room_may_be_written_by_the_caller(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(buf_reserve(&b, 200), SRV_OK);
	assert_string_equal(buf_str(&b), "");
	memset(b.data, 'z', 200);
	b.data[b.len = 200] = '\0';
	assert_int_equal(strlen(buf_str(&b)), 200);
	buf_putc(&b, '!');
	assert_string_equal(buf_str(&b) + 199, "z!");
	buf_fini(&b);
}

static void
buf_keep_moves_what_stays_to_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_keep(&b, b.data, 0);
	buf_puts(&b, "first,second");
	buf_keep(&b, b.data, b.len);
	assert_string_equal(buf_str(&b), "first,second");
	buf_keep(&b, b.data + 6, b.len - 6);
	assert_string_equal(buf_str(&b), "second");
	buf_keep(&b, b.data + 1, 2);
	assert_string_equal(buf_str(&b), "ec");
	buf_keep(&b, b.data + b.len, 0);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

static void
buf_keep_makes_room_under_the_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	buf_puts(&b, "abcdef");
	buf_keep(&b, b.data + 2, 4);
	buf_puts(&b, "gh");
	assert_int_equal(b.err, SRV_OK);
	assert_string_equal(buf_str(&b), "cdefgh");
	buf_fini(&b);
}

/* All of its memory but what it holds, which it may have held before. */
static void
assert_rest_is_zero(const struct buf *b)
{
	for (size_t i = b->len; i < b->cap; i++)
		assert_int_equal(b->data[i], 0);
}

/* What it frees is a matter for tests/wire/test_wire_secrets.c, for here nobody may look at it. */
static void
buf_wipes_what_it_does_not_hold_any_more(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(buf_reserve(&b, 100), SRV_OK);
	memset(b.data, 0, b.cap);
	buf_puts(&b, "a password and more");
	buf_keep(&b, b.data + 15, 4);
	assert_string_equal(buf_str(&b), "more");
	assert_rest_is_zero(&b);
	buf_reset(&b);
	assert_rest_is_zero(&b);
	buf_puts(&b, "a password");
	b.err = SRV_ENOMEM;
	buf_reset(&b);
	assert_rest_is_zero(&b);
	buf_fini(&b);
}

static void
buf_take_moves_the_bytes_out(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "mine");
	s = buf_take(&b);
	assert_string_equal(s, "mine");
	free(s);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.limit, 10);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buf_is_an_empty_string_before_the_first_append),
	    cmocka_unit_test(buf_joins_what_is_appended),
	    cmocka_unit_test(buf_appending_nothing_changes_nothing),
	    cmocka_unit_test(buf_grows_to_any_size),
	    cmocka_unit_test(buf_printf_longer_than_the_room_is_whole),
	    cmocka_unit_test(buf_fills_its_limit_and_no_byte_more),
	    cmocka_unit_test(buf_error_stays_until_reset),
	    cmocka_unit_test(buf_refuses_what_no_memory_can_hold),
	    cmocka_unit_test(buf_reserved_room_may_be_written_by_the_caller),
	    cmocka_unit_test(buf_keep_moves_what_stays_to_the_front),
	    cmocka_unit_test(buf_keep_makes_room_under_the_limit),
	    cmocka_unit_test(buf_wipes_what_it_does_not_hold_any_more),
	    cmocka_unit_test(buf_take_moves_the_bytes_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
