/* What the tests of the connection layer share: a server over real sockets with the endpoint of net_endpoint.h, and
 * clients that speak bytes. */
#ifndef SRV_TESTS_NET_FIXTURE_H
#define SRV_TESTS_NET_FIXTURE_H

#include "net_endpoint.h"

#include "../../impl/base/clock.h"
#include "../../impl/net/server.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server -------------------------------------------------------------------------------------- */

static struct conf *conf;
static struct server *server;

/* Starts a server with these options besides an address and two workers. */
static inline void
start(char *const options[])
{
	char *argv[16] = {"srvd", "--listen", "127.0.0.1:0", "--workers", "2"};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	int argc = 5;

	while (options != NULL && options[argc - 5] != NULL) {
		argv[argc] = options[argc - 5];
		argc++;
	}
	if (conf_load(argc, argv, env, &conf, &why) != SRV_OK)
		fail_msg("%s", why.text);
	if (server_open(conf, &server, &why) != SRV_OK || server_start(&server, &the_endpoint, &why) != SRV_OK)
		fail_msg("%s", why.text);
	atomic_store(&begun, 0);
	atomic_store(&answered, 0);
	atomic_store(&abandoned, 0);
}
#define START(...) start((char *[]){__VA_ARGS__, NULL})

static inline int
stop_within(int drain_ms)
{
	int cut = server_stop(&server, drain_ms);

	assert_null(server);
	conf_free(&conf);
	return cut;
}

static inline void
stop(void)
{
	assert_int_equal(stop_within(PATIENCE_MS), 0);
}

/* ---- the client -------------------------------------------------------------------------------------- */

struct client {
	int fd;
	struct buf in;
};

static inline struct sockaddr_in
address_of_server(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *text = server_address(server, 0);

	assert_non_null(text);
	assert_int_equal(strncmp(text, "http://127.0.0.1:", 17), 0);
	sa.sin_port = htons((uint16_t)atoi(text + 17));
	return sa;
}

static inline void
dial_with(struct client *c, int receive_buffer, const char *from)
{
	struct sockaddr_in sa = address_of_server(), local = {.sin_family = AF_INET};

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(c->fd >= 0);
	buf_init(&c->in, 0);
	if (receive_buffer > 0)
		assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)), 0);
	if (from != NULL) {
		assert_int_equal(inet_pton(AF_INET, from, &local.sin_addr), 1);
		assert_int_equal(bind(c->fd, (struct sockaddr *)&local, sizeof(local)), 0);
	}
	assert_int_equal(connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
}

static inline void
dial(struct client *c)
{
	dial_with(c, 0, NULL);
}

static inline void
hang_up(struct client *c)
{
	close(c->fd);
	buf_fini(&c->in);
}

/* Closes with a reset. */
static inline void
tear_off(struct client *c)
{
	struct linger l = {.l_onoff = 1};

	assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	hang_up(c);
}

static inline void
say(struct client *c, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(c->fd, text, len, MSG_NOSIGNAL), len);
}

/* Reads once. Returns false at the end, which a reset is too. */
static inline bool
hear_some(struct client *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	char bytes[65536];
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("nothing came; so far: %s", buf_str(&c->in));
	n = recv(c->fd, bytes, sizeof(bytes), 0);
	if (n <= 0)
		return false;
	buf_put(&c->in, bytes, (size_t)n);
	assert_int_equal(c->in.err, SRV_OK);
	return true;
}

static inline bool
is_silent(struct client *c, int ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return c->in.len == 0 && poll(&p, 1, ms) == 0;
}

/* The connection ends here, and nothing more came before. */
static inline void
hear_end(struct client *c)
{
	while (hear_some(c))
		;
	if (c->in.len > 0)
		fail_msg("not the end: %s", c->in.data);
}

struct answer {
	int status;
	char head[1024]; /* with the empty line */
	char body[256];
	size_t body_len;
};

/* One answer, its body by Content-Length unless head_only. */
static inline void
hear_kind(struct client *c, struct answer *a, bool head_only)
{
	const char *end, *length;
	size_t head_len;

	memset(a, 0, sizeof(*a));
	while (c->in.len == 0 || strstr(c->in.data, "\r\n\r\n") == NULL)
		if (!hear_some(c))
			fail_msg("the end, after: %s", buf_str(&c->in));
	end = strstr(c->in.data, "\r\n\r\n");
	head_len = (size_t)(end - c->in.data) + 4;
	assert_true(head_len < sizeof(a->head));
	memcpy(a->head, c->in.data, head_len);
	assert_int_equal(sscanf(a->head, "HTTP/1.1 %3d ", &a->status), 1);
	length = strstr(a->head, "\r\nContent-Length: ");
	if (length != NULL && !head_only)
		a->body_len = (size_t)atol(length + 18);
	while (c->in.len < head_len + a->body_len)
		if (!hear_some(c))
			fail_msg("cut short: %.200s", buf_str(&c->in));
	if (a->body_len < sizeof(a->body))
		memcpy(a->body, c->in.data + head_len, a->body_len);
	buf_keep(&c->in, c->in.data + head_len + a->body_len, c->in.len - head_len - a->body_len);
}

static inline void
hear(struct client *c, struct answer *a)
{
	hear_kind(c, a, false);
}

static inline void
expect(struct client *c, int status, const char *body)
{
	struct answer a;

	hear(c, &a);
	if (a.status != status)
		fail_msg("not %d: %s%s", status, a.head, a.body);
	if (body != NULL)
		assert_string_equal(a.body, body);
}

/* A refusal, and then the end. */
static inline void
expect_last(struct client *c, int status)
{
	struct answer a;

	hear(c, &a);
	if (a.status != status)
		fail_msg("not %d: %s%s", status, a.head, a.body);
	assert_non_null(strstr(a.head, "\r\nConnection: close\r\n"));
	hear_end(c);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: t\r\n\r\n"

/* The server is well: somebody else gets an answer. */
static inline void
probe(void)
{
	struct client c;

	dial(&c);
	say(&c, GET("/probe"));
	expect(&c, 200, "GET /probe ");
	hang_up(&c);
}

static inline int64_t
now_ms(void)
{
	return clock_mono().ms;
}

/* Runs the tests of a program. */
#define RUN(tests) cmocka_run_group_tests((tests), make_big, free_big)

#endif
