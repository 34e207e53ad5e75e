/* What a supervisor hears on the socket that NOTIFY_SOCKET names. The order of the tests matters once: nothing but the
 * end is told once the end was told, so that test is the last. */
#include "../../impl/base/notify.h"
#include "tempdir.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int fd = -1;

static void
supervise(const char *name)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t n = strlen(name);

	assert_true(n < sizeof(sa.sun_path));
	memcpy(sa.sun_path, name, n);
	if (name[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static int
leave(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	if (fd >= 0)
		close(fd);
	fd = -1;
	return 0;
}

/* The datagram that has come, or "". */
static const char *
heard(void)
{
	static char text[512];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n = poll(&p, 1, 0) == 1 ? recv(fd, text, sizeof(text) - 1, 0) : 0;

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void
without_a_supervisor_nothing_happens(void **state)
{
	(void)state;
	notify_ready("serving");
	notify_reloading();
	setenv("NOTIFY_SOCKET", "", 1);
	notify_ready("serving");
}

static void
a_supervisor_that_is_gone_or_is_none_stops_nobody(void **state)
{
	static const char *const names[] = {"/nonexistent/notify", "relative", "@", "/"};
	char longer[200];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_ready("serving");
	}
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	notify_ready("serving");
}

/* Its socket holds no more, and nobody reads. */
static void
a_supervisor_that_does_not_read_stops_nobody(void **state)
{
	struct sockaddr_un sa;
	socklen_t len = sizeof(sa);
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@srv-test-deaf-%ld", (long)getpid());
	supervise(name);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	while (sendto(other, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, len) == 1)
		;
	close(other);
	notify_ready("serving");
	while (strcmp(heard(), "x") == 0)
		;
	assert_string_equal(heard(), "");
	notify_ready("serving");
	assert_string_equal(heard(), "READY=1\nSTATUS=serving");
}

static void
readiness_goes_to_an_abstract_socket(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@srv-test-notify-%ld", (long)getpid());
	supervise(name);
	notify_ready("serving on http://127.0.0.1:8080\nREADY=0");
	assert_string_equal(heard(), "READY=1\nSTATUS=serving on http://127.0.0.1:8080 READY=0");
	assert_string_equal(heard(), "");
}

static void
a_reload_has_its_time(void **state)
{
	char name[64];
	long long usec;

	(void)state;
	snprintf(name, sizeof(name), "@srv-test-notify-%ld", (long)getpid());
	supervise(name);
	notify_reloading();
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld", &usec), 1);
	assert_true(usec > 0);
}

static void
a_watchdog_is_for_the_process_it_names(void **state)
{
	static const char *const wrong[] = {"", "0", "-5", "x", "7x", "99999999999999999999"};
	char pid[32];

	(void)state;
	assert_int_equal(notify_watchdog_us(), 0);
	setenv("WATCHDOG_USEC", "6000000", 1);
	assert_int_equal(notify_watchdog_us(), 6000000);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_us(), 6000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_us(), 0);
	unsetenv("WATCHDOG_PID");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("WATCHDOG_USEC", wrong[i], 1);
		assert_int_equal(notify_watchdog_us(), 0);
	}
	unsetenv("WATCHDOG_USEC");
}

static void
a_sign_of_life_is_one_word(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@srv-test-notify-%ld", (long)getpid());
	supervise(name);
	notify_alive();
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_string_equal(heard(), "");
}

static void
nothing_is_told_behind_the_end(void **state)
{
	char dir[TEMP_PATH_MAX], name[108];

	(void)state;
	temp_make(dir);
	snprintf(name, sizeof(name), "%.90s/socket", dir);
	supervise(name);
	notify_stopping(40);
	assert_string_equal(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=40000000");
	notify_ready("serving");
	notify_reloading();
	notify_alive();
	assert_string_equal(heard(), "");
	temp_remove(dir);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, leave)
	const struct CMUnitTest tests[] = {
	    TEST(without_a_supervisor_nothing_happens),
	    TEST(a_supervisor_that_is_gone_or_is_none_stops_nobody),
	    TEST(readiness_goes_to_an_abstract_socket),
	    TEST(a_supervisor_that_does_not_read_stops_nobody),
	    TEST(a_reload_has_its_time),
	    TEST(a_watchdog_is_for_the_process_it_names),
	    TEST(a_sign_of_life_is_one_word),
	    TEST(nothing_is_told_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
