/* An endpoint for the tests of the connection layer, in place of the service's: what it does follows from the path
 * of the request, and a test holds its exchanges open as long as it likes. What no path says is told what it asked, and
 * that by TLS, if so. Included by one .c of a program. */
#ifndef SRV_TESTS_NET_ENDPOINT_H
#define SRV_TESTS_NET_ENDPOINT_H

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/endpoint.h"

#define PATIENCE_MS 10000
#define BIG (8u << 20)

struct endpoint {
	int unused;
};
struct endpoint_worker {
	int unused;
};
struct exchange {
	exchange_ready *ready;
	void *loop_arg;
	uint64_t id;
	int delay_ms;
	bool held; /* in the list of those that a test answers */
	struct exchange *next;
};

static struct endpoint the_endpoint;
static atomic_int begun, answered, abandoned;
static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static struct exchange *held; /* waiting for release_held */
static char *big;

enum srv_err
endpoint_new(
    const struct conf *conf, const struct op_env *env, struct pool *pool, struct endpoint **out, struct srv_reason *why)
{
	(void)conf;
	(void)env;
	(void)pool;
	(void)why;
	*out = &the_endpoint;
	return SRV_OK;
}

void
endpoint_free(struct endpoint **e)
{
	*e = NULL;
}

enum srv_err
endpoint_worker_new(struct endpoint *e, struct endpoint_worker **out)
{
	(void)e;
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? SRV_OK : SRV_ENOMEM;
}

void
endpoint_worker_free(struct endpoint_worker **w)
{
	free(*w);
	*w = NULL;
}

static inline void *
call_ready(void *arg)
{
	struct exchange *x = arg;

	x->ready(x->loop_arg, x->id);
	return NULL;
}

static inline void
call_ready_elsewhere(struct exchange *x)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, call_ready, x), 0);
	pthread_join(thread, NULL);
}

static inline bool
path_is(const struct http_request *req, const char *path)
{
	return http_text_is(req->path, path);
}

static inline void
answer_at_once(const struct http_request *req, struct http_response *out)
{
	out->content_type = "text/plain";
	if (path_is(req, "/big")) {
		out->shared = (struct http_text){big, BIG};
	} else if (path_is(req, "/none")) {
		out->status = 303;
		out->content_type = NULL;
		buf_puts(&out->headers, "Location: /x\r\n");
	} else if (path_is(req, "/204")) {
		out->status = 204;
	} else if (path_is(req, "/close")) {
		out->close = true;
	} else if (path_is(req, "/no-length")) {
		out->head_only = out->no_length = true;
	} else if (path_is(req, "/no-memory")) {
		out->body.err = SRV_ENOMEM;
	} else if (path_is(req, "/delay")) {
		out->delay_ms = 100;
	} else if (path_is(req, "/peer")) {
		buf_printf(&out->body, "%s%s: ", req->peer, req->from_here ? ", from here" : "");
	}
	if (out->shared.s != NULL)
		return;
	if (req->tls)
		buf_puts(&out->body, "tls ");
	buf_put(&out->body, req->method.s, req->method.len);
	buf_putc(&out->body, ' ');
	buf_put(&out->body, req->target.s, req->target.len);
	buf_putc(&out->body, ' ');
	buf_put(&out->body, req->body.s, req->body.len);
}

bool
endpoint_begin(struct endpoint_worker *w, const struct http_request *req, exchange_ready *ready, void *loop_arg,
    uint64_t id, struct http_response *out, struct exchange **xp)
{
	struct exchange *x;
	bool held_open = path_is(req, "/held");

	(void)w;
	atomic_fetch_add(&begun, 1);
	if (!held_open && !path_is(req, "/early") && !path_is(req, "/elsewhere") && !path_is(req, "/late-delay")) {
		answer_at_once(req, out);
		return true;
	}
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		abort();
	*x = (struct exchange){.ready = ready, .loop_arg = loop_arg, .id = id, .held = held_open};
	if (path_is(req, "/late-delay"))
		x->delay_ms = 100;
	*xp = x;
	if (held_open) {
		pthread_mutex_lock(&held_lock);
		x->next = held;
		held = x;
		pthread_mutex_unlock(&held_lock);
	} else if (path_is(req, "/elsewhere")) {
		call_ready_elsewhere(x);
	} else {
		ready(loop_arg, id);
	}
	return false;
}

static inline void
unhold_locked(struct exchange *x)
{
	struct exchange **at = &held;

	while (*at != NULL && *at != x)
		at = &(*at)->next;
	if (*at != NULL)
		*at = x->next;
}

void
endpoint_answer(struct endpoint_worker *w, struct exchange **xp, struct http_response *out)
{
	(void)w;
	atomic_fetch_add(&answered, 1);
	out->content_type = "text/plain";
	out->delay_ms = (*xp)->delay_ms;
	buf_puts(&out->body, "pending");
	free(*xp);
	*xp = NULL;
}

void
endpoint_abandon(struct endpoint_worker *w, struct exchange **xp)
{
	(void)w;
	atomic_fetch_add(&abandoned, 1);
	pthread_mutex_lock(&held_lock);
	unhold_locked(*xp);
	pthread_mutex_unlock(&held_lock);
	free(*xp);
	*xp = NULL;
}

/* Makes every held exchange ready, from this thread. Returns how many there were. */
static inline int
release_held(void)
{
	int n = 0;

	pthread_mutex_lock(&held_lock);
	while (held != NULL) {
		struct exchange *x = held;

		held = x->next;
		x->ready(x->loop_arg, x->id);
		n++;
	}
	pthread_mutex_unlock(&held_lock);
	return n;
}

static inline bool
is_held(void)
{
	bool yes;

	pthread_mutex_lock(&held_lock);
	yes = held != NULL;
	pthread_mutex_unlock(&held_lock);
	return yes;
}

static inline void
wait_until_held(void)
{
	for (int i = 0; i < PATIENCE_MS && !is_held(); i++)
		poll(NULL, 0, 1);
	assert_true(is_held());
}

static inline void
wait_for(atomic_int *counter, int value)
{
	for (int i = 0; i < PATIENCE_MS && atomic_load(counter) < value; i++)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(counter), value);
}

static inline int
make_big(void **state)
{
	(void)state;
	big = malloc(BIG);
	if (big == NULL)
		return -1;
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)('a' + i % 23);
	return 0;
}

static inline int
free_big(void **state)
{
	(void)state;
	free(big);
	return 0;
}

#endif
