/* Addresses, networks and lists of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/base/network.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool
parse(const char *text, struct network_address *out)
{
	return network_address_parse(text, strlen(text), out);
}

static void
network_address_has_one_spelling(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
	    {"10.0.0.7", "10.0.0.7"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"::ffff:10.0.0.7", "10.0.0.7"},
	    {"0:0:0:0:0:FFFF:0a00:0007", "10.0.0.7"},
	    {"::1", "::1"},
	    {"::", "::"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char text[NETWORK_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network_address a;

		if (!parse(rows[i].text, &a))
			fail_msg("%s is no address", rows[i].text);
		assert_string_equal(network_address_text(&a, text), rows[i].written);
	}
}

static void
network_address_is_numeric_and_whole(void **state)
{
	static const char *const bad[] = {"", " ", "10.0.0", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1:80",
	    "[::1]", "::1%lo", "1::2::3", "localhost", "0x7f.0.0.1", "127.1", "10.0.0.1/8", ":::", "g::1",
	    "1111:2222:3333:4444:5555:6666:7777:8888:9999", "1234567890123456789012345678901234567890123456"};
	struct network_address a = {{1, 2, 3}}, before = a;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (parse(bad[i], &a))
			fail_msg("%s is an address", bad[i]);
		assert_memory_equal(&a, &before, sizeof a);
	}
	assert_false(network_address_parse("10.0.0.1\0", 9, &a));
	/* What stands behind the length is not read. */
	assert_true(network_address_parse("10.0.0.12", 8, &a));
	assert_int_equal(a.bytes[15], 1);
}

static void
networks_are_matched_by_their_bits(void **state)
{
	static const struct {
		const char *network, *address;
		bool in;
	} rows[] = {
	    {"10.0.0.0/8", "10.255.255.255", true},
	    {"10.0.0.0/8", "11.0.0.0", false},
	    {"10.0.0.0/8", "9.255.255.255", false},
	    {"10.9.8.7/8", "10.1.2.3", true},
	    {"192.168.4.0/22", "192.168.7.255", true},
	    {"192.168.4.0/22", "192.168.8.0", false},
	    {"192.168.4.0/22", "192.168.3.255", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.6/31", "192.0.2.7", true},
	    {"192.0.2.6/31", "192.0.2.8", false},
	    {"192.0.2.1/32", "192.0.2.1", true},
	    {"192.0.2.1/32", "192.0.2.0", false},
	    {"192.0.2.1", "192.0.2.2", false},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
	    {"10.0.0.0/8", "::10.1.2.3", false},
	    {"2001:db8::/32", "2001:db8:ffff::1", true},
	    {"2001:db8::/32", "2001:db9::1", false},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"fe80::/10", "febf::1", true},
	    {"fe80::/10", "fec0::1", false},
	    {"::1", "::1", true},
	    {"::1", "0:0:0:0:0:0:0:1", true},
	    {"::1", "::2", false},
	    {"::1/128", "127.0.0.1", false},
	    {"::/0", "2001:db8::1", true},
	    {"::ffff:10.0.0.0/104", "10.1.2.3", true},
	    {"::ffff:10.0.0.0/104", "11.1.2.3", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *item[] = {(char *)(uintptr_t)rows[i].network};
		struct networks n = {0};
		struct network_address a;

		assert_int_equal(networks_init(&n, &(struct conf_list){item, 1}, "x", NULL), SRV_OK);
		assert_true(parse(rows[i].address, &a));
		if (networks_hold(&n, &a) != rows[i].in)
			fail_msg("%s, %s", rows[i].network, rows[i].address);
		networks_fini(&n);
	}
}

static void
networks_hold_what_any_of_them_holds(void **state)
{
	char *item[] = {
	    (char *)(uintptr_t) "10.0.0.0/8", (char *)(uintptr_t) "192.0.2.9", (char *)(uintptr_t) "2001:db8::/64"};
	static const char *const in[] = {"10.1.1.1", "192.0.2.9", "2001:db8::5"};
	static const char *const out[] = {"11.1.1.1", "192.0.2.8", "2001:db8:0:1::5"};
	struct networks n = {0};
	struct network_address a;

	(void)state;
	assert_true(parse(in[0], &a));
	assert_false(networks_hold(&n, &a));
	assert_int_equal(networks_init(&n, &(struct conf_list){item, 3}, "x", NULL), SRV_OK);
	for (size_t i = 0; i < COUNT(in); i++) {
		assert_true(parse(in[i], &a) && networks_hold(&n, &a));
		assert_true(parse(out[i], &a) && !networks_hold(&n, &a));
	}
	networks_fini(&n);
	assert_int_equal(n.count, 0);
	networks_fini(&n);
}

static void
networks_refuse_what_is_none(void **state)
{
	static const char *const bad[] = {"", "x", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
	    "10.0.0.0/ 8", "::/129", "::1/x", "10.0.0.1/8/8", "/8", "10.0.0.256",
	    "1234567890123456789012345678901234567890123456789"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *item[] = {(char *)(uintptr_t) "10.0.0.1", (char *)(uintptr_t)bad[i]};
		struct networks n = {0};
		struct srv_reason why = {""};
		char want[128];

		assert_int_equal(networks_init(&n, &(struct conf_list){item, 2}, "trusted_proxies", &why), SRV_EINVAL);
		assert_null(n.item);
		snprintf(want, sizeof want, "trusted_proxies: \"%s\" is no address or network", bad[i]);
		assert_string_equal(why.text, want);
	}
}

static void
network_loopback_is_known_in_either_family(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {{"127.0.0.1", true}, {"127.9.8.7", true}, {"::1", true}, {"::ffff:127.0.0.1", true},
	    {"128.0.0.1", false}, {"0.0.0.0", false}, {"203.0.113.9", false}, {"::2", false}, {"::", false},
	    {"::127.0.0.1", false}, {"2001:db8::1", false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network_address a;
		assert_true(network_address_parse(rows[i].text, strlen(rows[i].text), &a));
		if (network_address_is_loopback(&a) != rows[i].loopback)
			fail_msg("%s", rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(network_address_has_one_spelling),
	    cmocka_unit_test(network_address_is_numeric_and_whole),
	    cmocka_unit_test(networks_are_matched_by_their_bits),
	    cmocka_unit_test(networks_hold_what_any_of_them_holds),
	    cmocka_unit_test(networks_refuse_what_is_none),
	    cmocka_unit_test(network_loopback_is_known_in_either_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
