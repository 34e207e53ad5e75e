/* What hostile XML and forms cost: processor time and memory of a body, refused or not, and what XML must not make srvd
 * do: open a file, call somebody. That each row is refused, and how, is test_wire_xml.c's. */
#include "shared_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY_MAX 65536
#define TIMES 40
#define FORM_MS 1.0
#define BODY_MS 2.0 /* of processor time, whatever the body */

/* An envelope around a call whose parameter is followed by what a row adds. */
static const char *
around(const char *before, const char *inside, const char *behind)
{
	return wire_printf("%s%s", before,
	    wire_envelope(WIRE_SOAP11, NULL,
		wire_printf("<isValidTicket xmlns=\"" WIRE_NS "\"><AuthenticationTicket>%s%s</AuthenticationTicket>%s"
			    "</isValidTicket>",
		    user, inside, behind)));
}

/* As many of these as a body holds. */
static const char *
full_of(const char *what)
{
	return wire_repeat(what, (BODY_MAX - 600) / strlen(what));
}

static const char *
numbered(const char *before, const char *behind, int count)
{
	char *text = wire_alloc((size_t)count * 64 + 1), *p = text;

	for (int i = 0; i < count; i++)
		p += sprintf(p, "%s%d%s", before, i, behind);
	return text;
}

static const char *
laughs(void)
{
	const char *entities = "<!ENTITY a0 \"lol\">";

	for (int i = 1; i < 10; i++)
		entities = wire_printf(
		    "%s<!ENTITY a%d \"%s\">", entities, i, wire_repeat(wire_printf("&a%d;", i - 1), 10));
	return wire_printf("<?xml version=\"1.0\"?><!DOCTYPE lolz [%s]>", entities);
}

/* Sends it again and again on one connection; the connection is kept, and the processor time of one is small. */
static void
expect_cheap(const char *id, struct wire_bytes ask, double most_ms)
{
	struct wire_conn *c = wire_connect(&srv);
	struct wire_vitals before = wire_vitals(&srv), after;
	int status = 0;

	for (int i = 0; i < TIMES; i++) {
		assert_true(wire_send(c, ask));
		struct wire_answer *a = wire_read(c, false);

		assert_non_null(a);
		assert_true(a->status == 200 || a->status == 400 || a->status == 500);
		if (i == 0)
			status = a->status;
		assert_int_equal(a->status, status);
	}
	after = wire_vitals(&srv);
	wire_forget(c);
	double ms = (after.processor_ms - before.processor_ms) / TIMES;
	print_message("figures: %-30s %6zu bytes, %d, %.3f ms of processor time, %ld KiB more\n", id, ask.len, status,
	    ms, after.resident_kib - before.resident_kib);
	if (!WIRE_SANITIZED) {
		assert_true(ms < most_ms);
		assert_true(after.resident_kib - before.resident_kib < 1024);
	}
}

static void
no_body_costs_more_than_two_milliseconds(void **state)
{
	const struct {
		const char *id, *body;
	} rows[] = {
	    {"a good one", around("", "", "")},
	    {"D02 billion laughs", around(laughs(), "&a9;", "")},
	    {"D03 quadratic blow-up", around(wire_printf("<!DOCTYPE f [<!ENTITY x \"%s\">]>", wire_repeat("y", 8000)),
					  wire_repeat("&x;", 1000), "")},
	    {"D08 references", around("", full_of("&amp;"), "")},
	    {"D19 Devil's Ivy", wire_printf("<?%s", wire_repeat("A", BODY_MAX - 2))},
	    {"D21 an endless comment", around("", "<!--", full_of("- "))},
	    {"D22 many sections", around("", full_of("<![CDATA[]]>"), "")},
	    {"D27 1,500 levels",
		around("", "", wire_printf("%s%s", wire_repeat("<a>", 1500), wire_repeat("</a>", 1500)))},
	    {"D27 levels without end", full_of("<a>")},
	    {"D28 elements", around("", "", full_of("<y/>"))},
	    {"D29 attributes of one", around("", "", wire_printf("<y%s/>", numbered(" a", "=\"\"", 5000)))},
	    {"D29 attributes of all", around("", "", full_of("<y a=\"\" b=\"\" c=\"\"/>"))},
	    {"D30 namespaces", around("", "", wire_printf("<y%s/>", numbered(" xmlns:n", "=\"u\"", 3000)))},
	    {"D31 attributes and elements",
		around("", "", wire_printf("<y%s/>%s", numbered(" a", "=\"\"", 1000), wire_repeat("<y/>", 2000)))},
	    {"D32 a long name", around("", "", wire_printf("<%s/>", wire_repeat("n", 60000)))},
	    {"D34 a long value", around("", "", wire_printf("<y a=\"%s\"/>", wire_repeat("v", 60000)))},
	    {"D35 a long text", around("", wire_repeat("x", 60000), "")},
	    {"D51 ids", around("", "", full_of("<x id=\"a\"/>"))},
	    {"D56 an array's size",
		around("", "",
		    "<x xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" e:arrayType=\"e:string[2147483647]\"/>")},
	    {"D60 blanks", wire_printf("%s%s", wire_repeat(" ", 60000), around("", "", ""))},
	    {"the most of all that is let pass",
		around("", "",
		    wire_printf("%s%s", wire_repeat("<y a=\"\" b=\"\" c=\"\" d=\"\"/>", 30),
			wire_repeat(wire_printf("<%s/>", wire_repeat("n", 120)), 200)))},
	};

	(void)state;
	wire_expect_alive(&srv);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_cheap(
		    rows[i].id, wire_soap(&srv, WIRE_SOAP11, NULL, NULL, wire_bytes_text(rows[i].body)), BODY_MS);
	wire_expect_alive(&srv);
}

/* Names that the hash of many a library (times 33, or times 31) finds the same. */
static const char *
colliding(int count, const char *const pair[2])
{
	char *whole = wire_alloc((size_t)count * 32 + 1), *p = whole;

	for (int i = 0; i < count; i++) {
		for (int bit = 0; bit < 11; bit++)
			p += sprintf(p, "%s", pair[i >> bit & 1]);
		p += sprintf(p, "=&");
	}
	return whole;
}

static void
no_form_costs_more_than_a_millisecond(void **state)
{
	static const char *const pairs[2][2] = {{"Ez", "FY"}, {"Aa", "BB"}};
	const struct {
		const char *id, *form;
	} rows[] = {
	    {"a good form", wire_printf("AuthenticationTicket=%s", user)},
	    {"65 parameters", wire_repeat("a=1&", 65)},
	    {"1,000 parameters", wire_repeat("a=1&", 1000)},
	    {"the parameter 1,000 times", wire_repeat("AuthenticationTicket=&", 1000)},
	    {"names that share a hash", colliding(2000, pairs[0])},
	    {"names that share another", colliding(2000, pairs[1])},
	    {"a name of 65 bytes", wire_printf("%s=1", wire_repeat("n", 65))},
	    {"a name of 60,000 bytes", wire_printf("%s=1", wire_repeat("n", 60000))},
	    {"a value of 60,000 bytes", wire_printf("AuthenticationTicket=%s", wire_repeat("v", 60000))},
	    {"escapes", wire_printf("AuthenticationTicket=%s", wire_repeat("%41", 20000))},
	    {"nothing but separators", wire_repeat("&", 65536)},
	    {"64 values of 1,000 bytes",
		wire_repeat(wire_printf("AuthenticationTicket=%s&", wire_repeat("v", 1000)), 64)},
	};

	(void)state;
	wire_expect_alive(&srv);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_cheap(rows[i].id,
		    wire_request(&srv, "POST", "/srv.asmx/isValidTicket",
			"Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text(rows[i].form)),
		    FORM_MS);
	wire_expect_alive(&srv);
}

/* A file is watched, and nobody opens it. */
static void
an_entity_opens_no_file(void **state)
{
	const char *path = wire_printf("%s/secret", srv.dir);
	char event[4096];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	const char *const types[] = {wire_printf("<!DOCTYPE f SYSTEM \"file://%s\">", path),
	    wire_printf("<!DOCTYPE f SYSTEM \"%s\">", path),
	    wire_printf("<!DOCTYPE f [<!ENTITY x SYSTEM \"file://%s\">]>", path),
	    wire_printf("<!DOCTYPE f [<!ENTITY %% p SYSTEM \"%s\"> %%p;]>", path)};

	(void)state;
	assert_true(wire_file_write(path, "secret", 6));
	assert_true(watch >= 0 && inotify_add_watch(watch, path, IN_OPEN | IN_ACCESS) >= 0);
	WIRE_EACH_SOAP(f)
	{
		for (int i = 0; i < 4; i++) {
			struct wire_answer *a = wire_ask(&srv,
			    wire_soap(&srv, f, NULL, NULL, wire_bytes_text(around(types[i], i == 2 ? "&x;" : "", ""))));

			assert_non_null(a);
			assert_int_equal(a->status, 400);
			assert_null(strstr(a->body, "secret"));
		}
	}
	assert_true(read(watch, event, sizeof event) < 0);
	/* That the watch would have told. */
	size_t len;
	assert_non_null(wire_file_read(path, &len));
	assert_true(read(watch, event, sizeof event) > 0);
	close(watch);
}

/* Somebody listens, and nobody calls. */
static void
an_entity_calls_nobody(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)state;
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	const char *url = wire_printf("http://127.0.0.1:%u/x", ntohs(sa.sin_port));
	const char *const types[] = {wire_printf("<!DOCTYPE f SYSTEM \"%s\">", url),
	    wire_printf("<!DOCTYPE f PUBLIC \"p\" \"%s\">", url),
	    wire_printf("<!DOCTYPE f [<!ENTITY x SYSTEM \"%s\">]>", url),
	    wire_printf("<!DOCTYPE f [<!ENTITY %% p SYSTEM \"%s\"> %%p;]>", url)};
	WIRE_EACH_SOAP(f)
	{
		for (int i = 0; i < 4; i++) {
			struct wire_answer *a = wire_ask(&srv,
			    wire_soap(&srv, f, NULL, NULL, wire_bytes_text(around(types[i], i == 2 ? "&x;" : "", ""))));

			assert_non_null(a);
			assert_int_equal(a->status, 400);
		}
	}
	assert_true(accept(fd, NULL, NULL) < 0);
	close(fd);
}

/* Too long a name or password is a wrong one, at no other price, and the longest one that is allowed is looked at.
 */
static void
names_and_passwords_have_a_longest_length(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *const uid = wire_repeat("u", 257), *const pwd = wire_repeat("p", 1025);

		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", uid, "PWD", "x", NULL), WIRE_900);
		wire_expect_error(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", WIRE_ROBOT, "PWD", pwd, NULL), WIRE_900);
	}
	const char *longest = wire_printf("correct horse battery staple %s", wire_repeat("p", 1024 - 29));
	wire_srvadm(&srv, wire_printf("%s\n", longest), "user", "passwd", WIRE_BOSS, NULL);
	assert_non_null(wire_try_login(&srv, WIRE_BOSS, longest));
	assert_null(wire_try_login(&srv, WIRE_BOSS, wire_printf("%.1023sq", longest)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(no_body_costs_more_than_two_milliseconds),
	    WIRE_TEST(no_form_costs_more_than_a_millisecond),
	    WIRE_TEST(an_entity_opens_no_file),
	    WIRE_TEST(an_entity_calls_nobody),
	    WIRE_TEST(names_and_passwords_have_a_longest_length),
	};

	return cmocka_run_group_tests(tests, setup_user, wire_group_teardown);
}
