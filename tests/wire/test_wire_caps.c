/* More callers than there is room for: connections, descriptors, threads that hash. Who is too many is told so at once
 * and costs nothing, who was there before is served on, and there is room again when somebody leaves. */
#define _GNU_SOURCE /* prlimit */
#include "wire_crowd.h"
#include "wire_vitals.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define AT_ONCE_MS 1000 /* "within 100 ms", and a second for a busy machine */

static struct wire_bytes
ask(const struct wire_srvd *srv)
{
	return wire_get(srv, "/srv.asmx/ServerInfo", NULL);
}

static int
setup(void **state)
{
	(void)state;
	(void)wire_crowd_affordable(2000);
	return 0;
}

static void
the_connection_that_is_one_too_many_is_refused_at_once(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "max_connections = 1024\njobs = false");
	struct wire_vitals before = wire_vitals(&own);
	struct wire_crowd *c = wire_crowd_connect(&own, 1024, 0), *over;
	wire_crowd_all_say(c, ask(&own));
	assert_true(wire_crowd_wait_status(c, 200, 1024, WIRE_TMO_MS));
	int64_t since = wire_now_ms();
	over = wire_crowd_connect(&own, 100, 0);
	assert_true(wire_crowd_wait_ended(over, 100, AT_ONCE_MS));
	print_message(
	    "figures: 100 connections over the limit are refused within %d ms\n", (int)(wire_now_ms() - since));
	assert_int_equal(wire_crowd_with_status(over, 503), 100);
	wire_crowd_close(over);
	/* Those that are there are served on. */
	for (size_t i = 0; i < c->count; i++)
		c->member[i].status = 0, c->member[i].got = 0;
	wire_crowd_all_say(c, ask(&own));
	assert_true(wire_crowd_wait_status(c, 200, 1024, WIRE_TMO_MS));
	assert_int_equal(wire_crowd_ended(c), 0);
	wire_crowd_close(c);
	wire_rest_ms(200);
	wire_expect_unharmed(&own, &before, 2048, "1,024 connections and 100 too many");
}

static void
an_address_with_too_many_connections_shuts_out_itself_only(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "max_connections_per_address = 64\njobs = false");
	struct wire_vitals before = wire_vitals(&own);
	struct wire_crowd *c = wire_crowd_connect(&own, 64, 0), *over;
	wire_crowd_all_say(c, ask(&own));
	assert_true(wire_crowd_wait_status(c, 200, 64, WIRE_TMO_MS));
	over = wire_crowd_connect(&own, 20, 0);
	assert_true(wire_crowd_wait_ended(over, 20, AT_ONCE_MS));
	assert_int_equal(wire_crowd_with_status(over, 503), 20);
	wire_expect_alive(&own); /* from another address */
	assert_int_equal(wire_crowd_ended(c), 0);
	wire_crowd_close(c);
	wire_rest_ms(200);
	over = wire_crowd_connect(&own, 64, 0);
	wire_crowd_all_say(over, ask(&own));
	assert_true(wire_crowd_wait_status(over, 200, 64, WIRE_TMO_MS));
	wire_crowd_close(over);
	wire_expect_unharmed(&own, &before, 1024, "64 connections from an address and 20 too many");
}

/* Issue 3: less than 64 MiB, and nobody is slowed down; with the limits as they are by default. */
static void
ten_thousand_that_are_idle_cost_little_and_disturb_nobody(void **state)
{
	static struct wire_srvd own;
	static struct wire_probe amid;
	size_t count = wire_crowd_affordable(10000);

	(void)state;
	amid.count = 0;
	wire_new(&own, "jobs = false");
	struct wire_vitals before = wire_vitals(&own), during;
	struct wire_crowd *c = wire_crowd_connect(&own, count, 0);
	wire_crowd_all_say(c, ask(&own));
	assert_true(wire_crowd_wait_status(c, 200, count, WIRE_TMO_MS));
	during = wire_vitals(&own);
	wire_probe_for(&own, &amid, 500);
	print_message("figures: %zu idle connections: resident KiB %ld, then %ld; descriptors %ld, then %ld\n", count,
	    before.resident_kib, during.resident_kib, before.descriptors, during.descriptors);
	if (!WIRE_SANITIZED)
		assert_true(during.resident_kib - before.resident_kib < 64 << 10);
	wire_probe_expect(&amid, 250, "10,000 idle connections");
	assert_int_equal(wire_crowd_ended(c), 0);
	wire_crowd_close(c);
	wire_rest_ms(300);
	/* Their memory is given back, but for what lies between what is in use. */
	wire_expect_unharmed(&own, &before, 6144, "10,000 connections");
}

static void
without_descriptors_accepting_rests_and_then_goes_on(void **state)
{
	static struct wire_srvd own;
	struct rlimit few = {64, 64};

	(void)state;
	wire_new(&own, "jobs = false");
	wire_expect_alive(&own);
	struct wire_vitals before = wire_vitals(&own), start, now;
	size_t from = wire_log_size(&own);
	assert_int_equal(prlimit(own.pid, RLIMIT_NOFILE, &few, NULL), 0);
	struct wire_crowd *c = wire_crowd_connect(&own, 200, 0);
	assert_true(wire_log_wait(&own, from, "accept paused"));
	wire_crowd_all_say(c, ask(&own));
	start = wire_vitals(&own);
	wire_crowd_look(c, 1500);
	now = wire_vitals(&own);
	print_message("figures: without descriptors: %.0f ms of processor time in 1500 ms; %zu of 200 answered\n",
	    now.processor_ms - start.processor_ms, wire_crowd_with_status(c, 200));
	if (!WIRE_SANITIZED)
		assert_true(now.processor_ms - start.processor_ms < 300);
	assert_true(wire_crowd_with_status(c, 200) > 0 && wire_crowd_with_status(c, 200) < 64);
	/* As some leave, others get their turn, to the last. */
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS; wire_crowd_with_status(c, 200) < 200;) {
		for (size_t i = 0; i < c->count; i++)
			if (c->member[i].status == 200)
				wire_crowd_leave(c, i);
		assert_true(wire_now_ms() < until);
		wire_crowd_look(c, 20);
	}
	wire_crowd_close(c);
	wire_expect_unharmed(&own, &before, 1024, "200 connections with 64 descriptors");
	const char *log = wire_log_text(&own) + from, *first = strstr(log, "accept paused");
	assert_null(strstr(first + 1, "accept paused")); /* said once in ten seconds */
}

/* Two hash, the others wait, up to a number; who is over it is told to come again, on a connection that is kept.
 */
static void
a_flood_of_logins_is_served_in_turn_and_the_rest_refused_at_once(void **state)
{
	static struct wire_srvd own;
	static struct wire_probe amid;

	(void)state;
	amid.count = 0;
	wire_new(&own, "jobs = false");
	struct wire_bytes login = wire_call_request(
	    &own, WIRE_POST, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	assert_non_null(wire_try_login(&own, WIRE_USER, WIRE_USER_PWD));
	struct wire_vitals before = wire_vitals(&own);
	before.descriptors += 2 * (8 - 1); /* each of at most eight threads for logins opens store and log once */
	struct wire_crowd *c = wire_crowd_connect(&own, 64, 0);
	wire_crowd_all_say(c, login);
	/* Two threads or more take one each, and sixteen wait; a few are done while the others come. */
	assert_true(wire_crowd_wait_status(c, 503, 20, AT_ONCE_MS));
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS;
	     wire_crowd_with_status(c, 200) + wire_crowd_with_status(c, 503) < 64;) {
		assert_true(wire_now_ms() < until);
		if (amid.count < 2000)
			wire_probe(&own, &amid);
		wire_crowd_look(c, 2);
	}
	size_t served = wire_crowd_with_status(c, 200), refused = wire_crowd_with_status(c, 503);
	print_message("figures: 64 logins at once: %zu served, %zu refused\n", served, refused);
	assert_true(served >= 16);
	assert_int_equal(wire_crowd_ended(c), 0);
	wire_probe_expect(&amid, 100, "64 logins at once");
	/* Kept: all of them may ask something else, or the same again when there is room. */
	for (size_t i = 0; i < c->count; i++)
		c->member[i].status = 0, c->member[i].got = 0;
	wire_crowd_all_say(c, ask(&own));
	assert_true(wire_crowd_wait_status(c, 200, 64, WIRE_TMO_MS));
	wire_crowd_close(c);
	struct wire_conn *k = wire_connect(&own);
	assert_true(wire_send(k, login));
	assert_int_equal(wire_read(k, false)->status, 200);
	wire_close(k);
	wire_expect_unharmed(&own, &before, 8192, "64 logins at once");
}

/* What needs no thread is never refused, however many ask at once: each in its turn. */
static void
a_flood_of_pipelined_requests_is_answered_to_the_last(void **state)
{
	static struct wire_srvd own;
	static struct wire_probe amid;
	size_t each, all = 0;

	(void)state;
	amid.count = 0;
	wire_new(&own, "jobs = false");
	struct wire_answer *one = wire_ask(&own, ask(&own));
	each = strlen(one->head) + 2 + one->body_len;
	struct wire_bytes many = wire_bytes_text(wire_repeat(ask(&own).p, 60));
	struct wire_vitals before = wire_vitals(&own);
	struct wire_crowd *c = wire_crowd_connect(&own, 500, 0);
	wire_crowd_all_say(c, many);
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS; all < 500 * 60 * each;) {
		assert_true(wire_now_ms() < until);
		assert_int_equal(wire_crowd_ended(c), 0);
		wire_probe(&own, &amid);
		wire_crowd_look(c, 5);
		all = 0;
		for (size_t i = 0; i < c->count; i++)
			all += c->member[i].got;
	}
	assert_int_equal(all, 500 * 60 * each);
	wire_crowd_close(c);
	wire_probe_expect(&amid, 2000, "30,000 requests at once");
	wire_expect_unharmed(&own, &before, 16384, "30,000 requests at once");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_connection_that_is_one_too_many_is_refused_at_once),
	    WIRE_TEST(an_address_with_too_many_connections_shuts_out_itself_only),
	    WIRE_TEST(ten_thousand_that_are_idle_cost_little_and_disturb_nobody),
	    WIRE_TEST(without_descriptors_accepting_rests_and_then_goes_on),
	    WIRE_TEST(a_flood_of_logins_is_served_in_turn_and_the_rest_refused_at_once),
	    WIRE_TEST(a_flood_of_pipelined_requests_is_answered_to_the_last),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
