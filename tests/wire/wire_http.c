/* HTTP as bytes on a socket.
 *
 * A client library would mend, hide or refuse just what these tests are about: two lengths, a missing end, an
 * answer nobody asked for. So requests go out as written, and the reader takes an answer only in the form that
 * srvd promises: a status line, fields, and exactly Content-Length bytes (or none for a HEAD, a 1xx, 204,
 * 304). Connections are kept on a list for the teardown. */
#define _GNU_SOURCE /* memmem */
#include "wire_http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct wire_conn {
	int fd; /* -1 once closed */
	char *in;
	size_t have, room;
	struct wire_conn *next;
};

const struct wire_bytes wire_no_body = {NULL, 0};

static pthread_mutex_t conns_lock = PTHREAD_MUTEX_INITIALIZER;
static struct wire_conn *conns;

struct wire_conn *
wire_connect_from(const struct wire_srvd *srv, const char *from)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(srv->port)}, src = {.sin_family = AF_INET};
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if ((from != NULL &&
		(inet_pton(AF_INET, from, &src.sin_addr) != 1 || bind(fd, (struct sockaddr *)&src, sizeof src) != 0)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		close(fd);
		return NULL;
	}
	struct wire_conn *c = calloc(1, sizeof *c);
	if (c == NULL)
		abort();
	c->fd = fd;
	pthread_mutex_lock(&conns_lock);
	c->next = conns;
	conns = c;
	pthread_mutex_unlock(&conns_lock);
	return c;
}

struct wire_conn *
wire_connect(const struct wire_srvd *srv)
{
	return wire_connect_from(srv, NULL);
}

void
wire_close(struct wire_conn *c)
{
	if (c != NULL && c->fd >= 0) {
		close(c->fd);
		c->fd = -1;
	}
}

void
wire_forget(struct wire_conn *c)
{
	pthread_mutex_lock(&conns_lock);
	for (struct wire_conn **at = &conns; *at != NULL; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	pthread_mutex_unlock(&conns_lock);
	wire_close(c);
	free(c->in);
	free(c);
}

void
wire_http_close_all(void)
{
	pthread_mutex_lock(&conns_lock);
	while (conns != NULL) {
		struct wire_conn *c = conns;

		conns = c->next;
		wire_close(c);
		free(c->in);
		free(c);
	}
	pthread_mutex_unlock(&conns_lock);
}

void
wire_end_sending(struct wire_conn *c)
{
	shutdown(c->fd, SHUT_WR);
}

bool
wire_send(struct wire_conn *c, struct wire_bytes b)
{
	if (c == NULL)
		return false;
	while (b.len != 0) {
		ssize_t n = send(c->fd, b.p, b.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		b.p += n;
		b.len -= (size_t)n;
	}
	return true;
}

bool
wire_send_text(struct wire_conn *c, const char *text)
{
	return wire_send(c, (struct wire_bytes){(char *)(uintptr_t)text, strlen(text)});
}

/* Reads what is there: 1 bytes came, 0 the end, -1 nothing before the deadline, -2 a reset. */
static int
fill(struct wire_conn *c, int64_t until)
{
	if (c->room - c->have < 65536) {
		c->room += 131072;
		c->in = realloc(c->in, c->room);
		if (c->in == NULL)
			abort();
	}
	for (;;) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		int64_t left = until - wire_now_ms();
		int ready = poll(&p, 1, left > 0 ? (int)left : 0);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return -1;
		ssize_t n = recv(c->fd, c->in + c->have, c->room - c->have, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : -2;
		c->have += (size_t)n;
		return 1;
	}
}

bool
wire_ends(struct wire_conn *c, int tmo_ms)
{
	return c->have == 0 && fill(c, wire_now_ms() + tmo_ms) == 0;
}

bool
wire_is_silent(struct wire_conn *c, int ms)
{
	return c->have == 0 && fill(c, wire_now_ms() + ms) == -1;
}

const char *
wire_field(const struct wire_answer *a, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(a->head, "\r\n"); line != NULL && line[2] != '\0'; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			const char *value = line + len + 1;

			while (*value == ' ')
				value++;
			return wire_copy(value, strcspn(value, "\r\n"));
		}
	}
	return NULL;
}

bool
wire_field_is(const struct wire_answer *a, const char *name, const char *value)
{
	const char *have = wire_field(a, name);

	return have != NULL && strcasecmp(have, value) == 0;
}

static bool
has_body(const struct wire_answer *a, bool head_only)
{
	return !head_only && a->status >= 200 && a->status != 204 && a->status != 304;
}

struct wire_answer *
wire_read(struct wire_conn *c, bool head_only)
{
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	struct wire_answer *a = wire_alloc(sizeof *a);
	char *end = NULL;

	if (c == NULL)
		return NULL;
	while (c->have == 0 || (end = memmem(c->in, c->have, "\r\n\r\n", 4)) == NULL) {
		if (fill(c, until) != 1)
			return NULL;
	}
	size_t head_len = (size_t)(end - c->in) + 2, body_at = head_len + 2;
	a->head = wire_copy(c->in, head_len);
	if (sscanf(a->head, "HTTP/1.%1d %3d ", &a->minor, &a->status) != 2 || strlen(a->head) != head_len)
		return NULL;
	if (has_body(a, head_only)) {
		const char *length = wire_field(a, "Content-Length");
		char *stop;

		if (length == NULL || !isdigit((unsigned char)*length))
			return NULL;
		a->body_len = strtoul(length, &stop, 10);
		if (*stop != '\0')
			return NULL;
	}
	while (c->have < body_at + a->body_len) {
		if (fill(c, until) != 1)
			return NULL;
	}
	a->body = wire_copy(c->in + body_at, a->body_len);
	c->have -= body_at + a->body_len;
	memmove(c->in, c->in + body_at + a->body_len, c->have);
	return a;
}

struct wire_bytes
wire_request(
    const struct wire_srvd *srv, const char *method, const char *target, const char *fields, struct wire_bytes body)
{
	const char *length = body.p != NULL ? wire_printf("Content-Length: %zu\r\n", body.len) : "";
	char *head = wire_printf(
	    "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n", method, target, srv->host, fields != NULL ? fields : "", length);
	struct wire_bytes b = wire_bytes_text(head);

	return body.p != NULL ? wire_join(b, body) : b;
}

struct wire_bytes
wire_get(const struct wire_srvd *srv, const char *target, const char *fields)
{
	return wire_request(srv, "GET", target, fields, wire_no_body);
}

struct wire_bytes
wire_chunks(struct wire_bytes body, size_t chunk)
{
	char *out = wire_alloc((body.len / chunk + 2) * (chunk + 24)), *p = out;

	while (body.len != 0) {
		size_t n = body.len < chunk ? body.len : chunk;

		p += sprintf(p, "%zx\r\n", n);
		memcpy(p, body.p, n);
		p = stpcpy(p + n, "\r\n");
		body.p += n;
		body.len -= n;
	}
	p = stpcpy(p, "0\r\n\r\n");
	return (struct wire_bytes){out, (size_t)(p - out)};
}

struct wire_answer *
wire_ask(const struct wire_srvd *srv, struct wire_bytes request)
{
	struct wire_conn *c = wire_connect(srv);
	struct wire_answer *a = wire_send(c, request) ? wire_read(c, strncmp(request.p, "HEAD ", 5) == 0) : NULL;

	wire_close(c);
	return a;
}

struct wire_answer *
wire_ask_text(const struct wire_srvd *srv, const char *request)
{
	return wire_ask(srv, wire_bytes_text(request));
}
