/* How a server starts, or does not, and how it stops. */
#include "net_fixture.h"

#include "../../impl/net/deadline.h"

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
	expect(&pipelined, 200, "pending");
	expect_last(&pipelined, 200);
	hear_end(&idle);
	late.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(connect(late.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(late.fd);
	hang_up(&pending);
	hang_up(&pipelined);
	hang_up(&idle);
}

static void *
stop_slowly(void *cut)
{
	*(int *)cut = server_stop(&server, PATIENCE_MS);
	return NULL;
}

/* The server stops on a thread of its own, and has closed its listening socket when this returns. */
static void
begin_to_stop(pthread_t *thread, int *cut)
{
	struct sockaddr_in sa = address_of_server();
	int64_t until = now_ms() + PATIENCE_MS;
	int refused = 0;

	assert_int_equal(pthread_create(thread, NULL, stop_slowly, cut), 0);
	while (refused == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_true(fd >= 0 && now_ms() < until);
		refused = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
		close(fd);
	}
}

static void
end_stop(pthread_t thread, const int *cut, int want)
{
	pthread_join(thread, NULL);
	assert_int_equal(*cut, want);
	conf_free(&conf);
}

#define CHUNKED(path, body) "POST " path " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" body

/* Whole requests behind the one under way are received ones, whatever their framing; what is half there is not. */
static void
stop_answers_pipelined_requests_to_the_last(void **state)
{
	struct client c;
	pthread_t thread;
	int cut = -1;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/held") CHUNKED("/b", "2\r\nxy\r\n1\r\nz\r\n0\r\n\r\n") GET("/held") GET("/c")
		    GET("/delay") "GET /half HTTP/1.1\r\nHo");
	wait_until_held();
	begin_to_stop(&thread, &cut);
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "POST /b xyz");
	wait_until_held();
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /c ");
	expect_last(&c, 200);
	hang_up(&c);
	end_stop(thread, &cut, 0);
	assert_int_equal(atomic_load(&begun), 5);
}

static void
stop_lets_a_request_become_whole(void **state)
{
	struct client half, body;
	pthread_t thread;
	int cut = -1;

	(void)state;
	start(NULL);
	dial(&half);
	dial(&body);
	say(&half, "GET /a HT");
	say(&body, "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nx");
	probe();
	begin_to_stop(&thread, &cut);
	say(&half, "TP/1.1\r\nHost: t\r\n\r\n");
	say(&body, "yz");
	expect_last(&half, 200);
	expect_last(&body, 200);
	hang_up(&half);
	hang_up(&body);
	end_stop(thread, &cut, 0);
}

/* A peer that has just been let in or answered may be about to send, and cannot know that it is too late. */
static void
stop_waits_a_moment_for_requests_that_may_be_on_their_way(void **state)
{
	struct client fresh, silent, busy, idle, unused;
	pthread_t thread;
	int cut = -1;
	int64_t began;

	(void)state;
	start(NULL);
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&unused);
	poll(NULL, 0, DEADLINE_FAREWELL_MS + 50);
	dial(&busy);
	say(&busy, GET("/a"));
	expect(&busy, 200, "GET /a ");
	dial(&fresh);
	dial(&silent);
	began = now_ms();
	begin_to_stop(&thread, &cut);
	hear_end(&idle);
	hear_end(&unused);
	say(&fresh, GET("/b"));
	expect_last(&fresh, 200);
	say(&busy, GET("/c"));
	expect_last(&busy, 200);
	hear_end(&silent);
	assert_true(now_ms() - began >= DEADLINE_FAREWELL_MS / 2);
	hang_up(&idle);
	hang_up(&unused);
	hang_up(&busy);
	hang_up(&fresh);
	hang_up(&silent);
	end_stop(thread, &cut, 0);
}

/* A peer that never finishes is cut off by its own deadline, long before the server's. */
static void
stop_does_not_wait_for_a_request_that_never_comes_whole(void **state)
{
	struct client half;
	pthread_t thread;
	int cut = -1;
	int64_t began;

	(void)state;
	START("--head-timeout", "1");
	dial(&half);
	say(&half, "GET /a HT");
	probe();
	began = now_ms();
	begin_to_stop(&thread, &cut);
	expect_last(&half, 408);
	hang_up(&half);
	end_stop(thread, &cut, 0);
	assert_true(now_ms() - began < PATIENCE_MS);
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
	err = server_open(c, &s, why);
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
	    cmocka_unit_test(stop_answers_pipelined_requests_to_the_last),
	    cmocka_unit_test(stop_lets_a_request_become_whole),
	    cmocka_unit_test(stop_waits_a_moment_for_requests_that_may_be_on_their_way),
	    cmocka_unit_test(stop_does_not_wait_for_a_request_that_never_comes_whole),
	    cmocka_unit_test(stop_cuts_off_what_takes_too_long),
	    cmocka_unit_test(stop_with_nothing_to_do_is_at_once),
	    cmocka_unit_test(address_in_use_is_said_and_nothing_is_left_behind),
	};

	return RUN(tests);
}
