/* Why: a connection turns bytes into one exchange after another, and must cost a slow or hostile peer's
 * opponent nothing but a buffer and a deadline.
 * Model: one request is in flight at a time, so that answers are in order by themselves; what comes meanwhile
 * is read ahead up to max_pipelined bytes, then the peer has to wait. Bytes are read into the loop's own buffer
 * and used there; a connection has memory of its own only for what is left over, so an idle one has none. A request may
 * hold a password or a ticket, so its bytes are wiped as soon as they have been used.
 * Every event ends in settle(), the one place where a connection is freed and where its read event
 * and its deadline follow from its state; the functions before it only change the state. A request is run by
 * run(), which is a loop, never a recursion, and which leaves off after RUN_MAX requests so that a
 * connection full of them does not hold up the others.
 * When the server stops, requests that were received are answered, pipelined ones included; the last of these answers
 * says Connection: close. A request that is half there has its deadline to become whole. To close a connection in the
 * middle of a conversation would meet the next request on its way, so it is waited for a moment, and closed behind its
 * answer; one that has been silent for longer is closed at once.
 * A peer that ends its side (FIN) may still read: what it asked is answered. A reset is the end, and an exchange
 * under way is abandoned.
 * A TLS connection begins with its handshake, and differs then in conn_in.c and conn_out.c, in watch(), for it may have
 * to write in order to read, and in that its end is said before the socket's.
 * Called by libevent, the worker and its acceptor, on the loop of the connection's worker. */
#include "conn.h"

#include "conn_in.h"
#include "conn_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RUN_MAX 32
#define LINGER_MAX 65536 /* bytes thrown away behind the last answer */

static void on_read(evutil_socket_t fd, short what, void *arg);

/* No byte has come of what it waits for: a handshake, or a request. */
static bool
is_quiet(const struct conn *c)
{
	return c->state == CONN_SHAKE ? !tls_conn_begun(c->tls) : c->state == CONN_READ && !http1_begun(&c->request);
}

/* The kind of deadline that a state has. */
static enum deadline_kind
deadline_of(const struct conn *c)
{
	switch (c->state) {
	case CONN_SHAKE:
		return c->worker->draining && is_quiet(c) ? DEADLINE_FAREWELL : DEADLINE_SHAKE;
	case CONN_READ:
		if (http1_in_body(&c->request))
			return DEADLINE_BODY;
		if (c->worker->draining && is_quiet(c))
			return DEADLINE_FAREWELL;
		return http1_begun(&c->request) || c->requests == 0 ? DEADLINE_HEAD : DEADLINE_IDLE;
	case CONN_WRITE:
		return DEADLINE_ANSWER;
	case CONN_LINGER:
		return DEADLINE_LINGER;
	default:
		return DEADLINE_NONE;
	}
}

enum srv_err
conn_new(struct worker *w, int fd, unsigned flags, const struct caps_address *address, const char *peer, bool from_here)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return SRV_ENOMEM;
	worker_renew_conf(w);
	c->worker = w;
	c->fd = fd;
	c->state = flags & LISTENER_TLS ? CONN_SHAKE : CONN_READ;
	c->address = *address;
	c->awaits_proxy = (flags & LISTENER_PROXY) != 0;
	c->counted = !c->awaits_proxy;
	c->deadline.owner = c;
	c->quiet_since = w->now;
	memcpy(c->peer, peer, strlen(peer) + 1);
	c->from_here = from_here;
	buf_init(&c->in, 0);
	http1_init(&c->request);
	event_assign(&c->read, w->base, fd, EV_READ | EV_PERSIST, on_read, c);
	if ((flags & LISTENER_TLS) && tls_conn_new(w->shared->tls, w->base, fd, on_read, c, &c->tls) != SRV_OK)
		goto out;
	if (mailbox_attach(w->mailbox, c, &c->slot) != SRV_OK)
		goto out;
	if (event_add(&c->read, NULL) != 0) {
		mailbox_detach(w->mailbox, c->slot);
		goto out;
	}
	c->conf = conf_ref(w->conf.conf);
	c->reading = true;
	LIST_INSERT_HEAD(&w->conns, c, link);
	deadline_set(&w->deadlines, &c->deadline, deadline_of(c), w->now);
	return SRV_OK;
out:
	tls_conn_free(&c->tls);
	free(c);
	return SRV_ENOMEM;
}

static void
conn_free(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->exchange != NULL) {
		endpoint_abandon(w->endpoint, &c->exchange);
		mailbox_end(w->mailbox, c->slot, true);
	}
	mailbox_detach(w->mailbox, c->slot);
	deadline_set(&w->deadlines, &c->deadline, DEADLINE_NONE, w->now);
	conn_out_drop(c);
	if (c->tls != NULL)
		(void)tls_conn_end(c->tls);
	tls_conn_free(&c->tls);
	event_del(&c->read);
	buf_fini(&c->in);
	conf_unref(&c->conf);
	close(c->fd);
	caps_release(w->shared->caps, c->counted ? &c->address : NULL);
	LIST_REMOVE(c, link);
	free(c);
	worker_left(w);
	if (w->draining)
		worker_check_over(w);
}

static bool
wants_to_read(const struct conn *c)
{
	if (c->state == CONN_LINGER || c->state == CONN_SHAKE)
		return true;
	if (c->eof || c->state == CONN_WRITE)
		return false;
	/* What comes behind a request once the server stops was not received in time. */
	return c->state == CONN_READ || (!c->worker->draining && c->in.len < (size_t)c->conf->max_pipelined);
}

/* What TLS waits for may be the other direction, which is watched instead then. Returns whether bytes are. */
static bool
watch(struct conn *c, bool read)
{
	bool write;

	if (c->tls == NULL || c->state >= CONN_LINGER)
		return read;
	write = read && tls_conn_read_wants_write(c->tls);
	if (tls_conn_wake(c->tls, write) != SRV_OK)
		c->state = CONN_DEAD;
	return (read && !write) || (c->out != NULL && tls_conn_write_wants_read(c->tls));
}

/* Bytes have come that were not looked at, though the socket may be silent. */
static bool
has_more(const struct conn *c)
{
	return c->backlog || (c->tls != NULL && c->state < CONN_LINGER && tls_conn_more(c->tls));
}

static void refuse(struct conn *c, int status, const char *why);

/* Ends a connection that has not begun a request. Part of a PROXY header is worth a line; a proxy that only looks
 * whether we are there sends none. */
static void
give_up(struct conn *c, const char *class)
{
	if (c->awaits_proxy && c->in.len > 0)
		worker_log_error(c->worker, class, 0, c->peer);
	c->state = CONN_DEAD;
}

/* Ends every event. c may be gone afterwards. */
static void
settle(struct conn *c)
{
	struct worker *w = c->worker;
	enum deadline_kind kind;
	bool read;

	if (c->state == CONN_READ && !has_more(c) && c->eof) {
		if (http1_begun(&c->request))
			refuse(c, 400, "eof");
		else
			give_up(c, "proxy-eof");
	}
	if (w->draining && is_quiet(c) && !has_more(c) && w->now.ms - c->quiet_since.ms >= DEADLINE_FAREWELL_MS)
		c->state = CONN_DEAD;
	read = c->state != CONN_DEAD && watch(c, wants_to_read(c));
	if (read != c->reading && c->state != CONN_DEAD) {
		c->reading = read;
		if ((read ? event_add(&c->read, NULL) : event_del(&c->read)) != 0)
			c->state = CONN_DEAD;
	}
	if (c->state == CONN_DEAD) {
		conn_free(c);
		return;
	}
	if (c->in.len == 0 && c->in.cap > 0)
		buf_fini(&c->in);
	if (c->backlog || (read && has_more(c)))
		event_active(&c->read, EV_READ, 0);
	kind = deadline_of(c);
	if (kind != c->deadline.kind || c->deadline_request != c->requests) {
		c->deadline_request = c->requests;
		deadline_set(&w->deadlines, &c->deadline, kind, w->now);
	}
}

/* All is said. A client that asked for the end and sent nothing more will not be reset by it. */
static void
hang_up(struct conn *c)
{
	if (c->tls != NULL && !tls_conn_end(c->tls)) {
		c->state = conn_out_wait(c) == CONN_SENT_PART ? CONN_WRITE : CONN_DEAD;
		return;
	}
	shutdown(c->fd, SHUT_WR);
	if (c->eof || (c->asked_close && !c->more && c->in.len == 0))
		c->state = CONN_DEAD;
	else
		c->state = CONN_LINGER;
}

/* The answer is out. */
static void
finish(struct conn *c)
{
	conn_out_drop(c);
	if (c->close) {
		hang_up(c);
		return;
	}
	c->state = CONN_READ;
	c->quiet_since = c->worker->now;
	http1_init(&c->request);
}

/* While the server stops: is a whole request waiting behind the one being answered? It was received, so it is answered
 * too, and the connection kept until then. It is read from a copy, because reading takes chunks apart in place. */
static bool
has_another(struct conn *c)
{
	struct worker *w = c->worker;
	struct http_text behind = c->behind.s != NULL ? c->behind : (struct http_text){c->in.data, c->in.len};
	struct http_request unused;
	struct http1 ahead;
	struct buf copy;
	size_t len = behind.len; /* that of copy stays what there is to wipe */
	bool whole = false;

	if (behind.len == 0)
		return false;
	buf_init(&copy, 0);
	buf_put(&copy, behind.s, behind.len);
	http1_init(&ahead);
	if (copy.err == SRV_OK)
		whole = http1_feed(&ahead, &w->limits, copy.data, &len, w->fields, &unused) == HTTP1_REQUEST;
	buf_fini(&copy);
	return whole;
}

static void
send_answer(struct conn *c, struct http_response *r)
{
	r->head_only |= c->head_only;
	if (!c->close)
		c->close = r->close || (c->worker->draining && !has_another(c));
	if (r->headers.err != SRV_OK || r->body.err != SRV_OK) {
		bool head_only = r->head_only;
		static const char text[] = "Internal Server Error\n";

		http_response_fini(r);
		http_response_init(r);
		r->status = 500;
		r->content_type = "text/plain; charset=utf-8";
		r->shared = (struct http_text){text, sizeof(text) - 1};
		r->head_only = head_only;
	}
	switch (conn_out_send(c, r)) {
	case CONN_SENT_ALL:
		finish(c);
		break;
	case CONN_SENT_PART:
		c->state = CONN_WRITE;
		break;
	case CONN_SENT_FAILED:
		c->state = CONN_DEAD;
		break;
	}
}

static void
answer(struct conn *c, struct http_response *r)
{
	if (r->delay_ms <= 0)
		send_answer(c, r);
	else
		c->state = conn_out_hold(c, r) == SRV_OK ? CONN_DELAY : CONN_DEAD;
}

/* Answers a request that has no exchange, with the status's phrase. */
static void
answer_plain(struct conn *c, int status, const char *class, const char *field)
{
	struct http_response r;

	worker_log_error(c->worker, class, status, c->peer);
	http_response_init(&r);
	r.status = status;
	r.content_type = "text/plain; charset=utf-8";
	r.shared = (struct http_text){http_status_reason(status), strlen(http_status_reason(status))};
	if (field != NULL)
		buf_puts(&r.headers, field);
	send_answer(c, &r);
	http_response_fini(&r);
}

/* The framing is lost, or no time is left: says so and ends. */
static void
refuse(struct conn *c, int status, const char *why)
{
	c->head_only = c->request.head_only;
	c->close = true;
	c->asked_close = false;
	c->minor = 1;
	answer_plain(c, status, why, NULL);
}

/* A whole request. */
static void
take_up(struct conn *c, struct http_request *req)
{
	struct worker *w = c->worker;
	struct http_response r;

	c->requests++;
	req->peer = c->peer;
	req->from_here = c->from_here;
	req->tls = c->tls != NULL || c->tls_before;
	c->head_only = c->request.head_only;
	c->minor = req->minor;
	c->asked_close = !req->keep_alive;
	c->close = c->asked_close || c->requests >= (unsigned)c->conf->max_requests;
	if (c->request.coded) {
		answer_plain(c, 415, "content-coding", "Accept-Encoding: identity\r\n");
		return;
	}
	http_response_init(&r);
	if (endpoint_begin(
		w->endpoint, req, mailbox_ready, w->mailbox, mailbox_begin(w->mailbox, c->slot), &r, &c->exchange)) {
		mailbox_end(w->mailbox, c->slot, false);
		answer(c, &r);
	} else {
		c->state = CONN_WAIT;
	}
	http_response_fini(&r);
}

/* The head is whole, its body is not: a client that waits for leave to send it gets an answer now. */
static void
await_body(struct conn *c)
{
	if (!http1_in_body(&c->request) || !c->request.expect)
		return;
	c->request.expect = false;
	if (c->request.body_begun)
		return;
	if (c->request.coded) {
		c->head_only = c->request.head_only;
		c->minor = 1;
		c->close = true;
		c->asked_close = false;
		answer_plain(c, 415, "content-coding", "Accept-Encoding: identity\r\n");
	} else if (conn_out_continue(c) == CONN_SENT_FAILED) {
		c->state = CONN_DEAD;
	}
}

/* A request is read to its end under the limits it began with, because what was let pass under wider ones would not be
 * looked at again. The next one, and one of which no byte has come, gets those in force. own: room for limits that are
 * not the loop's any more. */
static const struct http1_limits *
limits_of(struct conn *c, struct http1_limits *own)
{
	struct worker *w = c->worker;

	worker_renew_conf(w);
	if (c->conf != w->conf.conf && http1_begun(&c->request)) {
		http1_limits_from(c->conf, own);
		return own;
	}
	if (c->conf != w->conf.conf) {
		conf_unref(&c->conf);
		c->conf = conf_ref(w->conf.conf);
	}
	return &w->limits;
}

/* Takes up the requests in data, which is the loop's buffer, or all of in if that holds anything. */
static void
run(struct conn *c, char *data, size_t len)
{
	struct worker *w = c->worker;
	const char *refusal = NULL;
	int done = 0;

	if (c->awaits_proxy && !conn_in_announced(c, &data, &len, &refusal)) {
		if (refusal != NULL)
			refuse(c, 503, refusal);
		conn_in_keep(c, data, len);
		return;
	}
	while (len > 0 && c->state == CONN_READ) {
		struct http1_limits own;
		struct http_request req;
		size_t n = len, used;

		if (done++ == RUN_MAX) {
			c->backlog = true;
			break;
		}
		switch (http1_feed(&c->request, limits_of(c, &own), data, &n, w->fields, &req)) {
		case HTTP1_MORE:
			await_body(c);
			conn_in_keep(c, data, n);
			return;
		case HTTP1_ERROR:
			refuse(c, c->request.status, c->request.why);
			conn_in_keep(c, data, 0);
			return;
		case HTTP1_REQUEST:
			used = c->request.used;
			c->more = len > used;
			c->behind = (struct http_text){data + used, len - used};
			take_up(c, &req);
			c->behind = (struct http_text){NULL, 0};
			data += used;
			len -= used;
			break;
		}
	}
	conn_in_keep(c, data, len);
}

static void
resume(struct conn *c)
{
	if (c->state == CONN_READ && c->in.len > 0)
		run(c, c->in.data, c->in.len);
}

/* Bytes have come into the loop's buffer. */
static void
use(struct conn *c, size_t n)
{
	struct worker *w = c->worker;

	if (c->state == CONN_READ && c->in.len == 0) {
		run(c, w->scratch, n);
		return;
	}
	if (conn_in_add(c, w->scratch, n))
		resume(c);
}

static void
read_request(struct conn *c)
{
	struct worker *w = c->worker;
	size_t max = WORKER_READ_MAX, ahead = (size_t)c->conf->max_pipelined;
	ssize_t n;

	if (c->state != CONN_READ && ahead - c->in.len < max)
		max = ahead - c->in.len;
	n = conn_in_read(c, max);
	if (n == 0)
		c->eof = true;
	else if (n == -2)
		c->state = CONN_DEAD;
	/* The system has given up on what it still had to send (listener.c). */
	if (n == -2 && errno == ETIMEDOUT)
		worker_log_error(w, "slow-reader", 0, c->peer);
	if (n <= 0)
		return;
	use(c, (size_t)n);
	explicit_bzero(w->scratch, (size_t)n);
}

static void
read_rest(struct conn *c)
{
	ssize_t n = conn_in_read(c, WORKER_READ_MAX);

	if (n == -1)
		return;
	if (n > 0)
		c->lingered += (size_t)n;
	if (n <= 0 || c->lingered >= LINGER_MAX)
		c->state = CONN_DEAD;
}

static void
shake_hands(struct conn *c)
{
	switch (tls_conn_shake(c->tls)) {
	case TLS_SHAKEN_MORE:
		break;
	case TLS_SHAKEN_OPEN:
		/* Often the request is here already. */
		c->state = CONN_READ;
		c->quiet_since = c->worker->now;
		read_request(c);
		break;
	case TLS_SHAKEN_REFUSED:
		if (tls_conn_why(c->tls) != NULL)
			worker_log_error(c->worker, tls_conn_why(c->tls), 0, c->peer);
		/* The alert, too, would be lost to a reset. */
		shutdown(c->fd, SHUT_WR);
		c->state = CONN_LINGER;
		break;
	}
}

static void
write_on(struct conn *c)
{
	switch (conn_out_flush(c)) {
	case CONN_SENT_ALL:
		if (c->state == CONN_WRITE) {
			finish(c);
			resume(c);
		} else if (c->state != CONN_DELAY) {
			conn_out_drop(c);
		}
		break;
	case CONN_SENT_PART:
		break;
	case CONN_SENT_FAILED:
		c->state = CONN_DEAD;
		break;
	}
}

/* Bytes have come; or, for TLS, the socket takes those that stand in the way of reading. */
static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	c->worker->now = clock_mono();
	if (c->backlog) {
		c->backlog = false;
		resume(c);
	} else if (c->state == CONN_LINGER) {
		read_rest(c);
	} else if (c->state == CONN_SHAKE) {
		shake_hands(c);
	} else if (c->tls != NULL && c->out != NULL && tls_conn_write_wants_read(c->tls)) {
		write_on(c);
	} else if (c->reading || (what & EV_WRITE) != 0) {
		read_request(c);
	}
	settle(c);
}

void
conn_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	c->worker->now = clock_mono();
	write_on(c);
	settle(c);
}

void
conn_delayed(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct http_response r;

	(void)fd;
	(void)what;
	c->worker->now = clock_mono();
	conn_out_take(c, &r);
	send_answer(c, &r);
	http_response_fini(&r);
	resume(c);
	settle(c);
}

void
conn_ready(struct conn *c)
{
	struct http_response r;

	http_response_init(&r);
	endpoint_answer(c->worker->endpoint, &c->exchange, &r);
	mailbox_end(c->worker->mailbox, c->slot, false);
	answer(c, &r);
	http_response_fini(&r);
	resume(c);
	settle(c);
}

void
conn_expired(void *arg, enum deadline_kind kind)
{
	struct conn *c = arg;
	struct linger reset = {.l_onoff = 1};

	c->worker->now = clock_mono();
	switch (kind) {
	case DEADLINE_SHAKE:
		if (tls_conn_begun(c->tls))
			worker_log_error(c->worker, "tls-timeout", 0, c->peer);
		else
			worker_log_silent(c->worker);
		c->state = CONN_DEAD;
		break;
	case DEADLINE_HEAD:
	case DEADLINE_BODY:
		if (http1_begun(&c->request)) {
			refuse(c, 408, "timeout");
			break;
		}
		if (c->awaits_proxy && c->in.len > 0)
			give_up(c, "proxy-timeout");
		else
			worker_log_silent(c->worker);
		c->state = CONN_DEAD;
		break;
	case DEADLINE_ANSWER:
		/* What the peer did not take would stay in the kernel, which goes on trying for minutes. */
		worker_log_error(c->worker, "slow-reader", 0, c->peer);
		(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		c->state = CONN_DEAD;
		break;
	default:
		c->state = CONN_DEAD;
	}
	settle(c);
}

void
conn_drain(struct conn *c)
{
	if (c->state == CONN_SHAKE)
		shake_hands(c);
	else if (c->state < CONN_LINGER && c->reading && !c->backlog)
		read_request(c);
	settle(c);
}

bool
conn_cut(struct conn *c)
{
	bool busy = c->state > CONN_SHAKE && c->state < CONN_LINGER &&
		    (c->state != CONN_READ || has_more(c) || http1_begun(&c->request));

	c->state = CONN_DEAD;
	settle(c);
	return busy;
}
