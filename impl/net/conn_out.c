/* Why: nearly every answer fits into the socket's buffer, so head and body go out with one system call and
 * nothing is copied or kept. Only when the socket takes less is a conn_out made, with the events that an idle
 * connection has no use for. What is kept of a large document is a pointer to it.
 * write_some is the one place where bytes leave a connection, as conn_in_read is where they enter it.
 * Called by conn.c, on the connection's loop. */
#include "conn_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Returns how many bytes were taken, 0 if none can be for now, -1 if none ever will. */
static ssize_t
write_some(struct conn *c, const char *head, size_t head_len, const char *body, size_t body_len)
{
	struct iovec iov[2] = {{(void *)(uintptr_t)head, head_len}, {(void *)(uintptr_t)body, body_len}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	if (c->tls != NULL)
		return tls_conn_write(c->tls, head, head_len, body, body_len);
	if (head_len == 0) {
		msg.msg_iov++;
		msg.msg_iovlen--;
	}
	if (body_len == 0)
		msg.msg_iovlen--;
	do
		n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n;
}

static struct conn_out *
need_out(struct conn *c)
{
	struct conn_out *o = c->out;

	if (o != NULL)
		return o;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return NULL;
	buf_init(&o->head, 0);
	http_response_init(&o->response);
	event_assign(&o->write, c->worker->base, c->fd, EV_WRITE | EV_PERSIST, conn_writable, c);
	evtimer_assign(&o->delay, c->worker->base, conn_delayed, c);
	c->out = o;
	return o;
}

void
conn_out_drop(struct conn *c)
{
	struct conn_out *o = c->out;

	if (o == NULL)
		return;
	event_del(&o->write);
	event_del(&o->delay);
	buf_fini(&o->head);
	http_response_fini(&o->response);
	free(o);
	c->out = NULL;
}

/* Waits for the socket; TLS may first have to read, which conn.c sees to. */
static bool
await(struct conn *c)
{
	if (c->tls != NULL && tls_conn_write_wants_read(c->tls))
		return event_del(&c->out->write) == 0;
	return event_add(&c->out->write, NULL) == 0;
}

/* Keeps head bytes that were not taken, and waits for the socket. */
static enum conn_sent
keep_head(struct conn *c, const char *bytes, size_t len, size_t sent)
{
	struct conn_out *o = need_out(c);

	if (o == NULL)
		return CONN_SENT_FAILED;
	buf_put(&o->head, bytes, len);
	o->sent += sent;
	if (o->head.err != SRV_OK || !await(c))
		return CONN_SENT_FAILED;
	return CONN_SENT_PART;
}

enum conn_sent
conn_out_wait(struct conn *c)
{
	return keep_head(c, "", 0, 0);
}

enum conn_sent
conn_out_continue(struct conn *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t len = sizeof(text) - 1;
	ssize_t n = write_some(c, text, len, NULL, 0);

	if (n < 0)
		return CONN_SENT_FAILED;
	return (size_t)n == len ? CONN_SENT_ALL : keep_head(c, text, len, (size_t)n);
}

enum conn_sent
conn_out_send(struct conn *c, struct http_response *r)
{
	struct worker *w = c->worker;
	struct http_text body = r->head_only ? (struct http_text){"", 0} : reply_body(r);
	enum conn_sent sent;
	ssize_t n = 0;

	reply_head(&w->head, &w->date, r, c->minor, c->close);
	if (w->head.err != SRV_OK) {
		buf_fini(&w->head);
		return CONN_SENT_FAILED;
	}
	if (c->out == NULL) {
		n = write_some(c, w->head.data, w->head.len, body.s, body.len);
		if (n < 0)
			return CONN_SENT_FAILED;
		if ((size_t)n == w->head.len + body.len)
			return CONN_SENT_ALL;
	}
	sent = keep_head(c, w->head.data, w->head.len, (size_t)n);
	if (sent != CONN_SENT_PART)
		return sent;
	http_response_fini(&c->out->response);
	c->out->response = *r;
	/* The body's bytes stay where they are: only the struct that owns them moved. */
	c->out->body = body;
	http_response_init(r);
	return CONN_SENT_PART;
}

enum conn_sent
conn_out_flush(struct conn *c)
{
	struct conn_out *o = c->out;
	size_t all = o->head.len + o->body.len;

	while (o->sent < all) {
		size_t head_sent = o->sent < o->head.len ? o->sent : o->head.len;
		size_t body_sent = o->sent - head_sent;
		ssize_t n = write_some(c, buf_str(&o->head) + head_sent, o->head.len - head_sent,
		    o->body.s != NULL ? o->body.s + body_sent : NULL, o->body.len - body_sent);

		if (n < 0)
			return CONN_SENT_FAILED;
		if (n == 0)
			return await(c) ? CONN_SENT_PART : CONN_SENT_FAILED;
		o->sent += (size_t)n;
	}
	event_del(&o->write);
	return CONN_SENT_ALL;
}

enum srv_err
conn_out_hold(struct conn *c, struct http_response *r)
{
	struct timeval tv = {.tv_sec = r->delay_ms / 1000, .tv_usec = (suseconds_t)(r->delay_ms % 1000) * 1000};
	struct conn_out *o = need_out(c);

	if (o == NULL || evtimer_add(&o->delay, &tv) != 0)
		return SRV_ENOMEM;
	http_response_fini(&o->response);
	o->response = *r;
	http_response_init(r);
	return SRV_OK;
}

void
conn_out_take(struct conn *c, struct http_response *r)
{
	struct conn_out *o = c->out;

	*r = o->response;
	http_response_init(&o->response);
	if (o->sent == o->head.len)
		conn_out_drop(c);
}
