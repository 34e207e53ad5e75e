/* Listening sockets: every address that was asked for, or none and a word about the one that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/net/listener.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ITEMS_MAX 70

static struct conf
items(char *const *item, size_t count)
{
	return (struct conf){.listen = {(char **)(uintptr_t)item, count}};
}

static void
expect_refused(char *const *item, size_t count, enum srv_err err, const char *text)
{
	struct conf list = items(item, count);
	struct listener *out = NULL;
	struct srv_reason why = {""};
	size_t n = 77;

	enum srv_err got = listeners_open(&list, &out, &n, &why);
	if (got != err || strstr(why.text, text) == NULL)
		fail_msg(
		    "%s: %d \"%s\" and not %d with \"%s\"", count > 0 ? item[count - 1] : "", got, why.text, err, text);
	assert_null(out);
	assert_int_equal(n, 77);
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof sa;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	return ntohs(sa.sin_port);
}

static bool
connects(uint16_t port)
{
	struct sockaddr_in sa = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0;

	close(fd);
	return ok;
}

static void
listener_serves_each_address_and_says_where(void **state)
{
	char *const item[] = {"127.0.0.1:0", "127.0.0.1:0"};
	struct conf list = items(item, 2);
	struct listener *out = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(listeners_open(&list, &out, &n, NULL), SRV_OK);
	assert_int_equal(n, 2); /* port 0 twice is two ports */
	assert_int_not_equal(port_of(out[0].fd), port_of(out[1].fd));
	for (size_t i = 0; i < n; i++) {
		char want[64];

		snprintf(want, sizeof want, "http://127.0.0.1:%u", port_of(out[i].fd));
		assert_string_equal(out[i].address, want);
		assert_true(fcntl(out[i].fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(out[i].fd, F_GETFD) & FD_CLOEXEC);
		assert_true(connects(port_of(out[i].fd)));
	}
	listeners_close(&out, n);
	assert_null(out);
	listeners_close(&out, 0);
}

static void
listener_for_proxies_is_told_from_the_others(void **state)
{
	char *item[] = {"127.0.0.1:0"};
	struct conf conf = {.listen = {item, 1}, .listen_proxy = {item, 1}};
	struct listener *out = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(listeners_open(&conf, &out, &n, NULL), SRV_OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].flags, 0);
	assert_int_equal(out[1].flags, LISTENER_PROXY);
	assert_memory_equal(out[1].address, "proxy+http://127.0.0.1:", 23);
	listeners_close(&out, n);
	conf.listen.count = 0;
	assert_int_equal(listeners_open(&conf, &out, &n, NULL), SRV_OK);
	assert_int_equal(n, 1);
	assert_int_equal(out[0].flags, LISTENER_PROXY);
	listeners_close(&out, n);
}

static void
listener_star_is_every_address(void **state)
{
	char *const item[] = {"*:0"};
	struct conf list = items(item, 1);
	struct listener *out = NULL;
	size_t n = 0, four = 0;

	(void)state;
	assert_int_equal(listeners_open(&list, &out, &n, NULL), SRV_OK);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(out[i].address, "http://0.0.0.0:", 15) == 0) {
			assert_true(connects(port_of(out[i].fd)));
			four++;
		} else {
			assert_memory_equal(out[i].address, "http://[::]:", 12);
		}
	}
	assert_int_equal(four, 1);
	listeners_close(&out, n);
}

static void
listener_address_that_is_none_is_refused(void **state)
{
	static char longest[400];
	static const struct {
		char *item;
		const char *text;
	} wrong[] = {
	    {"8080", "listen 8080: not ADDR:PORT"},
	    {"127.0.0.1:", "not ADDR:PORT"},
	    {"", "not ADDR:PORT"},
	    {"[::1:80", "listen [::1:80: not [ADDR]:PORT"},
	    {"[:80", "not [ADDR]:PORT"},
	    {"::1:80", "an IPv6 address stands in brackets"},
	    {"127.0.0.1:http", "listen 127.0.0.1:http: "},
	    {longest, "too long"},
	};

	(void)state;
	memset(longest, 'a', sizeof longest - 1);
	memcpy(longest + sizeof longest - 4, ":80", 4);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		expect_refused(&wrong[i].item, 1, SRV_EINVAL, wrong[i].text);
	expect_refused(NULL, 0, SRV_EINVAL, "no address");
}

/* 192.0.2.0/24 is for documentation and nobody's own. */
static void
listener_address_of_another_machine_is_refused(void **state)
{
	char *const item[] = {"192.0.2.1:0"};

	(void)state;
	expect_refused(item, 1, SRV_EINVAL, "listen 192.0.2.1:0: ");
}

static void
listener_port_in_use_is_said_and_the_others_are_given_back(void **state)
{
	char *item[2] = {"127.0.0.1:0", NULL};
	char taken[32], wanted[32];
	struct conf one = items(item, 1);
	struct listener *other = NULL, *out = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(listeners_open(&one, &other, &n, NULL), SRV_OK);
	snprintf(taken, sizeof taken, "127.0.0.1:%u", port_of(other[0].fd));
	/* A port that is free: it was just given back. */
	assert_int_equal(listeners_open(&one, &out, &n, NULL), SRV_OK);
	uint16_t port = port_of(out[0].fd);
	listeners_close(&out, n);
	snprintf(wanted, sizeof wanted, "127.0.0.1:%u", port);
	item[0] = wanted;
	item[1] = taken;
	expect_refused(item, 2, SRV_EBUSY, taken);
	assert_false(connects(port));
	assert_true(connects(port_of(other[0].fd)));
	listeners_close(&other, 1);
}

static void
listener_takes_64_addresses_and_no_more(void **state)
{
	char *item[ITEMS_MAX];
	struct listener *out = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ITEMS_MAX; i++)
		item[i] = "127.0.0.1:0";
	struct conf list = items(item, 64);
	assert_int_equal(listeners_open(&list, &out, &n, NULL), SRV_OK);
	assert_int_equal(n, 64);
	listeners_close(&out, n);
	expect_refused(item, 65, SRV_EINVAL, "more than 64 addresses");
}

static void
listener_without_descriptors_says_so(void **state)
{
	char *const item[] = {"127.0.0.1:0"};
	struct rlimit was, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){0, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	struct conf list = items(item, 1);
	struct listener *out = NULL;
	struct srv_reason why = {""};
	size_t n = 0;
	enum srv_err err = listeners_open(&list, &out, &n, &why);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(err, SRV_EIO);
	assert_null(out);
	assert_string_equal(why.text, "listen 127.0.0.1:0: Too many open files");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(listener_serves_each_address_and_says_where),
	    cmocka_unit_test(listener_for_proxies_is_told_from_the_others),
	    cmocka_unit_test(listener_star_is_every_address),
	    cmocka_unit_test(listener_address_that_is_none_is_refused),
	    cmocka_unit_test(listener_address_of_another_machine_is_refused),
	    cmocka_unit_test(listener_port_in_use_is_said_and_the_others_are_given_back),
	    cmocka_unit_test(listener_takes_64_addresses_and_no_more),
	    cmocka_unit_test(listener_without_descriptors_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
