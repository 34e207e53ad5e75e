/* The connection layer over real sockets, with an endpoint that is defined here: what it does follows from the
 * path of the request, and the tests hold its exchanges open as long as they like. */
#include "../../impl/net/deadline.h"
#include "../../impl/net/mailbox.h"
#include "../../impl/net/reply.h"
#include "../../impl/net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000
#define BIG (8u << 20)

/* ---- the endpoint ------------------------------------------------------------------------------------ */

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

static void *
call_ready(void *arg)
{
	struct exchange *x = arg;

	x->ready(x->loop_arg, x->id);
	return NULL;
}

static void
call_ready_elsewhere(struct exchange *x)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, call_ready, x), 0);
	pthread_join(thread, NULL);
}

static bool
path_is(const struct http_request *req, const char *path)
{
	return http_text_is(req->path, path);
}

static void
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
	}
	if (out->shared.s != NULL)
		return;
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

static void
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
static int
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

static bool
is_held(void)
{
	bool yes;

	pthread_mutex_lock(&held_lock);
	yes = held != NULL;
	pthread_mutex_unlock(&held_lock);
	return yes;
}

static void
wait_until_held(void)
{
	for (int i = 0; i < PATIENCE_MS && !is_held(); i++)
		poll(NULL, 0, 1);
	assert_true(is_held());
}

static void
wait_for(atomic_int *counter, int value)
{
	for (int i = 0; i < PATIENCE_MS && atomic_load(counter) < value; i++)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(counter), value);
}

/* ---- the server -------------------------------------------------------------------------------------- */

static struct conf *conf;
static struct server *server;

/* Starts a server with these options besides an address and two workers. */
static void
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
	if (server_start(conf, &the_endpoint, &server, &why) != SRV_OK)
		fail_msg("%s", why.text);
	atomic_store(&begun, 0);
	atomic_store(&answered, 0);
	atomic_store(&abandoned, 0);
}
#define START(...) start((char *[]){__VA_ARGS__, NULL})

static int
stop_within(int drain_ms)
{
	int cut = server_stop(&server, drain_ms);

	assert_null(server);
	conf_free(&conf);
	return cut;
}

static void
stop(void)
{
	assert_int_equal(stop_within(PATIENCE_MS), 0);
}

/* ---- the client -------------------------------------------------------------------------------------- */

struct client {
	int fd;
	struct buf in;
};

static struct sockaddr_in
address_of_server(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *text = server_address(server, 0);

	assert_non_null(text);
	assert_int_equal(strncmp(text, "http://127.0.0.1:", 17), 0);
	sa.sin_port = htons((uint16_t)atoi(text + 17));
	return sa;
}

static void
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

static void
dial(struct client *c)
{
	dial_with(c, 0, NULL);
}

static void
hang_up(struct client *c)
{
	close(c->fd);
	buf_fini(&c->in);
}

/* Closes with a reset. */
static void
tear_off(struct client *c)
{
	struct linger l = {.l_onoff = 1};

	assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	hang_up(c);
}

static void
say(struct client *c, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(c->fd, text, len, MSG_NOSIGNAL), len);
}

/* Reads once. Returns false at the end, which a reset is too. */
static bool
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

static bool
is_silent(struct client *c, int ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return c->in.len == 0 && poll(&p, 1, ms) == 0;
}

/* The connection ends here, and nothing more came before. */
static void
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
static void
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
	buf_drop(&c->in, head_len + a->body_len);
}

static void
hear(struct client *c, struct answer *a)
{
	hear_kind(c, a, false);
}

static void
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
static void
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
static void
probe(void)
{
	struct client c;

	dial(&c);
	say(&c, GET("/probe"));
	expect(&c, 200, "GET /probe ");
	hang_up(&c);
}

static int64_t
now_ms(void)
{
	return clock_mono().ms;
}

/* ---- tests ------------------------------------------------------------------------------------------- */

static void
one_answer_has_all_its_fields(void **state)
{
	struct client c;
	struct answer a;
	char want[512], date[REPLY_DATE_MAX];
	const char *at;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/a?b=c"));
	hear(&c, &a);
	at = strstr(a.head, "Date: ");
	assert_non_null(at);
	snprintf(date, sizeof(date), "%.29s", at + 6);
	snprintf(want, sizeof(want),
	    "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n", date);
	assert_string_equal(a.head, want);
	assert_string_equal(a.body, "GET /a?b=c ");
	assert_string_equal(reply_format_date((wall_t){784111777}, date), "Sun, 06 Nov 1994 08:49:37 GMT");
	hang_up(&c);
	stop();
}

static void
connection_is_kept_for_the_next_request(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	for (int i = 0; i < 5; i++) {
		say(&c, GET("/a"));
		expect(&c, 200, "GET /a ");
		say(&c, "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nxyz");
		expect(&c, 200, "POST /b xyz");
	}
	hang_up(&c);
	stop();
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") GET("/early") "POST /3 HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx" GET("/elsewhere")
		    GET("/delay") GET("/6"));
	expect(&c, 200, "GET /1 ");
	expect(&c, 200, "pending");
	expect(&c, 200, "POST /3 x");
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /delay ");
	expect(&c, 200, "GET /6 ");
	hang_up(&c);
	stop();
}

static void
many_pipelined_requests_are_all_answered(void **state)
{
	struct client c;
	struct buf all;

	(void)state;
	start(NULL);
	dial(&c);
	buf_init(&all, 0);
	for (int i = 0; i < 500; i++)
		buf_puts(&all, i % 50 == 7 ? GET("/early") : GET("/x"));
	say(&c, all.data);
	for (int i = 0; i < 500; i++)
		expect(&c, 200, i % 50 == 7 ? "pending" : "GET /x ");
	assert_int_equal(atomic_load(&begun), 500);
	buf_fini(&all);
	hang_up(&c);
	stop();
}

static void
bad_request_behind_a_good_one_ends_the_connection(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") "Invalid\r\n\r\n" GET("/2"));
	expect(&c, 200, "GET /1 ");
	expect_last(&c, 400);
	assert_int_equal(atomic_load(&begun), 1);
	hang_up(&c);
	probe();
	stop();
}

static void
request_behind_a_close_is_not_run(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "GET /1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "GET /elsewhere HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, GET("/close") GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	assert_int_equal(atomic_load(&begun), 4);
	stop();
}

static void
http_1_0_closes_unless_asked_not_to(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "GET /a HTTP/1.0\r\n\r\n");
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	hear(&c, &a);
	assert_non_null(strstr(a.head, "\r\nConnection: keep-alive\r\n"));
	say(&c, GET("/b"));
	expect(&c, 200, "GET /b ");
	hang_up(&c);
	stop();
}

static void
head_gets_the_length_and_no_body(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n" GET("/b"));
	hear_kind(&c, &a, true);
	assert_non_null(strstr(a.head, "\r\nContent-Length: 8\r\n"));
	expect(&c, 200, "GET /b ");
	say(&c, "HEAD /no-length HTTP/1.1\r\nHost: t\r\n\r\n" GET("/c"));
	hear_kind(&c, &a, true);
	assert_null(strstr(a.head, "Content-Length"));
	expect(&c, 200, "GET /c ");
	say(&c, "HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n");
	hear_kind(&c, &a, true);
	assert_int_equal(a.status, 400);
	hear_end(&c);
	hang_up(&c);
	stop();
}

static void
answers_without_a_body_say_so(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/none") GET("/204") GET("/no-memory") GET("/b"));
	hear(&c, &a);
	assert_int_equal(a.status, 303);
	assert_non_null(strstr(a.head, "\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"));
	hear(&c, &a);
	assert_int_equal(a.status, 204);
	assert_null(strstr(a.head, "Content-"));
	expect(&c, 500, NULL);
	expect(&c, 200, "GET /b ");
	hang_up(&c);
	stop();
}

static void
continue_is_sent_when_the_body_is_welcome(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	expect(&c, 100, NULL);
	say(&c, "abc");
	expect(&c, 200, "POST /a abc");
	/* What came already needs no leave. */
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\na");
	assert_true(is_silent(&c, 50));
	say(&c, "bc");
	expect(&c, 200, "POST /a abc");
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	expect_last(&c, 413);
	hang_up(&c);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: tea\r\nContent-Length: 3\r\n\r\n");
	expect_last(&c, 417);
	hang_up(&c);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
	expect(&c, 100, NULL);
	say(&c, "3\r\nabc\r\n0\r\n\r\n");
	expect(&c, 200, "POST /a abc");
	hang_up(&c);
	stop();
}

static void
content_coding_is_refused_and_the_connection_kept(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" GET("/b"));
	hear(&c, &a);
	assert_int_equal(a.status, 415);
	assert_non_null(strstr(a.head, "\r\nAccept-Encoding: identity\r\n"));
	assert_null(strstr(a.head, "Connection: close"));
	expect(&c, 200, "GET /b ");
	assert_int_equal(atomic_load(&begun), 1);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nContent-Encoding: gzip\r\nExpect: 100-continue\r\n"
		"Content-Length: 3\r\n\r\n");
	expect_last(&c, 415);
	hang_up(&c);
	stop();
}

static void
chunked_body_arrives_whole_however_it_is_cut(void **state)
{
	static const char request[] = "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
				      "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: u\r\n\r\n";
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	for (size_t cut = 1; cut < sizeof(request) - 1; cut++) {
		assert_int_equal(send(c.fd, request, cut, 0), cut);
		if (cut % 8 == 0)
			poll(NULL, 0, 1);
		say(&c, request + cut);
		expect(&c, 200, "POST /a abc0123456789");
	}
	hang_up(&c);
	dial(&c);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		assert_int_equal(send(c.fd, request + i, 1, 0), 1);
		poll(NULL, 0, 1);
	}
	expect(&c, 200, "POST /a abc0123456789");
	hang_up(&c);
	stop();
}

static void
large_answer_is_sent_in_parts(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial_with(&c, 65536, NULL);
	say(&c, GET("/big") GET("/b"));
	poll(NULL, 0, 20);
	hear(&c, &a);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body_len, BIG);
	expect(&c, 200, "GET /b ");
	say(&c, "GET /big HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
	expect_last(&c, 200);
	hang_up(&c);
	stop();
}

static void
half_closed_client_gets_its_answers(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") GET("/held") GET("/3"));
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	expect(&c, 200, "GET /1 ");
	wait_until_held();
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /3 ");
	hear_end(&c);
	hang_up(&c);
	dial(&c);
	say(&c, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nabc");
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	expect_last(&c, 400);
	assert_int_equal(atomic_load(&begun), 3);
	hang_up(&c);
	stop();
}

static void
exchange_of_a_vanished_peer_is_abandoned(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	tear_off(&c);
	wait_for(&abandoned, 1);
	assert_false(is_held());
	assert_int_equal(atomic_load(&answered), 0);
	probe();
	stop();
}

static void
pending_exchanges_of_many_connections_are_answered(void **state)
{
	struct client c[20];

	(void)state;
	start(NULL);
	for (int i = 0; i < 20; i++) {
		dial(&c[i]);
		say(&c[i], GET("/held") GET("/next"));
	}
	wait_for(&begun, 20);
	wait_until_held();
	assert_true(is_silent(&c[0], 20));
	probe();
	assert_int_equal(release_held(), 20);
	for (int i = 0; i < 20; i++) {
		expect(&c[i], 200, "pending");
		expect(&c[i], 200, "GET /next ");
		hang_up(&c[i]);
	}
	assert_int_equal(atomic_load(&answered), 20);
	stop();
}

static void
delayed_answers_hold_up_nobody_else(void **state)
{
	struct client slow, late;
	int64_t began;

	(void)state;
	start(NULL);
	dial(&slow);
	dial(&late);
	began = now_ms();
	say(&slow, GET("/delay"));
	say(&late, GET("/late-delay"));
	probe();
	expect(&slow, 200, "GET /delay ");
	expect(&late, 200, "pending");
	assert_true(now_ms() - began >= 100);
	hang_up(&late);
	say(&slow, GET("/delay"));
	wait_for(&begun, 4);
	tear_off(&slow);
	probe();
	stop();
}

static void
reading_ahead_stops_at_max_pipelined(void **state)
{
	struct client c;
	struct buf flood;
	size_t sent = 0;

	(void)state;
	START("--max-pipelined", "4096");
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	buf_init(&flood, 0);
	while (flood.len < 16u << 20)
		buf_puts(&flood, GET("/x"));
	assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
	for (int idle = 0; idle < 20 && sent < flood.len;) {
		ssize_t n = send(c.fd, flood.data + sent, flood.len - sent, MSG_NOSIGNAL);

		if (n > 0) {
			sent += (size_t)n;
			idle = 0;
		} else {
			poll(NULL, 0, 5);
			idle++;
		}
	}
	/* The kernel's buffers took some; the rest has to wait. */
	assert_true(sent < flood.len);
	buf_fini(&flood);
	tear_off(&c);
	release_held();
	probe();
	stop();
}

static void
requests_of_a_connection_are_limited(void **state)
{
	struct client c;

	(void)state;
	START("--max-requests", "3");
	dial(&c);
	say(&c, GET("/1") GET("/2") GET("/3") GET("/4"));
	expect(&c, 200, "GET /1 ");
	expect(&c, 200, "GET /2 ");
	expect_last(&c, 200);
	assert_int_equal(atomic_load(&begun), 3);
	hang_up(&c);
	stop();
}

static void
deadlines_are_absolute(void **state)
{
	struct client silent, head, body, idle, trickle, reader;
	int64_t began;

	(void)state;
	START("--head-timeout", "1", "--body-timeout", "1", "--answer-timeout", "1", "--idle-timeout", "1");
	dial(&silent);
	dial(&head);
	dial(&body);
	dial(&idle);
	dial(&trickle);
	dial_with(&reader, 4096, NULL);
	began = now_ms();
	say(&head, "GET / HTTP/1.1\r\nHo");
	say(&body, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300\r\n\r\nabc");
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	say(&reader, GET("/big"));
	/* A byte now and then does not put the deadline off. */
	say(&trickle, "GET / HTTP/1.1\r\nX: ");
	for (int i = 0; i < 8; i++) {
		poll(NULL, 0, 100);
		say(&trickle, "a");
	}
	expect_last(&trickle, 408);
	hear_end(&silent);
	expect_last(&head, 408);
	expect_last(&body, 408);
	hear_end(&idle);
	assert_true(now_ms() - began >= 950);
	assert_true(now_ms() - began < 8000);
	/* The slow reader is cut off: what it reads now ends before the answer does. */
	poll(NULL, 0, 300);
	while (hear_some(&reader))
		;
	assert_true(reader.in.len < BIG);
	assert_int_equal(atomic_load(&begun), 2);
	hang_up(&silent);
	hang_up(&head);
	hang_up(&body);
	hang_up(&idle);
	hang_up(&trickle);
	hang_up(&reader);
	stop();
}

static void
connections_are_capped(void **state)
{
	struct client c[4], more;

	(void)state;
	START("--max-connections", "4");
	for (int i = 0; i < 4; i++) {
		dial(&c[i]);
		say(&c[i], GET("/a"));
		expect(&c[i], 200, "GET /a ");
	}
	dial(&more);
	expect_last(&more, 503);
	hang_up(&more);
	say(&c[0], GET("/b"));
	expect(&c[0], 200, "GET /b ");
	for (int i = 0; i < 4; i++)
		hang_up(&c[i]);
	/* Their places are free again, as soon as the loops have noticed. */
	for (int i = 0;; i++) {
		struct answer a;

		assert_true(i < PATIENCE_MS / 10);
		dial(&more);
		say(&more, GET("/a"));
		hear(&more, &a);
		hang_up(&more);
		if (a.status == 200)
			break;
		poll(NULL, 0, 10);
	}
	stop();
}

static void
connections_of_one_address_are_capped(void **state)
{
	struct client c[3], more, other;

	(void)state;
	START("--max-connections-per-address", "3");
	for (int i = 0; i < 3; i++) {
		dial(&c[i]);
		say(&c[i], GET("/a"));
		expect(&c[i], 200, "GET /a ");
	}
	dial(&more);
	expect_last(&more, 503);
	hang_up(&more);
	dial_with(&other, 0, "127.0.0.2");
	say(&other, GET("/a"));
	expect(&other, 200, "GET /a ");
	hang_up(&other);
	for (int i = 0; i < 3; i++)
		hang_up(&c[i]);
	stop();
}

/* The limit is lowered to what is open, holes included, once the client has its descriptor. */
static void
lack_of_descriptors_pauses_accepting(void **state)
{
	struct rlimit before, low;
	struct sockaddr_in sa;
	struct client c;
	int filler[256], fillers = 0, fd;

	(void)state;
	start(NULL);
	sa = address_of_server();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	buf_init(&c.in, 0);
	low = before;
	low.rlim_cur = (rlim_t)c.fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (fillers < 256 && (fd = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		filler[fillers++] = fd;
	assert_int_equal(connect(c.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	say(&c, GET("/a"));
	assert_true(is_silent(&c, 200));
	while (fillers > 0)
		close(filler[--fillers]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	probe();
	stop();
}

static void *
release_soon(void *arg)
{
	(void)arg;
	poll(NULL, 0, 150);
	release_held();
	return NULL;
}

static void
stop_answers_what_was_received(void **state)
{
	struct client pending, idle, pipelined, late;
	struct sockaddr_in sa;
	pthread_t thread;

	(void)state;
	start(NULL);
	sa = address_of_server();
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&pending);
	dial(&pipelined);
	say(&pending, GET("/held"));
	say(&pipelined, GET("/held") GET("/next"));
	wait_for(&begun, 3);
	assert_int_equal(pthread_create(&thread, NULL, release_soon, NULL), 0);
	assert_int_equal(stop_within(PATIENCE_MS), 0);
	pthread_join(thread, NULL);
	expect_last(&pending, 200);
	expect(&pipelined, 200, "pending");
	expect_last(&pipelined, 200);
	hear_end(&idle);
	late.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(connect(late.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(late.fd);
	hang_up(&pending);
	hang_up(&pipelined);
	hang_up(&idle);
}

static void *
stop_slowly(void *cut)
{
	*(int *)cut = server_stop(&server, PATIENCE_MS);
	return NULL;
}

/* The server stops on a thread of its own, and has closed its listening socket when this returns. */
static void
begin_to_stop(pthread_t *thread, int *cut)
{
	struct sockaddr_in sa = address_of_server();
	int64_t until = now_ms() + PATIENCE_MS;
	int refused = 0;

	assert_int_equal(pthread_create(thread, NULL, stop_slowly, cut), 0);
	while (refused == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_true(fd >= 0 && now_ms() < until);
		refused = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
		close(fd);
	}
}

static void
end_stop(pthread_t thread, const int *cut, int want)
{
	pthread_join(thread, NULL);
	assert_int_equal(*cut, want);
	conf_free(&conf);
}

#define CHUNKED(path, body) "POST " path " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" body

/* Whole requests behind the one under way are received ones, whatever their framing; what is half there is not. */
static void
stop_answers_pipelined_requests_to_the_last(void **state)
{
	struct client c;
	pthread_t thread;
	int cut = -1;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/held") CHUNKED("/b", "2\r\nxy\r\n1\r\nz\r\n0\r\n\r\n") GET("/held") GET("/c")
		    GET("/delay") "GET /half HTTP/1.1\r\nHo");
	wait_until_held();
	begin_to_stop(&thread, &cut);
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "POST /b xyz");
	wait_until_held();
	release_held();
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /c ");
	expect_last(&c, 200);
	hang_up(&c);
	end_stop(thread, &cut, 0);
	assert_int_equal(atomic_load(&begun), 5);
}

static void
stop_lets_a_request_become_whole(void **state)
{
	struct client half, body;
	pthread_t thread;
	int cut = -1;

	(void)state;
	start(NULL);
	dial(&half);
	dial(&body);
	say(&half, "GET /a HT");
	say(&body, "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nx");
	probe();
	begin_to_stop(&thread, &cut);
	say(&half, "TP/1.1\r\nHost: t\r\n\r\n");
	say(&body, "yz");
	expect_last(&half, 200);
	expect_last(&body, 200);
	hang_up(&half);
	hang_up(&body);
	end_stop(thread, &cut, 0);
}

/* A peer that has just been let in or answered may be about to send, and cannot know that it is too late. */
static void
stop_waits_a_moment_for_requests_that_may_be_on_their_way(void **state)
{
	struct client fresh, silent, busy, idle, unused;
	pthread_t thread;
	int cut = -1;
	int64_t began;

	(void)state;
	start(NULL);
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&unused);
	poll(NULL, 0, DEADLINE_FAREWELL_MS + 50);
	dial(&busy);
	say(&busy, GET("/a"));
	expect(&busy, 200, "GET /a ");
	dial(&fresh);
	dial(&silent);
	began = now_ms();
	begin_to_stop(&thread, &cut);
	hear_end(&idle);
	hear_end(&unused);
	say(&fresh, GET("/b"));
	expect_last(&fresh, 200);
	say(&busy, GET("/c"));
	expect_last(&busy, 200);
	hear_end(&silent);
	assert_true(now_ms() - began >= DEADLINE_FAREWELL_MS / 2);
	hang_up(&idle);
	hang_up(&unused);
	hang_up(&busy);
	hang_up(&fresh);
	hang_up(&silent);
	end_stop(thread, &cut, 0);
}

/* A peer that never finishes is cut off by its own deadline, long before the server's. */
static void
stop_does_not_wait_for_a_request_that_never_comes_whole(void **state)
{
	struct client half;
	pthread_t thread;
	int cut = -1;
	int64_t began;

	(void)state;
	START("--head-timeout", "1");
	dial(&half);
	say(&half, "GET /a HT");
	probe();
	began = now_ms();
	begin_to_stop(&thread, &cut);
	expect_last(&half, 408);
	hang_up(&half);
	end_stop(thread, &cut, 0);
	assert_true(now_ms() - began < PATIENCE_MS);
}

static void
stop_cuts_off_what_takes_too_long(void **state)
{
	struct client pending, half, idle;
	exchange_ready *ready;
	void *loop_arg;
	uint64_t id;

	(void)state;
	start(NULL);
	dial(&pending);
	dial(&half);
	dial(&idle);
	say(&half, "GET / HT");
	say(&pending, GET("/held"));
	wait_until_held();
	pthread_mutex_lock(&held_lock);
	ready = held->ready;
	loop_arg = held->loop_arg;
	id = held->id;
	pthread_mutex_unlock(&held_lock);
	probe();
	assert_int_equal(stop_within(100), 2);
	assert_int_equal(atomic_load(&abandoned), 1);
	/* The operation ends only now, and its loop is gone. */
	ready(loop_arg, id);
	hear_end(&pending);
	hear_end(&half);
	hear_end(&idle);
	hang_up(&pending);
	hang_up(&half);
	hang_up(&idle);
}

static void
stop_with_nothing_to_do_is_at_once(void **state)
{
	(void)state;
	start(NULL);
	stop();
	start(NULL);
	assert_int_equal(stop_within(0), 0);
	assert_int_equal(server_stop(&server, 0), 0);
}

/* Puts another configuration in force: these options besides those that start() has. */
static void
configure(char *const options[])
{
	char *argv[16] = {"srvd", "--listen", "127.0.0.1:0", "--workers", "2"};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	struct conf *c = NULL;
	int argc = 5;

	while (options[argc - 5] != NULL) {
		argv[argc] = options[argc - 5];
		argc++;
	}
	if (conf_load(argc, argv, env, &c, &why) != SRV_OK)
		fail_msg("%s", why.text);
	server_configure(server, c);
	conf_free(&c);
}
#define CONFIGURE(...) configure((char *[]){__VA_ARGS__, NULL})

#define POST_3 "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\n"

static void
other_limits_count_from_the_next_request(void **state)
{
	struct client kept, half, body;

	(void)state;
	START("--workers", "1", "--max-body", "3"); /* one loop, so that a probe shows that what came before was read */
	dial(&kept);
	say(&kept, POST_3 "xyz");
	expect(&kept, 200, "POST /b xyz");
	dial(&half);
	say(&half, "POST /b HT");
	dial(&body);
	say(&body, POST_3 "x");
	probe();
	CONFIGURE("--max-body", "2");
	say(&kept, POST_3 "xyz");
	expect_last(&kept, 413);
	/* These had begun. */
	say(&half, "TP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nxyz");
	expect(&half, 200, "POST /b xyz");
	say(&body, "yz");
	expect(&body, 200, "POST /b xyz");
	say(&half, POST_3 "xyz");
	expect_last(&half, 413);
	CONFIGURE("--max-body", "3");
	say(&body, POST_3 "xyz");
	expect(&body, 200, "POST /b xyz");
	hang_up(&kept);
	hang_up(&half);
	hang_up(&body);
	stop();
}

/* A request line that was let pass is longer than the whole head may be now. */
static void
smaller_limits_do_not_trip_a_request_that_had_begun(void **state)
{
	struct client c;
	char line[1024];

	(void)state;
	START("--workers", "1");
	memset(line, 'a', sizeof(line));
	memcpy(line, "GET /", 5);
	line[sizeof(line) - 1] = '\0';
	dial(&c);
	say(&c, line);
	probe();
	CONFIGURE("--max-request-line", "64", "--max-head", "256", "--max-fields", "1");
	say(&c, " HTTP/1.1\r\nHost: t\r\nA: b\r\nC: d\r\n\r\n");
	expect(&c, 200, NULL);
	say(&c, GET("/next"));
	expect(&c, 200, "GET /next ");
	say(&c, line);
	expect_last(&c, 414);
	hang_up(&c);
	stop();
}

static void
fields_may_become_many_more(void **state)
{
	struct client c;
	struct buf b;

	(void)state;
	START("--max-fields", "1");
	CONFIGURE("--max-fields", "1024", "--max-head", "65536");
	buf_init(&b, 0);
	buf_puts(&b, "GET /a HTTP/1.1\r\nHost: t\r\n");
	for (int i = 1; i < 1024; i++)
		buf_puts(&b, "A: b\r\n");
	buf_puts(&b, "\r\n");
	dial(&c);
	say(&c, buf_str(&b));
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	buf_fini(&b);
	stop();
}

/* Longer waits than a test has patience for, until they are made shorter. */
static void
shorter_deadlines_count_for_those_who_wait(void **state)
{
	struct client idle, half;

	(void)state;
	START("--idle-timeout", "3600", "--head-timeout", "3600");
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "GET /a ");
	dial(&half);
	say(&half, "GET /a HT");
	probe();
	CONFIGURE("--idle-timeout", "1", "--head-timeout", "1");
	hear_end(&idle);
	expect_last(&half, 408);
	hang_up(&idle);
	hang_up(&half);
	stop();
}

static void
longer_deadlines_count_from_the_next_wait(void **state)
{
	struct client before, after;

	(void)state;
	START("--idle-timeout", "1");
	dial(&before);
	say(&before, GET("/a"));
	expect(&before, 200, "GET /a ");
	CONFIGURE("--idle-timeout", "3600");
	dial(&after);
	say(&after, GET("/a"));
	expect(&after, 200, "GET /a ");
	hear_end(&before);
	assert_true(is_silent(&after, 1000));
	hang_up(&before);
	hang_up(&after);
	stop();
}

static void
other_caps_count_from_the_next_connection(void **state)
{
	struct client c[3];

	(void)state;
	START("--max-connections", "2");
	for (int i = 0; i < 2; i++) {
		dial(&c[i]);
		say(&c[i], GET("/a"));
		expect(&c[i], 200, "GET /a ");
	}
	dial(&c[2]);
	expect_last(&c[2], 503);
	hang_up(&c[2]);
	CONFIGURE("--max-connections", "3", "--max-requests", "2");
	dial(&c[2]);
	say(&c[2], GET("/a"));
	expect(&c[2], 200, "GET /a ");
	say(&c[0], GET("/b"));
	expect_last(&c[0], 200);
	for (int i = 0; i < 3; i++)
		hang_up(&c[i]);
	stop();
}

/* One thread asks, another changes limits under it that both allow what is asked. */
static void *
reconfigure(void *over)
{
	for (int i = 0; !atomic_load((atomic_bool *)over); i++) {
		if (i % 2 == 0)
			CONFIGURE("--max-body", "5000", "--idle-timeout", "20");
		else
			CONFIGURE("--max-body", "6000", "--idle-timeout", "3600", "--max-pipelined", "16");
	}
	return NULL;
}

static void
changes_disturb_no_request(void **state)
{
	atomic_bool over = false;
	struct client c[4];
	pthread_t thread;

	(void)state;
	start(NULL);
	for (int i = 0; i < 4; i++)
		dial(&c[i]);
	assert_int_equal(pthread_create(&thread, NULL, reconfigure, &over), 0);
	for (int n = 0; n < 500; n++)
		for (int i = 0; i < 4; i++) {
			say(&c[i], POST_3 "xyz" GET("/elsewhere") GET("/a"));
			expect(&c[i], 200, "POST /b xyz");
			expect(&c[i], 200, "pending");
			expect(&c[i], 200, "GET /a ");
		}
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < 4; i++)
		hang_up(&c[i]);
	stop();
}

static enum srv_err
try_start(const char *listen, const char *beside, struct srv_reason *why)
{
	char *argv[] = {"srvd", "--listen", (char *)(uintptr_t)beside, "--listen", (char *)(uintptr_t)listen};
	char *env[] = {NULL};
	struct conf *c = NULL;
	struct server *s = NULL;
	enum srv_err err;

	assert_int_equal(conf_load(5, argv, env, &c, why), SRV_OK);
	err = server_start(c, &the_endpoint, &s, why);
	server_stop(&s, 0);
	conf_free(&c);
	return err;
}

static void
address_in_use_is_said_and_nothing_is_left_behind(void **state)
{
	struct srv_reason why = {""};
	char first[64], second[64];
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(first, sizeof(first), "127.0.0.1:%d", ntohs(sa.sin_port));
	assert_int_equal(try_start(first, "127.0.0.1:0", &why), SRV_EBUSY);
	assert_non_null(strstr(why.text, first));
	/* The other address, were it left bound, could not be had a second time. */
	snprintf(second, sizeof(second), "127.0.0.3:%d", ntohs(sa.sin_port));
	assert_int_equal(try_start(first, second, &why), SRV_EBUSY);
	assert_int_equal(try_start("127.0.0.1:0", second, &why), SRV_OK);
	assert_int_equal(try_start("192.0.2.1:0", "127.0.0.1:0", &why), SRV_EINVAL);
	assert_non_null(strstr(why.text, "192.0.2.1:0"));
	close(fd);
}

static void
mailbox_drops_stale_ids_and_keeps_the_order(void **state)
{
	struct mailbox *m = NULL;
	uint32_t slot[100];
	uint64_t id[100];
	int owner[100];

	(void)state;
	assert_int_equal(mailbox_new(&m), SRV_OK);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(mailbox_attach(m, &owner[i], &slot[i]), SRV_OK);
		id[i] = mailbox_begin(m, slot[i]);
	}
	for (int i = 0; i < 10; i++)
		mailbox_ready(m, id[i]);
	mailbox_end(m, slot[4], true);
	mailbox_end(m, slot[0], true);
	mailbox_end(m, slot[9], true);
	mailbox_end(m, slot[50], true);
	mailbox_ready(m, id[50]);
	id[50] = mailbox_begin(m, slot[50]);
	mailbox_ready(m, id[50]);
	for (int i = 1; i < 9; i++)
		if (i != 4)
			assert_ptr_equal(mailbox_next_ready(m), &owner[i]);
	assert_ptr_equal(mailbox_next_ready(m), &owner[50]);
	assert_null(mailbox_next_ready(m));
	mailbox_free(&m);
	assert_null(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mailbox_drops_stale_ids_and_keeps_the_order),
	    cmocka_unit_test(one_answer_has_all_its_fields),
	    cmocka_unit_test(connection_is_kept_for_the_next_request),
	    cmocka_unit_test(pipelined_requests_are_answered_in_order),
	    cmocka_unit_test(many_pipelined_requests_are_all_answered),
	    cmocka_unit_test(bad_request_behind_a_good_one_ends_the_connection),
	    cmocka_unit_test(request_behind_a_close_is_not_run),
	    cmocka_unit_test(http_1_0_closes_unless_asked_not_to),
	    cmocka_unit_test(head_gets_the_length_and_no_body),
	    cmocka_unit_test(answers_without_a_body_say_so),
	    cmocka_unit_test(continue_is_sent_when_the_body_is_welcome),
	    cmocka_unit_test(content_coding_is_refused_and_the_connection_kept),
	    cmocka_unit_test(chunked_body_arrives_whole_however_it_is_cut),
	    cmocka_unit_test(large_answer_is_sent_in_parts),
	    cmocka_unit_test(half_closed_client_gets_its_answers),
	    cmocka_unit_test(exchange_of_a_vanished_peer_is_abandoned),
	    cmocka_unit_test(pending_exchanges_of_many_connections_are_answered),
	    cmocka_unit_test(delayed_answers_hold_up_nobody_else),
	    cmocka_unit_test(reading_ahead_stops_at_max_pipelined),
	    cmocka_unit_test(requests_of_a_connection_are_limited),
	    cmocka_unit_test(deadlines_are_absolute),
	    cmocka_unit_test(connections_are_capped),
	    cmocka_unit_test(connections_of_one_address_are_capped),
	    cmocka_unit_test(lack_of_descriptors_pauses_accepting),
	    cmocka_unit_test(stop_answers_what_was_received),
	    cmocka_unit_test(stop_answers_pipelined_requests_to_the_last),
	    cmocka_unit_test(stop_lets_a_request_become_whole),
	    cmocka_unit_test(stop_waits_a_moment_for_requests_that_may_be_on_their_way),
	    cmocka_unit_test(stop_does_not_wait_for_a_request_that_never_comes_whole),
	    cmocka_unit_test(stop_cuts_off_what_takes_too_long),
	    cmocka_unit_test(stop_with_nothing_to_do_is_at_once),
	    cmocka_unit_test(other_limits_count_from_the_next_request),
	    cmocka_unit_test(smaller_limits_do_not_trip_a_request_that_had_begun),
	    cmocka_unit_test(fields_may_become_many_more),
	    cmocka_unit_test(shorter_deadlines_count_for_those_who_wait),
	    cmocka_unit_test(longer_deadlines_count_from_the_next_wait),
	    cmocka_unit_test(other_caps_count_from_the_next_connection),
	    cmocka_unit_test(changes_disturb_no_request),
	    cmocka_unit_test(address_in_use_is_said_and_nothing_is_left_behind),
	};
	int failed;

	big = malloc(BIG);
	if (big == NULL)
		return 1;
	memset(big, 'b', BIG);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(big);
	return failed;
}
