/* Callers for tests that restart or change a server under load.
 *
 * They have a reader of their own, because wire_http keeps each connection and answer until the end of the test, and
 * there are many thousands here. Each rests a little between two requests: it is not speed that is tested. */
#define _GNU_SOURCE /* memmem */
#include "wire_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REST_MS 1
#define ANSWER_MAX 8192

struct caller {
	struct wire_load *load;
	pthread_t thread;
	const char *request, *wanted; /* what the answer's body holds */
	bool keeps;
	int fd; /* -1: none */
	bool fresh;
	char in[ANSWER_MAX];
	size_t have;
	atomic_uint answers;
	struct wire_load_sums sums;
};

struct wire_load {
	uint16_t port;
	atomic_bool over;
	struct caller caller[WIRE_LOAD_CALLERS];
};

static void
failed(struct caller *c, const char *what)
{
	int err = errno;

	if (c->sums.failures++ == 0)
		snprintf(c->sums.why, sizeof c->sums.why, "%s (%s), connection %s, so far: %.120s", what, strerror(err),
		    c->fresh ? "new" : "kept", c->have > 0 ? c->in : "");
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static bool
dial(struct caller *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->load->port)};

	if (c->fd >= 0)
		return true;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->have = 0;
	c->fresh = true;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0)
		return true;
	failed(c, "no connection");
	return false;
}

enum heard { HEARD, ENDED, WRONG };

/* The length of the whole answer, once its head is there; 0 until then. */
static size_t
answer_size(const struct caller *c)
{
	const char *end = memmem(c->in, c->have, "\r\n\r\n", 4);
	const char *length = end != NULL ? memmem(c->in, (size_t)(end - c->in), "\r\nContent-Length: ", 18) : NULL;

	return length != NULL ? (size_t)(end - c->in) + 4 + strtoul(length + 18, NULL, 10) : 0;
}

static enum heard
hear(struct caller *c)
{
	size_t size;

	c->have = 0;
	while ((size = answer_size(c)) == 0 || c->have < size) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		ssize_t n;

		if (size >= sizeof c->in || c->have + 1 == sizeof c->in)
			return WRONG;
		if (poll(&p, 1, WIRE_TMO_MS) != 1) {
			errno = ETIMEDOUT;
			return WRONG;
		}
		n = recv(c->fd, c->in + c->have, sizeof c->in - 1 - c->have, 0);
		if (n <= 0) {
			if (n == 0)
				errno = 0;
			return c->have == 0 ? ENDED : WRONG;
		}
		c->have += (size_t)n;
		c->in[c->have] = '\0';
	}
	return c->have == size && strncmp(c->in, "HTTP/1.1 200 ", 13) == 0 && strstr(c->in, c->wanted) != NULL ? HEARD
													       : WRONG;
}

/* One request, asked again if it may be. */
static void
ask(struct caller *c)
{
	size_t len = strlen(c->request);
	enum heard h = ENDED;

	while (h == ENDED && dial(c)) {
		bool sent = send(c->fd, c->request, len, MSG_NOSIGNAL) == (ssize_t)len;

		h = sent ? hear(c) : ENDED;
		if (h == WRONG || (h == ENDED && c->fresh)) {
			failed(c, sent ? "no right answer" : "not sent");
			return;
		}
		if (h == ENDED) {
			c->sums.retries++;
			close(c->fd);
			c->fd = -1;
		}
	}
	if (h != HEARD)
		return;
	atomic_fetch_add(&c->answers, 1);
	c->fresh = false;
	if (memmem(c->in, c->have, "\r\nConnection: close\r\n", 21) != NULL) {
		c->sums.closes += c->keeps;
		close(c->fd);
		c->fd = -1;
	}
}

static void *
call(void *arg)
{
	struct caller *c = arg;

	while (!atomic_load(&c->load->over)) {
		ask(c);
		wire_rest_ms(REST_MS);
	}
	if (c->fd >= 0)
		close(c->fd);
	return NULL;
}

static const char *
request_for(const struct wire_srvd *srv, int i, const char *ticket, bool keeps)
{
	const char *host = wire_printf("Host: %s\r\n%s", srv->host, keeps ? "" : "Connection: close\r\n"), *body;

	switch (i) {
	case 0:
		body = wire_printf("AuthenticationTicket=%s", ticket);
		return wire_printf("POST /srv.asmx/isValidTicket HTTP/1.1\r\n%s"
				   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		    host, strlen(body), body);
	case 1:
		return wire_printf(
		    "GET /srv.asmx/FlushApplicationCache?authenticationTicket=%s HTTP/1.1\r\n%s\r\n", ticket, host);
	default:
		return wire_printf("GET /srv.asmx/ServerInfo HTTP/1.1\r\n%s\r\n", host);
	}
}

struct wire_load *
wire_load_start(const struct wire_srvd *srv, const char *ticket)
{
	struct wire_load *load = wire_alloc(sizeof *load);

	load->port = srv->port;
	for (int i = 0; i < WIRE_LOAD_CALLERS; i++) {
		struct caller *c = &load->caller[i];

		c->load = load;
		c->fd = -1;
		c->keeps = i % 2 == 0;
		c->request = request_for(srv, i / 2, ticket, c->keeps);
		c->wanted = "success=\"true\"";
		assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
	}
	return load;
}

void
wire_load_wait(struct wire_load *load, unsigned answers)
{
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	unsigned want[WIRE_LOAD_CALLERS];

	for (int i = 0; i < WIRE_LOAD_CALLERS; i++)
		want[i] = atomic_load(&load->caller[i].answers) + answers;
	for (int i = 0; i < WIRE_LOAD_CALLERS; i++)
		while (atomic_load(&load->caller[i].answers) < want[i]) {
			if (wire_now_ms() > until) {
				wire_load_stop(load);
				fail_msg("caller %d has no answers any more", i);
			}
			wire_rest_ms(5);
		}
}

struct wire_load_sums
wire_load_stop(struct wire_load *load)
{
	struct wire_load_sums sums = {0};

	atomic_store(&load->over, true);
	for (int i = 0; i < WIRE_LOAD_CALLERS; i++) {
		struct caller *c = &load->caller[i];

		pthread_join(c->thread, NULL);
		sums.answers += atomic_load(&c->answers);
		sums.closes += c->sums.closes;
		sums.retries += c->sums.retries;
		sums.failures += c->sums.failures;
		if (sums.why[0] == '\0')
			memcpy(sums.why, c->sums.why, sizeof sums.why);
	}
	if (sums.failures > 0)
		fail_msg(
		    "%u of %u requests failed; the first: %s", sums.failures, sums.answers + sums.failures, sums.why);
	return sums;
}
