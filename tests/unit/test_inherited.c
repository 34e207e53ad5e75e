/* Sockets handed down as systemd does it: variables and descriptors from 3 on, which every test makes for itself and
 * takes away again. */
#include "../../impl/net/inherited.h"
#include "../../impl/net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX 8

static struct inherited_socket sockets[MAX];
static size_t count;
static struct srv_reason why;

static int
clean(void **state)
{
	(void)state;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (int fd = 3; fd < 3 + MAX; fd++)
		close(fd);
	memset(&why, 0, sizeof(why));
	count = 99;
	return 0;
}

/* Puts fd, which is not used any more, where the protocol wants the i-th. */
static void
hand_down(int fd, int i)
{
	assert_true(fd >= 0);
	if (fd == 3 + i)
		return;
	assert_int_equal(dup2(fd, 3 + i), 3 + i);
	close(fd);
}

static int
tcp(const char *address, bool listens)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, address, &sa.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	if (listens)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void
announce(const char *how_many, long pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", how_many, 1);
}

static enum srv_err
take(void)
{
	return inherited_sockets(sockets, MAX, &count, &why);
}

static void
expect_refusal(enum srv_err err, const char *says)
{
	assert_int_equal(take(), err);
	if (strstr(why.text, says) == NULL)
		fail_msg("not \"%s\": %s", says, why.text);
}

static void
without_the_variables_there_are_none(void **state)
{
	(void)state;
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 0);
	announce("1", (long)getpid());
	unsetenv("LISTEN_PID");
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 0);
	announce("0", (long)getpid());
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 0);
}

static void
another_process_is_meant(void **state)
{
	(void)state;
	hand_down(tcp("127.0.0.1", true), 0);
	announce("1", (long)getppid());
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 0);
	announce("1", 0);
	setenv("LISTEN_PID", "me", 1);
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 0);
	assert_int_equal(fcntl(3, F_GETFD), 0);
}

static void
sockets_are_taken_and_made_ours(void **state)
{
	(void)state;
	hand_down(tcp("127.0.0.1", true), 0);
	hand_down(tcp("127.0.0.2", true), 1);
	announce("2", (long)getpid());
	assert_int_equal(take(), SRV_OK);
	assert_int_equal(count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sockets[i].fd, 3 + i);
		assert_string_equal(sockets[i].name, "");
		assert_int_equal(fcntl(sockets[i].fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(sockets[i].fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	}
}

static void
what_cannot_be_served_on_is_refused(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "\0srv-test-inherited"};
	int fd;

	(void)state;
	announce("2", (long)getpid());
	hand_down(tcp("127.0.0.1", true), 0);
	expect_refusal(SRV_EINVAL, "descriptor 4 is no socket"); /* there is none */

	hand_down(open("/dev/null", O_RDONLY), 1);
	expect_refusal(SRV_EINVAL, "descriptor 4 is no socket");
	close(4);

	hand_down(socket(AF_INET, SOCK_DGRAM, 0), 1);
	expect_refusal(SRV_EINVAL, "descriptor 4 is no TCP socket");
	close(4);

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 1), 0);
	hand_down(fd, 1);
	expect_refusal(SRV_EINVAL, "descriptor 4 is no TCP socket");
	close(4);

	hand_down(tcp("127.0.0.1", false), 1);
	expect_refusal(SRV_EINVAL, "descriptor 4 does not listen");
}

static void
numbers_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {"", "x", "-1", "1 ", "1x", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		announce(bad[i], (long)getpid());
		expect_refusal(SRV_EINVAL, "LISTEN_FDS");
	}
	announce("9", (long)getpid());
	expect_refusal(SRV_ELIMIT, "LISTEN_FDS");
}

static void
names_say_what_a_socket_is_for(void **state)
{
	static const struct {
		const char *names, *first, *second;
	} row[] = {{"a:b", "a", "b"}, {"a", "a", ""}, {"", "", ""}, {":b", "", "b"}, {"a:b:c", "a", "b"},
	    {"0123456789012345678901234567890123456789012345678901234567890123456789:b",
		"012345678901234567890123456789012345678901234567890123456789012", "b"}};

	(void)state;
	hand_down(tcp("127.0.0.1", true), 0);
	hand_down(tcp("127.0.0.2", true), 1);
	announce("2", (long)getpid());
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		setenv("LISTEN_FDNAMES", row[i].names, 1);
		assert_int_equal(take(), SRV_OK);
		assert_string_equal(sockets[0].name, row[i].first);
		assert_string_equal(sockets[1].name, row[i].second);
	}
}

/* The address that is configured could not even be bound. */
static void
inherited_sockets_replace_configured_addresses(void **state)
{
	char *argv[] = {"srvd", "--listen", "192.0.2.1:80", "--listen-proxy", "192.0.2.1:81"};
	char *env[] = {NULL};
	struct conf *conf = NULL;
	struct listener *list = NULL;
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	char want[64];

	(void)state;
	assert_int_equal(conf_load(5, argv, env, &conf, &why), SRV_OK);
	hand_down(tcp("127.0.0.1", true), 0);
	hand_down(tcp("127.0.0.2", true), 1);
	announce("2", (long)getpid());
	setenv("LISTEN_FDNAMES", "srvd.socket:proxy", 1);
	assert_int_equal(listeners_open(conf, &list, &count, &why), SRV_OK);
	assert_int_equal(count, 2);
	assert_int_equal(getsockname(3, (struct sockaddr *)&sa, &len), 0);
	snprintf(want, sizeof(want), "http://127.0.0.1:%d", ntohs(sa.sin_port));
	assert_string_equal(list[0].address, want);
	assert_int_equal(list[0].flags, LISTENER_INHERITED);
	assert_int_equal(getsockname(4, (struct sockaddr *)&sa, &len), 0);
	snprintf(want, sizeof(want), "proxy+http://127.0.0.2:%d", ntohs(sa.sin_port));
	assert_string_equal(list[1].address, want);
	assert_int_equal(list[1].flags, LISTENER_INHERITED | LISTENER_PROXY);
	listeners_close(&list, count);
	assert_null(list);

	unsetenv("LISTEN_FDS");
	assert_int_not_equal(listeners_open(conf, &list, &count, &why), SRV_OK);
	conf_free(&conf);
}

/* What a failure closes is what was handed down, and nothing else. */
static void
refused_sockets_are_closed_and_no_other_descriptor(void **state)
{
	char *argv[] = {"srvd"}, *env[] = {NULL};
	struct conf *conf = NULL;
	struct listener *list = NULL;

	(void)state;
	assert_int_equal(conf_load(1, argv, env, &conf, &why), SRV_OK);
	hand_down(tcp("127.0.0.1", true), 0);
	hand_down(tcp("127.0.0.2", true), 1);
	announce("2", (long)getpid());
	setenv("LISTEN_FDNAMES", "tls:srvd.socket", 1);
	assert_int_equal(listeners_open(conf, &list, &count, &why), SRV_EINVAL);
	assert_non_null(strstr(why.text, "listen_tls"));
	assert_null(list);
	assert_int_not_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(fcntl(3, F_GETFD), -1);
	assert_int_equal(fcntl(4, F_GETFD), -1);
	conf_free(&conf);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, clean, clean)
	const struct CMUnitTest tests[] = {
	    TEST(without_the_variables_there_are_none),
	    TEST(another_process_is_meant),
	    TEST(sockets_are_taken_and_made_ours),
	    TEST(what_cannot_be_served_on_is_refused),
	    TEST(numbers_that_are_none_are_refused),
	    TEST(names_say_what_a_socket_is_for),
	    TEST(inherited_sockets_replace_configured_addresses),
	    TEST(refused_sockets_are_closed_and_no_other_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
