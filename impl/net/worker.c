/* Why: connections never move once they are read from, so that nothing about them needs a lock; what comes
 * from other threads comes through the mailbox.
 * Stopping: every loop takes what its listening sockets still hold, then accepts no more; the last to do so
 * tells the others, because until then one may still hand a connection over. What a socket holds that was inherited
 * is left there for the next process, which will have the same socket. A loop ends when it has no
 * connection left, or at the time that server_stop set.
 * What a crowd of connections has used lies scattered between what is in use, and the allocator would keep it for good.
 * When most of a crowd is gone the allocator is told to look for whole pages, which takes it some milliseconds: not for
 * a few connections, and not again and again for a crowd that comes and goes. A reload: every loop is woken to take its
 * deadlines from the new configuration, and looks by itself before each request and connection whether there is one.
 * Made and freed by server.c on the main thread; runs on its own. */
#include "worker.h"

#include "../base/thread.h"
#include "conn.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DISPATCH_MAX 64
#define CROWD 256 /* connections */
#define GIVE_BACK_PAUSE_MS 10000

/* The reason for a failure was told when the configuration was tested; here only memory can be short. */
static enum srv_err
take_conf(struct worker *w)
{
	struct conf_view view = conf_view_of(&w->shared->conf);
	struct networks proxies;
	enum srv_err err = networks_init(&proxies, &view.conf->trusted_proxies, "trusted_proxies", NULL);

	if (err != SRV_OK) {
		conf_view_fini(&view);
		return err;
	}
	networks_fini(&w->proxies);
	conf_view_fini(&w->conf);
	w->conf = view;
	w->proxies = proxies;
	http1_limits_from(view.conf, &w->limits);
	return SRV_OK;
}

void
worker_renew_conf(struct worker *w)
{
	if (conf_view_is_old(&w->conf, &w->shared->conf) && take_conf(w) == SRV_OK)
		deadlines_configure(&w->deadlines, w->conf.conf, w->now);
}

static void
end_accepting(struct worker *w)
{
	struct shared *s = w->shared;

	acceptor_stop(&w->acceptor);
	if (atomic_fetch_add(&s->accept_over, 1) + 1 < s->worker_count)
		return;
	/* Nobody listens any more: new callers are told so by the kernel, and not left to wait. */
	for (size_t i = 0; i < s->listener_count; i++) {
		close(s->listeners[i].fd);
		s->listeners[i].fd = -1;
	}
	for (size_t i = 0; i < s->worker_count; i++)
		if (s->workers[i] != w)
			worker_wake(s->workers[i]);
}

static void
begin_draining(struct worker *w)
{
	int64_t left = atomic_load(&w->drain_until) - w->now.ms;
	struct timeval tv = {0};
	struct conn *c, *next;

	if (left > 0)
		tv = (struct timeval){.tv_sec = (time_t)(left / 1000), .tv_usec = (suseconds_t)(left % 1000 * 1000)};
	w->draining = true;
	end_accepting(w);
	for (c = LIST_FIRST(&w->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		conn_drain(c);
	}
	/* Without the timer the wait would have no end. */
	if (evtimer_add(w->drain_timer, &tv) != 0)
		event_active(w->drain_timer, EV_TIMEOUT, 0);
}

static void
on_drained(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	w->now = clock_mono();
	acceptor_take_given(w);
	while (!LIST_EMPTY(&w->conns))
		w->cut += conn_cut(LIST_FIRST(&w->conns)) ? 1 : 0;
	event_base_loopbreak(w->base);
}

void
worker_check_over(struct worker *w)
{
	if (!w->draining || !LIST_EMPTY(&w->conns) || atomic_load(&w->shared->accept_over) < w->shared->worker_count)
		return;
	/* The last that was given may still be in the mailbox; its letter's event will see to it. */
	acceptor_take_given(w);
	if (LIST_EMPTY(&w->conns))
		event_base_loopbreak(w->base);
}

void
worker_left(struct worker *w)
{
	size_t load = atomic_fetch_sub_explicit(&w->load, 1, memory_order_relaxed);

	if (load > w->most)
		w->most = load;
	if (w->most < CROWD || load > w->most / 8 || w->draining || w->now.ms - w->gave_back.ms < GIVE_BACK_PAUSE_MS)
		return;
	malloc_trim(0);
	w->most = load;
	w->gave_back = w->now;
}

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct conn *c;

	(void)fd;
	(void)what;
	w->now = clock_mono();
	mailbox_awake(w->mailbox);
	atomic_store(&w->asked, false);
	worker_renew_conf(w);
	acceptor_take_given(w);
	while ((c = mailbox_next_ready(w->mailbox)) != NULL)
		conn_ready(c);
	if (!atomic_load(&w->shared->stopping))
		return;
	if (!w->draining) {
		begin_draining(w);
	} else {
		struct conn *next;

		/* Given by a loop that was not stopping yet. */
		for (c = LIST_FIRST(&w->conns); c != NULL; c = next) {
			next = LIST_NEXT(c, link);
			conn_drain(c);
		}
	}
	worker_check_over(w);
}

static void
on_log_timer(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	connlog_flush(&w->log);
}

static void
watch_log(struct worker *w, bool opened)
{
	struct timeval tv = {.tv_sec = CONNLOG_WINDOW_MS / 1000};

	if (opened)
		(void)evtimer_add(w->log_timer, &tv);
}

void
worker_log_error(struct worker *w, const char *class, int status, const char *peer)
{
	watch_log(w, connlog_error(&w->log, w->now, class, status, peer));
}

void
worker_log_silent(struct worker *w)
{
	watch_log(w, connlog_silent(&w->log, w->now));
}

/* One loop, one thread: libevent's locks would be taken for nothing. A connection with a backlog makes its own
 * event active again; the sockets are asked after DISPATCH_MAX callbacks even if such events never end. */
static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
	    event_config_set_max_dispatch_interval(config, NULL, DISPATCH_MAX, 0) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

enum srv_err
worker_new(struct shared *shared, struct endpoint *endpoint, struct worker **out)
{
	struct worker *w = calloc(1, sizeof(*w));
	enum srv_err err = SRV_ENOMEM;

	if (w == NULL)
		return SRV_ENOMEM;
	w->shared = shared;
	w->now = clock_mono();
	w->gave_back.ms = w->now.ms - GIVE_BACK_PAUSE_MS;
	LIST_INIT(&w->conns);
	buf_init(&w->head, 0);
	w->fields = calloc(CONF_MAX_FIELDS, sizeof(*w->fields));
	w->scratch = malloc(WORKER_READ_MAX);
	w->base = new_base();
	if (w->fields == NULL || w->scratch == NULL || w->base == NULL || take_conf(w) != SRV_OK)
		goto out;
	err = mailbox_new(&w->mailbox);
	if (err != SRV_OK)
		goto out;
	err = endpoint_worker_new(endpoint, &w->endpoint);
	if (err != SRV_OK)
		goto out;
	err = deadlines_init(&w->deadlines, w->base, w->conf.conf, conn_expired);
	if (err != SRV_OK)
		goto out;
	err = acceptor_init(&w->acceptor, w);
	if (err != SRV_OK)
		goto out;
	err = SRV_ENOMEM;
	w->mail = event_new(w->base, mailbox_fd(w->mailbox), EV_READ | EV_PERSIST, on_mail, w);
	w->log_timer = evtimer_new(w->base, on_log_timer, w);
	w->drain_timer = evtimer_new(w->base, on_drained, w);
	if (w->mail == NULL || w->log_timer == NULL || w->drain_timer == NULL || event_add(w->mail, NULL) != 0)
		goto out;
	*out = w;
	return SRV_OK;
out:
	worker_free(&w);
	return err;
}

static void *
loop(void *arg)
{
	struct worker *w = arg;

	event_base_dispatch(w->base);
	connlog_flush(&w->log);
	return NULL;
}

enum srv_err
worker_start(struct worker *w)
{
	w->started = thread_start(&w->thread, loop, w) == 0;
	return w->started ? SRV_OK : SRV_ELIMIT;
}

void
worker_wake(struct worker *w)
{
	mailbox_wake(w->mailbox);
}

void
worker_join(struct worker *w)
{
	if (w->started)
		pthread_join(w->thread, NULL);
	w->started = false;
}

void
worker_free(struct worker **wp)
{
	struct worker *w = *wp;

	*wp = NULL;
	if (w == NULL)
		return;
	if (w->mail != NULL)
		event_free(w->mail);
	if (w->log_timer != NULL)
		event_free(w->log_timer);
	if (w->drain_timer != NULL)
		event_free(w->drain_timer);
	acceptor_fini(&w->acceptor);
	deadlines_fini(&w->deadlines);
	if (w->base != NULL)
		event_base_free(w->base);
	endpoint_worker_free(&w->endpoint);
	mailbox_free(&w->mailbox);
	buf_fini(&w->head);
	networks_fini(&w->proxies);
	conf_view_fini(&w->conf);
	free(w->scratch);
	free(w->fields);
	free(w);
}
