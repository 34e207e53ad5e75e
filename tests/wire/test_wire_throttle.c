/* The throttle of failed logins: whom it holds, for how long, whom it must not, and that an attempt which it holds is
 * answered as any other that failed, without a look at the password. Contract: section 7. */
#include "wire_call.h"
#include "wire_vitals.h"

#include <stdio.h>
#include <string.h>

#define STRANGER "127.9.8.7"
#define FREE 5         /* failures before an account is held */
#define PER_ADDRESS 30 /* failures a minute before an address is */

static struct wire_bytes
login_request(const struct wire_srvd *s, const char *fields, const char *uid, const char *pwd)
{
	return wire_call_request(s, WIRE_POST, fields, "AuthenticateUser", "UID", uid, "PWD", pwd, NULL);
}

static struct wire_answer *
login_from(const struct wire_srvd *s, const char *from, const char *uid, const char *pwd)
{
	struct wire_conn *c = wire_connect_from(s, from);
	struct wire_answer *a = wire_send(c, login_request(s, NULL, uid, pwd)) ? wire_read(c, false) : NULL;

	wire_close(c);
	assert_non_null(a);
	return a;
}

static bool
succeeded(const struct wire_answer *a)
{
	return strcmp(wire_attr(wire_result(WIRE_POST, "AuthenticateUser", a), "success"), "true") == 0;
}

/* Reads so many refusals, all of the same bytes. */
static void
read_refusals(struct wire_conn *c, int count)
{
	for (int i = 0; i < count; i++)
		wire_expect_error(WIRE_POST, "AuthenticateUser", wire_read(c, false), WIRE_900);
}

static void
five_failures_throttle_the_account_from_there_and_it_ends(void **state)
{
	static struct wire_srvd own;
	struct wire_bytes wrong, flood = wire_bytes_text("");

	(void)state;
	wire_new(&own, "jobs = false");
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_USER, WIRE_USER_PWD)));
	size_t from = wire_log_size(&own);
	struct wire_conn *c = wire_connect_from(&own, STRANGER);
	wrong = login_request(&own, NULL, WIRE_USER, "wrong");
	for (int i = 0; i < FREE; i++) {
		assert_true(wire_send(c, wrong));
		read_refusals(c, 1);
	}
	/* From now on not even the right password is looked at, and the answer is the very same. */
	for (int i = 0; i < 200 - FREE; i++)
		flood = wire_join(flood, wrong);
	double before = wire_vitals(&own).processor_ms;
	assert_true(wire_send(c, wire_join(flood, login_request(&own, NULL, WIRE_USER, WIRE_USER_PWD))));
	read_refusals(c, 200 - FREE + 1);
	double each_ms = (wire_vitals(&own).processor_ms - before) / (200 - FREE + 1);
	print_message("figures: a login that is held costs %.3f ms of processor time\n", each_ms);
	if (!WIRE_SANITIZED)
		assert_true(each_ms < 1);
	assert_int_equal(wire_log_count(&own, from, "reason=\"wrong password\""), FREE);
	assert_int_equal(wire_log_count(&own, from, "reason=\"account throttled\""), 200 - FREE + 1);
	/* Where the user has logged in before, a stranger locks nobody out. */
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_USER, WIRE_USER_PWD)));
	/* Others from the stranger's address are not held by it. */
	assert_true(succeeded(login_from(&own, STRANGER, WIRE_ADMIN, WIRE_ADMIN_PWD)));
	/* And it ends: within the minute that the delay may grow to, the right password is good again. */
	int64_t until = wire_now_ms() + 90000;
	while (!succeeded(login_from(&own, STRANGER, WIRE_USER, WIRE_USER_PWD))) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(100);
	}
}

/* One password for 200 names; each as if another had sent it, were a stranger's word good for that. */
static void
an_address_has_thirty_failures_a_minute_whoever_it_says_it_is(void **state)
{
	static struct wire_srvd own;
	struct wire_bytes all = wire_bytes_text("");

	(void)state;
	wire_new(&own, "jobs = false\ntrusted_proxies = 127.0.6.6");
	size_t from = wire_log_size(&own);
	for (int i = 0; i < 200; i++)
		all = wire_join(
		    all, login_request(&own,
			     wire_printf("X-Forwarded-For: 127.0.5.%d\r\nForwarded: for=127.0.5.%d\r\nX-Real-IP: "
					 "127.0.5.%d\r\n",
				 i, i, i),
			     wire_printf("name-%d", i), "Sommer2026!"));
	struct wire_conn *c = wire_connect_from(&own, STRANGER);
	assert_true(wire_send(c, all));
	read_refusals(c, 200);
	assert_int_equal(wire_log_count(&own, from, "reason=\"unknown user\""), PER_ADDRESS);
	assert_int_equal(wire_log_count(&own, from, "reason=\"address throttled\""), 200 - PER_ADDRESS);
	assert_int_equal(wire_log_count(&own, from, " peer=" STRANGER " "), 200);
	/* The right password is held there as well, and nowhere else. */
	assert_false(succeeded(login_from(&own, STRANGER, WIRE_USER, WIRE_USER_PWD)));
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_USER, WIRE_USER_PWD)));
	assert_true(succeeded(login_from(&own, "127.0.5.1", WIRE_ADMIN, WIRE_ADMIN_PWD)));
}

/* The account's own network is where it has logged in, not where a stranger says that he is. */
static void
a_stranger_does_not_come_from_home_by_saying_so(void **state)
{
	static struct wire_srvd own;
	static const char home[] = "X-Forwarded-For: 127.0.0.1\r\n";

	(void)state;
	wire_new(&own, "jobs = false");
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_ADMIN, WIRE_ADMIN_PWD)));
	struct wire_conn *c = wire_connect_from(&own, STRANGER);
	for (int i = 0; i < FREE; i++) {
		assert_true(wire_send(c, login_request(&own, home, WIRE_ADMIN, "wrong")));
		read_refusals(c, 1);
	}
	assert_true(wire_send(c, login_request(&own, home, WIRE_ADMIN, WIRE_ADMIN_PWD)));
	read_refusals(c, 1);
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_ADMIN, WIRE_ADMIN_PWD)));
}

static void
a_kill_gives_whoever_guesses_no_new_tries(void **state)
{
	static struct wire_srvd own;
	static const char stranger[] = "127.9.8.6";

	(void)state;
	wire_new(&own, "jobs = false");
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_USER, WIRE_USER_PWD)));
	for (int i = 0; i < 5; i++)
		wire_expect_error(
		    WIRE_POST, "AuthenticateUser", login_from(&own, stranger, WIRE_USER, "wrong"), WIRE_900);
	for (int i = 0; i < 3; i++) {
		/* The next failure counts when the delay of the one before is over: 1, 2 and 4 seconds. */
		wire_rest_ms(1100 << i);
		wire_expect_error(
		    WIRE_POST, "AuthenticateUser", login_from(&own, stranger, WIRE_USER, "wrong"), WIRE_900);
	}
	wire_kill(&own);
	wire_start(&own);
	/* Eight seconds of delay: the right password is not looked at, but for who was here before. */
	wire_expect_error(
	    WIRE_POST, "AuthenticateUser", login_from(&own, "127.9.8.5", WIRE_USER, WIRE_USER_PWD), WIRE_900);
	assert_true(succeeded(login_from(&own, "127.0.0.1", WIRE_USER, WIRE_USER_PWD)));
	assert_non_null(strstr(wire_log_text(&own), "account throttled"));
}

static void
a_throttled_unknown_user_looks_like_a_known_one(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	for (int i = 0; i < 8; i++) {
		struct wire_answer *known = login_from(&own, "127.3.3.3", WIRE_USER, "wrong");
		struct wire_answer *unknown = login_from(&own, "127.4.4.4", "nobody", "wrong");

		assert_string_equal(known->body, unknown->body);
		wire_expect_error(WIRE_POST, "AuthenticateUser", known, WIRE_900);
	}
}

static void
login_delay_holds_every_login_back(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_prepare(&own, "jobs = false");
	wire_sql(&own, "INSERT OR REPLACE INTO settings (name, value) VALUES ('LoginDelay', '700')");
	wire_start(&own);
	for (int good = 0; good < 2; good++) {
		int64_t began = wire_now_ms();

		wire_call(
		    &own, WIRE_POST, "AuthenticateUser", "UID", WIRE_USER, "PWD", good ? WIRE_USER_PWD : "wrong", NULL);
		assert_true(wire_now_ms() - began >= 690);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(five_failures_throttle_the_account_from_there_and_it_ends),
	    WIRE_TEST(an_address_has_thirty_failures_a_minute_whoever_it_says_it_is),
	    WIRE_TEST(a_stranger_does_not_come_from_home_by_saying_so),
	    WIRE_TEST(a_kill_gives_whoever_guesses_no_new_tries),
	    WIRE_TEST(a_throttled_unknown_user_looks_like_a_known_one),
	    WIRE_TEST(login_delay_holds_every_login_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
