/* srvd behind a real nginx and a real haproxy that speak TLS to callers, in the configurations that the README shows.
 * Callers come from addresses of their own in 127.0.0.0/8, the proxies from 127.0.0.1, which is the one that srvd
 * trusts. */
#include "wire_call.h"
#include "wire_via.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum way { NGINX, HAPROXY, HAPROXY_V2_SSL, HAPROXY_V2, HAPROXY_V1, WAYS };
#define EACH_WAY(w) for (enum way w = NGINX; w < WAYS; w++)

static struct wire_srvd srv, announced;
static struct wire_proxy proxies[WAYS];

/* One of the README's proxies in front of this server. check: whether haproxy looks after srvd's health. */
static void
put_in_front(
    struct wire_proxy *p, enum way w, const struct wire_srvd *plain, const struct wire_srvd *proxied, bool check)
{
	static const char *const send[] = {
	    [HAPROXY_V2_SSL] = "send-proxy-v2-ssl", [HAPROXY_V2] = "send-proxy-v2", [HAPROXY_V1] = "send-proxy"};
	const char *block;

	if (w == NGINX) {
		wire_proxy_nginx(p, wire_readme_block("nginx", 0), plain->host);
		return;
	}
	block = wire_readme_block("haproxy", w == HAPROXY ? 0 : 1);
	if (!check)
		block = wire_put(block, w == HAPROXY ? " check\n" : " check check-send-proxy\n", "\n");
	if (w != HAPROXY)
		block = wire_put(block, send[HAPROXY_V2_SSL], send[w]);
	wire_proxy_haproxy(p, block, w == HAPROXY ? plain->host : proxied->host);
}

static int
setup(void **state)
{
	(void)state;
	wire_new(&srv, "jobs = false\nlog_level = debug\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.1\n");
	srv.shared = true;
	wire_via_announced(&srv, &announced);
	EACH_WAY(w)
	{
		put_in_front(&proxies[w], w, &srv, &announced, true);
		proxies[w].shared = true;
	}
	return 0;
}

static void
expect_in(const char *what, const char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("%s: no %s in: %s", what, wanted, text);
}

static void
expect_logged(const struct wire_proxy *p, size_t at, const char *wanted)
{
	if (!wire_log_wait(&srv, at, wanted))
		fail_msg("%s: no %s in the log: %s", p->name, wanted, wire_log_text(&srv) + at);
}

static void
the_wsdl_shows_the_public_https_address(void **state)
{
	(void)state;
	for (enum way w = NGINX; w <= HAPROXY_V2_SSL; w++) {
		const struct wire_proxy *p = &proxies[w];
		const char *wsdl = wire_curl(p, "127.0.0.5", "/srv.asmx?wsdl", NULL);

		expect_in(p->name, wsdl, wire_printf("<soap:address location=\"%s/srv.asmx\"", p->public));
		expect_in(p->name, wsdl, wire_printf("<http:address location=\"%s/srv.asmx\"", p->public));
		assert_null(strstr(wsdl, "\"http://127.0.0.1"));
		assert_null(strstr(wsdl, wire_printf("\"http://" WIRE_PUBLIC_NAME)));
		expect_in(p->name, wire_curl(p, "127.0.0.5", "/srv.asmx?disco", NULL),
		    wire_printf("\"%s/srv.asmx?wsdl\"", p->public));
	}
}

/* Where the proxy's words have no place for TLS, public_url says it. */
static void
the_wsdl_shows_public_url_where_the_proxy_cannot_say_tls(void **state)
{
	static const char line[] = "/srv.asmx\"";
	static struct wire_srvd own, own_announced;

	(void)state;
	wire_new(&own, "jobs = false\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.1\n"
		       "public_url = https://dms.example.com/srv.asmx\n");
	wire_via_announced(&own, &own_announced);
	for (enum way w = HAPROXY_V2; w < WAYS; w++) {
		static struct wire_proxy p;

		expect_in(proxies[w].name, wire_curl(&proxies[w], "127.0.0.5", "/srv.asmx?wsdl", NULL),
		    wire_printf("\"http%s%s", proxies[w].public + strlen("https"), line));
		put_in_front(&p, w, &own, &own_announced, true);
		expect_in(
		    p.name, wire_curl(&p, "127.0.0.5", "/srv.asmx?wsdl", NULL), "\"https://dms.example.com/srv.asmx\"");
		wire_proxy_stop(&p);
	}
}

static void
the_log_sees_the_real_client(void **state)
{
	static const char *const clients[] = {"127.0.0.5", "127.0.0.6", "127.200.1.2"};

	(void)state;
	EACH_WAY(w)
	for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
		const struct wire_proxy *p = &proxies[w];
		size_t at = wire_log_size(&srv);

		expect_in(p->name, wire_curl(p, clients[i], "/srv.asmx/ServerInfo", NULL), "success=\"true\"");
		expect_logged(p, at, wire_printf("op name=ServerInfo form=get peer=%s outcome=success", clients[i]));
	}
}

static void
operations_work_in_every_form(void **state)
{
	(void)state;
	EACH_WAY(w)
	{
		const struct wire_proxy *p = &proxies[w];
		const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);

		WIRE_EACH_FORM(f)
		{
			const char *op = "FlushApplicationCache", *out;
			size_t at = wire_log_size(&srv);

			if (f == WIRE_GET)
				out = wire_curl(p, "127.0.0.5",
				    wire_printf("/srv.asmx/%s?authenticationTicket=%s", op, ticket), NULL);
			else if (f == WIRE_POST)
				out = wire_curl(p, "127.0.0.5", "-d", wire_printf("authenticationTicket=%s", ticket),
				    wire_printf("/srv.asmx/%s", op), NULL);
			else
				out = wire_curl(p, "127.0.0.5", "-H",
				    f == WIRE_SOAP11 ? "Content-Type: text/xml; charset=utf-8"
						     : "Content-Type: application/soap+xml; charset=utf-8",
				    "-H", "Transfer-Encoding: chunked", "-d",
				    wire_envelope(f, NULL, wire_op_xml(op, "authenticationTicket", ticket, NULL)),
				    "/srv.asmx", NULL);
			expect_in(p->name, out, "<response success=\"true\"");
			expect_logged(p, at, "peer=127.0.0.5 outcome=success");
		}
	}
}

static const char *
log_in(const struct wire_proxy *p, const char *from, const char *uid, const char *pwd)
{
	return wire_curl(p, from, "-d", wire_printf("UID=%s", uid), "--data-urlencode", wire_printf("PWD=%s", pwd),
	    "/srv.asmx/AuthenticateUser", NULL);
}

/* A stranger's failures do not keep the user out at home, though both come by the same proxy. */
static void
the_login_throttle_sees_the_real_client(void **state)
{
	(void)state;
	EACH_WAY(w)
	{
		const struct wire_proxy *p = &proxies[w];
		const char *uid = wire_printf("caller%d", (int)w), *home = wire_printf("127.0.1.%d", 20 + (int)w);
		const char *stranger = wire_printf("127.0.2.%d", 40 + (int)w);
		const char *throttled = wire_printf(
		    "user=\"%s\" peer=%s outcome=\"" WIRE_900 "\" reason=\"account throttled\"", uid, stranger);
		size_t at = wire_log_size(&srv);

		wire_srvadm(&srv, WIRE_OTHER_PWD "\n", "user", "add", uid, NULL);
		expect_in(p->name, log_in(p, home, uid, WIRE_OTHER_PWD), "success=\"true\"");
		for (int i = 0; strstr(wire_log_text(&srv) + at, throttled) == NULL; i++) {
			if (i == 12)
				fail_msg("%s: no %s in: %s", p->name, throttled, wire_log_text(&srv) + at);
			expect_in(p->name, log_in(p, stranger, uid, "wrong"), "error=\"[900] Authentication failed\"");
		}
		expect_in(p->name, log_in(p, home, uid, WIRE_OTHER_PWD), "success=\"true\"");
		expect_logged(p, at,
		    wire_printf(
			"user=\"%s\" peer=%s outcome=\"" WIRE_900 "\" reason=\"wrong password\"", uid, stranger));
		assert_null(strstr(wire_log_text(&srv) + at, "peer=127.0.0.1 "));
	}
}

#define SPOOF                                                                                              \
	"-H", "X-Forwarded-For: 203.0.113.66", "-H", "X-Forwarded-Proto: gopher", "-H",                    \
	    "X-Forwarded-Host: evil.example", "-H", "Forwarded: for=203.0.113.66;host=evil.example", "-H", \
	    "X-Real-IP: 203.0.113.66"

static void
what_a_caller_claims_is_ignored(void **state)
{
	size_t at = wire_log_size(&srv);

	(void)state;
	EACH_WAY(w)
	{
		const struct wire_proxy *p = &proxies[w];
		size_t from = wire_log_size(&srv);

		wire_curl(p, "127.0.0.7", SPOOF, "/srv.asmx/ServerInfo", NULL);
		expect_logged(p, from, "op name=ServerInfo form=get peer=127.0.0.7 outcome=success");
		expect_in(p->name, wire_curl(p, "127.0.0.7", SPOOF, "/srv.asmx?wsdl", NULL),
		    wire_printf("\"http%s/srv.asmx\"", p->public + strlen(w <= HAPROXY_V2_SSL ? "http" : "https")));
	}
	/* And without a proxy between. */
	struct wire_conn *c = wire_connect_from(&srv, "127.0.0.8");
	assert_true(wire_send(
	    c, wire_get(&srv, "/srv.asmx/ServerInfo",
		   "X-Forwarded-For: 203.0.113.66\r\nForwarded: for=203.0.113.66;proto=https;host=evil.example\r\n")));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_log_wait(&srv, at, "op name=ServerInfo form=get peer=127.0.0.8 outcome=success"));
	assert_null(strstr(wire_log_text(&srv) + at, "203.0.113.66"));
	assert_null(strstr(wire_log_text(&srv) + at, "not believed"));
}

static const char *
status_of(const struct wire_proxy *p, const char *origin)
{
	return wire_curl(p, "127.0.0.5", "-o/dev/null", "-w", "%{http_code}", "-H", wire_printf("Origin: %s", origin),
	    "-d", "AuthenticationTicket=x", "/srv.asmx/isValidTicket", NULL);
}

static void
pages_of_the_public_address_are_ours(void **state)
{
	(void)state;
	for (enum way w = NGINX; w <= HAPROXY_V2_SSL; w++) {
		const struct wire_proxy *p = &proxies[w];

		assert_string_equal(status_of(p, p->public), "200");
		assert_string_equal(status_of(p, wire_printf("http%s", p->public + strlen("https"))), "403");
		assert_string_equal(status_of(p, "https://evil.example"), "403");
		assert_string_equal(status_of(p, wire_printf("http://%s", srv.host)), "403");
	}
}

/* ---- keep-alive ---- */

/* The other ends' ports of all TCP connections, alive or not long gone, that have port at one end: bit sets. */
static void
other_ends(uint16_t port, uint8_t seen[8192])
{
	FILE *f = fopen("/proc/net/tcp", "r");
	char line[512];

	assert_non_null(f);
	memset(seen, 0, 8192);
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned ours, theirs;

		if (sscanf(line, " %*d: %*8x:%4x %*8x:%4x", &ours, &theirs) != 2 || ours == 0 || theirs == 0)
			continue;
		if (ours == port)
			seen[theirs / 8] |= (uint8_t)(1 << theirs % 8);
		else if (theirs == port)
			seen[ours / 8] |= (uint8_t)(1 << ours % 8);
	}
	fclose(f);
}

static int
new_ends(uint16_t port, const uint8_t before[8192])
{
	uint8_t now[8192];
	int n = 0;

	other_ends(port, now);
	for (int i = 0; i < 65536; i++)
		n += (now[i / 8] & ~before[i / 8]) >> i % 8 & 1;
	return n;
}

static void
connections_are_kept_on_both_sides(void **state)
{
	static struct wire_srvd own, own_announced;

	(void)state;
	wire_new(&own, "jobs = false\nlog_level = debug\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.1\n");
	wire_via_announced(&own, &own_announced);
	EACH_WAY(w)
	{
		static struct wire_proxy p;
		static uint8_t before[8192];
		uint16_t port = w <= HAPROXY ? own.port : own_announced.port;
		const char *url = "/srv.asmx/ServerInfo";

		put_in_front(&p, w, &own, &own_announced, false);
		other_ends(port, before);
		/* Each URL writes how many connections it took: one the first, none the others. */
		assert_string_equal(
		    wire_curl(&p, "127.0.0.5", "-w", "%{http_code}:%{num_connects} ", url, "-o/dev/null", url,
			"-o/dev/null", url, "-o/dev/null", url, "-o/dev/null", url, "-o/dev/null", NULL),
		    "200:1 200:0 200:0 200:0 200:0 ");
		if (new_ends(port, before) != 1)
			fail_msg("%s took %d connections to srvd", p.name, new_ends(port, before));
		wire_proxy_stop(&p);
	}
}

/* One connection of nginx to srvd carries many callers; each request is its caller's. */
static void
callers_share_a_kept_connection_and_are_told_apart(void **state)
{
	static struct wire_srvd own;
	static struct wire_proxy p;
	static uint8_t before[8192];

	(void)state;
	wire_new(&own, "jobs = false\nlog_level = debug\ntrusted_proxies = 127.0.0.1\n");
	put_in_front(&p, NGINX, &own, NULL, true);
	other_ends(own.port, before);
	for (int i = 0; i < 10; i++) {
		const char *from = wire_printf("127.0.3.%d", 1 + i % 5);
		size_t at = wire_log_size(&own);

		wire_curl(&p, from, "/srv.asmx/ServerInfo", NULL);
		assert_true(wire_log_wait(&own, at, wire_printf("op name=ServerInfo form=get peer=%s ", from)));
	}
	assert_int_equal(new_ends(own.port, before), 1);
	wire_proxy_stop(&p);
}

/* ---- a trusted proxy that is wrong ---- */

static void
a_proxy_s_nonsense_is_the_proxy_s_own_and_logged_once_in_a_while(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false\nlog_level = debug\nworkers = 1\ntrusted_proxies = 127.0.0.1\n");
	static const struct {
		const char *fields, *peer;
	} rows[] = {
	    {"X-Forwarded-For: 203.0.113.1, rubbish\r\n", "127.0.0.1"},
	    {"X-Forwarded-For: \r\n", "127.0.0.1"},
	    {"Forwarded: for=\"203.0.113.1\r\n", "127.0.0.1"},
	    {"X-Forwarded-For: 203.0.113.1\r\nForwarded: for=203.0.113.2\r\n", "127.0.0.1"},
	    {"X-Forwarded-For: 203.0.113.3\r\nX-Forwarded-Host: a b\r\n", "203.0.113.3"},
	    {"Forwarded: for=203.0.113.4;proto=https, for=127.0.0.1\r\n", "203.0.113.4"},
	    {"Forwarded: for=unknown\r\n", "127.0.0.1"},
	};
	size_t said = 0;

	for (size_t i = 0; i < 20 * sizeof rows / sizeof *rows; i++) {
		size_t at = wire_log_size(&own), row = i % (sizeof rows / sizeof *rows);
		struct wire_answer *a = wire_ask(&own, wire_get(&own, "/srv.asmx/ServerInfo", rows[row].fields));

		wire_result(WIRE_GET, "ServerInfo", a);
		assert_true(wire_log_wait(&own, at, wire_printf("form=get peer=%s ", rows[row].peer)));
	}
	const char *log = wire_log_text(&own);
	expect_in(
	    "the log", log, "warn forwarded fields not believed class=malformed-client peer=127.0.0.1 suppressed=0\n");
	while ((log = strstr(log, "not believed")) != NULL) {
		said++;
		log++;
	}
	/* A hundred faults: one line in ten seconds, however slow this machine is. */
	assert_in_range(said, 1, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_VIA_TEST(the_wsdl_shows_the_public_https_address),
	    WIRE_VIA_TEST(the_wsdl_shows_public_url_where_the_proxy_cannot_say_tls),
	    WIRE_VIA_TEST(the_log_sees_the_real_client),
	    WIRE_VIA_TEST(operations_work_in_every_form),
	    WIRE_VIA_TEST(the_login_throttle_sees_the_real_client),
	    WIRE_VIA_TEST(what_a_caller_claims_is_ignored),
	    WIRE_VIA_TEST(pages_of_the_public_address_are_ours),
	    WIRE_VIA_TEST(connections_are_kept_on_both_sides),
	    WIRE_VIA_TEST(callers_share_a_kept_connection_and_are_told_apart),
	    WIRE_VIA_TEST(a_proxy_s_nonsense_is_the_proxy_s_own_and_logged_once_in_a_while),
	};

	return cmocka_run_group_tests(tests, setup, wire_via_group_teardown);
}
