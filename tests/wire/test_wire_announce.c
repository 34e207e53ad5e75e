/* PROXY headers on listen_proxy, spoken by hand: who may send one, what it changes, and what else may not come there.
 * The same behind a real haproxy: test_wire_proxy.c. */
#include "wire_call.h"
#include "wire_via.h"

#include <stdio.h>
#include <string.h>

static struct wire_srvd srv, via;

/* From any address of 127.0.0.0/24 a header is believed. */
static int
setup(void **state)
{
	(void)state;
	wire_new(&srv, "jobs = false\nlog_level = debug\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.0/24\n"
		       "head_timeout = 2\nmax_connections_per_address = 4\n");
	srv.shared = true;
	wire_via_announced(&srv, &via);
	return 0;
}

#define V1(address) "PROXY TCP4 " address " 127.0.0.1 4711 443\r\n"
#define V2_FOUR "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC6\x33\x64\x07\x7F\0\0\1\x12\x67\1\xBB" /* 198.51.100.7 */
#define V2_TLS "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x14\xC6\x33\x64\x08\x7F\0\0\1\x12\x67\1\xBB\x20\0\5\1\0\0\0\0" /* .8 */
#define V2_SIX                                                                                                   \
	"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x51\x20\1\x0D\xB8\0\0\0\0\0\0\0" \
	"\0\0\0\0\1\x12\x67\1\xBB" /* 2001:db8::51 */
#define V2_LOCAL "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"
#define BYTES(s) wire_bytes(s, sizeof(s) - 1)

static struct wire_bytes
info(void)
{
	return wire_get(&srv, "/srv.asmx/ServerInfo", NULL);
}

/* The request behind the header is answered, and the log has the peer. */
static void
expect_peer(const char *from, struct wire_bytes header, const char *peer)
{
	size_t at = wire_log_size(&srv);
	struct wire_conn *c = wire_connect_from(&via, from);

	assert_true(wire_send(c, wire_join(header, info())));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	if (!wire_log_wait(&srv, at, wire_printf("op name=ServerInfo form=get peer=%s outcome=success", peer)))
		fail_msg("not peer=%s but: %s", peer, wire_log_text(&srv) + at);
	wire_close(c);
}

/* Closed without a byte, and the log says why. */
static void
expect_closed(struct wire_conn *c, size_t log_at, const char *class, const char *peer)
{
	if (!wire_ends(c, WIRE_TMO_MS))
		fail_msg("not closed: %s", class);
	if (!wire_log_wait(&srv, log_at, wire_printf("conn error class=%s peer=%s\n", class, peer)))
		fail_msg("no %s peer=%s in the log: %s", class, peer, wire_log_text(&srv) + log_at);
	wire_close(c);
}

static void
the_announced_client_is_the_peer(void **state)
{
	(void)state;
	expect_peer(NULL, BYTES(V1("198.51.100.1")), "198.51.100.1");
	expect_peer("127.0.0.9", BYTES("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), "2001:db8::1");
	expect_peer(NULL, BYTES("PROXY TCP6 ::ffff:198.51.100.2 ::1 1 2\r\n"), "198.51.100.2");
	expect_peer(NULL, BYTES(V2_FOUR), "198.51.100.7");
	expect_peer(NULL, BYTES(V2_SIX), "2001:db8::51");
	expect_peer(NULL, BYTES(V2_TLS), "198.51.100.8");
}

static void
a_proxy_that_speaks_for_itself_is_the_peer(void **state)
{
	(void)state;
	expect_peer("127.0.0.8", BYTES("PROXY UNKNOWN\r\n"), "127.0.0.8");
	expect_peer("127.0.0.8", BYTES("PROXY UNKNOWN 198.51.100.1 127.0.0.1 1 2\r\n"), "127.0.0.8");
	expect_peer("127.0.0.8", BYTES(V2_LOCAL), "127.0.0.8");
}

static void
all_requests_of_a_connection_are_the_client_s(void **state)
{
	struct wire_conn *c = wire_connect(&via);
	size_t at = wire_log_size(&srv);

	(void)state;
	assert_true(wire_send(c, wire_join(BYTES(V1("198.51.100.3")), wire_join(info(), info()))));
	for (int i = 0; i < 2; i++)
		wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_send(c, info()));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	const char *log = wire_log_text(&srv) + at;
	for (int i = 0; i < 3; i++) {
		log = strstr(log, "op name=ServerInfo form=get peer=198.51.100.3 ");
		assert_non_null(log);
		log++;
	}
	/* A second header is no request. */
	assert_true(wire_send_text(c, V1("198.51.100.4")));
	wire_expect_plain(wire_read(c, false), 400);
	wire_close(c);
}

static void
a_header_may_come_in_any_pieces(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *peer;
	} rows[] = {{V1("198.51.100.5"), sizeof V1("198.51.100.5") - 1, "198.51.100.5"},
	    {V2_FOUR, sizeof V2_FOUR - 1, "198.51.100.7"}, {V2_SIX, sizeof V2_SIX - 1, "2001:db8::51"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t at = wire_log_size(&srv);

		/* Cut at each place: the rest comes with the request. */
		for (size_t n = 1; n <= rows[i].len; n++) {
			struct wire_conn *c = wire_connect(&via);

			assert_true(wire_send(c, wire_bytes(rows[i].bytes, n)));
			wire_rest_ms(1);
			assert_true(wire_send(c, wire_join(wire_bytes(rows[i].bytes + n, rows[i].len - n), info())));
			wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
			wire_close(c);
		}
		/* A byte at a time, the request too. */
		struct wire_conn *c = wire_connect(&via);
		struct wire_bytes all = wire_join(wire_bytes(rows[i].bytes, rows[i].len), info());
		for (size_t n = 0; n < all.len; n++)
			assert_true(wire_send(c, wire_bytes(all.p + n, 1)));
		wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
		wire_close(c);
		const char *log = wire_log_text(&srv) + at, *want = wire_printf("peer=%s ", rows[i].peer);
		size_t found = 0;
		while ((log = strstr(log, want)) != NULL) {
			found++;
			log++;
		}
		assert_int_equal(found, rows[i].len + 1);
	}
}

static void
who_is_no_trusted_proxy_is_closed_at_once(void **state)
{
	size_t at = wire_log_size(&srv);
	struct wire_conn *c = wire_connect_from(&via, "127.0.1.1");

	(void)state;
	expect_closed(c, at, "proxy-untrusted", "127.0.1.1");
	/* The same address is welcome where everybody is, and there a header is no request. */
	c = wire_connect_from(&srv, "127.0.1.1");
	assert_true(wire_send(c, info()));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_send_text(c, V1("198.51.100.1")));
	wire_expect_plain(wire_read(c, false), 400);
	wire_close(c);
	c = wire_connect(&srv);
	assert_true(wire_send(c, wire_join(BYTES(V2_FOUR), info())));
	wire_expect_plain(wire_read(c, false), 400);
	wire_close(c);
}

static void
anything_but_a_header_is_closed_at_once(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
#define ROW(s) {s, sizeof(s) - 1}
	    ROW("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\n\r\n"),
	    ROW("\x16\x03\x01\x02\0\1\0\1\xFC\3\3"),
	    ROW("x"),
	    ROW("\r\n\r\n\r\n"),
	    ROW("\r\n\r\n\0\r\nQUIT\n\x31"),
	    ROW("\r\n\r\n\0\r\nQUIT\n\x21\x12"),
	    ROW("\r\n\r\n\0\r\nQUIT\n\x21\x11\xFF\xFF"),
	    ROW("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0D\xC6\x33\x64\x07\x7F\0\0\1\x12\x67\1\xBB\0"),
	    ROW("PROXY TCP4 198.51.100.1 127.0.0.1 4711 443\n"),
	    ROW("PROXY TCP4 198.51.100.1 127.0.0.1 4711\r\n"),
	    ROW("PROXY TCP4 evil 127.0.0.1 4711 443\r\n"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t at = wire_log_size(&srv);
		struct wire_conn *c = wire_connect_from(&via, "127.0.0.7");

		assert_true(wire_send(c, wire_bytes(rows[i].bytes, rows[i].len)));
		expect_closed(c, at, "proxy-header", "127.0.0.7");
	}
	struct wire_conn *c = wire_connect(&via);
	size_t at = wire_log_size(&srv);
	assert_true(wire_send_text(c, wire_printf("PROXY UNKNOWN %s", wire_repeat("x", 200))));
	expect_closed(c, at, "proxy-header", "127.0.0.1");
	wire_expect_alive(&srv);
}

static void
a_header_that_does_not_come_in_time_is_given_up(void **state)
{
	struct wire_conn *none = wire_connect(&via), *part = wire_connect(&via), *headless = wire_connect(&via);
	size_t at = wire_log_size(&srv);
	int64_t began = wire_now_ms();

	(void)state;
	assert_true(wire_send_text(part, "PROXY TCP4 198.51.100.1 "));
	assert_true(wire_send_text(headless, V1("198.51.100.6") "GET /srv.asmx/Serv"));
	/* One deadline covers the header and the request's head. */
	struct wire_answer *a = wire_read(headless, false);
	wire_expect_plain(a, 408);
	assert_true(wire_log_wait(&srv, at, "conn error class=timeout status=408 peer=198.51.100.6"));
	assert_true(wire_ends(none, WIRE_TMO_MS));
	expect_closed(part, at, "proxy-timeout", "127.0.0.1");
	assert_true(wire_now_ms() - began >= 1900);
	/* A proxy that only looks whether we are there is no event. */
	at = wire_log_size(&srv);
	struct wire_conn *look = wire_connect(&via), *cut = wire_connect(&via);
	wire_close(look);
	assert_true(wire_send_text(cut, "PROXY"));
	wire_end_sending(cut);
	expect_closed(cut, at, "proxy-eof", "127.0.0.1");
	assert_null(strstr(strstr(wire_log_text(&srv) + at, "proxy-eof") + 1, "conn error"));
}

static void
the_limit_of_an_address_counts_the_announced_one(void **state)
{
	struct wire_conn *c[6];
	size_t at = wire_log_size(&srv);

	(void)state;
	/* More from the proxy than one address may have: it is not the one that counts. */
	for (int i = 0; i < 6; i++) {
		c[i] = wire_connect(&via);
		assert_true(
		    wire_send(c[i], wire_join(wire_bytes_text(wire_printf(V1("198.51.100.%d"), 20 + i % 2)), info())));
		wire_result(WIRE_GET, "ServerInfo", wire_read(c[i], false));
	}
	/* 198.51.100.20 and .21 have three each; a fourth is welcome, a fifth is not. */
	struct wire_conn *fourth = wire_connect(&via), *fifth = wire_connect(&via), *other = wire_connect(&via);
	assert_true(wire_send(fourth, wire_join(BYTES(V1("198.51.100.20")), info())));
	wire_result(WIRE_GET, "ServerInfo", wire_read(fourth, false));
	assert_true(wire_send(fifth, wire_join(BYTES(V1("198.51.100.20")), info())));
	struct wire_answer *a = wire_read(fifth, false);
	wire_expect_plain(a, 503);
	assert_true(wire_field_is(a, "Connection", "close"));
	assert_true(wire_ends(fifth, WIRE_TMO_MS));
	assert_true(
	    wire_log_wait(&srv, at, "conn error class=max-connections-per-address status=503 peer=198.51.100.20"));
	assert_true(wire_send(other, wire_join(BYTES(V1("198.51.100.21")), info())));
	wire_result(WIRE_GET, "ServerInfo", wire_read(other, false));
	/* What ends makes room. */
	wire_close(fourth);
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS;;) {
		struct wire_conn *again = wire_connect(&via);

		assert_true(wire_send(again, wire_join(BYTES(V1("198.51.100.20")), info())));
		a = wire_read(again, false);
		assert_non_null(a);
		wire_close(again);
		if (a->status == 200)
			break;
		assert_true(wire_now_ms() < until);
		wire_rest_ms(10);
	}
}

/* What the proxy passes on are the client's own bytes: its fields count only if it is a trusted proxy itself. */
static void
fields_behind_a_header_are_the_announced_client_s(void **state)
{
	static const char fields[] = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
	static const char *const from[] = {"198.51.100.30", "127.0.0.99"}, *const peer[] = {
									       "198.51.100.30", "203.0.113.9"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t at = wire_log_size(&srv);
		struct wire_conn *c = wire_connect(&via);
		const char *header = wire_printf("PROXY TCP4 %s 127.0.0.1 1 2\r\n", from[i]);

		assert_true(
		    wire_send(c, wire_join(wire_bytes_text(header), wire_get(&srv, "/srv.asmx/ServerInfo", fields))));
		wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
		assert_true(wire_log_wait(&srv, at, wire_printf("op name=ServerInfo form=get peer=%s ", peer[i])));
		assert_true(wire_send(c, wire_get(&srv, "/srv.asmx?wsdl", fields)));
		struct wire_answer *a = wire_read(c, false);
		assert_non_null(a);
		assert_int_equal(
		    strstr(a->body, wire_printf("\"https://%s/srv.asmx\"", srv.host)) != NULL, i == 1 ? 1 : 0);
		wire_close(c);
	}
}

static void
a_client_that_spoke_tls_gets_an_https_address(void **state)
{
	struct wire_conn *c = wire_connect(&via);

	(void)state;
	assert_true(wire_send(c, wire_join(BYTES(V2_TLS), wire_get(&srv, "/srv.asmx?wsdl", NULL))));
	struct wire_answer *a = wire_read(c, false);
	assert_non_null(a);
	assert_non_null(strstr(a->body, wire_printf("\"https://%s/srv.asmx\"", srv.host)));
	assert_null(strstr(a->body, wire_printf("\"http://%s/srv.asmx\"", srv.host)));
	wire_close(c);
}

static void
the_end_answers_what_was_announced(void **state)
{
	static struct wire_srvd own, own_via;

	(void)state;
	wire_new(&own, "jobs = false\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.1\n");
	wire_via_announced(&own, &own_via);
	struct wire_conn *idle = wire_connect(&own_via), *c = wire_connect(&own_via);
	assert_true(wire_send(c, wire_join(BYTES(V1("198.51.100.1")), wire_get(&own, "/srv.asmx/ServerInfo", NULL))));
	wire_stop(&own);
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_ends(idle, WIRE_TMO_MS));
}

static void
a_listener_that_nobody_may_use_is_refused(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_prepare(&own, "listen_proxy = 127.0.0.1:0\n");
	const char *argv[] = {wire_program("srvd"), "--config", own.conf, NULL};
	struct wire_output o = wire_run(NULL, argv);
	assert_int_equal(o.status, 2);
	assert_string_equal(o.err, "srvd: listen_proxy: nobody may connect, for trusted_proxies is empty\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_announced_client_is_the_peer),
	    WIRE_TEST(a_proxy_that_speaks_for_itself_is_the_peer),
	    WIRE_TEST(all_requests_of_a_connection_are_the_client_s),
	    WIRE_TEST(a_header_may_come_in_any_pieces),
	    WIRE_TEST(who_is_no_trusted_proxy_is_closed_at_once),
	    WIRE_TEST(anything_but_a_header_is_closed_at_once),
	    WIRE_TEST(a_header_that_does_not_come_in_time_is_given_up),
	    WIRE_TEST(the_limit_of_an_address_counts_the_announced_one),
	    WIRE_TEST(fields_behind_a_header_are_the_announced_client_s),
	    WIRE_TEST(a_client_that_spoke_tls_gets_an_https_address),
	    WIRE_TEST(the_end_answers_what_was_announced),
	    WIRE_TEST(a_listener_that_nobody_may_use_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
