/* A supervisor that watches: it hears signs of life from a srvd that answers, and none from one of which a thread hangs
 * that callers depend on; and what it does then brings the service back. Threads are made to hang by ptrace(2), which
 * stops one and leaves the others. */
#define _GNU_SOURCE /* waitpid's __WALL */
#include "../memcheck/left_out.h"
#include "supervisor_fixture.h"

#include "wire_call.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERY_MS 200
#define SILENCE_MS 2000 /* as good as for ever, to one that is spoken to every EVERY_MS */
#define THREADS_MAX 64
#define LOOPS 2
#define ONE_AT_A_TIME "valgrind runs one thread at a time, and one that hangs may have its turn"

static struct wire_srvd srv;

static void
start_watched(void)
{
	/* core_dumps: who is not root may stop threads only of a process that lets itself be looked into. */
	wire_prepare(&srv, "workers = 2\npool_threads = 1\njobs = false\ncore_dumps = true");
	supervise(&srv);
	srv.watchdog_us = (int64_t)2 * EVERY_MS * 1000;
	wire_start(&srv);
}

/* Whether so many signs of life come within that time. */
static bool
hears(int signs, int tmo_ms)
{
	int64_t until = wire_now_ms() + tmo_ms;
	char text[512];

	while (signs > 0) {
		struct pollfd p = {.fd = supervisor, .events = POLLIN};
		int64_t left = until - wire_now_ms();

		if (left <= 0 || poll(&p, 1, (int)left) != 1)
			return false;
		ssize_t n = recv(supervisor, text, sizeof text - 1, 0);
		assert_true(n >= 0);
		text[n] = '\0';
		if (strcmp(text, "WATCHDOG=1") == 0)
			signs--;
	}
	return true;
}

static void
forget_what_was_heard(void)
{
	char text[512];

	while (recv(supervisor, text, sizeof text, MSG_DONTWAIT) > 0)
		;
}

static size_t
threads(pid_t tid[THREADS_MAX])
{
	DIR *d = opendir(wire_printf("/proc/%d/task", (int)srv.pid));
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; n < THREADS_MAX && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			tid[n++] = (pid_t)atoi(e->d_name);
	closedir(d);
	return n;
}

static void
go_on(pid_t tid)
{
	assert_int_equal(ptrace(PTRACE_DETACH, tid, NULL, NULL), 0);
}

static bool
waits(pid_t tid)
{
	/* The last is the thread sanitizer's own. */
	static const int calls[] = {SYS_epoll_wait, SYS_epoll_pwait, SYS_futex, SYS_nanosleep};
	FILE *f = fopen(wire_printf("/proc/%d/task/%d/syscall", (int)srv.pid, (int)tid), "r");
	int call = -1;

	assert_non_null(f);
	if (fscanf(f, "%d", &call) != 1)
		call = -1;
	fclose(f);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (call == calls[i])
			return true;
	return false;
}

/* Where it waits, and so holds no lock: else whoever wants that hangs, too. */
static void
hang(pid_t tid)
{
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	int status;

	for (;;) {
		assert_int_equal(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
		assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
		assert_int_equal(waitpid(tid, &status, __WALL), tid);
		assert_true(WIFSTOPPED(status));
		if (waits(tid))
			return;
		go_on(tid);
		assert_true(wire_now_ms() < until);
		wire_rest_ms(1);
	}
}

static void
signs_of_life_come_at_rest_and_under_load(void **state)
{
	(void)state;
	start_watched();
	assert_true(hears(5, WIRE_TMO_MS));
	int64_t until = wire_now_ms() + 5 * EVERY_MS;
	forget_what_was_heard();
	while (wire_now_ms() < until)
		wire_call(&srv, WIRE_GET, "ServerInfo", NULL);
	assert_true(hears(2, 1));
}

/* The signals' loop and the server's two are waited for by callers; the others only by requests that may take a while.
 */
static void
a_loop_that_hangs_silences_them_and_no_other_thread(void **state)
{
	pid_t tid[THREADS_MAX];
	size_t n, silent = 0;

	(void)state;
	LEFT_OUT_OF_MEMCHECK(ONE_AT_A_TIME);
	start_watched();
	n = threads(tid);
	assert_in_range(n, LOOPS + 2, THREADS_MAX - 1);
	for (size_t i = 0; i < n; i++) {
		size_t from = wire_log_size(&srv);

		hang(tid[i]);
		forget_what_was_heard();
		/* The first may be of before. */
		if (!hears(2, SILENCE_MS)) {
			silent++;
			if (tid[i] != srv.pid)
				assert_true(wire_log_wait(&srv, from, "an event loop has not come round"));
		}
		go_on(tid[i]);
		assert_true(hears(2, WIRE_TMO_MS));
	}
	assert_int_equal(silent, 1 + LOOPS);
}

static void
what_a_supervisor_does_then_brings_the_service_back(void **state)
{
	pid_t tid[THREADS_MAX];
	size_t n, i;

	(void)state;
	LEFT_OUT_OF_MEMCHECK(ONE_AT_A_TIME);
	start_watched();
	n = threads(tid);
	for (i = 0; i < n; i++) {
		if (tid[i] == srv.pid)
			continue;
		hang(tid[i]);
		forget_what_was_heard();
		if (!hears(2, SILENCE_MS))
			break;
		go_on(tid[i]);
	}
	assert_true(i < n);
	assert_int_equal(kill(srv.pid, SIGABRT), 0);
	/* Who stopped a thread is told of its end, too. */
	assert_int_equal(waitpid(tid[i], NULL, __WALL), tid[i]);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), -SIGABRT);
	int64_t began = wire_now_ms();
	wire_start(&srv);
	wire_call(&srv, WIRE_GET, "ServerInfo", NULL);
	printf("figures: serving again %jd ms behind the start\n", (intmax_t)(wire_now_ms() - began));
	assert_true(hears(2, WIRE_TMO_MS));
}

static void
without_a_wish_there_are_none(void **state)
{
	(void)state;
	wire_prepare(&srv, "jobs = false");
	supervise(&srv);
	srv.watchdog_us = 0;
	wire_start(&srv);
	expect_report("READY=1\n");
	assert_false(hears(1, 3 * EVERY_MS));
}

static int
leave(void **state)
{
	int status = wire_teardown(state);

	if (supervisor >= 0)
		close(supervisor);
	supervisor = -1;
	return status;
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, leave)
	const struct CMUnitTest tests[] = {
	    TEST(signs_of_life_come_at_rest_and_under_load),
	    TEST(a_loop_that_hangs_silences_them_and_no_other_thread),
	    TEST(what_a_supervisor_does_then_brings_the_service_back),
	    TEST(without_a_wish_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
