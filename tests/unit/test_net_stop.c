/* How a server starts, or does not, and how it stops. */
#include "net_fixture.h"

static void *
release_soon(void *arg)
{
	(void)arg;
	poll(NULL, 0, 150);
	release_held();
	return NULL;
}

static void
stop_answers_what_was_received(void **state)
{
	struct client pending, idle, pipelined, late;
	struct sockaddr_in sa;
	pthread_t thread;

	(void)state;
	start(NULL);
	sa = address_of_server();
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&pending);
	dial(&pipelined);
	say(&pending, GET("/held"));
	say(&pipelined, GET("/held") GET("/next"));
	wait_for(&begun, 3);
	assert_int_equal(pthread_create(&thread, NULL, release_soon, NULL), 0);
	assert_int_equal(stop_within(PATIENCE_MS), 0);
	pthread_join(thread, NULL);
	expect_last(&pending, 200);
	expect_last(&pipelined, 200);
	hear_end(&idle);
	late.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(connect(late.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(late.fd);
	hang_up(&pending);
	hang_up(&pipelined);
	hang_up(&idle);
}

static void
stop_cuts_off_what_takes_too_long(void **state)
{
	struct client pending, half, idle;
	exchange_ready *ready;
	void *loop_arg;
	uint64_t id;

	(void)state;
	start(NULL);
	dial(&pending);
	dial(&half);
	dial(&idle);
	say(&half, "GET / HT");
	say(&pending, GET("/held"));
	wait_until_held();
	pthread_mutex_lock(&held_lock);
	ready = held->ready;
	loop_arg = held->loop_arg;
	id = held->id;
	pthread_mutex_unlock(&held_lock);
	probe();
	assert_int_equal(stop_within(100), 2);
	assert_int_equal(atomic_load(&abandoned), 1);
	/* The operation ends only now, and its loop is gone. */
	ready(loop_arg, id);
	hear_end(&pending);
	hear_end(&half);
	hear_end(&idle);
	hang_up(&pending);
	hang_up(&half);
	hang_up(&idle);
}

static void
stop_with_nothing_to_do_is_at_once(void **state)
{
	(void)state;
	start(NULL);
	stop();
	start(NULL);
	assert_int_equal(stop_within(0), 0);
	assert_int_equal(server_stop(&server, 0), 0);
}

static enum srv_err
try_start(const char *listen, const char *beside, struct srv_reason *why)
{
	char *argv[] = {"srvd", "--listen", (char *)(uintptr_t)beside, "--listen", (char *)(uintptr_t)listen};
	char *env[] = {NULL};
	struct conf *c = NULL;
	struct server *s = NULL;
	enum srv_err err;

	assert_int_equal(conf_load(5, argv, env, &c, why), SRV_OK);
	err = server_start(c, &the_endpoint, &s, why);
	server_stop(&s, 0);
	conf_free(&c);
	return err;
}

static void
address_in_use_is_said_and_nothing_is_left_behind(void **state)
{
	struct srv_reason why = {""};
	char first[64], second[64];
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(first, sizeof(first), "127.0.0.1:%d", ntohs(sa.sin_port));
	assert_int_equal(try_start(first, "127.0.0.1:0", &why), SRV_EBUSY);
	assert_non_null(strstr(why.text, first));
	/* The other address, were it left bound, could not be had a second time. */
	snprintf(second, sizeof(second), "127.0.0.3:%d", ntohs(sa.sin_port));
	assert_int_equal(try_start(first, second, &why), SRV_EBUSY);
	assert_int_equal(try_start("127.0.0.1:0", second, &why), SRV_OK);
	assert_int_equal(try_start("192.0.2.1:0", "127.0.0.1:0", &why), SRV_EINVAL);
	assert_non_null(strstr(why.text, "192.0.2.1:0"));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stop_answers_what_was_received),
	    cmocka_unit_test(stop_cuts_off_what_takes_too_long),
	    cmocka_unit_test(stop_with_nothing_to_do_is_at_once),
	    cmocka_unit_test(address_in_use_is_said_and_nothing_is_left_behind),
	};

	return RUN(tests);
}
