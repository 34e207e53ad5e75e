/* A ticket's three forms, and what is not one. */
#include "../../impl/base/random.h"
#include "../../impl/session/ticket.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static const char good[] = "00112233-4455-6677-8899-aabbccddeeff";
static const uint8_t good_bytes[TICKET_BYTES] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static void
ticket_text_becomes_bytes_in_order(void **state)
{
	uint8_t bytes[TICKET_BYTES];

	(void)state;
	assert_true(ticket_parse(good, bytes));
	assert_memory_equal(bytes, good_bytes, TICKET_BYTES);
}

static void
ticket_bytes_become_a_lower_case_guid(void **state)
{
	char text[TICKET_TEXT_LEN + 1];

	(void)state;
	ticket_format(good_bytes, text);
	assert_string_equal(text, good);
}

static void
ticket_case_does_not_matter(void **state)
{
	uint8_t bytes[TICKET_BYTES];

	(void)state;
	assert_true(ticket_parse("00112233-4455-6677-8899-AABBCCDDEEFF", bytes));
	assert_memory_equal(bytes, good_bytes, TICKET_BYTES);
	assert_true(ticket_parse("00112233-4455-6677-8899-aAbBcCdDeEfF", bytes));
	assert_memory_equal(bytes, good_bytes, TICKET_BYTES);
}

static void
ticket_other_forms_are_refused_and_leave_the_output_alone(void **state)
{
	static const char *const bad[] = {
	    NULL,
	    "",
	    "0",
	    "00112233-4455-6677-8899-aabbccddeef",   /* 35 */
	    "00112233-4455-6677-8899-aabbccddeeff0", /* 37 */
	    "00112233-4455-6677-8899-aabbccddeeff\n",
	    " 0112233-4455-6677-8899-aabbccddeeff", /* 36 with a blank in it */
	    " 00112233-4455-6677-8899-aabbccddeeff",
	    "00112233-4455-6677-8899-aabbccddeeff ",
	    "{00112233-4455-6677-8899-aabbccddeeff}",
	    "{0112233-4455-6677-8899-aabbccddeef}",
	    "00112233445566778899aabbccddeeff",
	    "00112233-4455-6677-8899_aabbccddeeff",
	    "001122334-455-6677-8899-aabbccddeeff",
	    "0011223-34455-6677-8899-aabbccddeeff",
	    "00112233-4455-6677-8899-aabbccddeefg",
	    "00112233-4455-6677-8899-aabbccddee@f",
	    "00112233-4455-6677-8899-aabbccddee`f",
	    "+0112233-4455-6677-8899-aabbccddeeff",
	    "0x112233-4455-6677-8899-aabbccddeeff",
	    "\xef\xbc\x90"
	    "0112233-4455-6677-8899-aabbccddeeff", /* full-width zero */
	    "\xef\xbc\x90"
	    "12233-4455-6677-8899-aabbccddeeff", /* the same, 36 bytes in all */
	    "------------------------------------",
	    "00112233-4455-6677-8899-aabbccddeeff,00112233-4455-6677-8899-aabbccddeeff",
	};
	uint8_t bytes[TICKET_BYTES], before[TICKET_BYTES];

	(void)state;
	memset(before, 0x5a, sizeof before);
	memcpy(bytes, before, sizeof bytes);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (ticket_parse(bad[i], bytes))
			fail_msg("taken for a ticket: case %zu, \"%s\"", i, bad[i] ? bad[i] : "(null)");
		assert_memory_equal(bytes, before, sizeof bytes);
	}
}

/* A string that ends early must not be read past its end: the sanitizers watch. */
static void
ticket_every_prefix_is_refused(void **state)
{
	uint8_t bytes[TICKET_BYTES];

	(void)state;
	for (size_t n = 0; n < TICKET_TEXT_LEN; n++) {
		char *prefix = test_malloc(n + 1);
		memcpy(prefix, good, n);
		prefix[n] = '\0';
		assert_false(ticket_parse(prefix, bytes));
		test_free(prefix);
	}
}

static void
ticket_round_trip_keeps_every_bit(void **state)
{
	uint8_t in[TICKET_BYTES], back[TICKET_BYTES];
	char text[TICKET_TEXT_LEN + 1];

	(void)state;
	for (int bit = 0; bit < TICKET_BYTES * 8; bit++) {
		memset(in, 0, sizeof in);
		in[bit / 8] = (uint8_t)(1 << bit % 8);
		ticket_format(in, text);
		assert_int_equal(strlen(text), TICKET_TEXT_LEN);
		assert_true(ticket_parse(text, back));
		assert_memory_equal(back, in, sizeof in);
	}
}

/* Each bit is seen as 0 and as 1 within 200 draws, or the odds were 2^-191: none is fixed, as the version bits
 * of an ordinary GUID are. */
static void
random_bytes_have_no_fixed_bit_and_no_repeat(void **state)
{
	uint8_t all[200][TICKET_BYTES], ones[TICKET_BYTES] = {0}, zeros[TICKET_BYTES] = {0};

	(void)state;
	for (size_t n = 0; n < 200; n++) {
		assert_int_equal(random_bytes(all[n], TICKET_BYTES), SRV_OK);
		for (size_t i = 0; i < TICKET_BYTES; i++) {
			ones[i] |= all[n][i];
			zeros[i] |= (uint8_t)~all[n][i];
		}
		for (size_t m = 0; m < n; m++)
			assert_memory_not_equal(all[n], all[m], TICKET_BYTES);
	}
	for (size_t i = 0; i < TICKET_BYTES; i++) {
		assert_int_equal(ones[i], 0xff);
		assert_int_equal(zeros[i], 0xff);
	}
}

/* SHA-256 of the 16 bytes 00 11 .. ff, computed with sha256sum. */
static void
ticket_hash_is_sha256_of_the_bytes(void **state)
{
	static const char want[] = "a8faed6abbf35c12a4b26e40f6feb19d736d90045c83b9f9a31f638d323e6811";
	uint8_t hash[TICKET_HASH_BYTES];
	char hex[2 * TICKET_HASH_BYTES + 1];

	(void)state;
	ticket_hash(good_bytes, hash);
	assert_string_equal(sodium_bin2hex(hex, sizeof hex, hash, sizeof hash), want);
}

static void
ticket_short_name_is_eight_digits_and_no_part_of_the_hash(void **state)
{
	uint8_t hash[TICKET_HASH_BYTES];
	char hex[2 * TICKET_HASH_BYTES + 1], name[TICKET_SHORT_LEN + 1], again[TICKET_SHORT_LEN + 1];

	(void)state;
	ticket_hash(good_bytes, hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	assert_ptr_equal(ticket_short(hash, name), name);
	assert_int_equal(strlen(name), TICKET_SHORT_LEN);
	assert_null(strstr(hex, name));
	assert_string_equal(ticket_short(hash, again), name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ticket_text_becomes_bytes_in_order),
	    cmocka_unit_test(ticket_bytes_become_a_lower_case_guid),
	    cmocka_unit_test(ticket_case_does_not_matter),
	    cmocka_unit_test(ticket_other_forms_are_refused_and_leave_the_output_alone),
	    cmocka_unit_test(ticket_every_prefix_is_refused),
	    cmocka_unit_test(ticket_round_trip_keeps_every_bit),
	    cmocka_unit_test(random_bytes_have_no_fixed_bit_and_no_repeat),
	    cmocka_unit_test(ticket_hash_is_sha256_of_the_bytes),
	    cmocka_unit_test(ticket_short_name_is_eight_digits_and_no_part_of_the_hash),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
