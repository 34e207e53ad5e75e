/* Bytes through TLS, in any size and in both directions at once, and how a connection ends. */
#include "tls_wired.h"

#include <fcntl.h>

/* ---- sizes --------------------------------------------------------------------------------------------------- */

static void
tls_bytes_may_come_one_at_a_time(void **state)
{
	static const char request[] = "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello";
	struct wired w;
	struct client c;
	char text[512] = "";
	int n;

	(void)state;
	start(NULL);
	/* Of what goes over the wire, handshake and all. */
	dial_silent(&c);
	wire_up(&w, c.fd);
	wire_shake(&w, 1);
	assert_int_equal(SSL_write(w.ssl, request, sizeof(request) - 1), sizeof(request) - 1);
	put_out(&w, 1);
	while ((n = SSL_read(w.ssl, text, sizeof(text) - 1)) <= 0)
		assert_true(get_in(&w));
	assert_non_null(strstr(text, "\r\n\r\ntls POST /a hello"));
	wire_down(&w);
	/* Of the request, in a record each. */
	dial(&c);
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		say_bytes(&c, request + i, 1);
	expect(&c, 200, "tls POST /a hello");
	hang_up(&c);
	stop();
}

static void
tls_handshake_and_request_may_come_in_one_piece(void **state)
{
	struct wired w;
	struct client c;
	char text[512] = "";

	(void)state;
	start(NULL);
	dial_silent(&c);
	wire_up(&w, c.fd);
	assert_int_equal(SSL_do_handshake(w.ssl), -1);
	put_out(&w, 65536);
	while (SSL_do_handshake(w.ssl) != 1)
		assert_true(get_in(&w));
	/* The client's last word of the handshake was kept back until here. */
	say_bytes(&(struct client){.ssl = w.ssl}, GET("/a") GET("/b"), 2 * (sizeof(GET("/a")) - 1));
	put_out(&w, 65536);
	for (size_t got = 0; strstr(text, "tls GET /b ") == NULL;) {
		int n = SSL_read(w.ssl, text + got, (int)(sizeof(text) - 1 - got));

		if (n > 0)
			got += (size_t)n;
		else
			assert_true(get_in(&w));
	}
	wire_down(&w);
	stop();
}

static void
tls_large_answer_reaches_a_slow_reader_whole(void **state)
{
	struct client c;
	SSL_CTX *ctx = client_context();

	(void)state;
	start(NULL);
	dial_to(&c, 1, 4096);
	assert_int_equal(shake(&c, ctx), 1);
	SSL_CTX_free(ctx);
	for (int i = 0; i < 2; i++) {
		say(&c, GET("/big") GET("/a"));
		probe();
		expect_bytes(&c, 200, big, BIG);
		expect(&c, 200, "tls GET /a ");
	}
	hang_up(&c);
	stop();
}

/* Sends all of a text and reads all of the answer to it, in whatever order the server allows. */
static void
exchange_all(struct client *c, const char *text, size_t len, size_t answer_len)
{
	size_t sent = 0;
	char bytes[65536];

	assert_int_equal(fcntl(c->fd, F_SETFL, O_NONBLOCK), 0);
	SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	while (c->in.len < answer_len) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		size_t n = 0, put = 0;

		ERR_clear_error();
		if (SSL_read_ex(c->ssl, bytes, sizeof(bytes), &n) == 1)
			buf_put(&c->in, bytes, n);
		ERR_clear_error();
		if (sent < len && SSL_write_ex(c->ssl, text + sent, len - sent, &put) == 1)
			sent += put;
		if (n > 0 || put > 0)
			continue;
		if (sent < len)
			p.events |= POLLOUT;
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail_msg("stuck with %zu of %zu sent and %zu of %zu read", sent, len, c->in.len, answer_len);
	}
	assert_int_equal(sent, len);
	assert_int_equal(c->in.len, answer_len);
	assert_int_equal(fcntl(c->fd, F_SETFL, 0), 0);
}

static void
tls_large_bodies_are_pipelined_both_ways(void **state)
{
	enum { BODY = 60000, REQUESTS = 64 };
	struct client c;
	struct buf all;
	size_t answer_len;
	char want[128];
	char *body = malloc(BODY + 1);

	(void)state;
	start(NULL);
	assert_non_null(body);
	buf_init(&all, 0);
	for (int i = 0; i < REQUESTS; i++) {
		memset(body, 'A' + i % 26, BODY);
		body[BODY] = '\0';
		buf_printf(&all, "POST /%02d HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n%s", i, BODY, body);
	}
	assert_int_equal(all.err, SRV_OK);
	/* One to learn the length of an answer. */
	dial(&c);
	say_bytes(&c, all.data, all.len / REQUESTS);
	while (c.in.len < BODY || strstr(c.in.data, "\r\n\r\n") == NULL ||
	       c.in.len < (size_t)(strstr(c.in.data, "\r\n\r\n") - c.in.data) + 4 + BODY + strlen("tls POST /00 "))
		assert_true(hear_some(&c) > 0);
	answer_len = c.in.len;
	buf_reset(&c.in);
	for (int round = 0; round < 2; round++) {
		exchange_all(&c, all.data, all.len, answer_len * REQUESTS);
		for (int i = 0; i < REQUESTS; i++) {
			const char *at = c.in.data + (size_t)i * answer_len;

			assert_int_equal(strncmp(at, "HTTP/1.1 200 ", 13), 0);
			snprintf(want, sizeof(want), "\r\n\r\ntls POST /%02d %c", i, 'A' + i % 26);
			assert_ptr_equal(strstr(at, "\r\n\r\n"), strstr(at, want));
			assert_int_equal(at[answer_len - 1], 'A' + i % 26);
		}
		buf_reset(&c.in);
	}
	hang_up(&c);
	buf_fini(&all);
	free(body);
	stop();
}

static void
tls_what_was_decrypted_and_not_yet_wanted_is_not_forgotten(void **state)
{
	struct client c;
	struct buf all;

	(void)state;
	START("--max-pipelined", "100");
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	buf_init(&all, 0);
	for (int i = 0; i < 500; i++)
		buf_printf(&all, "GET /n%03d HTTP/1.1\r\nHost: t\r\n\r\n", i);
	/* One record, of which a little is read ahead; nothing comes behind it that would wake the server. */
	assert_true(all.len < 16384);
	say_bytes(&c, all.data, all.len);
	poll(NULL, 0, 50);
	release_held();
	expect(&c, 200, "pending");
	for (int i = 0; i < 500; i++) {
		char want[32];

		snprintf(want, sizeof(want), "tls GET /n%03d ", i);
		expect(&c, 200, want);
	}
	hang_up(&c);
	buf_fini(&all);
	stop();
}

/* ---- ends ---------------------------------------------------------------------------------------------------- */

static void
tls_cut_in_mid_body_discards_the_request(void **state)
{
	static const char most[] = "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n123456789";
	struct client c;

	(void)state;
	start(NULL);
	/* Without a word: somebody else may have cut it. */
	dial(&c);
	say(&c, most);
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	hear_end(&c, false);
	hang_up(&c);
	/* Said: then it is the client's own doing, and is told. */
	dial(&c);
	say(&c, most);
	assert_int_equal(SSL_shutdown(c.ssl), 0);
	expect(&c, 400, NULL);
	hear_end(&c, true);
	hang_up(&c);
	assert_int_equal(atomic_load(&begun), 0);
	/* Whole, and then said. */
	dial(&c);
	say(&c, most);
	say(&c, "0");
	assert_int_equal(SSL_shutdown(c.ssl), 0);
	expect(&c, 200, "tls POST /a 1234567890");
	hear_end(&c, true);
	hang_up(&c);
	assert_int_equal(atomic_load(&begun), 1);
	stop();
}

static void
tls_end_is_said_and_told_apart_from_a_cut(void **state)
{
	static const char *const last[] = {
	    "GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n"};
	struct client c;

	(void)state;
	START("--idle-timeout", "1", "--head-timeout", "1");
	for (int i = 0; i < 2; i++) {
		dial(&c);
		say(&c, last[i]);
		expect(&c, 200, "tls GET /a ");
		hear_end(&c, true);
		hang_up(&c);
	}
	dial(&c);
	say(&c, "nonsense\r\n\r\n");
	expect(&c, 400, NULL);
	hear_end(&c, true);
	hang_up(&c);
	/* Idle for too long, and nothing after the handshake. */
	dial(&c);
	say(&c, GET("/a"));
	expect(&c, 200, "tls GET /a ");
	hear_end(&c, true);
	hang_up(&c);
	dial(&c);
	hear_end(&c, true);
	hang_up(&c);
	/* A head that does not end. */
	dial(&c);
	say(&c, "GET /");
	expect(&c, 408, NULL);
	hear_end(&c, true);
	hang_up(&c);
	stop();
}

static void
tls_reset_abandons_the_exchange(void **state)
{
	struct linger l = {.l_onoff = 1};
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/held"));
	wait_until_held();
	assert_int_equal(setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	hang_up(&c);
	wait_for(&abandoned, 1);
	stop();
}

static void *
stop_it(void *arg)
{
	*(int *)arg = stop_within(PATIENCE_MS);
	return NULL;
}

static void
tls_stop_answers_what_was_asked_and_takes_leave_of_the_rest(void **state)
{
	struct client busy, idle, silent, c;
	struct wired shaking;
	pthread_t thread;
	int cut = -1;
	char text[512] = "";

	(void)state;
	START("--workers", "1");
	dial(&busy);
	say(&busy, GET("/held"));
	wait_until_held();
	dial(&idle);
	say(&idle, GET("/a"));
	expect(&idle, 200, "tls GET /a ");
	dial_silent(&silent);
	/* In mid-handshake. */
	dial_silent(&c);
	wire_up(&shaking, c.fd);
	assert_int_equal(SSL_do_handshake(shaking.ssl), -1);
	put_out(&shaking, 65536);
	assert_true(get_in(&shaking));
	assert_int_equal(pthread_create(&thread, NULL, stop_it, &cut), 0);
	hear_end(&idle, true);
	hear_end(&silent, false);
	while (SSL_do_handshake(shaking.ssl) != 1)
		assert_true(get_in(&shaking));
	say(&(struct client){.ssl = shaking.ssl}, GET("/b"));
	put_out(&shaking, 65536);
	while (strstr(text, "tls GET /b ") == NULL) {
		if (SSL_read(shaking.ssl, text, sizeof(text) - 1) <= 0)
			assert_true(get_in(&shaking));
	}
	assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
	release_held();
	expect(&busy, 200, "pending");
	hear_end(&busy, true);
	/* Until a client hangs up, or for a while, the server waits that its last answer be read. */
	hang_up(&busy);
	hang_up(&idle);
	hang_up(&silent);
	wire_down(&shaking);
	pthread_join(thread, NULL);
	assert_int_equal(cut, 0);
}

/* As for a request without TLS: who has been let in may be about to say hello, and then to ask. */
static void
tls_stop_waits_a_moment_for_a_handshake_and_its_request(void **state)
{
	struct client fresh, silent;
	SSL_CTX *ctx = client_context();
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	pthread_t thread;
	int cut = -1, refused = 0;

	(void)state;
	START("--workers", "1");
	dial_silent(&fresh);
	dial_silent(&silent);
	assert_int_equal(getpeername(fresh.fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(pthread_create(&thread, NULL, stop_it, &cut), 0);
	while (refused == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		refused = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
		close(fd);
	}
	assert_int_equal(shake(&fresh, ctx), 1);
	SSL_CTX_free(ctx);
	say(&fresh, GET("/a"));
	expect(&fresh, 200, "tls GET /a ");
	hear_end(&fresh, true);
	hear_end(&silent, false);
	hang_up(&fresh);
	hang_up(&silent);
	pthread_join(thread, NULL);
	assert_int_equal(cut, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_bytes_may_come_one_at_a_time),
	    cmocka_unit_test(tls_handshake_and_request_may_come_in_one_piece),
	    cmocka_unit_test(tls_large_answer_reaches_a_slow_reader_whole),
	    cmocka_unit_test(tls_large_bodies_are_pipelined_both_ways),
	    cmocka_unit_test(tls_what_was_decrypted_and_not_yet_wanted_is_not_forgotten),
	    cmocka_unit_test(tls_cut_in_mid_body_discards_the_request),
	    cmocka_unit_test(tls_end_is_said_and_told_apart_from_a_cut),
	    cmocka_unit_test(tls_reset_abandons_the_exchange),
	    cmocka_unit_test(tls_stop_answers_what_was_asked_and_takes_leave_of_the_rest),
	    cmocka_unit_test(tls_stop_waits_a_moment_for_a_handshake_and_its_request),
	};

	signal(SIGPIPE, SIG_IGN); /* the client's; the server does without */
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
