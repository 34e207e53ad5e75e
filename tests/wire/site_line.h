/* Connections to a server that has both plain HTTP and TLS, each from an address of its own, so that what one did does
 * not count against another. They stay open until lines_close. */
#ifndef SRV_TESTS_SITE_LINE_H
#define SRV_TESTS_SITE_LINE_H

#include "tls_site.h"

#define EACH_TRANSPORT(tls) for (int tls = 0; tls < 2; tls++)
#define LINES 256

struct line {
	struct hand hand;
	char *in; /* what was received and not heard */
	size_t have;
};

static struct line lines[LINES];
static size_t line_count;

static inline struct line *
line_open(const struct site *site, bool tls)
{
	static uint32_t from = INADDR_LOOPBACK;
	struct line *l = &lines[line_count++];
	struct sockaddr_in own = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = WIRE_TMO_MS / 1000};

	assert_true(line_count <= LINES);
	*l = (struct line){.in = wire_alloc(65536)};
	own.sin_addr.s_addr = htonl(++from);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(tls ? site->tls.port : site->srv.port);
	l->hand.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(l->hand.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	assert_int_equal(bind(l->hand.fd, (struct sockaddr *)&own, sizeof own), 0);
	assert_int_equal(connect(l->hand.fd, (struct sockaddr *)&to, sizeof to), 0);
	if (tls)
		hand_shake(&l->hand);
	return l;
}

static inline void
lines_close(void)
{
	while (line_count > 0)
		hand_close(&lines[--line_count].hand);
}

/* srvd may have hung up on what it refused. */
static inline void
say(struct line *l, struct wire_bytes b)
{
	if (l->hand.ssl != NULL)
		(void)SSL_write(l->hand.ssl, b.p, (int)b.len);
	else
		(void)send(l->hand.fd, b.p, b.len, MSG_NOSIGNAL);
}

/* The next answer, or NULL at the end. */
static inline const char *
hear(struct line *l)
{
	for (;;) {
		const char *end = strstr(l->in, "\r\n\r\n"), *length = strstr(l->in, "Content-Length: ");
		size_t whole;
		ssize_t n;

		if (end != NULL) {
			whole = (size_t)(end + 4 - l->in) +
				(length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0);
			if (l->have >= whole) {
				const char *answer = wire_copy(l->in, whole);

				l->have -= whole;
				memmove(l->in, l->in + whole, l->have + 1);
				return answer;
			}
		}
		assert_true(l->have < 65535);
		n = l->hand.ssl != NULL ? SSL_read(l->hand.ssl, l->in + l->have, (int)(65535 - l->have))
					: recv(l->hand.fd, l->in + l->have, 65535 - l->have, 0);
		if (n <= 0)
			return NULL;
		l->have += (size_t)n;
		l->in[l->have] = '\0';
	}
}

static inline const char *
ask(struct line *l, struct wire_bytes request)
{
	say(l, request);
	return hear(l);
}

#endif
