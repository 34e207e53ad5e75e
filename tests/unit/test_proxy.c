/* The PROXY header in front of a connection, versions 1 and 2. Every row is also cut at every place: before its end
 * the header must ask for more, or refuse if it is one to be refused; bytes lie in memory of their own size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/net/proxy.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static enum proxy_result
read_exactly(const char *bytes, size_t len, struct proxy_header *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum proxy_result r;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	r = proxy_read(copy, len, out);
	free(copy);
	return r;
}

/* The client's address, `local`, `error` or `more`; ` tls` behind it. */
static const char *
say(enum proxy_result r, const struct proxy_header *h, char out[80])
{
	char text[NETWORK_TEXT_MAX];

	if (r == PROXY_WHOLE)
		snprintf(
		    out, 80, "%s%s", h->local ? "local" : network_address_text(&h->client, text), h->tls ? " tls" : "");
	else
		snprintf(out, 80, "%s", r == PROXY_MORE ? "more" : "error");
	return out;
}

/* bytes are a header and nothing else, or what becomes an error in the end. */
static void
expect(const char *name, const char *bytes, size_t len, const char *want)
{
	static const char request[] = "GET / HTTP/1.1\r\n\r\nPROXY TCP4 6.6.6.6 6.6.6.6 6 6\r\n";
	struct proxy_header h = {0}, longer = {0};
	enum proxy_result r = read_exactly(bytes, len, &h);
	char said[80], again[80], *more = malloc(len + sizeof request);
	bool refused = false;

	if (strcmp(say(r, &h, said), want) != 0)
		fail_msg("%s is %s, not %s", name, said, want);
	for (size_t n = 0; n < len; n++) {
		struct proxy_header part = {.used = 12345};
		enum proxy_result p = read_exactly(bytes, n, &part);

		if (p == PROXY_WHOLE || (p == PROXY_ERROR && r != PROXY_ERROR) || (p == PROXY_MORE && refused))
			fail_msg("%s cut at %zu is %s", name, n, say(p, &part, said));
		refused = p == PROXY_ERROR;
		assert_int_equal(part.used, 12345);
	}
	if (r == PROXY_WHOLE)
		assert_int_equal(h.used, len);
	/* What follows is not looked at. */
	assert_non_null(more);
	memcpy(more, bytes, len);
	memcpy(more + len, request, sizeof request);
	assert_int_equal(read_exactly(more, len + sizeof request, &longer), r);
	if (r == PROXY_WHOLE) {
		assert_string_equal(say(r, &longer, again), want);
		assert_int_equal(longer.used, len);
	}
	free(more);
}

static void
proxy_v1_says_the_client(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
	    {"PROXY TCP4 203.0.113.1 10.0.0.7 56324 443\r\n", "203.0.113.1"},
	    {"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0"},
	    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
	    {"PROXY TCP6 2001:db8::1 2001:db8:7::1 4711 443\r\n", "2001:db8::1"},
	    {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
	     "65535\r\n",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	    {"PROXY TCP6 ::ffff:203.0.113.1 ::1 1 1\r\n", "203.0.113.1"},
	    {"PROXY UNKNOWN\r\n", "local"},
	    {"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
	     "65535\r\n",
		"local"},
	    {"PROXY UNKNOWN whatever it is\r\n", "local"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].line, rows[i].line, strlen(rows[i].line), rows[i].want);
}

static void
proxy_v1_is_refused_if_anything_is_wrong(void **state)
{
	static const char *const bad[] = {
	    "PROXY\r\n",
	    "PROXY \r\n",
	    "PROXY  TCP4 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP4  203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 2 \r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 2 3\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 \r\n",
	    "PROXY TCP4 203.0.113.1\r\n",
	    "PROXY TCP4\r\n",
	    "PROXY TCP4 \r\n",
	    "PROXY TCP5 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY UDP4 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY tcp4 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY unknown\r\n",
	    "PROXY UNKNOWNX\r\n",
	    "proxy TCP4 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP4 203.0.113.256 10.0.0.7 1 2\r\n",
	    "PROXY TCP4 203.0.113 10.0.0.7 1 2\r\n",
	    "PROXY TCP4 203.0.113.1 localhost 1 2\r\n",
	    "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
	    "PROXY TCP4 ::ffff:203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP6 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP6 2001:db8::1 10.0.0.7 1 2\r\n",
	    "PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2\r\n",
	    "PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 65536 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 65536\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 01 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 00 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 -1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 +1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 0x1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 100000 2\r\n",
	    "PROXY\tTCP4 203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP4\t203.0.113.1 10.0.0.7 1 2\r\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 2\n",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 2\rX",
	    "PROXY TCP4 203.0.113.1 10.0.0.7 1 2\r\r\n",
	    "PROXY UNKNOWN \x7f\r\n",
	    "PROXY UNKNOWN \x80\r\n",
	    "PROXY UNKNOWN a\nb\r\n",
	    "GET / HTTP/1.1\r\n",
	    "POST /srv.asmx HTTP/1.1\r\n",
	    "PX",
	    "\x16\x03\x01\x02\x01",
	    " PROXY UNKNOWN\r\n",
	    "\r\nPROXY UNKNOWN\r\n",
	    "\xEF\xBB\xBFPROXY UNKNOWN\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		expect(bad[i], bad[i], strlen(bad[i]), "error");
	expect("a NUL", "PROXY UNKNOWN \0\r\n", 17, "error");
	expect("a NUL", "PROXY TCP4 203.0.113.1\0 10.0.0.7 1 2\r\n", 39, "error");
}

static void
proxy_v1_ends_within_107_bytes(void **state)
{
	char line[256] = "PROXY UNKNOWN ";
	struct proxy_header h;

	(void)state;
	memset(line + 14, 'x', sizeof line - 14);
	memcpy(line + PROXY_V1_MAX - 2, "\r\n", 2);
	expect("107 bytes", line, PROXY_V1_MAX, "local");
	line[PROXY_V1_MAX - 2] = 'x';
	memcpy(line + PROXY_V1_MAX - 1, "\r\n", 2);
	expect("108 bytes", line, PROXY_V1_MAX + 1, "error");
	/* It is refused as soon as it cannot end in time any more. */
	assert_int_equal(read_exactly(line, PROXY_V1_MAX - 2, &h), PROXY_MORE);
	assert_int_equal(read_exactly(line, PROXY_V1_MAX - 1, &h), PROXY_ERROR);
}

/* ---- version 2 */

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FOUR "\xCB\0\x71\1\x0A\0\0\7\xDC\4\1\xBB"
#define SIX "\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0D\xB8\0\7\0\0\0\0\0\0\0\0\0\1\xDC\4\1\xBB"

struct v2 {
	char bytes[PROXY_V2_HEAD + 65536];
	size_t len;
};

static void
put(struct v2 *v, const char *bytes, size_t len)
{
	memcpy(v->bytes + v->len, bytes, len);
	v->len += len;
}

/* With the length that rest has. */
static void
make(struct v2 *v, unsigned char command, unsigned char family, const char *rest, size_t rest_len)
{
	char head[4] = {(char)command, (char)family, (char)(rest_len >> 8), (char)(rest_len & 0xFF)};

	v->len = 0;
	put(v, SIGNATURE, 12);
	put(v, head, 4);
	put(v, rest, rest_len);
}

static void
proxy_v2_says_the_client(void **state)
{
	static const struct {
		const char *name;
		unsigned char command, family;
		const char *rest;
		size_t len;
		const char *want;
	} rows[] = {
#define REST(s) s, sizeof(s) - 1
	    {"TCP over IPv4", 0x21, 0x11, REST(FOUR), "203.0.113.1"},
	    {"TCP over IPv6", 0x21, 0x21, REST(SIX), "2001:db8::1"},
	    {"TLVs behind IPv4", 0x21, 0x11, REST(FOUR "\3\0\4\1\2\3\4\4\0\0\1\0\2h2"), "203.0.113.1"},
	    {"TLVs behind IPv6", 0x21, 0x21, REST(SIX "\2\0\5a.b.c\xEA\0\1x"), "2001:db8::1"},
	    {"the client spoke TLS", 0x21, 0x11, REST(FOUR "\x20\0\5\1\0\0\0\0"), "203.0.113.1 tls"},
	    {"with its version and name", 0x21, 0x21,
		REST(SIX "\3\0\4\1\2\3\4\x20\0\x14\7\0\0\0\0\x21\0\7TLSv1.3\x22\0\2me\4\0\1\0"), "2001:db8::1 tls"},
	    {"the client spoke no TLS", 0x21, 0x11, REST(FOUR "\x20\0\5\6\0\0\0\0"), "203.0.113.1"},
	    {"LOCAL", 0x20, 0x00, REST(""), "local"},
	    {"LOCAL with addresses", 0x20, 0x11, REST(FOUR), "local"},
	    {"LOCAL with a family that is none", 0x20, 0xFF, REST("abc"), "local"},
	    {"LOCAL that would be TLS", 0x20, 0x11, REST(FOUR "\x20\0\5\1\0\0\0\0"), "local"},
	    {"AF_UNSPEC", 0x21, 0x00, REST(""), "local"},
	    {"AF_UNSPEC with anything", 0x21, 0x00, REST("\x20\xFF"), "local"},
	    {"version 3", 0x31, 0x11, REST(FOUR), "error"},
	    {"version 1", 0x11, 0x11, REST(FOUR), "error"},
	    {"command 2", 0x22, 0x11, REST(FOUR), "error"},
	    {"command 15", 0x2F, 0x11, REST(FOUR), "error"},
	    {"a datagram", 0x21, 0x12, REST(FOUR), "error"},
	    {"a datagram over IPv6", 0x21, 0x22, REST(SIX), "error"},
	    {"no protocol", 0x21, 0x10, REST(FOUR), "error"},
	    {"a stream of no family", 0x21, 0x01, REST(FOUR), "error"},
	    {"an unknown family", 0x21, 0x41, REST(SIX), "error"},
	    {"a datagram of AF_UNIX", 0x21, 0x32, REST(SIX), "error"},
	    {"short IPv4", 0x21, 0x11, REST("\xCB\0\x71\1\x0A\0\0\7\xDC\4\1"), "error"},
	    {"no IPv4", 0x21, 0x11, REST(""), "error"},
	    {"short IPv6", 0x21, 0x21, REST(FOUR), "error"},
	    {"half a TLV", 0x21, 0x11, REST(FOUR "\3"), "error"},
	    {"a TLV without its length", 0x21, 0x11, REST(FOUR "\3\0"), "error"},
	    {"a TLV past the end", 0x21, 0x11, REST(FOUR "\3\0\5\1\2\3\4"), "error"},
	    {"a TLV far past the end", 0x21, 0x11, REST(FOUR "\3\xFF\xFF\1"), "error"},
	    {"a bad TLV behind a good one", 0x21, 0x21, REST(SIX "\3\0\0\4\0\2x"), "error"},
	    {"a TLS TLV too short", 0x21, 0x11, REST(FOUR "\x20\0\4\1\0\0\0"), "error"},
	    {"an empty TLS TLV", 0x21, 0x11, REST(FOUR "\x20\0\0"), "error"},
#undef REST
	};
	static struct v2 v;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		make(&v, rows[i].command, rows[i].family, rows[i].rest, rows[i].len);
		expect(rows[i].name, v.bytes, v.len, rows[i].want);
	}
}

static void
proxy_v2_of_a_unix_socket_is_the_proxy_itself(void **state)
{
	static char path[216] = "/run/x";
	static struct v2 v;

	(void)state;
	make(&v, 0x21, 0x31, path, sizeof path);
	expect("AF_UNIX", v.bytes, v.len, "local");
	make(&v, 0x21, 0x31, path, sizeof path - 1);
	expect("short AF_UNIX", v.bytes, v.len, "error");
}

static void
proxy_v2_has_a_signature_and_nothing_else(void **state)
{
	static struct v2 v;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		make(&v, 0x21, 0x11, FOUR, 12);
		v.bytes[i] ^= 0x20;
		expect("another signature", v.bytes, v.len, "error");
	}
	for (unsigned command = 0; command < 256; command++) {
		make(&v, (unsigned char)command, 0x11, FOUR, 12);
		expect("a command", v.bytes, v.len,
		    command == 0x21   ? "203.0.113.1"
		    : command == 0x20 ? "local"
				      : "error");
	}
	for (unsigned family = 0; family < 256; family++) {
		make(&v, 0x21, (unsigned char)family, FOUR, 12);
		expect("a family", v.bytes, v.len, family == 0x11 ? "203.0.113.1" : family == 0 ? "local" : "error");
	}
}

static void
proxy_v2_is_bounded(void **state)
{
	static char rest[65535];
	static struct v2 v;

	(void)state;
	memcpy(rest, FOUR, 12);
	rest[12] = 4; /* PP2_TYPE_NOOP fills it */
	rest[13] = (char)((PROXY_V2_LENGTH - 15) >> 8);
	rest[14] = (char)((PROXY_V2_LENGTH - 15) & 0xFF);
	make(&v, 0x21, 0x11, rest, PROXY_V2_LENGTH);
	expect("the longest", v.bytes, v.len, "203.0.113.1");
	make(&v, 0x20, 0x00, rest, PROXY_V2_LENGTH);
	expect("the longest LOCAL", v.bytes, v.len, "local");
	/* One byte more is refused before it has to be waited for. */
	for (int command = 0x20; command <= 0x21; command++) {
		struct proxy_header h;

		make(&v, (unsigned char)command, 0x11, rest, PROXY_V2_LENGTH + 1);
		assert_int_equal(read_exactly(v.bytes, PROXY_V2_HEAD - 1, &h), PROXY_MORE);
		assert_int_equal(read_exactly(v.bytes, PROXY_V2_HEAD, &h), PROXY_ERROR);
		make(&v, (unsigned char)command, 0x11, rest, 65535);
		assert_int_equal(read_exactly(v.bytes, PROXY_V2_HEAD, &h), PROXY_ERROR);
	}
}

/* Any bytes give a result, and what is whole lies within them. */
static void
proxy_survives_anything(void **state)
{
	static const char line[] = "PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n";
	static struct v2 v;
	uint32_t seed = 4711;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct proxy_header h = {0};
		char bytes[80];
		size_t len;

		make(&v, 0x21, 0x11, FOUR "\x20\0\5\1\0\0\0\0\4\0\3abc", 26);
		len = round % 2 ? v.len : sizeof line - 1;
		memcpy(bytes, round % 2 ? v.bytes : line, len);
		for (int changes = round % 4; changes >= 0; changes--) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % len] = (char)(seed >> 24);
		}
		if (read_exactly(bytes, len, &h) == PROXY_WHOLE)
			assert_in_range(h.used, 15, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(proxy_v1_says_the_client),
	    cmocka_unit_test(proxy_v1_is_refused_if_anything_is_wrong),
	    cmocka_unit_test(proxy_v1_ends_within_107_bytes),
	    cmocka_unit_test(proxy_v2_says_the_client),
	    cmocka_unit_test(proxy_v2_of_a_unix_socket_is_the_proxy_itself),
	    cmocka_unit_test(proxy_v2_has_a_signature_and_nothing_else),
	    cmocka_unit_test(proxy_v2_is_bounded),
	    cmocka_unit_test(proxy_survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
