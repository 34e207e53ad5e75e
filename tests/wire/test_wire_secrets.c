/* Passwords and tickets leave no copy in srvd's memory, however they came: what srvd holds of a request is wiped when
 * it is over. Each test sends requests, hears the answers, and then looks through the memory of the running srvd, in
 * which it is idle, once with the connections still open and once after their end.
 * A password here begins and ends with words that are looked for, and says between them where it was sent; free()
 * overwrites the first bytes of what it is given, so one word alone might be missed. Issue 6. */
#include "site_line.h"
#include "wire_memory.h"

#include <signal.h>

#define BIRD "Kanarienvogel"
#define SONG "Nachtigallenlied"
#define PASSWORD(where) BIRD "." where "." SONG
#define RIGHT_PWD PASSWORD("ist richtig") /* jsmith's */
#define MADE_UP "facade00-cafe-babe-dead-beefcafe1dea"
#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded\r\n"

static struct site site;                             /* the group's */
static const struct wire_srvd *searched = &site.srv; /* whose memory is looked through */

static int
setup(void **state)
{
	(void)state;
	prepare(&site, "core_dumps = true\n");
	wire_srvadm(&site.srv, RIGHT_PWD "\n", "user", "passwd", WIRE_USER, NULL);
	begin(&site);
	site.srv.shared = true;
	return 0;
}

static int
teardown(void **state)
{
	end(&site);
	return wire_group_teardown(state);
}

/* ---- what is looked for ---------------------------------------------------------------------------------------- */

static char tickets[64][40]; /* that the running test was given */
static size_t ticket_count;

/* The ticket in an answer; asserts that there is one. */
static const char *
granted(const char *answer)
{
	const char *at = answer != NULL ? strstr(answer, "ticket=\"") : NULL;

	if (at == NULL)
		fail_msg("no ticket: %s", answer);
	assert_true(ticket_count < sizeof tickets / sizeof *tickets);
	memcpy(tickets[ticket_count], at + 8, 36);
	assert_true(wire_is_guid(tickets[ticket_count]));
	return tickets[ticket_count++];
}

/* Each byte followed by a NUL is UTF-16 in the one order, and from its second byte on in the other. */
static struct wire_bytes
wide(struct wire_bytes b)
{
	struct wire_bytes out = {wire_alloc(2 * b.len + 1), 2 * b.len - 1};

	for (size_t i = 0; i < b.len; i++)
		out.p[2 * i] = b.p[i];
	return out;
}

static struct wire_bytes
bytes_of_ticket(const char *text)
{
	struct wire_bytes out = {wire_alloc(17), 0};
	unsigned byte;

	for (; *text != '\0'; text += 2) {
		if (*text == '-')
			text++;
		assert_int_equal(sscanf(text, "%2x", &byte), 1);
		out.p[out.len++] = (char)byte;
	}
	return out;
}

static char *
find_secrets(void)
{
	static struct wire_bytes needle[3 * 66 + 4];
	size_t n = 0;

	needle[n++] = wire_bytes_text(BIRD);
	needle[n++] = wire_bytes_text(SONG);
	needle[n++] = wide(needle[0]);
	needle[n++] = wide(needle[1]);
	snprintf(tickets[ticket_count], sizeof tickets[0], "%s", MADE_UP);
	for (size_t i = 0; i <= ticket_count; i++) {
		needle[n++] = wire_bytes(tickets[i], 18);
		needle[n++] = wire_bytes(tickets[i] + 18, 18);
		needle[n++] = bytes_of_ticket(tickets[i]);
	}
	return wire_memory_find(searched, needle, n);
}

/* The last bytes of a request may be wiped a moment after its answer is here. */
static void
expect_no_secret(const char *when)
{
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	char *found;

	while ((found = find_secrets()) != NULL && wire_now_ms() < until)
		wire_rest_ms(50);
	if (found != NULL)
		fail_msg("%s: %s", when, found);
}

static void
expect_nothing_left(void)
{
	expect_no_secret("while the connections are open");
	lines_close();
	expect_no_secret("after their end");
	ticket_count = 0;
}

static int
clean_up(void **state)
{
	lines_close();
	ticket_count = 0;
	searched = &site.srv;
	return wire_teardown(state);
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

#define CALL(form, ...) wire_call_request(&site.srv, form, NULL, __VA_ARGS__, NULL)

static struct wire_bytes
login(enum wire_form form, const char *uid, const char *pwd)
{
	return CALL(form, "AuthenticateUser", "UID", uid, "PWD", pwd);
}

/* A user of whom nothing is known, so that a password is hashed before it is refused. */
static const char *
stranger(void)
{
	static int number;

	return wire_printf("nobody %d", number++);
}

/* The same with its body in chunks, of which each holds a word that is looked for. */
static struct wire_bytes
chunked(struct wire_bytes request)
{
	const char *end = strstr(request.p, "\r\n\r\n") + 4, *length = strstr(request.p, "Content-Length:");
	struct wire_bytes body = {request.p + (end - request.p), request.len - (size_t)(end - request.p)};

	assert_non_null(length);
	return wire_join(wire_bytes_text(wire_printf(
			     "%.*sTransfer-Encoding: chunked\r\n\r\n", (int)(length - request.p), request.p)),
	    wire_chunks(body, 70));
}

/* ---- the tests ------------------------------------------------------------------------------------------------- */

/* That the search would find it is shown by the part of a request that srvd has to keep. */
static void
a_password_is_found_while_its_request_is_half_there(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	{
		struct wire_bytes request = login(WIRE_POST, stranger(), PASSWORD("halb"));
		struct line *l = line_open(&site, tls);
		int64_t until = wire_now_ms() + WIRE_TMO_MS;

		say(l, wire_bytes(request.p, request.len - 1));
		while (find_secrets() == NULL && wire_now_ms() < until)
			wire_rest_ms(10);
		assert_non_null(find_secrets());
		assert_non_null(ask(l, wire_bytes(request.p + request.len - 1, 1)));
		expect_nothing_left();
	}
}

static void
no_password_is_left_of_a_login_in_any_form(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_FORM(f)
	{
		const char *where = wire_printf("%s %s", wire_form_name[f], tls ? "TLS" : "plain");
		struct line *l = line_open(&site, tls);
		const char *ticket = granted(ask(l, login(f, WIRE_USER, RIGHT_PWD)));

		granted(ask(l, CALL(f, "AuthenticateUser1", "UID", WIRE_USER, "PWD", RIGHT_PWD, "Lang", "en")));
		granted(ask(
		    l, CALL(f, "RenewTicket", "UID", WIRE_USER, "PWD", RIGHT_PWD, "Lang", "en", "OldTicket", ticket)));
		ask(l, login(f, stranger(), wire_printf(BIRD ".%s." SONG, where)));
		ask(l, login(f, WIRE_OFF, wire_printf(BIRD ".off %s." SONG, where)));
		ask(l, CALL(f, "AuthenticateUser1", "UID", stranger(), "PWD", PASSWORD("1"), "Lang", "en"));
		ask(l, CALL(f, "RenewTicket", "UID", stranger(), "PWD", PASSWORD("r"), "Lang", "en", "OldTicket",
			   MADE_UP));
		/* Where it does not belong. A name is no secret: it is in the log. */
		ask(l, CALL(f, "ServerInfo", "PWD", PASSWORD("ServerInfo")));
		ask(l, CALL(f, "isValidTicket", "AuthenticationTicket", PASSWORD("ticket")));
	}
	expect_nothing_left();
}

static void
no_ticket_is_left_of_who_shows_it_or_is_given_it(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_FORM(f)
	{
		struct line *l = line_open(&site, tls);
		const char *ticket = granted(ask(l, login(f, WIRE_USER, RIGHT_PWD)));
		const char *each[] = {MADE_UP, ticket};

		for (size_t i = 0; i < 2; i++) {
			const char *cookie = wire_printf("Cookie: a=b; ticket=%s; c=d\r\n", each[i]);

			ask(l, CALL(f, "isValidTicket", "AuthenticationTicket", each[i]));
			ask(l, CALL(f, "FlushApplicationCache", "authenticationTicket", each[i]));
			ask(l, CALL(f, "GetMaintenanceJobsStatus", "authenticationTicket", each[i]));
			assert_non_null(strstr(ask(l, wire_call_request(&site.srv, f, cookie, "isValidTicket", NULL)),
			    i ? "true" : WIRE_901));
			ask(l, wire_call_request(&site.srv, f, cookie, "ServerInfo", NULL));
			ask(l, wire_call_request(&site.srv, f, cookie, "LogOut", NULL));
			ask(l, CALL(f, "LogOut", "AuthenticationTicket", each[i]));
		}
		ask(l, wire_request(&site.srv, "POST", "/srv.asmx?status", FORM_TYPE,
			   wire_bytes_text("authenticationTicket=" MADE_UP)));
		/* The answer whose result is text. */
		const char *text = ask(
		    l, wire_request(&site.srv, "POST", "/srv.asmx?result=text", "Content-Type: text/xml\r\n",
			   wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL,
			       wire_op_xml("AuthenticateUser", "UID", WIRE_USER, "PWD", RIGHT_PWD, NULL)))));
		assert_non_null(text);
		granted(text);
	}
	expect_nothing_left();
}

static void
no_password_is_left_however_its_request_is_cut(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_FORM(f)
	{
		struct wire_bytes right = login(f, WIRE_USER, RIGHT_PWD), wrong = login(f, stranger(), PASSWORD("cut"));
		size_t half = (size_t)(strstr(right.p, SONG) + 4 - right.p);
		struct line *l = line_open(&site, tls);

		/* In the middle of the password. */
		say(l, wire_bytes(right.p, half));
		wire_rest_ms(30);
		granted(ask(l, wire_bytes(right.p + half, right.len - half)));
		/* Byte by byte, so that the buffer grows. */
		for (size_t i = 0; i < right.len; i++)
			say(l, wire_bytes(right.p + i, 1));
		granted(hear(l));
		/* Three at once, and half of a fourth. */
		say(l, wire_join(wire_join(wrong, right), wire_join(wrong, wire_bytes(right.p, half))));
		assert_non_null(hear(l));
		granted(hear(l));
		assert_non_null(hear(l));
		granted(ask(l, wire_bytes(right.p + half, right.len - half)));
		if (f == WIRE_GET)
			continue;
		granted(ask(l, chunked(right)));
		assert_non_null(ask(l, wire_join(chunked(wrong), chunked(wrong))));
		assert_non_null(hear(l));
		for (size_t i = 0; i < chunked(wrong).len; i++)
			say(l, wire_bytes(chunked(wrong).p + i, 1));
		assert_non_null(hear(l));
	}
	expect_nothing_left();
}

/* An envelope that takes the way over expat, each in another manner; the password is right in all. */
static void
no_password_is_left_of_envelopes_that_are_not_plain(void **state)
{
	static const char *const pwd[] = {"<PWD>" RIGHT_PWD "</PWD>", "<PWD><![CDATA[" RIGHT_PWD "]]></PWD>",
	    "<PWD xsi:type=\"xsd:string\">" RIGHT_PWD "</PWD>",
	    "<PWD>" BIRD "<!-- " PASSWORD("Bemerkung") " -->.ist "
						       "richtig." SONG "</PWD>",
	    "<PWD>" BIRD "&#46;ist richtig." SONG "</PWD>",
	    "<Other>" PASSWORD("anderes") "</Other><PWD>" RIGHT_PWD "</PWD>"};

	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_SOAP(f)
	{
		struct line *l = line_open(&site, tls);

		for (size_t i = 0; i < sizeof pwd / sizeof *pwd; i++) {
			const char *xml = wire_envelope(f, "<Security>" PASSWORD("Header") "</Security>",
			    wire_printf("<AuthenticateUser xmlns=\"" WIRE_NS
					"\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"
					"<UID>" WIRE_USER "</UID>%s</AuthenticateUser>",
				pwd[i]));
			const char *latin = wire_printf("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>%s", xml);
			struct wire_bytes utf_16 = wide(wire_bytes_text(xml));
			const char *type = f == WIRE_SOAP11 ? "text/xml" : "application/soap+xml";

			utf_16.len++;
			utf_16 = wire_join(wire_bytes("\xff\xfe", 2), utf_16);
			granted(ask(l, wire_soap(&site.srv, f, NULL, NULL, wire_bytes_text(xml))));
			type = wire_printf("Content-Type: %s\r\n", type);
			granted(ask(l, wire_request(&site.srv, "POST", "/srv.asmx", type, wire_bytes_text(latin))));
			granted(ask(l, wire_request(&site.srv, "POST", "/srv.asmx", type, utf_16)));
			ticket_count -= i > 1 ? 3 : 0; /* the search takes its time */
		}
	}
	expect_nothing_left();
}

/* Behind the password, or around it. */
static void
no_password_is_left_of_an_envelope_that_is_refused(void **state)
{
	static const char *const inside[] = {"<!DOCTYPE x>", "<x>", "<x/>", "&foo;", "</soap:Body>", "\xff", "\x01",
	    "]]>", "<?pi " PASSWORD("pi") "?>", "</PWD><PWD>" PASSWORD("zwei"), "<a " BIRD "=\"" PASSWORD("att") "\"/>",
	    "<" BIRD SONG "/>"};

	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_SOAP(f)
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		const char *op = wire_printf("<AuthenticateUser xmlns=\"" WIRE_NS "\"><UID>u</UID><PWD>" BIRD
					     ".inside %zu." SONG "%s</PWD></AuthenticateUser>",
		    i, inside[i]);
		const char *xml = wire_envelope(f, NULL, op);
		struct line *l = line_open(&site, tls);

		assert_non_null(ask(l, wire_soap(&site.srv, f, NULL, NULL, wire_bytes_text(xml))));
		assert_non_null(
		    ask(l, wire_soap(&site.srv, f, NULL, NULL, wire_bytes_text(wire_printf("<!DOCTYPE x>%s", xml)))));
		assert_non_null(
		    ask(l, wire_soap(&site.srv, f, "\"" WIRE_NS "ServerInfo\"", NULL, wire_bytes_text(xml))));
	}
	expect_nothing_left();
}

#define IN_QUERY "GET /srv.asmx/AuthenticateUser?UID=u&PWD=" PASSWORD("frage")
#define IN_BODY "UID=u&PWD=" PASSWORD("rumpf")
_Static_assert(sizeof IN_BODY == 46 + 1, "as the lengths below say");
#define POST_TO(path, fields) "POST " path " HTTP/1.1\r\nHost: t\r\n" fields

/* Each is refused, or runs and has more in it than it should. */
static const char *const odd[] = {
    IN_QUERY "%zz HTTP/1.1\r\nHost: t\r\n\r\n",
    IN_QUERY " HTTP/9.9\r\nHost: t\r\n\r\n",
    IN_QUERY " HTTP/1.1\r\n\r\n",
    IN_QUERY " HTTP/1.1\r\nHost: t\r\nSec-Fetch-Site: cross-site\r\n\r\n",
    IN_QUERY " HTTP/1.1\r\nHost: t\r\nOrigin: https://evil.example\r\n\r\n",
    IN_QUERY "&PWD=" PASSWORD("noch eins") "&pwd=" PASSWORD("und noch eins") " HTTP/1.1\r\nHost: t\r\n\r\n",
    IN_QUERY "&PWD=" PASSWORD("zweimal") "&pwd=" PASSWORD("dreimal") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "HEAD /srv.asmx/AuthenticateUser?UID=u&PWD=" PASSWORD("kopf") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "PUT /srv.asmx/AuthenticateUser?UID=u&PWD=" PASSWORD("put") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /srv.asmx/Nothing?PWD=" PASSWORD("nichts") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /nowhere?PWD=" PASSWORD("nirgends") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /srv.asmx?PWD=" PASSWORD("seite") " HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /srv.asmx?wsdl HTTP/1.1\r\nHost: t\r\nCookie: ticket=" MADE_UP "\r\n\r\n",
    "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\nAuthorization: Basic " BIRD SONG "\r\nX: " SONG "\r\n\r\n",
    "GET /srv.asmx/ServerInfo HTTP/1.0\r\nX-Password: " BIRD SONG "\r\n\r\n",
    POST_TO("/srv.asmx/AuthenticateUser", "Content-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx/AuthenticateUser", "Content-Type: text/plain\r\nContent-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx/AuthenticateUser", FORM_TYPE "Content-Length: 50\r\n\r\n" IN_BODY "&%q="),
    POST_TO("/srv.asmx/AuthenticateUser", FORM_TYPE "Content-Encoding: gzip\r\nContent-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx/AuthenticateUser", FORM_TYPE "Content-Length: 1000000\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx/AuthenticateUser",
	FORM_TYPE "Content-Length: 46\r\nTransfer-Encoding: chunked\r\n\r\n2e\r\n" IN_BODY "\r\n0\r\n\r\n"),
    POST_TO("/srv.asmx/AuthenticateUser", FORM_TYPE "Transfer-Encoding: chunked\r\n\r\n2e\r\n" IN_BODY "\r\nzz\r\n"),
    POST_TO("/srv.asmx/AuthenticateUser",
	FORM_TYPE "Transfer-Encoding: chunked\r\n\r\n2e\r\n" IN_BODY "\r\n0\r\nX: " SONG "\r\n\r\n"),
    POST_TO("/srv.asmx/AuthenticateUser", FORM_TYPE "Connection: close\r\nContent-Length: 46\r\n\r\n" IN_BODY IN_QUERY),
    POST_TO(
	"/srv.asmx/AuthenticateUser?PWD=" PASSWORD("frage und rumpf"), FORM_TYPE "Content-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx/ServerInfo", FORM_TYPE "Content-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx", "Content-Type: text/xml\r\nSOAPAction: x\r\nContent-Length: 46\r\n\r\n" IN_BODY),
    POST_TO("/srv.asmx", "Content-Type: text/xml\r\nContent-Length: 46\r\n\r\n" IN_BODY),
    "BREW /" BIRD SONG "\r\n\r\n",
};

static void
no_password_is_left_of_requests_that_are_odd(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct line *l = line_open(&site, tls);

		assert_non_null(ask(l, wire_bytes_text(odd[i])));
		/* Many were the last that is read of their connection, and this is thrown away. */
		(void)ask(l, CALL(WIRE_GET, "ServerInfo", "PWD", PASSWORD("hinterher")));
	}
	expect_nothing_left();
}

/* Beyond the limits of a parameter, a head, a line; and as long as a password may be. */
static void
no_password_is_left_of_requests_that_are_long(void **state)
{
	static const size_t lengths[] = {300, 900, 4000, 5000, 20000};

	(void)state;
	EACH_TRANSPORT(tls)
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		WIRE_EACH_FORM(f)
		{
			const char *pwd = wire_printf(
			    "%s" BIRD "%s" PASSWORD("am Ende"), wire_repeat("x", 40), wire_repeat("x", lengths[i]));
			struct line *l = line_open(&site, tls);

			assert_non_null(ask(l, login(f, stranger(), pwd)));
			if (f == WIRE_GET)
				assert_non_null(
				    ask(line_open(&site, tls), wire_call_request(&site.srv, f,
								   wire_printf("X: %s\r\n", pwd), "ServerInfo", NULL)));
		}
	expect_nothing_left();
}

static void
no_password_is_left_of_a_login_that_is_throttled(void **state)
{
	(void)state;
	EACH_TRANSPORT(tls)
	WIRE_EACH_FORM(f)
	{
		const char *uid = wire_printf("nobody %d %d", tls, (int)f);
		struct line *l = line_open(&site, tls);

		for (int i = 0; i < 7; i++)
			assert_non_null(ask(l, login(f, uid, wire_printf(BIRD ".%d. Versuch." SONG, i))));
	}
	assert_non_null(strstr(wire_log_text(&site.srv), "account throttled"));
	expect_nothing_left();
}

/* In the middle of a request, and before its answer. */
static void
no_password_is_left_of_a_caller_that_went_away(void **state)
{
	size_t from;

	(void)state;
	EACH_TRANSPORT(tls)
	{
		WIRE_EACH_FORM(f)
		{
			struct wire_bytes request = login(f, stranger(), PASSWORD("weg"));

			say(line_open(&site, tls),
			    wire_bytes(request.p, (size_t)(strstr(request.p, SONG) + 16 - request.p)));
			say(line_open(&site, tls), wire_join(login(f, stranger(), PASSWORD("noch da")), request));
		}
		wire_rest_ms(50);
		lines_close();
	}
	from = wire_log_size(&site.srv);
	granted(ask(line_open(&site, false), login(WIRE_GET, WIRE_USER, RIGHT_PWD)));
	assert_true(wire_log_wait(&site.srv, from, "outcome=success"));
	expect_nothing_left();
}

/* Its bytes pass through registers on their way to where the head waits, and the first call of a library's function may
 * save these. So each form has a process that was asked nothing before. */
static void
no_password_is_left_of_the_first_request_of_a_process(void **state)
{
	static struct site each[WIRE_FORMS];

	(void)state;
	WIRE_EACH_FORM(f)
	{
		struct site *own = &each[f];
		struct wire_bytes request;
		struct line *l;

		prepare(own, "core_dumps = true\nworkers = 1\n");
		begin(own);
		searched = &own->srv;
		l = line_open(own, false);
		request = wire_call_request(&own->srv, f, NULL, "isValidTicket", "AuthenticationTicket",
		    wire_printf(PASSWORD("erst") "%s", wire_repeat("x", 100)), NULL);
		say(l, wire_bytes(request.p, 20));
		wire_rest_ms(50);
		assert_non_null(ask(l, wire_bytes(request.p + 20, request.len - 20)));
		expect_no_secret(wire_form_name[f]);
		lines_close();
		wire_stop(&own->srv);
		end(own);
	}
}

/* A stop looks whether a whole request stands behind the one that it answers. This one is in chunks and half there;
 * what frames the first of them is long, so that the body is far from where it is decoded to. */
static void
no_password_is_left_of_what_a_stop_finds_behind_the_last_request(void **state)
{
	const char *rest = wire_printf("\r\n\r\n" POST_TO("/srv.asmx/AuthenticateUser",
					   FORM_TYPE "Transfer-Encoding: chunked\r\n\r\n") "2e;%s\r\n" IN_BODY "\r\n",
	    wire_repeat("x", 200));
	static struct site own;
	struct line *l, *other;
	const char *answer;

	(void)state;
	prepare(&own, "core_dumps = true\nhead_timeout = 60\ndrain_timeout = 60\n");
	begin(&own);
	searched = &own.srv;
	l = line_open(&own, false);
	other = line_open(&own, false); /* keeps the process alive for head_timeout */
	say(l, wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t"));
	say(other, wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t"));
	wire_rest_ms(50);
	assert_int_equal(kill(own.srv.pid, SIGTERM), 0);
	assert_true(wire_log_wait(&own.srv, 0, "stop signal=SIGTERM"));
	wire_rest_ms(50);
	answer = ask(l, wire_bytes_text(rest));
	assert_non_null(answer);
	assert_non_null(strstr(answer, "Connection: close"));
	expect_no_secret("while the server stops");
	answer = ask(other, wire_bytes_text("\r\n\r\n"));
	assert_non_null(answer);
	assert_non_null(strstr(answer, "200 OK"));
	lines_close();
	wire_stop(&own.srv);
	end(&own);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
	    TEST(a_password_is_found_while_its_request_is_half_there),
	    TEST(no_password_is_left_of_a_login_in_any_form),
	    TEST(no_ticket_is_left_of_who_shows_it_or_is_given_it),
	    TEST(no_password_is_left_however_its_request_is_cut),
	    TEST(no_password_is_left_of_envelopes_that_are_not_plain),
	    TEST(no_password_is_left_of_an_envelope_that_is_refused),
	    TEST(no_password_is_left_of_requests_that_are_odd),
	    TEST(no_password_is_left_of_requests_that_are_long),
	    TEST(no_password_is_left_of_a_login_that_is_throttled),
	    TEST(no_password_is_left_of_a_caller_that_went_away),
	    TEST(no_password_is_left_of_the_first_request_of_a_process),
	    TEST(no_password_is_left_of_what_a_stop_finds_behind_the_last_request),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
