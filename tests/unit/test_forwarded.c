/* Whom a request comes from when proxies stand between: X-Forwarded-For, -Proto, -Host, and Forwarded (RFC 7239). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../impl/endpoint/forwarded.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define FIELDS_MAX 64
#define PROXY "10.0.0.7"

/* Trusted in all of these tests: a network of proxies, one of IPv6, and one alone. */
static struct networks trusted;

static int
trust(void **state)
{
	char *item[] = {
	    (char *)(uintptr_t) "10.0.0.0/8", (char *)(uintptr_t) "2001:db8:7::/48", (char *)(uintptr_t) "192.0.2.9"};

	(void)state;
	return networks_init(&trusted, &(struct conf_list){item, COUNT(item)}, "trusted_proxies", NULL) == SRV_OK ? 0
														  : -1;
}

static int
trust_no_more(void **state)
{
	(void)state;
	networks_fini(&trusted);
	return 0;
}

/* What came of a request, in one line, and all that it borrowed from. */
struct outcome {
	struct forwarded seen;
	char line[512]; /* client scheme host fault */
	const struct http_request *result;
	struct http_request rq;
	struct http_field fields[FIELDS_MAX];
	char *copies[FIELDS_MAX];
};

/* The request has the fields that text names, one `Name: value` a line; each value lies in memory of its own size. */
static void
look(struct outcome *o, const char *peer, const char *text)
{
	memset(o, 0, sizeof *o);
	o->rq = (struct http_request){.fields = o->fields, .peer = peer, .host = {"inner:8080", 10}};
	while (*text != '\0') {
		const char *colon = strchr(text, ':'), *value = colon + 2;
		size_t len = strcspn(value, "\n");
		size_t i = o->rq.field_count++;

		assert_in_range(i, 0, FIELDS_MAX - 1);
		o->copies[i] = malloc(len + 1);
		assert_non_null(o->copies[i]);
		memcpy(o->copies[i] + 1, value, len);
		o->fields[i] = (struct http_field){{text, (size_t)(colon - text)}, {o->copies[i] + 1, len}};
		text = value + len;
		text += *text == '\n';
	}
	o->result = forwarded_read(&trusted, &o->rq, &o->seen);
	snprintf(o->line, sizeof o->line, "%s %s %.*s %s", o->result->peer, o->result->tls ? "https" : "http",
	    (int)o->result->host.len, o->result->host.s, o->seen.fault != NULL ? o->seen.fault : "-");
}

static void
forget(struct outcome *o)
{
	for (size_t i = 0; i < o->rq.field_count; i++)
		free(o->copies[i]);
}

struct row {
	const char *fields, *want;
};

static void
expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct outcome o;

		look(&o, PROXY, rows[i].fields);
		if (strcmp(o.line, rows[i].want) != 0)
			fail_msg("%s\n gives %s\n not   %s", rows[i].fields, o.line, rows[i].want);
		forget(&o);
	}
}
#define EXPECT(...)                                             \
	do {                                                    \
		static const struct row rows[] = {__VA_ARGS__}; \
		expect_rows(rows, COUNT(rows));                 \
	} while (0)

#define XFF "X-Forwarded-For: "
#define XFP "X-Forwarded-Proto: "
#define XFH "X-Forwarded-Host: "
#define FWD "Forwarded: "
#define AS_SENT " http inner:8080 "

static void
untrusted_peer_is_taken_for_what_it_is(void **state)
{
	static const char *const peers[] = {
	    "11.0.0.7", "127.0.0.1", "::1", "fe80::1%eth0", "2001:db8:8::1", "192.0.2.8", "", "-", "10.0.0.7 ", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(peers); i++) {
		struct outcome o;

		look(&o, peers[i],
		    XFF "203.0.113.1\n" XFP "https\n" XFH "evil\n" FWD "for=203.0.113.1;host=evil;proto=https\n" XFF
			"\"");
		assert_ptr_equal(o.result, &o.rq);
		assert_null(o.seen.fault);
		forget(&o);
	}
}

static void
without_trusted_proxies_nobody_is_believed(void **state)
{
	struct networks before = trusted;
	struct outcome o;

	(void)state;
	trusted = (struct networks){0};
	look(&o, PROXY, XFF "203.0.113.1\n" XFP "https\n");
	trusted = before;
	assert_ptr_equal(o.result, &o.rq);
	forget(&o);
}

static void
trusted_peer_of_either_family_is_believed(void **state)
{
	static const char *const peers[] = {
	    PROXY, "10.255.0.1", "::ffff:10.0.0.7", "2001:db8:7::1", "2001:DB8:7:0::0:ff", "192.0.2.9"};

	(void)state;
	for (size_t i = 0; i < COUNT(peers); i++) {
		struct outcome o;

		look(&o, peers[i], XFF "203.0.113.1\n" XFP "https\n" XFH "dms.example\n");
		assert_string_equal(o.line, "203.0.113.1 https dms.example -");
		forget(&o);
		look(&o, peers[i], FWD "for=203.0.113.1;proto=https;host=dms.example");
		assert_string_equal(o.line, "203.0.113.1 https dms.example -");
		forget(&o);
	}
}

static void
request_without_these_fields_is_the_proxy_s_own(void **state)
{
	(void)state;
	EXPECT({"", PROXY AS_SENT "-"},
	    {"Via: 1.1 x\nX-Forwarded: for=1.1.1.1\nX-Real-IP: 1.1.1.1\n", PROXY AS_SENT "-"},
	    {"X-Forwarded-Port: 99\nX-Original-URL: /x\n", PROXY AS_SENT "-"});
}

static void
client_is_the_first_from_the_right_that_is_no_proxy(void **state)
{
	(void)state;
	EXPECT({XFF "203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {"x-forwarded-FOR: 203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "203.0.113.1, 10.0.0.8", "203.0.113.1" AS_SENT "-"},
	    {XFF "203.0.113.1,10.0.0.8 ,\t192.0.2.9,2001:db8:7::5", "203.0.113.1" AS_SENT "-"},
	    /* What stands left of the client, the client may have sent. */
	    {XFF "127.0.0.1, 203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "198.51.100.1, 10.0.0.8, 203.0.113.1, 10.0.0.9", "203.0.113.1" AS_SENT "-"},
	    {XFF "10.0.0.8, 203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "\"; rubbish,,, 203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "unknown, 203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    /* Several fields are one list. */
	    {XFF "203.0.113.1\n" XFF "10.0.0.8", "203.0.113.1" AS_SENT "-"},
	    {XFF "127.0.0.1\n" XFF "203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "rubbish\n" XFF "198.51.100.1, 203.0.113.1\nVia: x\n" XFF "10.0.0.8, 10.0.0.9",
		"203.0.113.1" AS_SENT "-"},
	    /* All of them proxies: the farthest is the client. */
	    {XFF "10.0.0.8", "10.0.0.8" AS_SENT "-"}, {XFF "10.1.1.1, 10.0.0.8", "10.1.1.1" AS_SENT "-"});
}

static void
node_may_have_brackets_and_a_port(void **state)
{
	(void)state;
	EXPECT({XFF "203.0.113.1:4711", "203.0.113.1" AS_SENT "-"}, {XFF "203.0.113.1:0", "203.0.113.1" AS_SENT "-"},
	    {XFF "203.0.113.1:65535", "203.0.113.1" AS_SENT "-"}, {XFF "2001:db8::1", "2001:db8::1" AS_SENT "-"},
	    {XFF "[2001:db8::1]", "2001:db8::1" AS_SENT "-"}, {XFF "[2001:DB8::1]:4711", "2001:db8::1" AS_SENT "-"},
	    {XFF "::1", "::1" AS_SENT "-"}, {XFF "::ffff:203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "[::ffff:203.0.113.1]:1", "203.0.113.1" AS_SENT "-"},
	    {XFF "203.0.113.1, [2001:db8:7::9]:443", "203.0.113.1" AS_SENT "-"},
	    {FWD "for=203.0.113.1", "203.0.113.1" AS_SENT "-"}, {FWD "for=\"203.0.113.1\"", "203.0.113.1" AS_SENT "-"},
	    {FWD "For=\"203.0.113.1:4711\"", "203.0.113.1" AS_SENT "-"},
	    {FWD "for=\"[2001:db8::1]\"", "2001:db8::1" AS_SENT "-"},
	    {FWD "FOR=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17" AS_SENT "-"},
	    {FWD "for=\"203.0.113.1:_x.y-z\"", "203.0.113.1" AS_SENT "-"},
	    {FWD "for=\"\\2\\0\\3.0.113.1\"", "203.0.113.1" AS_SENT "-"});
}

static void
hidden_client_is_the_proxy_that_hides_it(void **state)
{
	(void)state;
	EXPECT({XFF "unknown", PROXY AS_SENT "-"}, {XFF "203.0.113.1, unknown", PROXY AS_SENT "-"},
	    {XFF "203.0.113.1, Unknown, 10.0.0.8", "10.0.0.8" AS_SENT "-"}, {FWD "for=unknown", PROXY AS_SENT "-"},
	    {FWD "for=\"unknown:4711\"", PROXY AS_SENT "-"}, {FWD "for=_hidden", PROXY AS_SENT "-"},
	    {FWD "for=_SEVKISEK", PROXY AS_SENT "-"}, {FWD "for=\"_gazonk:_p\"", PROXY AS_SENT "-"},
	    {FWD "for=203.0.113.1, for=_hidden", PROXY AS_SENT "-"},
	    {FWD "for=203.0.113.1, for=_hidden, for=10.0.0.8", "10.0.0.8" AS_SENT "-"},
	    /* An element without for= says no more. */
	    {FWD "for=203.0.113.1, by=10.0.0.7;proto=https", PROXY " https inner:8080 -"},
	    {FWD "proto=https;host=dms.example", PROXY " https dms.example -"});
}

static void
malformed_client_is_the_proxy(void **state)
{
	static const char *const bad[] = {"", ",", "203.0.113.1,", "203.0.113.1, ,", "203.0.113.", "203.0.113.256",
	    "203.0.113.1:", "203.0.113.1:65536", "203.0.113.1:123456", "203.0.113.1:8o", "203.0.113.1:-1",
	    "203.0.113.1 x", "203.0.113.1;x", "[203.0.113.1]", "[]", "[", "]", "[::1", "::1]", "[::1]x",
	    "[::1]:", "[::1]:x", "[::1]:70000", "[[::1]]", "::1::", "1:80", "fe80::1%eth0", "localhost", "unix:", "-",
	    "_", "_a b", "unknown,x:y", "\"203.0.113.1\"", "for=203.0.113.1", "0x7f000001", "2130706433", "\x80",
	    "127.1", "203.0.113.1\t203.0.113.2", "10.0.0.8, 10.0.0.x, 10.0.0.9"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[160];
		struct outcome o;

		/* The rest is believed all the same: only the client is in doubt. */
		snprintf(text, sizeof text, XFF "%s\n" XFP "https\n" XFH "dms.example", bad[i]);
		look(&o, PROXY, text);
		if (strcmp(o.line, PROXY " https dms.example malformed-client") != 0)
			fail_msg("%s: %s", bad[i], o.line);
		forget(&o);
	}
}

static void
malformed_forwarded_says_nothing(void **state)
{
	static const char *const bad[] = {"", " ", ",", ";", "for", "for=", "=x", "for =203.0.113.1",
	    "for= 203.0.113.1", "for=203.0.113.1;", "for=203.0.113.1;;proto=https", "for=203.0.113.1,",
	    ",for=203.0.113.1", "for=198.51.100.1,,for=203.0.113.1", "for=203.0.113.1 proto=https",
	    "for=203.0.113.1;for=203.0.113.1", "proto=https;PROTO=https;for=203.0.113.1",
	    "host=a;host=b;for=203.0.113.1", "by=x;by=y;for=203.0.113.1", "for=\"203.0.113.1", "for=203.0.113.1\"",
	    "for=\"203.0.113.1\"x", "for=\"203.0.113.1\\\"", "for=\"", "for=\"\"", "for=203.0.113.1:80",
	    "for=[2001:db8::1]", "for=\"2001:db8::1\"", "for=\"[203.0.113.1]\"", "for=203.0.113.256", "for=_",
	    "for=\"_a b\"", "for=localhost", "for=203.0.113.1;proto=gopher", "for=203.0.113.1;proto=\"\"",
	    "for=203.0.113.1;host=\"a b\"", "for=203.0.113.1;host=\"a\\\"><x\"", "for=203.0.113.1;host=a/b",
	    "for=203.0.113.1;host=\"a:b\"", "for=203.0.113.1;host=\"a:70000\"", "for=203.0.113.1;host=\"[1.2.3.4]\"",
	    "for=203.0.113.1;host=\"[::1]x\"", "for=203.0.113.1;host=\"\"", "{203.0.113.1}", "203.0.113.1",
	    "for=203.0.113.1\x80",
	    /* The beginning of a string that a caller sent swallows what the proxy wrote behind it. */
	    "for=\"198.51.100.1, for=203.0.113.1", "for=\"198.51.100.1, for=\"[2001:db8::1]\"",
	    "for=\"198.51.100.1\\, for=\"203.0.113.1\";host=\"x\""};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[160];
		struct outcome o;

		snprintf(text, sizeof text, FWD "%s", bad[i]);
		look(&o, PROXY, text);
		if (strncmp(o.line, PROXY AS_SENT "malformed-", strlen(PROXY AS_SENT "malformed-")) != 0)
			fail_msg("%s: %s", bad[i], o.line);
		forget(&o);
	}
}

static void
forwarded_is_read_by_its_grammar(void **state)
{
	(void)state;
	EXPECT({FWD "for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60" AS_SENT "-"},
	    {FWD "for=192.0.2.60 ; proto=https ;\thost=dms.example", "192.0.2.60 https dms.example -"},
	    {FWD "for=192.0.2.60;ext=\"a;b,c=\\\"d\\\"\";proto=https;more=1;more=2", "192.0.2.60 https inner:8080 -"},
	    {FWD "secret=\"for=198.51.100.1, for=198.51.100.2\";for=192.0.2.60", "192.0.2.60" AS_SENT "-"},
	    {FWD "host=\"dms.example:8443\";for=192.0.2.60;proto=\"https\"", "192.0.2.60 https dms.example:8443 -"},
	    {FWD "host=\"[2001:db8::2]:8443\";for=192.0.2.60", "192.0.2.60 http [2001:db8::2]:8443 -"},
	    {FWD "for=198.51.100.1, for=192.0.2.60", "192.0.2.60" AS_SENT "-"},
	    {FWD "for=192.0.2.60,for=10.0.0.8", "192.0.2.60" AS_SENT "-"},
	    {FWD "for=192.0.2.60\n" FWD "for=10.0.0.8 , for=\"[2001:db8:7::3]\"", "192.0.2.60" AS_SENT "-"},
	    /* A caller's own field is not read if the walk ends before it. */
	    {FWD "for=\"\n" FWD "for=192.0.2.60", "192.0.2.60" AS_SENT "-"},
	    {FWD "for=\"\n" FWD "for=192.0.2.60\n" FWD "for=10.0.0.8", "192.0.2.60" AS_SENT "-"},
	    {FWD "for=\"\n" FWD "for=10.0.0.8", PROXY AS_SENT "malformed-forwarded"});
}

/* Scheme and host are those that the farthest trusted proxy saw. */
static void
scheme_and_host_are_the_public_ones(void **state)
{
	(void)state;
	EXPECT({XFP "https", PROXY " https inner:8080 -"}, {XFP "HTTPS", PROXY " https inner:8080 -"},
	    {XFP "http\n" XFH "dms.example:81", PROXY " http dms.example:81 -"},
	    {XFH "[2001:db8::1]:8443", PROXY " http [2001:db8::1]:8443 -"},
	    /* Of one proxy, the last is what it wrote. */
	    {XFP "http, https", PROXY " https inner:8080 -"},
	    {XFF "203.0.113.1\n" XFP "http, https\n" XFH "evil , outer:81 ", "203.0.113.1 https outer:81 -"},
	    /* Of two, the farther one's, whether both added theirs or the first alone. */
	    {XFF "203.0.113.1, 10.0.0.8\n" XFP "https, http\n" XFH "dms.example, inner2",
		"203.0.113.1 https dms.example -"},
	    {XFF "203.0.113.1, 10.0.0.8\n" XFP "https\n" XFH "dms.example", "203.0.113.1 https dms.example -"},
	    {XFF "203.0.113.1, 10.0.0.8\n" XFP "gopher, https, http", "203.0.113.1 https inner:8080 -"},
	    {FWD "for=203.0.113.1;proto=https;host=dms.example, for=10.0.0.8;proto=http;host=inner2",
		"203.0.113.1 https dms.example -"},
	    {FWD "for=203.0.113.1, for=10.0.0.8;proto=https;host=dms.example", "203.0.113.1 https dms.example -"},
	    {FWD "for=1.1.1.1;proto=https;host=evil, for=203.0.113.1;proto=http", "203.0.113.1" AS_SENT "-"});
}

static void
scheme_is_the_connection_s_if_nobody_says(void **state)
{
	static struct http_field fields[] = {
	    {{"X-Forwarded-For", 15}, {"203.0.113.1", 11}}, {{"Forwarded", 9}, {"for=203.0.113.1", 15}}};
	struct forwarded seen;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct http_request rq = {.peer = PROXY, .tls = true, .fields = &fields[i], .field_count = 1};
		const struct http_request *r = forwarded_read(&trusted, &rq, &seen);

		assert_true(r->tls);
		assert_null(r->host.s);
		assert_string_equal(r->peer, "203.0.113.1");
	}
}

static void
malformed_scheme_or_host_costs_only_itself(void **state)
{
	static const char *const hosts[] = {"", "a,", "evil\"><x", "a/b", "a b", "a@b", "a?b", "a#b", "%41", "a\\b",
	    "a;b", "\xC3\xA9", "x'y", "&amp", "a:", "a:b", "a:65536", "a:1:2", "[::1", "[::1]x", "[1.2.3.4]", ":80",
	    "[::1]:x", "::1"};
	char longest[FORWARDED_HOST_MAX + 2], text[512];
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		snprintf(text, sizeof text, XFF "203.0.113.1\n" XFP "https\n" XFH "%s", hosts[i]);
		look(&o, PROXY, text);
		if (strcmp(o.line, "203.0.113.1 https inner:8080 malformed-host") != 0)
			fail_msg("%s: %s", hosts[i], o.line);
		forget(&o);
	}
	memset(longest, 'a', sizeof longest);
	for (size_t len = FORWARDED_HOST_MAX; len <= FORWARDED_HOST_MAX + 1; len++) {
		snprintf(text, sizeof text, XFH "%.*s", (int)len, longest);
		look(&o, PROXY, text);
		assert_int_equal(o.result->host.len, len == FORWARDED_HOST_MAX ? len : strlen("inner:8080"));
		forget(&o);
		snprintf(text, sizeof text, FWD "host=\"%.*s\"", (int)len, longest);
		look(&o, PROXY, text);
		assert_int_equal(o.result->host.len, len == FORWARDED_HOST_MAX ? len : strlen("inner:8080"));
		forget(&o);
	}
	EXPECT({XFF "203.0.113.1\n" XFP "gopher\n" XFH "dms.example", "203.0.113.1 http dms.example malformed-proto"},
	    {XFF "203.0.113.1\n" XFP "\n", "203.0.113.1" AS_SENT "malformed-proto"},
	    {XFP "https,", PROXY AS_SENT "malformed-proto"}, {XFP "https http", PROXY AS_SENT "malformed-proto"},
	    /* Two fields are no list: which of them the proxy wrote is not known. */
	    {XFH "evil\n" XFH "dms.example\n" XFP "https", PROXY " https inner:8080 malformed-host"},
	    {XFP "https\n" XFP "https\n" XFF "203.0.113.1", "203.0.113.1" AS_SENT "malformed-proto"});
}

/* One of them is likely to be a caller's that the proxy passed on. */
static void
both_kinds_must_say_the_same(void **state)
{
	(void)state;
	EXPECT({XFF "203.0.113.1\n" FWD "for=203.0.113.1", "203.0.113.1" AS_SENT "-"},
	    {XFF "2001:db8::1\n" FWD "for=\"[2001:DB8:0::1]:80\"", "2001:db8::1" AS_SENT "-"},
	    {FWD "for=203.0.113.1;proto=https;host=DMS.example\n" XFF "203.0.113.1\n" XFP "https\n" XFH "dms.example",
		"203.0.113.1 https dms.example -"},
	    {FWD "for=203.0.113.1;host=\"inner:8080\"\n" XFF "203.0.113.1", "203.0.113.1 http inner:8080 -"},
	    {XFF "203.0.113.1\n" FWD "for=203.0.113.2", PROXY AS_SENT "conflict"},
	    {XFF "203.0.113.1\n" XFP "https\n" FWD "for=203.0.113.1", PROXY AS_SENT "conflict"},
	    {XFF "203.0.113.1\n" XFP "https\n" FWD "for=203.0.113.1;proto=http", PROXY AS_SENT "conflict"},
	    {XFF "203.0.113.1\n" FWD "for=203.0.113.1;host=evil", PROXY AS_SENT "conflict"},
	    {XFP "https\n" FWD "for=203.0.113.1;proto=https", PROXY AS_SENT "conflict"},
	    {XFF "203.0.113.1\n" FWD "rubbish", PROXY AS_SENT "conflict"},
	    {XFF "rubbish\n" FWD "for=203.0.113.1", PROXY AS_SENT "conflict"},
	    {XFF "rubbish\n" FWD "rubbish", PROXY AS_SENT "conflict"},
	    {XFF "203.0.113.1\n" FWD "for=_hidden", PROXY AS_SENT "conflict"});
}

static void
walk_is_bounded(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		static const char *const lead[] = {XFF, FWD "for=", FWD "for="};
		static const char *const join[] = {", ", ",for=", "\n" FWD "for="};

		for (int proxies = FORWARDED_HOPS_MAX - 2; proxies <= FORWARDED_HOPS_MAX + 10; proxies++) {
			char text[2048];
			int n = snprintf(text, sizeof text, "%s203.0.113.1", lead[kind]);
			struct outcome o;

			for (int i = 0; i < proxies; i++)
				n += snprintf(text + n, sizeof text - (size_t)n, "%s10.0.0.%d", join[kind], i);
			look(&o, PROXY, text);
			assert_string_equal(o.line, proxies < FORWARDED_HOPS_MAX ? "203.0.113.1" AS_SENT "-"
										 : PROXY AS_SENT "too-many-proxies");
			forget(&o);
		}
	}
}

/* Whatever a caller sends, behind a proxy that appends the caller is who the proxy says it is. */
static void
callers_cannot_change_who_they_are(void **state)
{
	static const char alphabet[] = ",,,\"\"\\;=:[]. 0123456789abcdef_forunknown\t/%-";
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char junk[48], text[256];
		struct outcome o;
		size_t len;

		seed = seed * 1664525 + 1013904223;
		len = (seed >> 16) % (sizeof junk - 1);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			junk[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		junk[len] = '\0';
		snprintf(text, sizeof text, XFF "%s%s203.0.113.1", junk, round % 2 ? ", " : "\n" XFF);
		look(&o, PROXY, text);
		if (strcmp(o.line, "203.0.113.1" AS_SENT "-") != 0)
			fail_msg("%s: %s", text, o.line);
		forget(&o);
		/* A field of its own stands for itself; an element behind the junk may be spoilt by it, no more. */
		snprintf(text, sizeof text, FWD "%s%sfor=203.0.113.1", junk, round % 2 ? ", " : "\n" FWD);
		look(&o, PROXY, text);
		if (strcmp(o.line, "203.0.113.1" AS_SENT "-") != 0 &&
		    (round % 2 == 0 ||
			strncmp(o.line, PROXY AS_SENT "malformed-", strlen(PROXY AS_SENT "malformed-")) != 0))
			fail_msg("%s: %s", text, o.line);
		forget(&o);
	}
}

/* Every field cut at every place gives an answer that one can work with. */
static void
cut_fields_never_give_half_an_address(void **state)
{
	static const char *const whole[] = {XFF "2001:db8::1, [2001:db8:7::9]:443, 10.0.0.8:80",
	    FWD "for=\"[2001:db8::1]:80\";proto=https;host=\"dms.example:8443\";x=\"\\\"\", for=_a, for=10.0.0.8",
	    XFH "dms.example:8443, [2001:db8::2]:80", XFP "https, http"};

	(void)state;
	for (size_t i = 0; i < COUNT(whole); i++) {
		size_t head = (size_t)(strchr(whole[i], ':') - whole[i]) + 2;

		for (size_t from = head; from <= strlen(whole[i]); from++) {
			for (size_t to = from; to <= strlen(whole[i]); to++) {
				char text[256];
				struct network_address a;
				struct outcome o;

				snprintf(text, sizeof text, "%.*s%.*s", (int)head, whole[i], (int)(to - from),
				    whole[i] + from);
				look(&o, PROXY, text);
				assert_true(network_address_parse(o.result->peer, strlen(o.result->peer), &a));
				assert_true(o.result->host.len > 0 && o.result->host.len <= FORWARDED_HOST_MAX);
				forget(&o);
			}
		}
	}
}

/* ---- the log */

static mono_t now;

static mono_t
fixed_mono(void)
{
	return now;
}

/* How many lines are written, read back from where standard error was put. */
static int
lines_said(FILE *f, char *last, size_t size)
{
	int n = 0;

	rewind(f);
	while (fgets(last, (int)size, f) != NULL)
		n++;
	return n;
}

static void
faults_are_said_once_in_a_while_with_their_number(void **state)
{
	struct forwarded_log log = {0};
	FILE *f = tmpfile();
	int saved = dup(2);
	char last[512] = "";
	int after_first, after_flood, in_the_end;

	(void)state;
	assert_non_null(f);
	assert_true(saved >= 0 && dup2(fileno(f), 2) == 2);
	now.ms = 5;
	clock_override(NULL, fixed_mono);
	forwarded_say(&log, "conflict", PROXY);
	after_first = lines_said(f, last, sizeof last);
	for (int i = 0; i < 1000; i++)
		forwarded_say(&log, "conflict", PROXY);
	after_flood = lines_said(f, last, sizeof last);
	now.ms += FORWARDED_LOG_MS;
	forwarded_say(&log, "malformed-host", PROXY);
	in_the_end = lines_said(f, last, sizeof last);
	clock_override(NULL, NULL);
	dup2(saved, 2);
	close(saved);
	fclose(f);
	assert_int_equal(after_first, 1);
	assert_int_equal(after_flood, 1);
	assert_int_equal(in_the_end, 2);
	assert_non_null(
	    strstr(last, "forwarded fields not believed class=malformed-host peer=" PROXY " suppressed=1000"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(untrusted_peer_is_taken_for_what_it_is),
	    cmocka_unit_test(without_trusted_proxies_nobody_is_believed),
	    cmocka_unit_test(trusted_peer_of_either_family_is_believed),
	    cmocka_unit_test(request_without_these_fields_is_the_proxy_s_own),
	    cmocka_unit_test(client_is_the_first_from_the_right_that_is_no_proxy),
	    cmocka_unit_test(node_may_have_brackets_and_a_port),
	    cmocka_unit_test(hidden_client_is_the_proxy_that_hides_it),
	    cmocka_unit_test(malformed_client_is_the_proxy),
	    cmocka_unit_test(malformed_forwarded_says_nothing),
	    cmocka_unit_test(forwarded_is_read_by_its_grammar),
	    cmocka_unit_test(scheme_and_host_are_the_public_ones),
	    cmocka_unit_test(scheme_is_the_connection_s_if_nobody_says),
	    cmocka_unit_test(malformed_scheme_or_host_costs_only_itself),
	    cmocka_unit_test(both_kinds_must_say_the_same),
	    cmocka_unit_test(walk_is_bounded),
	    cmocka_unit_test(callers_cannot_change_who_they_are),
	    cmocka_unit_test(cut_fields_never_give_half_an_address),
	    cmocka_unit_test(faults_are_said_once_in_a_while_with_their_number),
	};

	return cmocka_run_group_tests(tests, trust, trust_no_more);
}
