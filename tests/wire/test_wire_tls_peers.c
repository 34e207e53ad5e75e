/* Slow, rude and vanishing callers over TLS: the handshake is one more thing to be slow in, and its cost one more thing
 * to ask for. */
#include "tls_site.h"
#include "wire_crowd.h"
#include "wire_vitals.h"

#include <signal.h>

#define PROMPT_MS 250
#define HANDS (WIRE_SLOWNESS > 1 ? 10 : 100) /* so many shake hands before the first of them is too slow */
#define EMPTY "\x16\x03\x01\x00\x00"
#define EMPTY_8 EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY

static struct site site;

static int
setup(void **state)
{
	(void)state;
	(void)wire_crowd_affordable(2000);
	prepare(&site, wire_printf("tls_handshake_timeout = %d\nhead_timeout = %d\nbody_timeout = %d\n"
				   "answer_timeout = %d\nidle_timeout = %d",
			   WIRE_SLOWNESS, WIRE_SLOWNESS, WIRE_SLOWNESS, WIRE_SLOWNESS, WIRE_SLOWNESS));
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

static void
open_all(struct hand *h, size_t count, const char *say)
{
	for (size_t i = 0; i < count; i++) {
		hand_open(&h[i], &site);
		if (say != NULL)
			hand_say(&h[i], wire_bytes_text(say));
	}
}

static void
close_all(struct hand *h, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hand_close(&h[i]);
}

/* Until srvd has closed what it does not tell the caller of. */
static void
wait_closed(const struct wire_vitals *before, int tmo_ms)
{
	for (int64_t until = wire_now_ms() + tmo_ms; wire_vitals(&site.srv).descriptors > before->descriptors;) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(20);
	}
}

static void
a_thousand_slow_handshakes_disturb_nobody(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	static struct wire_probe amid;
	struct wire_vitals before = wire_vitals(&site.srv);
	size_t from = wire_log_size(&site.srv);

	(void)state;
	amid.count = 0;
	struct wire_crowd *c = wire_crowd_connect(&site.tls, 1000, 0);
	for (size_t at = 0; at < 3; at++) {
		for (size_t i = 0; i < c->count; i += 2)
			wire_crowd_say(c, i, wire_bytes(hello + at, 1));
		wire_probe_for(&site.srv, &amid, 200);
	}
	struct wire_vitals during = wire_vitals(&site.srv);
	assert_int_equal(wire_crowd_ended(c), 0);
	assert_true(wire_crowd_wait_ended(c, 1000, 1000 + 1000 * WIRE_SLOWNESS));
	wire_crowd_close(c);
	print_message(
	    "figures: %ld KiB more during 1,000 slow handshakes\n", during.resident_kib - before.resident_kib);
	wire_probe_expect(&amid, PROMPT_MS, "1,000 slow handshakes");
	wire_expect_unharmed(&site.srv, &before, 16384, "1,000 slow handshakes");
	/* A line for the first hundred a loop has to say something of, then sums. */
	assert_true(wire_log_size(&site.srv) - from < 50000);
}

static void
slow_requests_are_answered_408_and_idle_connections_closed(void **state)
{
	static struct hand heads[HANDS], bodies[HANDS], idle[HANDS];
	struct wire_vitals before = wire_vitals(&site.srv);
	char byte;

	(void)state;
	open_all(heads, HANDS, "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\nX: ");
	open_all(bodies, HANDS,
	    "POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml\r\nContent-Length: 300\r\n\r\n<soap");
	open_all(idle, HANDS, NULL);
	/* A record with a byte buys no time. */
	for (int i = 0; i < 3; i++) {
		wire_rest_ms(150);
		for (size_t k = 0; k < HANDS; k++) {
			hand_say(&heads[k], wire_bytes("x", 1));
			hand_say(&bodies[k], wire_bytes(" ", 1));
		}
	}
	for (size_t k = 0; k < HANDS; k++) {
		hand_expect(&heads[k], "HTTP/1.1 408 ");
		hand_expect(&bodies[k], "HTTP/1.1 408 ");
		assert_true(SSL_read(idle[k].ssl, &byte, 1) <= 0);
	}
	close_all(heads, HANDS);
	close_all(bodies, HANDS);
	close_all(idle, HANDS);
	wire_expect_unharmed(&site.srv, &before, 16384, "slow requests and idle connections");
}

static void
callers_who_never_read_are_closed(void **state)
{
	static struct hand h[HANDS];
	const char *many = wire_repeat(wire_get(&site.tls, "/srv.asmx?wsdl", NULL).p, 40);
	struct wire_vitals before, during;

	(void)state;
	for (int round = 0; round < 2; round++) {
		before = wire_vitals(&site.srv);
		open_all(h, HANDS, many);
		during = wire_vitals(&site.srv);
		assert_true(during.descriptors >= before.descriptors + HANDS);
		wait_closed(&before, 5000 + 1000 * WIRE_SLOWNESS);
		close_all(h, HANDS);
	}
	/* A session of OpenSSL's, a record and an answer for each. */
	print_message("figures: %ld KiB more while %d do not read\n", during.resident_kib - before.resident_kib, HANDS);
	wire_expect_unharmed(&site.srv, &before, 4096, "those that do not read");
}

/* Leaves with a reset at a stage, from before the handshake to the middle of an answer. */
static void
leave_at(int stage)
{
	struct hand h;
	struct linger now = {.l_onoff = 1};

	hand_connect(&h, &site);
	assert_int_equal(setsockopt(h.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	if (stage == 1)
		assert_int_equal(send(h.fd, "\x16\x03\x01\x02\x00\x01\x00", 7, MSG_NOSIGNAL), 7);
	if (stage >= 2)
		hand_shake(&h);
	if (stage == 3)
		hand_say(&h, wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHo"));
	if (stage == 4)
		hand_say(&h, wire_bytes_text(wire_repeat(wire_get(&site.tls, "/srv.asmx?wsdl", NULL).p, 20)));
	if (stage == 5) /* a part of a record */
		assert_int_equal(send(h.fd, "\x17\x03\x03\x00\x80xxx", 8, MSG_NOSIGNAL), 8);
	if (stage == 6) { /* an end of the socket only, and no word of it */
		hand_say(&h, wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHo"));
		assert_int_equal(shutdown(h.fd, SHUT_WR), 0);
	}
	hand_close(&h);
}

static void
callers_that_vanish_leave_nothing(void **state)
{
	static struct wire_probe amid;
	struct wire_vitals before = wire_vitals(&site.srv);

	(void)state;
	amid.count = 0;
	for (int round = 0; round < 2; round++) {
		before = wire_vitals(&site.srv);
		for (int i = 0; i < 350; i++) {
			leave_at(i % 7);
			if (i % 10 == 0)
				wire_probe(&site.srv, &amid);
		}
		wait_closed(&before, 5000 + 1000 * WIRE_SLOWNESS);
	}
	wire_probe_expect(&amid, PROMPT_MS, "700 that vanish");
	wire_expect_unharmed(&site.srv, &before, 2048, "700 that vanish");
}

static void
what_is_no_tls_is_closed_within_a_second(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
	    {"\x80\x0c\x01\x00\x02\x00\x03\x00\x00\x00\x10\x07\x00\xc0", 14}, /* a hello of SSL 2 */
	    {"\x16\x03\x01\xff\xff\x01", 6},                                  /* a record longer than any */
	    {EMPTY_8 EMPTY_8 EMPTY_8 EMPTY_8 EMPTY_8, 200},                   /* empty records */
	    {"\x17\x03\x03\x00\x05hello", 10},                                /* data before the handshake */
	    {"\x14\x03\x03\x00\x01\x01", 6},                                  /* a change of ciphers before it */
	    {"\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9},                      /* the server's hello */
	    {"\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9},                      /* a hello of 16 MB */
	    {"\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03", 11},             /* one too short to be one */
	    {"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n", 36},                   /* another protocol's */
	    {"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12},
	};
	struct wire_vitals before = wire_vitals(&site.srv);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wire_crowd *c = wire_crowd_connect(&site.tls, 10, 0);

		wire_crowd_all_say(c, wire_bytes(rows[i].bytes, rows[i].len));
		if (!wire_crowd_wait_ended(c, 10, 1000 * WIRE_SLOWNESS))
			fail_msg("row %zu: %zu of 10 are closed", i, wire_crowd_ended(c));
		wire_crowd_close(c);
	}
	wire_expect_unharmed(&site.srv, &before, 1024, "100 that speak no TLS");
}

static void
handshakes_without_end_leave_time_for_others(void **state)
{
	static struct wire_probe amid;
	struct wire_vitals before = wire_vitals(&site.srv);
	int64_t until = wire_now_ms() + 1000;
	int count = 0;

	(void)state;
	amid.count = 0;
	while (wire_now_ms() < until) {
		struct hand h;

		hand_open(&h, &site);
		hand_close(&h);
		if (++count % 4 == 0)
			wire_probe(&site.srv, &amid);
	}
	print_message("figures: %d full handshakes in a second\n", count);
	wire_probe_expect(&amid, PROMPT_MS, "handshakes without end");
	wire_expect_unharmed(&site.srv, &before, 1024, "handshakes without end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(a_thousand_slow_handshakes_disturb_nobody),
	    WIRE_TEST(slow_requests_are_answered_408_and_idle_connections_closed),
	    WIRE_TEST(callers_who_never_read_are_closed),
	    WIRE_TEST(callers_that_vanish_leave_nothing),
	    WIRE_TEST(what_is_no_tls_is_closed_within_a_second),
	    WIRE_TEST(handshakes_without_end_leave_time_for_others),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
