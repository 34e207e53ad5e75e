/* What wire_canned.h says: one thread, one connection. */
#include "wire_canned.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
wire_canned_listen(struct wire_canned *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof sa;

	memset(s, 0, sizeof *s);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	s->port = ntohs(sa.sin_port);
	snprintf(s->host, sizeof s->host, "127.0.0.1:%d", s->port);
	snprintf(s->url, sizeof s->url, "http://%s/srv.asmx", s->host);
}

static void
take_request(struct wire_canned *s, int fd)
{
	size_t len = 0;

	while (len < sizeof s->kept - 1 && strstr(s->kept, "Envelope>") == NULL) {
		ssize_t n = recv(fd, s->kept + len, sizeof s->kept - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
}

static void
give_answer(const struct wire_canned *s, int fd)
{
	size_t sent = 0;

	while (sent < s->answer.len) {
		ssize_t n = send(fd, s->answer.p + sent, s->answer.len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent += (size_t)n;
		if (sent == s->answer.len && s->way == WIRE_CANNED_FOREVER)
			sent = 0;
	}
}

static void *
serve(void *arg)
{
	struct wire_canned *s = arg;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	char c;

	if (poll(&p, 1, WIRE_TMO_MS) != 1)
		return NULL;
	int fd = accept(s->fd, NULL, NULL);
	if (s->answer.p != NULL) {
		take_request(s, fd);
		give_answer(s, fd);
	}
	if (s->way == WIRE_CANNED_HOLD) /* the other side will go first */
		(void)recv(fd, &c, 1, 0);
	close(fd);
	return NULL;
}

void
wire_canned_start(struct wire_canned *s, enum wire_canned_way way, struct wire_bytes answer)
{
	wire_canned_listen(s);
	s->way = way;
	s->answer = answer;
	s->running = true;
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

void
wire_canned_stop(struct wire_canned *s)
{
	if (s->running)
		assert_int_equal(pthread_join(s->thread, NULL), 0);
	s->running = false;
	s->request = s->kept;
	close(s->fd);
}

const char *
wire_canned_http(const char *status, const char *type, const char *body)
{
	return wire_printf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, type, strlen(body), body);
}

const char *
wire_canned_soap(enum wire_form form, const char *status, const char *body)
{
	return wire_canned_http(status,
	    form == WIRE_SOAP11 ? "text/xml; charset=utf-8" : "application/soap+xml; charset=utf-8",
	    wire_envelope(form, NULL, body));
}

const char *
wire_canned_result(enum wire_form form, const char *op, const char *element)
{
	return wire_canned_soap(form, "200 OK",
	    wire_printf(
		"<%sResponse xmlns=\"" WIRE_NS "\"><%sResult>%s</%sResult></%sResponse>", op, op, element, op, op));
}
