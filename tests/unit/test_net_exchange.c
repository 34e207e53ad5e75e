/* Operations that take their time: pending, delayed, and of peers that went away. */
#include "net_fixture.h"

static void
half_closed_client_gets_its_answers(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") GET("/held") GET("/3"));
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	expect(&c, 200, "GET /1 ");
	wait_until_held();
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /3 ");
	hear_end(&c);
	hang_up(&c);
	dial(&c);
	say(&c, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nabc");
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	expect_last(&c, 400);
	assert_int_equal(atomic_load(&begun), 3);
	hang_up(&c);
	stop();
}

static void
exchange_of_a_vanished_peer_is_abandoned(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	tear_off(&c);
	wait_for(&abandoned, 1);
	assert_false(is_held());
	assert_int_equal(atomic_load(&answered), 0);
	probe();
	stop();
}

static void
pending_exchanges_of_many_connections_are_answered(void **state)
{
	struct client c[20];

	(void)state;
	start(NULL);
	for (int i = 0; i < 20; i++) {
		dial(&c[i]);
		say(&c[i], GET("/held") GET("/next"));
	}
	wait_for(&begun, 20);
	wait_until_held();
	assert_true(is_silent(&c[0], 20));
	probe();
	assert_int_equal(release_held(), 20);
	for (int i = 0; i < 20; i++) {
		expect(&c[i], 200, "pending");
		expect(&c[i], 200, "GET /next ");
		hang_up(&c[i]);
	}
	assert_int_equal(atomic_load(&answered), 20);
	stop();
}

static void
delayed_answers_hold_up_nobody_else(void **state)
{
	struct client slow, late;
	int64_t began;

	(void)state;
	start(NULL);
	dial(&slow);
	dial(&late);
	began = now_ms();
	say(&slow, GET("/delay"));
	say(&late, GET("/late-delay"));
	probe();
	expect(&slow, 200, "GET /delay ");
	expect(&late, 200, "pending");
	assert_true(now_ms() - began >= 100);
	hang_up(&late);
	say(&slow, GET("/delay"));
	wait_for(&begun, 4);
	tear_off(&slow);
	probe();
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(half_closed_client_gets_its_answers),
	    cmocka_unit_test(exchange_of_a_vanished_peer_is_abandoned),
	    cmocka_unit_test(pending_exchanges_of_many_connections_are_answered),
	    cmocka_unit_test(delayed_answers_hold_up_nobody_else),
	};

	return RUN(tests);
}
