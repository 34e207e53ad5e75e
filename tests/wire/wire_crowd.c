/* Many connections at once, without a thread or a buffer for each: sockets that do not block, looked at with one poll.
 * What a crowd of slow or hostile callers does is done by the test in turns, so it can do something else in between. */
#include "wire_crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PER_ADDRESS 1000
#define BESIDE 400 /* descriptors that the test and srvd need for other things */

static struct wire_crowd *crowds;

size_t
wire_crowd_affordable(size_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= count + BESIDE)
		return count;
	print_message("figures: the limit of descriptors allows %lu of %zu connections\n",
	    (unsigned long)limit.rlim_max - BESIDE, count);
	return (size_t)limit.rlim_max - BESIDE;
}

static int
dial(const struct wire_srvd *srv, size_t i, int flags)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(srv->port)}, from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, tiny = 1;

	assert_true(fd >= 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)(i / PER_ADDRESS));
	assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
	/* The port is chosen with the address known that it goes to, so that there are enough. */
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one), 0);
	if (flags & WIRE_CROWD_TINY)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

struct wire_crowd *
wire_crowd_connect(const struct wire_srvd *srv, size_t count, int flags)
{
	struct wire_crowd *c = calloc(1, sizeof *c);

	assert_non_null(c);
	c->member = calloc(count, sizeof *c->member);
	assert_non_null(c->member);
	c->next = crowds;
	crowds = c;
	for (; c->count < count; c->count++)
		c->member[c->count].fd = dial(srv, c->count, flags);
	return c;
}

/* A byte that cannot be sent without waiting is not what a test means to send. */
void
wire_crowd_say(struct wire_crowd *c, size_t i, struct wire_bytes b)
{
	struct wire_member *m = &c->member[i];

	if (m->fd < 0 || m->ended)
		return;
	ssize_t n = send(m->fd, b.p, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	assert_true(n == (ssize_t)b.len || (n < 0 && (errno == EPIPE || errno == ECONNRESET)));
}

void
wire_crowd_all_say(struct wire_crowd *c, struct wire_bytes b)
{
	for (size_t i = 0; i < c->count; i++)
		wire_crowd_say(c, i, b);
}

static void
read_member(struct wire_member *m)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(m->fd, bytes, sizeof bytes - 1, MSG_DONTWAIT)) > 0) {
		bytes[n] = '\0';
		if (m->got == 0)
			(void)sscanf(bytes, "HTTP/1.%*1d %3d ", &m->status);
		m->got += (size_t)n;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	m->ended = true;
	m->reset = n < 0;
}

/* Returns how many may still get something. */
static size_t
look_once(struct wire_crowd *c, int ms)
{
	struct pollfd *polls = calloc(c->count, sizeof *polls);
	size_t open = 0;

	assert_non_null(polls);
	for (size_t i = 0; i < c->count; i++) {
		polls[i] = (struct pollfd){.fd = c->member[i].ended ? -1 : c->member[i].fd, .events = POLLIN};
		open += polls[i].fd >= 0;
	}
	if (open > 0 && poll(polls, c->count, ms) > 0) {
		for (size_t i = 0; i < c->count; i++)
			if (polls[i].revents != 0)
				read_member(&c->member[i]);
	}
	free(polls);
	return open;
}

void
wire_crowd_look(struct wire_crowd *c, int ms)
{
	for (int64_t left, until = wire_now_ms() + ms; (left = until - wire_now_ms()) >= 0;)
		if (look_once(c, (int)left) == 0)
			break;
}

size_t
wire_crowd_with_status(const struct wire_crowd *c, int status)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->member[i].status == status;
	return n;
}

size_t
wire_crowd_ended(const struct wire_crowd *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->member[i].ended;
	return n;
}

bool
wire_crowd_wait_status(struct wire_crowd *c, int status, size_t count, int tmo_ms)
{
	for (int64_t until = wire_now_ms() + tmo_ms; wire_crowd_with_status(c, status) < count;) {
		if (wire_now_ms() >= until || look_once(c, 20) == 0)
			return wire_crowd_with_status(c, status) >= count;
	}
	return true;
}

bool
wire_crowd_wait_ended(struct wire_crowd *c, size_t count, int tmo_ms)
{
	for (int64_t until = wire_now_ms() + tmo_ms; wire_crowd_ended(c) < count;) {
		if (wire_now_ms() >= until)
			return false;
		look_once(c, 20);
	}
	return true;
}

void
wire_crowd_end_sending(struct wire_crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->member[i].fd >= 0)
			shutdown(c->member[i].fd, SHUT_WR);
}

void
wire_crowd_reset(struct wire_crowd *c)
{
	struct linger now = {.l_onoff = 1};

	for (size_t i = 0; i < c->count; i++)
		if (c->member[i].fd >= 0)
			setsockopt(c->member[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	wire_crowd_close(c);
}

void
wire_crowd_leave(struct wire_crowd *c, size_t i)
{
	if (c->member[i].fd >= 0)
		close(c->member[i].fd);
	c->member[i].fd = -1;
}

void
wire_crowd_close(struct wire_crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		wire_crowd_leave(c, i);
}

void
wire_crowd_close_all(void)
{
	while (crowds != NULL) {
		struct wire_crowd *c = crowds;

		crowds = c->next;
		wire_crowd_close(c);
		free(c->member);
		free(c);
	}
}
