/* Callers that go away: with a reset or with half a good-bye, in the middle of whatever is going on. Nothing runs that
 * was not received whole, nobody else notices, and nothing of them stays. */
#include "wire_crowd.h"
#include "wire_vitals.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_S (2 * WIRE_SLOWNESS)
#define PROMPT_MS 250 /* what those who call meanwhile may have to wait */

static struct wire_srvd srv;

/* What a caller has said when it goes. */
static struct wire_bytes
said(int stage)
{
	struct wire_bytes login = wire_call_request(
	    &srv, WIRE_SOAP11, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);

	switch (stage) {
	case 0:
		return wire_bytes("", 0);
	case 1:
		return wire_bytes_text("GET /srv.asmx/ServerInfo HTTP/1.1\r\nHo");
	case 2:
		return wire_bytes(login.p, login.len - 20);
	case 3:
		return wire_get(&srv, "/srv.asmx/ServerInfo", NULL);
	case 4: /* too much for the socket: srvd is in the middle of it */
		return wire_bytes_text(wire_repeat(wire_get(&srv, "/srv.asmx?wsdl", NULL).p, 20));
	case 5:
		return wire_bytes_text("POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml\r\n"
				       "Content-Length: 300\r\nExpect: 100-continue\r\n\r\n");
	case 6:
		return wire_bytes_text("POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml\r\n"
				       "Transfer-Encoding: chunked\r\n\r\n40\r\n<soap:Envelope");
	default: /* refused: srvd waits for the end of what is still on its way */
		return wire_bytes_text("Invalid\r\n\r\n");
	}
}
#define STAGES 8

static int
setup(void **state)
{
	(void)state;
	(void)wire_crowd_affordable(2000);
	/* Each thread opens the store for itself, once: with one it has. */
	wire_new(&srv,
	    wire_printf("head_timeout = %d\nbody_timeout = %d\npool_threads = 1\njobs = false", TIMEOUT_S, TIMEOUT_S));
	srv.shared = true;
	return 0;
}

static void
many_leave(int stage, int rest_ms, void (*leave)(struct wire_crowd *))
{
	struct wire_bytes b = said(stage);
	struct wire_crowd *c = wire_crowd_connect(&srv, 200, stage == 4 ? WIRE_CROWD_TINY : 0);

	if (b.len > 0)
		wire_crowd_all_say(c, b);
	if (rest_ms > 0)
		wire_rest_ms(rest_ms);
	leave(c);
}

/* As fast as they come, at once and after srvd has looked at them. */
static void
storm(int rounds)
{
	for (int i = 0; i < rounds; i++)
		for (int stage = 0; stage < STAGES; stage++)
			many_leave(stage, i % 2 == 0 ? 0 : 20, wire_crowd_reset);
}

static void
resets_at_every_stage_leave_nothing_and_run_nothing(void **state)
{
	static struct wire_probe amid;
	const char *tickets;

	(void)state;
	amid.count = 0;
	storm(2); /* the first ones' memory is for the next */
	wire_expect_alive(&srv);
	tickets = wire_sql_text(&srv, "SELECT count(*) FROM tickets");
	struct wire_vitals before = wire_vitals(&srv);
	size_t from = wire_log_size(&srv);
	for (int i = 0; i < 6; i++) {
		storm(1);
		wire_probe_for(&srv, &amid, 50);
		storm(1);
		for (int k = 0; k < 20; k++)
			wire_probe(&srv, &amid);
	}
	wire_probe_expect(&amid, PROMPT_MS, "19,200 resets");
	/* Less than half a KiB for each. */
	wire_expect_unharmed(&srv, &before, 8192, "19,200 resets");
	assert_string_equal(wire_sql_text(&srv, "SELECT count(*) FROM tickets"), tickets);
	/* What was refused is logged, as far as there is room; a reset is nobody's business. */
	assert_null(strstr(wire_log_text(&srv) + from, "reset"));
	assert_true(wire_log_size(&srv) - from < 100000);
}

/* Hashing takes long enough to leave in the middle. The work is done, and its answer thrown away. */
static void
resets_during_a_login_leave_nothing(void **state)
{
	struct wire_bytes ask = wire_call_request(
	    &srv, WIRE_POST, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	struct wire_vitals before = wire_vitals(&srv);

	(void)state;
	before.descriptors += 2 * (8 - 1); /* each of at most eight threads for logins opens store and log once */
	for (int i = 0; i < 3; i++) {
		struct wire_crowd *c = wire_crowd_connect(&srv, 4, 0);

		wire_crowd_all_say(c, ask);
		wire_rest_ms(10);
		wire_crowd_reset(c);
	}
	/* They wait for their turn at hashing; the next caller comes behind them. */
	assert_non_null(wire_try_login(&srv, WIRE_USER, WIRE_USER_PWD));
	assert_true(wire_ticket_works(&srv, ticket));
	wire_expect_unharmed(&srv, &before, 4096, "12 resets while their password is hashed");
}

/* A caller that has said all it will say may still read. */
static void
half_closes_at_every_stage_are_answered_and_closed(void **state)
{
	static const int status[STAGES] = {0, 400, 400, 200, 200, 400, 400, 400};
	struct wire_vitals before = wire_vitals(&srv);

	(void)state;
	for (int stage = 0; stage < STAGES; stage++) {
		struct wire_crowd *c = wire_crowd_connect(&srv, 200, 0);

		if (stage > 0)
			wire_crowd_all_say(c, said(stage));
		wire_crowd_end_sending(c);
		if (!wire_crowd_wait_ended(c, 200, TIMEOUT_S * 1000 - 100))
			fail_msg("stage %d: %zu of 200 ended", stage, wire_crowd_ended(c));
		for (size_t i = 0; i < c->count; i++) {
			const struct wire_member *m = &c->member[i];

			if (m->reset || (m->status != status[stage] && !(stage == 5 && m->status == 100)))
				fail_msg("stage %d: %d%s", stage, m->status, m->reset ? ", reset" : "");
		}
		wire_crowd_close(c);
	}
	/* The WSDLs of 200 at once, which the allocator keeps for the next. */
	wire_expect_unharmed(&srv, &before, 200 * 64, "1,600 half-closes");
}

/* Those who stop without a word, and never go: the deadlines see to them. */
static void
callers_that_vanish_are_closed_at_their_deadline(void **state)
{
	struct wire_vitals before = wire_vitals(&srv);
	struct wire_crowd *c[STAGES];
	static const int stages[] = {1, 2, 5, 6};

	(void)state;
	for (int i = 0; i < 4; i++) {
		c[i] = wire_crowd_connect(&srv, 50, 0);
		wire_crowd_all_say(c[i], said(stages[i]));
	}
	for (int i = 0; i < 4; i++) {
		assert_true(wire_crowd_wait_ended(c[i], 50, TIMEOUT_S * 1000 + 2000));
		assert_int_equal(wire_crowd_with_status(c[i], stages[i] == 5 ? 100 : 408), 50);
		wire_crowd_close(c[i]);
	}
	wire_expect_unharmed(&srv, &before, 1024, "200 that vanish");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(resets_at_every_stage_leave_nothing_and_run_nothing),
	    WIRE_TEST(resets_during_a_login_leave_nothing),
	    WIRE_TEST(half_closes_at_every_stage_are_answered_and_closed),
	    WIRE_TEST(callers_that_vanish_are_closed_at_their_deadline),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
