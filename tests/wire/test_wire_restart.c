/* The end of one srvd and the beginning of the next: nothing that was asked goes without an answer. The tests are the
 * supervisor: they hold the listening socket, as systemd does, and hear what srvd reports. */
#include "supervisor_fixture.h"
#include "wire_call.h"
#include "wire_load.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int held = -1;

static int
teardown(void **state)
{
	int bad = wire_teardown(state);

	if (held >= 0)
		close(held);
	held = -1;
	return bad;
}

/* Binds a socket for srv to inherit; it outlives each srvd of the test. */
static void
hold(struct wire_srvd *srv, bool listens)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof sa;

	held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(held > 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(held, (struct sockaddr *)&sa, sizeof sa), 0);
	if (listens)
		assert_int_equal(listen(held, SOMAXCONN), 0);
	assert_int_equal(getsockname(held, (struct sockaddr *)&sa, &len), 0);
	srv->listen_fd = held;
	srv->port = ntohs(sa.sin_port);
	snprintf(srv->host, sizeof srv->host, "127.0.0.1:%u", srv->port);
}

static void
terminate(struct wire_srvd *srv)
{
	assert_int_equal(kill(srv->pid, SIGTERM), 0);
	int status = wire_wait(srv, WIRE_TMO_MS);
	if (status != 0)
		fail_msg("srvd ended with %d after SIGTERM: %s", status, wire_log_text(srv));
}

static void
an_inherited_socket_replaces_the_configured_addresses(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	hold(&srv, true);
	uint16_t port = srv.port;
	wire_start(&srv);
	assert_int_equal(srv.port, port);
	assert_non_null(strstr(wire_log_text(&srv), "listen inherited=1 configured=1 used=inherited\n"));
	const char *log = wire_log_text(&srv), *first = strstr(log, "listen address=");
	assert_non_null(first);
	assert_null(strstr(first + 1, "listen address="));
	wire_expect_alive(&srv);
}

static void
a_socket_that_cannot_be_served_on_ends_the_start(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	hold(&srv, false);
	wire_launch(&srv);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 1);
	assert_non_null(strstr(wire_log_text(&srv), "LISTEN_FDS: descriptor 3 does not listen"));
	assert_null(strstr(wire_log_text(&srv), "listen address="));
}

/* Nobody is there; then somebody is, and has not lost them. */
static void
callers_wait_in_the_socket_until_somebody_serves(void **state)
{
	static struct wire_srvd srv;
	enum { CALLERS = 20 };
	struct wire_conn *c[CALLERS];

	(void)state;
	wire_prepare(&srv, NULL);
	hold(&srv, true);
	wire_start(&srv);
	terminate(&srv);
	for (int i = 0; i < CALLERS; i++) {
		c[i] = wire_connect(&srv);
		assert_true(wire_send(c[i], wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	}
	assert_true(wire_is_silent(c[0], 50));
	wire_start(&srv);
	for (int i = 0; i < CALLERS; i++) {
		struct wire_answer *a = wire_read(c[i], false);

		assert_non_null(a);
		assert_int_equal(a->status, 200);
	}
}

static void
restarts_under_load_lose_no_request(void **state)
{
	static struct wire_srvd srv;
	enum { RESTARTS = 6 };

	(void)state;
	wire_prepare(&srv, "drain_timeout = 60\nmax_requests = 500");
	hold(&srv, true);
	wire_start(&srv);
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	struct wire_load *load = wire_load_start(&srv, ticket);
	for (int i = 0; i < RESTARTS; i++) {
		wire_load_wait(load, 20);
		terminate(&srv);
		wire_start(&srv);
	}
	wire_load_wait(load, 20);
	struct wire_load_sums sums = wire_load_stop(load);
	print_message("%d restarts, %u answers, %u closed behind one, %u asked again\n", RESTARTS, sums.answers,
	    sums.closes, sums.retries);
	assert_true(sums.answers >= RESTARTS * WIRE_LOAD_CALLERS * 20);
	/* Each kept connection ended with each srvd, in one of the two ways there are. */
	assert_true(sums.closes + sums.retries >= RESTARTS * WIRE_LOAD_CALLERS / 2);
	assert_null(strstr(wire_log_text(&srv), "cut_off="));
}

/* Both are there for a while, as when a successor is started by hand before the old one is told to end. */
static void
two_may_serve_on_one_socket(void **state)
{
	static struct wire_srvd old, next;

	(void)state;
	wire_prepare(&old, "jobs = false");
	hold(&old, true);
	wire_start(&old);
	const char *ticket = wire_login(&old, WIRE_ADMIN, WIRE_ADMIN_PWD);
	wire_prepare(&next, wire_printf("jobs = false\n"));
	snprintf(next.db, sizeof next.db, "%s", old.db);
	wire_configure(&next, "jobs = false");
	next.listen_fd = held;
	struct wire_load *load = wire_load_start(&old, ticket);
	wire_load_wait(load, 5);
	wire_start(&next);
	wire_load_wait(load, 5);
	terminate(&old);
	wire_load_wait(load, 20);
	wire_load_stop(load);
}

/* What was received whole is answered, however much of it there is, and the last answer says that it is the last. */
static void
pipelined_requests_are_answered_to_the_last(void **state)
{
	static struct wire_srvd srv;
	enum { BEHIND = 40 };

	(void)state;
	wire_prepare(&srv, "jobs = false\ndrain_timeout = 60");
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('LoginDelay', '500')");
	wire_start(&srv);
	struct wire_conn *c = wire_connect(&srv);
	struct wire_bytes all = wire_call_request(
	    &srv, WIRE_SOAP11, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	for (int i = 0; i < BEHIND; i++)
		all = wire_join(all, wire_get(&srv, "/srv.asmx/ServerInfo", NULL));
	all = wire_join(all, wire_bytes_text("GET /srv.asmx/Server"));
	assert_true(wire_send(c, all));
	wire_expect_alive(&srv);
	size_t mark = wire_log_size(&srv);
	assert_int_equal(kill(srv.pid, SIGTERM), 0);
	assert_true(wire_log_wait(&srv, mark, "stop signal=SIGTERM"));
	/* Said again, it changes nothing; nor does a reload that comes too late. */
	assert_int_equal(kill(srv.pid, SIGTERM), 0);
	assert_int_equal(kill(srv.pid, SIGHUP), 0);
	struct wire_answer *a = wire_read(c, false);
	assert_string_equal(wire_attr(wire_result(WIRE_SOAP11, "AuthenticateUser", a), "success"), "true");
	for (int i = 0; i < BEHIND; i++) {
		assert_false(wire_field_is(a, "Connection", "close"));
		a = wire_read(c, false);
		wire_result(WIRE_GET, "ServerInfo", a);
	}
	assert_true(wire_field_is(a, "Connection", "close"));
	assert_true(wire_ends(c, WIRE_TMO_MS));
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 0);
}

static void
requests_that_are_half_there_get_their_time_and_no_more(void **state)
{
	static struct wire_srvd srv;
	struct wire_conn *comes, *body, *fresh, *never, *busy;
	struct wire_answer *a;

	(void)state;
	/* With one loop an answer on any connection says whether it is stopping yet. */
	wire_new(&srv, "workers = 1\njobs = false\ndrain_timeout = 60\nhead_timeout = 3\nbody_timeout = 3");
	struct wire_bytes post = wire_call_request(&srv, WIRE_SOAP12, NULL, "ServerInfo", NULL);
	comes = wire_connect(&srv);
	assert_true(wire_send_text(comes, "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHo"));
	body = wire_connect(&srv);
	assert_true(wire_send(body, wire_bytes(post.p, post.len - 10)));
	never = wire_connect(&srv);
	assert_true(wire_send_text(never, "GET /srv.asmx/Serv"));
	fresh = wire_connect(&srv);
	busy = wire_connect(&srv);
	assert_int_equal(kill(srv.pid, SIGTERM), 0);
	do {
		assert_true(wire_send(busy, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
		a = wire_read(busy, false);
		wire_result(WIRE_GET, "ServerInfo", a);
	} while (!wire_field_is(a, "Connection", "close"));
	assert_true(wire_send_text(comes, "st: x\r\n\r\n"));
	assert_true(wire_send(body, wire_bytes(post.p + post.len - 10, 10)));
	assert_true(wire_send(fresh, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	a = wire_read(comes, false);
	wire_result(WIRE_GET, "ServerInfo", a);
	assert_true(wire_field_is(a, "Connection", "close"));
	wire_result(WIRE_SOAP12, "ServerInfo", wire_read(body, false));
	wire_result(WIRE_GET, "ServerInfo", wire_read(fresh, false));
	a = wire_read(never, false);
	assert_non_null(a);
	assert_int_equal(a->status, 408);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 0);
	assert_null(strstr(wire_log_text(&srv), "cut_off="));
}

static void
what_is_not_over_in_time_is_cut_off_and_the_status_is_0(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false\ndrain_timeout = 1\nhead_timeout = 60");
	struct wire_conn *never = wire_connect(&srv);
	assert_true(wire_send_text(never, "GET /srv.asmx/Serv"));
	wire_expect_alive(&srv);
	terminate(&srv);
	assert_non_null(strstr(wire_log_text(&srv), "stop cut_off=1"));
}

/* The line about the socket is written before signals are taken. */
static void
a_signal_during_the_start_waits_for_it(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false");
	hold(&srv, true);
	for (int i = 0; i < 10; i++) {
		size_t mark = wire_log_size(&srv);

		wire_launch(&srv);
		assert_true(wire_log_wait(&srv, mark, "listen inherited=1"));
		assert_int_equal(kill(srv.pid, SIGHUP), 0);
		terminate(&srv);
		assert_non_null(strstr(wire_log_text(&srv) + mark, "outcome=success"));
	}
}

/* ---- reports to a supervisor ---- */

static void
a_supervisor_hears_of_the_start_the_reload_and_the_end(void **state)
{
	static struct wire_srvd srv;
	struct pollfd p = {.events = POLLIN};

	(void)state;
	wire_prepare(&srv, "drain_timeout = 7");
	supervise(&srv);
	wire_start(&srv);
	expect_report(wire_printf("READY=1\nSTATUS=serving on http://%s", srv.host));
	for (int i = 0; i < 2; i++) {
		/* The second time both halves of it fail. */
		assert_int_equal(kill(srv.pid, SIGHUP), 0);
		expect_report("RELOADING=1\nMONOTONIC_USEC=");
		expect_report("READY=1\n");
		wire_configure(&srv, "drain_timeout = x");
		assert_true(wire_file_write(srv.license, "<x>", 3));
	}
	terminate(&srv);
	expect_report("STOPPING=1\nEXTEND_TIMEOUT_USEC=22000000");
	p.fd = supervisor;
	assert_int_equal(poll(&p, 1, 0), 0);
	close(supervisor);
	supervisor = -1;
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(an_inherited_socket_replaces_the_configured_addresses),
	    TEST(a_socket_that_cannot_be_served_on_ends_the_start),
	    TEST(callers_wait_in_the_socket_until_somebody_serves),
	    TEST(pipelined_requests_are_answered_to_the_last),
	    TEST(requests_that_are_half_there_get_their_time_and_no_more),
	    TEST(what_is_not_over_in_time_is_cut_off_and_the_status_is_0),
	    TEST(a_signal_during_the_start_waits_for_it),
	    TEST(a_supervisor_hears_of_the_start_the_reload_and_the_end),
	    TEST(restarts_under_load_lose_no_request),
	    TEST(two_may_serve_on_one_socket),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
