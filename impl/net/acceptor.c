/* Why: a listening socket wakes loops in whatever order the kernel likes, which piles connections up on
 * one of them. So every loop accepts, but a connection goes to the loop that has the fewest; it moves before
 * anything was read, by descriptor.
 * Limits are looked at before anything is spent on a connection: one too many gets a 503 that fits into any
 * socket's buffer, and is closed. Without descriptors left accept would fail and report the socket ready for ever:
 * accepting pauses then, longer each time up to a second, and says so once in ten seconds.
 * A TLS connection too many is closed without a word: the word would need a handshake.
 * Called by listening sockets' events, on each loop. */
/* accept4(2) */
#define _GNU_SOURCE
#include "acceptor.h"

#include "../base/log.h"
#include "conn.h"
#include "worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_MAX 16 /* connections an event, so that the others get their turn */
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 1000
#define STARVED_LOG_MS 10000

/* An IPv4 peer of a socket that speaks both (an inherited one may) is known by its IPv4 address. */
static void
peer_text(const struct sockaddr_storage *sa, char out[INET6_ADDRSTRLEN])
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	const struct in_addr *four = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	const char *text;

	if (sa->ss_family != AF_INET6)
		text = inet_ntop(AF_INET, four, out, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(six))
		text = inet_ntop(AF_INET, six->s6_addr + 12, out, INET6_ADDRSTRLEN);
	else
		text = inet_ntop(AF_INET6, six, out, INET6_ADDRSTRLEN);
	if (text == NULL)
		out[0] = '\0';
}

/* Answers 503 in one go. What came meanwhile is read away, because closing over it would reset the
 * connection and take the answer with it. */
static void
turn_away(struct worker *w, int fd, unsigned flags, const struct sockaddr_storage *sa, const char *class)
{
	static const char text[] = "Too many connections.\n";
	struct http_response r;
	char peer[INET6_ADDRSTRLEN];

	peer_text(sa, peer);
	worker_log_error(w, class, flags & LISTENER_TLS ? 0 : 503, peer);
	/* A handshake would cost more than is left to spend. */
	if (flags & LISTENER_TLS) {
		close(fd);
		return;
	}
	http_response_init(&r);
	r.status = 503;
	r.content_type = "text/plain; charset=utf-8";
	r.shared = (struct http_text){text, sizeof(text) - 1};
	reply_head(&w->head, &w->date, &r, 1, true);
	buf_put(&w->head, text, sizeof(text) - 1);
	if (w->head.err == SRV_OK && send(fd, w->head.data, w->head.len, MSG_NOSIGNAL) == (ssize_t)w->head.len) {
		shutdown(fd, SHUT_WR);
		for (int i = 0; i < 4 && recv(fd, w->scratch, WORKER_READ_MAX, MSG_TRUNC) > 0; i++)
			;
	}
	if (w->head.err != SRV_OK)
		buf_fini(&w->head);
	http_response_fini(&r);
	close(fd);
}

/* The address that the caps count; NULL if a PROXY header will say it. */
static const struct caps_address *
counted(unsigned flags, const struct caps_address *address)
{
	return flags & LISTENER_PROXY ? NULL : address;
}

/* fd is taken, whatever happens; the caps have counted it. */
static void
start(struct worker *w, int fd, unsigned flags, const struct sockaddr_storage *sa)
{
	struct caps_address address;
	char peer[INET6_ADDRSTRLEN], called[INET6_ADDRSTRLEN];
	struct sockaddr_storage own = {0};
	socklen_t len = sizeof own;
	bool from_here = getsockname(fd, (struct sockaddr *)&own, &len) == 0;

	peer_text(sa, peer);
	if (from_here) {
		peer_text(&own, called);
		from_here = strcmp(peer, called) == 0;
	}
	caps_address_of((const struct sockaddr *)sa, &address);
	if (conn_new(w, fd, flags, &address, peer, from_here) == SRV_OK)
		return;
	worker_log_error(w, "no-memory", 0, peer);
	atomic_fetch_sub_explicit(&w->load, 1, memory_order_relaxed);
	caps_release(w->shared->caps, counted(flags, &address));
	close(fd);
}

static struct worker *
least_loaded(struct worker *self)
{
	struct shared *s = self->shared;
	struct worker *best = self;
	size_t least = atomic_load_explicit(&self->load, memory_order_relaxed);

	for (size_t i = 0; i < s->worker_count; i++) {
		size_t load = atomic_load_explicit(&s->workers[i]->load, memory_order_relaxed);

		if (load < least) {
			least = load;
			best = s->workers[i];
		}
	}
	return best;
}

static void
place(struct worker *self, int fd, unsigned flags, const struct sockaddr_storage *sa)
{
	struct worker *to = self->draining ? self : least_loaded(self);
	struct mailbox_given *given = NULL;

	if (to != self)
		given = malloc(sizeof(*given));
	if (given == NULL)
		to = self;
	atomic_fetch_add_explicit(&to->load, 1, memory_order_relaxed);
	if (to == self) {
		start(self, fd, flags, sa);
		return;
	}
	given->fd = fd;
	given->flags = flags;
	given->address = *sa;
	mailbox_give(to->mailbox, given);
}

void
acceptor_take_given(struct worker *w)
{
	struct mailbox_given *given = mailbox_take(w->mailbox);

	while (given != NULL) {
		struct mailbox_given *next = given->next;

		start(w, given->fd, given->flags, &given->address);
		free(given);
		given = next;
	}
}

static void
say_starved(struct worker *w, int err)
{
	int64_t last = atomic_load(&w->shared->starved);

	if (w->now.ms - last < STARVED_LOG_MS || !atomic_compare_exchange_strong(&w->shared->starved, &last, w->now.ms))
		return;
	errno = err;
	log_warn("accept paused");
}

static void
pause_accepting(struct acceptor *a, int err)
{
	struct timeval tv;

	say_starved(a->worker, err);
	a->pause_ms = a->pause_ms == 0 ? PAUSE_FIRST_MS : a->pause_ms * 2;
	if (a->pause_ms > PAUSE_MAX_MS)
		a->pause_ms = PAUSE_MAX_MS;
	tv = (struct timeval){.tv_sec = a->pause_ms / 1000, .tv_usec = (suseconds_t)(a->pause_ms % 1000) * 1000};
	/* A timer that cannot be set must not leave us deaf: then rather busy. */
	if (evtimer_add(a->retry, &tv) != 0)
		return;
	for (size_t i = 0; i < a->count; i++)
		event_del(a->events[i]);
}

/* May it speak for others? If not it is closed, and the log says so. */
static bool
may_announce(struct worker *w, int fd, const struct sockaddr_storage *sa, const struct caps_address *address)
{
	struct network_address a;
	char peer[INET6_ADDRSTRLEN];

	worker_renew_conf(w);
	memcpy(a.bytes, address->bytes, sizeof(a.bytes));
	if (networks_hold(&w->proxies, &a))
		return true;
	peer_text(sa, peer);
	worker_log_error(w, "proxy-untrusted", 0, peer);
	close(fd);
	return false;
}

/* Returns false when there is nothing to accept, or no use in trying. */
static bool
accept_one(struct acceptor *a, const struct listener *listener)
{
	struct worker *w = a->worker;
	struct sockaddr_storage sa = {0};
	struct caps_address address;
	socklen_t len = sizeof(sa);
	unsigned flags = listener->flags;
	int fd = accept4(listener->fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
			return true;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			pause_accepting(a, errno);
		return false;
	}
	a->pause_ms = 0;
	caps_address_of((const struct sockaddr *)&sa, &address);
	if ((flags & LISTENER_PROXY) && !may_announce(w, fd, &sa, &address))
		return true;
	switch (caps_take(w->shared->caps, counted(flags, &address))) {
	case CAPS_OK:
		place(w, fd, flags, &sa);
		break;
	case CAPS_ALL:
		turn_away(w, fd, flags, &sa, "max-connections");
		break;
	case CAPS_ADDRESS:
		turn_away(w, fd, flags, &sa, "max-connections-per-address");
		break;
	case CAPS_NOMEM:
		turn_away(w, fd, flags, &sa, "no-memory");
		break;
	}
	return true;
}

static void
on_listener(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;
	const struct listener *l = a->worker->shared->listeners;

	(void)what;
	a->worker->now = clock_mono();
	while (l->fd != fd)
		l++;
	for (int i = 0; i < ACCEPT_MAX && accept_one(a, l); i++)
		;
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;

	(void)fd;
	(void)what;
	if (a->worker->draining)
		return;
	for (size_t i = 0; i < a->count; i++)
		if (event_add(a->events[i], NULL) != 0) {
			pause_accepting(a, errno);
			return;
		}
}

enum srv_err
acceptor_init(struct acceptor *a, struct worker *w)
{
	struct shared *s = w->shared;

	*a = (struct acceptor){.worker = w};
	a->events = calloc(s->listener_count, sizeof(struct event *));
	a->retry = evtimer_new(w->base, on_retry, a);
	if (a->events == NULL || a->retry == NULL)
		goto out;
	for (; a->count < s->listener_count; a->count++) {
		struct event *ev = event_new(w->base, s->listeners[a->count].fd, EV_READ | EV_PERSIST, on_listener, a);

		if (ev == NULL)
			goto out;
		if (event_add(ev, NULL) != 0) {
			event_free(ev);
			goto out;
		}
		a->events[a->count] = ev;
	}
	return SRV_OK;
out:
	acceptor_fini(a);
	return SRV_ENOMEM;
}

void
acceptor_fini(struct acceptor *a)
{
	for (size_t i = 0; a->events != NULL && i < a->count; i++)
		event_free(a->events[i]);
	a->count = 0;
	free(a->events);
	a->events = NULL;
	if (a->retry != NULL)
		event_free(a->retry);
	a->retry = NULL;
}

void
acceptor_stop(struct acceptor *a)
{
	struct shared *s = a->worker->shared;

	for (size_t i = 0; i < a->count; i++)
		for (int n = 0;
		     n < SOMAXCONN && !(s->listeners[i].flags & LISTENER_INHERITED) && accept_one(a, &s->listeners[i]);
		     n++)
			;
	evtimer_del(a->retry);
	for (size_t i = 0; i < a->count; i++)
		event_del(a->events[i]);
}
