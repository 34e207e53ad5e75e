/* What a running server makes of another configuration: limits, deadlines, caps. */
#include "net_fixture.h"

/* Puts another configuration in force: these options besides those that start() has. */
static void
configure(char *const options[])
{
	char *argv[16] = {"srvd", "--listen", "127.0.0.1:0", "--workers", "2"};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	struct conf *c = NULL;
	int argc = 5;

	while (options[argc - 5] != NULL) {
		argv[argc] = options[argc - 5];
		argc++;
	}
	if (conf_load(argc, argv, env, &c, &why) != SRV_OK)
		fail_msg("%s", why.text);
	server_configure(server, c);
	conf_free(&c);
}
#define CONFIGURE(...) configure((char *[]){__VA_ARGS__, NULL})

#define POST_3 "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\n"

static void
other_limits_count_from_the_next_request(void **state)
{
	struct client kept, half, body;

	(void)state;
	START("--workers", "1", "--max-body", "3"); /* one loop, so that a probe shows that what came before was read */
	dial(&kept);
	say(&kept, POST_3 "xyz");
	expect(&kept, 200, "POST /b xyz");
	dial(&half);
	say(&half, "POST /b HT");
	dial(&body);
	say(&body, POST_3 "x");
	probe();
	CONFIGURE("--max-body", "2");
	say(&kept, POST_3 "xyz");
	expect_last(&kept, 413);
	/* These had begun. */
	say(&half, "TP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nxyz");
	expect(&half, 200, "POST /b xyz");
	say(&body, "yz");
	expect(&body, 200, "POST /b xyz");
	say(&half, POST_3 "xyz");
	expect_last(&half, 413);
	CONFIGURE("--max-body", "3");
	say(&body, POST_3 "xyz");
	expect(&body, 200, "POST /b xyz");
	hang_up(&kept);
	hang_up(&half);
	hang_up(&body);
	stop();
}

/* A request line that was let pass is longer than the whole head may be now. */
static void
smaller_limits_do_not_trip_a_request_that_had_begun(void **state)
{
	struct client c;
	char line[1024];

	(void)state;
	START("--workers", "1");
	memset(line, 'a', sizeof(line));
	memcpy(line, "GET /", 5);
	line[sizeof(line) - 1] = '\0';
	dial(&c);
	say(&c, line);
	probe();
	CONFIGURE("--max-request-line", "64", "--max-head", "256", "--max-fields", "1");
	say(&c, " HTTP/1.1\r\nHost: t\r\nA: b\r\nC: d\r\n\r\n");
	expect(&c, 200, NULL);
	say(&c, GET("/next"));
	expect(&c, 200, "GET /next ");
	say(&c, line);
	expect_last(&c, 414);
	hang_up(&c);
	stop();
}

static void
fields_may_become_many_more(void **state)
{
	struct client c;
	struct buf b;

	(void)state;
	START("--max-fields", "1");
	CONFIGURE("--max-fields", "1024", "--max-head", "65536");
	buf_init(&b, 0);
	buf_puts(&b, "GET /a HTTP/1.1\r\nHost: t\r\n");
	for (int i = 1; i < 1024; i++)
		buf_puts(&b, "A: b\r\n");
	buf_puts(&b, "\r\n");
	dial(&c);
	say(&c, buf_str(&b));
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	buf_fini(&b);
	stop();
}

/* Longer waits than a test has patience for, until they are made shorter. */
static void
shorter_deadlines_count_for_those_who_wait(void **state)
{
	struct client idle, half;

	(void)state;
	START("--idle-timeout", "3600", "--head-timeout", "3600");
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&half);
	say(&half, "GET /a HT");
	probe();
	CONFIGURE("--idle-timeout", "1", "--head-timeout", "1");
	hear_end(&idle);
	expect_last(&half, 408);
	hang_up(&idle);
	hang_up(&half);
	stop();
}

static void
longer_deadlines_count_from_the_next_wait(void **state)
{
	struct client before, after;

	(void)state;
	START("--idle-timeout", "1");
	dial(&before);
	say(&before, GET("/a"));
	expect(&before, 200, "GET /a ");
	CONFIGURE("--idle-timeout", "3600");
	dial(&after);
	say(&after, GET("/a"));
	expect(&after, 200, "GET /a ");
	hear_end(&before);
	assert_true(is_silent(&after, 1000));
	hang_up(&before);
	hang_up(&after);
	stop();
}

static void
other_caps_count_from_the_next_connection(void **state)
{
	struct client c[3];

	(void)state;
	START("--max-connections", "2");
	for (int i = 0; i < 2; i++) {
		dial(&c[i]);
		say(&c[i], GET("/a"));
		expect(&c[i], 200, "GET /a ");
	}
	dial(&c[2]);
	expect_last(&c[2], 503);
	hang_up(&c[2]);
	CONFIGURE("--max-connections", "3", "--max-requests", "2");
	dial(&c[2]);
	say(&c[2], GET("/a"));
	expect(&c[2], 200, "GET /a ");
	say(&c[0], GET("/b"));
	expect_last(&c[0], 200);
	for (int i = 0; i < 3; i++)
		hang_up(&c[i]);
	stop();
}

/* One thread asks, another changes limits under it that both allow what is asked. */
static void *
reconfigure(void *over)
{
	for (int i = 0; !atomic_load((atomic_bool *)over); i++) {
		if (i % 2 == 0)
			CONFIGURE("--max-body", "5000", "--idle-timeout", "20");
		else
			CONFIGURE("--max-body", "6000", "--idle-timeout", "3600", "--max-pipelined", "16");
	}
	return NULL;
}

static void
changes_disturb_no_request(void **state)
{
	atomic_bool over = false;
	struct client c[4];
	pthread_t thread;

	(void)state;
	start(NULL);
	for (int i = 0; i < 4; i++)
		dial(&c[i]);
	assert_int_equal(pthread_create(&thread, NULL, reconfigure, &over), 0);
	for (int n = 0; n < 500; n++)
		for (int i = 0; i < 4; i++) {
			say(&c[i], POST_3 "xyz" GET("/elsewhere") GET("/a"));
			expect(&c[i], 200, "POST /b xyz");
			expect(&c[i], 200, "pending");
			expect(&c[i], 200, "GET /a ");
		}
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < 4; i++)
		hang_up(&c[i]);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_limits_count_from_the_next_request),
	    cmocka_unit_test(smaller_limits_do_not_trip_a_request_that_had_begun),
	    cmocka_unit_test(fields_may_become_many_more),
	    cmocka_unit_test(shorter_deadlines_count_for_those_who_wait),
	    cmocka_unit_test(longer_deadlines_count_from_the_next_wait),
	    cmocka_unit_test(other_caps_count_from_the_next_connection),
	    cmocka_unit_test(changes_disturb_no_request),
	};

	return RUN(tests);
}
