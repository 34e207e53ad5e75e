/* What a client may take: bytes ahead, requests, time, connections, descriptors. */
/* RTLD_NEXT */
#define _GNU_SOURCE
#include "../memcheck/left_out.h"
#include "net_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>

/* So many descriptors are not watched when libevent asks for it, as without memory. */
static atomic_int unwatched;

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int (*real)(int, int, int, struct epoll_event *) = (int (*)(int, int, int, struct epoll_event *))(
	    uintptr_t)dlsym(RTLD_NEXT, "epoll_ctl");

	if (op == EPOLL_CTL_ADD && atomic_load(&unwatched) > 0) {
		atomic_fetch_sub(&unwatched, 1);
		errno = ENOMEM;
		return -1;
	}
	return real(epfd, op, fd, event);
}

static void
reading_ahead_stops_at_max_pipelined(void **state)
{
	const int little = 16384;
	struct client c;
	struct buf flood;
	size_t sent = 0;

	(void)state;
	START("--max-pipelined", "4096");
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	buf_init(&flood, 0);
	while (flood.len < 16u << 20)
		buf_puts(&flood, GET("/x"));
	assert_int_equal(setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
	assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
	for (int idle = 0; idle < 20 && sent < flood.len;) {
		ssize_t n = send(c.fd, flood.data + sent, flood.len - sent, MSG_NOSIGNAL);

		if (n > 0) {
			sent += (size_t)n;
			idle = 0;
		} else {
			poll(NULL, 0, 5);
			idle++;
		}
	}
	/* The kernel's buffers took some, hundreds of KiB at most; the rest has to wait. */
	assert_true(sent < 1u << 20);
	buf_fini(&flood);
	/* And is heard when there is room again: far more than was read ahead. */
	assert_int_equal(fcntl(c.fd, F_SETFL, 0), 0);
	release_held();
	expect(&c, 200, "pending");
	for (int i = 0; i < 1000; i++)
		expect(&c, 200, "GET /x ");
	tear_off(&c);
	probe();
	stop();
}

static void
requests_of_a_connection_are_limited(void **state)
{
	struct client c;

	(void)state;
	START("--max-requests", "3");
	dial(&c);
	say(&c, GET("/1") GET("/2") GET("/3") GET("/4"));
	expect(&c, 200, "GET /1 ");
	expect(&c, 200, "GET /2 ");
	expect_last(&c, 200);
	assert_int_equal(atomic_load(&begun), 3);
	hang_up(&c);
	stop();
}

static void
deadlines_are_absolute(void **state)
{
	struct client silent, head, body, idle, trickle, reader;
	int64_t began;

	(void)state;
	START("--head-timeout", "1", "--body-timeout", "1", "--answer-timeout", "1", "--idle-timeout", "1");
	dial(&silent);
	dial(&head);
	dial(&body);
	dial(&idle);
	dial(&trickle);
	dial_with(&reader, 4096, NULL);
	began = now_ms();
	say(&head, "GET / HTTP/1.1\r\nHo");
	say(&body, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300\r\n\r\nabc");
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	say(&reader, GET("/big"));
	/* A byte now and then does not put the deadline off. */
	say(&trickle, "GET / HTTP/1.1\r\nX: ");
	for (int i = 0; i < 8; i++) {
		poll(NULL, 0, 100);
		say(&trickle, "a");
	}
	expect_last(&trickle, 408);
	hear_end(&silent);
	expect_last(&head, 408);
	expect_last(&body, 408);
	hear_end(&idle);
	assert_true(now_ms() - began >= 950);
	assert_true(now_ms() - began < 8000);
	/* The slow reader is cut off: what it reads now ends before the answer does. */
	poll(NULL, 0, 300);
	while (hear_some(&reader))
		;
	assert_true(reader.in.len < BIG);
	assert_int_equal(atomic_load(&begun), 2);
	hang_up(&silent);
	hang_up(&head);
	hang_up(&body);
	hang_up(&idle);
	hang_up(&trickle);
	hang_up(&reader);
	stop();
}

/* RFC 9112 section 2.2: there are clients that send an empty line behind a body. It is no request that is late. */
static void
an_empty_line_behind_a_request_is_idle(void **state)
{
	struct client c;

	(void)state;
	START("--head-timeout", "1");
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc\r\n");
	expect(&c, 200, "POST /a abc");
	assert_true(is_silent(&c, 1500));
	say(&c, GET("/b"));
	expect(&c, 200, "GET /b ");
	hang_up(&c);
	stop();
}

/* So many connections are served, and one more is not. */
static void
open_to_the_cap(struct client *c, int cap)
{
	struct client more;

	for (int i = 0; i < cap; i++) {
		dial(&c[i]);
		say(&c[i], GET("/a"));
		expect(&c[i], 200, "GET /a ");
	}
	dial(&more);
	expect_last(&more, 503);
	hang_up(&more);
}

static void
connections_are_capped(void **state)
{
	struct client c[4], more;

	(void)state;
	START("--max-connections", "4");
	open_to_the_cap(c, 4);
	say(&c[0], GET("/b"));
	expect(&c[0], 200, "GET /b ");
	for (int i = 0; i < 4; i++)
		hang_up(&c[i]);
	/* Their places are free again, as soon as the loops have noticed. */
	for (int i = 0;; i++) {
		struct answer a;

		assert_true(i < PATIENCE_MS / 10);
		dial(&more);
		say(&more, GET("/a"));
		hear(&more, &a);
		hang_up(&more);
		if (a.status == 200)
			break;
		poll(NULL, 0, 10);
	}
	stop();
}

static void
connections_of_one_address_are_capped(void **state)
{
	struct client c[3], other;

	(void)state;
	START("--max-connections-per-address", "3");
	open_to_the_cap(c, 3);
	dial_with(&other, 0, "127.0.0.2");
	say(&other, GET("/a"));
	expect(&other, 200, "GET /a ");
	hang_up(&other);
	for (int i = 0; i < 3; i++)
		hang_up(&c[i]);
	stop();
}

/* The limit is lowered to what is open, holes included, once the client has its descriptor. When there are descriptors
 * again there is no memory yet to go on accepting with, for either worker. */
static void
lack_of_descriptors_pauses_accepting(void **state)
{
	struct rlimit before, low;
	struct sockaddr_in sa;
	struct client c;
	int filler[256], fillers = 0, fd;

	(void)state;
	LEFT_OUT_OF_MEMCHECK(
	    "valgrind closes what is accepted beyond a limit, where the kernel leaves it in the queue");
	start(NULL);
	sa = address_of_server();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	buf_init(&c.in, 0);
	low = before;
	low.rlim_cur = (rlim_t)c.fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (fillers < 256 && (fd = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		filler[fillers++] = fd;
	assert_int_equal(connect(c.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	say(&c, GET("/a"));
	assert_true(is_silent(&c, 200));
	atomic_store(&unwatched, 4);
	for (int i = 0; i < PATIENCE_MS && atomic_load(&unwatched) > 0; i++)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(&unwatched), 0);
	while (fillers > 0)
		close(filler[--fillers]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	probe();
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reading_ahead_stops_at_max_pipelined),
	    cmocka_unit_test(requests_of_a_connection_are_limited),
	    cmocka_unit_test(deadlines_are_absolute),
	    cmocka_unit_test(an_empty_line_behind_a_request_is_idle),
	    cmocka_unit_test(connections_are_capped),
	    cmocka_unit_test(connections_of_one_address_are_capped),
	    cmocka_unit_test(lack_of_descriptors_pauses_accepting),
	};

	return RUN(tests);
}
