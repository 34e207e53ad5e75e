/* Peers that do not read, change their keys, are slow, mean ill or speak something else. */
#include "tls_wired.h"

#include "../../impl/net/tls_conn.h"

#include <sys/ioctl.h>

/* ---- the other direction ------------------------------------------------------------------------------------- */

static void
tls_handshake_waits_for_a_peer_that_does_not_read(void **state)
{
	/* More than a socket takes. */
	struct cert huge = cert_make_long(
	    "localhost", CERT_SERVER, cert_ec_key(), &authority, -CERT_DAY, CERT_DAY, 5 << 20);
	struct tls_files files = {TEMP_PATH(dir, "huge.pem"), TEMP_PATH(dir, "huge.key"), NULL};
	struct srv_reason why = {""};
	struct client c;
	SSL_CTX *ctx = client_context();
	char *hello;
	size_t len;

	(void)state;
	cert_write(files.certificate, &huge, NULL);
	cert_write_key(files.key, &huge, NULL);
	START("--workers", "1", "--tls-handshake-timeout", "60");
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	/* One that never reads, and one that comes to it after a while. */
	dial_to(&c, 1, 4096);
	hello = client_hello(&len);
	say_bytes(&c, hello, len);
	free(hello);
	{
		struct wired w;
		struct client slow;

		dial_to(&slow, 1, 4096);
		wire_up(&w, slow.fd);
		assert_int_equal(SSL_do_handshake(w.ssl), -1);
		put_out(&w, 65536);
		poll(NULL, 0, 100);
		files = files_of_conf();
		assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
		probe();
		wire_shake(&w, 65536);
		say_bytes(&(struct client){.ssl = w.ssl}, GET("/a"), sizeof(GET("/a")) - 1);
		put_out(&w, 65536);
		assert_true(get_in(&w));
		wire_down(&w);
		wait_for(&begun, 2);
	}
	hang_up(&c);
	SSL_CTX_free(ctx);
	stop();
	cert_free(&huge);
}

static void
tls_keys_may_be_changed_in_mid_connection(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(
		    SSL_key_update(c.ssl, i % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		say(&c, i % 3 ? GET("/a") : GET("/big"));
		if (i % 3)
			expect(&c, 200, "tls GET /a ");
		else
			expect_bytes(&c, 200, big, BIG);
	}
	hang_up(&c);
	stop();
}

static void
nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* A peer that is quicker at sending records without content than we are at reading them must not hold the loop. */
static void
tls_one_read_looks_at_the_socket_once(void **state)
{
	struct tls_files files = {cert_path, key_path, NULL};
	struct event_base *base = event_base_new();
	struct srv_reason why;
	struct tls *tls = NULL;
	struct tls_conn *t = NULL;
	struct wired w;
	enum tls_shaken shaken;
	int fds[2], left = 0, calls = 0;
	char bytes[4096];
	size_t len;
	char *out;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(tls_new(&files, &tls, &why), SRV_OK);
	assert_int_equal(tls_conn_new(tls, base, fds[1], nothing, NULL, &t), SRV_OK);
	wire_up(&w, fds[0]);
	do {
		(void)SSL_do_handshake(w.ssl);
		put_out(&w, 65536);
		shaken = tls_conn_shake(t);
		(void)get_in(&w);
	} while (shaken == TLS_SHAKEN_MORE);
	assert_int_equal(shaken, TLS_SHAKEN_OPEN);
	for (int i = 0; i < 4000; i++) {
		assert_int_equal(SSL_key_update(w.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(w.ssl), 1);
	}
	assert_int_equal(SSL_write(w.ssl, "x", 1), 1);
	out = take_out(&w, &len);
	assert_int_equal(send(w.fd, out, len, MSG_NOSIGNAL), (int)len);
	free(out);
	assert_int_equal(tls_conn_read(t, bytes, sizeof(bytes)), -1);
	assert_false(tls_conn_more(t));
	assert_int_equal(ioctl(fds[1], FIONREAD, &left), 0);
	assert_true(left > (int)len - 20000 && left < (int)len);
	for (calls = 1; tls_conn_read(t, bytes, sizeof(bytes)) == -1; calls++)
		assert_true(calls < 100);
	assert_int_equal(bytes[0], 'x');
	assert_true(calls >= (int)len / 20000);
	/* With a change of keys asked for, the answer to it goes out with the next bytes. */
	assert_int_equal(SSL_key_update(w.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(w.ssl, "y", 1), 1);
	put_out(&w, 65536);
	assert_int_equal(tls_conn_read(t, bytes, sizeof(bytes)), 1);
	assert_int_equal(tls_conn_write(t, "he", 2, "llo", 3), 5);
	assert_true(get_in(&w));
	assert_int_equal(SSL_read(w.ssl, bytes, sizeof(bytes)), 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_true(tls_conn_end(t));
	tls_conn_free(&t);
	assert_null(t);
	tls_free(&tls);
	assert_null(tls);
	wire_down(&w);
	close(fds[1]);
	event_base_free(base);
}

/* ---- peers that mean ill, or speak something else -------------------------------------------------------------- */

static void
tls_plain_http_is_closed_at_once_and_not_run(void **state)
{
	static const char *const plain[] = {GET("/a"), "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
	    "HEAD / HTTP/1.0\r\n\r\n", "CONNECT t:443 HTTP/1.1\r\nHost: t:443\r\n\r\n",
	    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"};
	struct client c;

	(void)state;
	start(NULL);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		int64_t since = now_ms();

		dial_silent(&c);
		say(&c, plain[i]);
		while (hear_some(&c) > 0)
			;
		assert_true(now_ms() - since < 1000);
		/* An alert at most. */
		assert_true(c.in.len == 0 || (c.in.len == 7 && c.in.data[0] == 21));
		hang_up(&c);
	}
	assert_int_equal(atomic_load(&begun), 0);
	probe();
	stop();
}

static void
tls_on_the_plain_address_is_400(void **state)
{
	struct client c;
	size_t len;
	char *hello = client_hello(&len);

	(void)state;
	start(NULL);
	dial_plain(&c);
	say_bytes(&c, hello, len);
	expect(&c, 400, NULL);
	hang_up(&c);
	stop();
	free(hello);
}

/* Sends one byte of a text every 100 ms until the other side ends it; returns after how long that was. */
static int64_t
dribble(const char *bytes, size_t len)
{
	int64_t since = now_ms();
	struct client c;

	dial_silent(&c);
	for (size_t i = 0;; i++) {
		struct pollfd p = {.fd = c.fd, .events = POLLIN};
		char byte;

		if (i < len && send(c.fd, bytes + i, 1, MSG_NOSIGNAL) != 1)
			break;
		if (poll(&p, 1, 100) == 1 && recv(c.fd, &byte, 1, 0) <= 0)
			break;
		assert_true(now_ms() - since < PATIENCE_MS);
	}
	hang_up(&c);
	return now_ms() - since;
}

static void
tls_slow_handshake_is_cut_off(void **state)
{
	size_t len;
	char *hello = client_hello(&len);
	int64_t ms;

	(void)state;
	START("--tls-handshake-timeout", "1");
	ms = dribble("", 0);
	assert_true(ms >= 900 && ms < 5000);
	ms = dribble(hello, len);
	assert_true(ms >= 900 && ms < 5000);
	/* A whole ClientHello, and then no more. */
	{
		struct client c;
		int64_t since = now_ms();

		dial_silent(&c);
		say_bytes(&c, hello, len);
		while (hear_some(&c) > 0)
			;
		ms = now_ms() - since;
		assert_true(ms >= 900 && ms < 5000);
		hang_up(&c);
	}
	assert_int_equal(atomic_load(&begun), 0);
	probe();
	stop();
	free(hello);
}

static void
tls_handshake_may_be_cut_anywhere_and_bent_anywhere(void **state)
{
	size_t len;
	char *hello = client_hello(&len);
	struct client c;

	(void)state;
	START("--tls-handshake-timeout", "1");
	for (size_t i = 0; i < len; i++) {
		dial_silent(&c);
		say_bytes(&c, hello, i);
		hang_up(&c);
	}
	for (size_t i = 0; i < len; i++) {
		hello[i] ^= (char)(1 + i % 255);
		dial_silent(&c);
		say_bytes(&c, hello, len);
		assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
		while (hear_some(&c) > 0)
			;
		hang_up(&c);
		hello[i] ^= (char)(1 + i % 255);
	}
	assert_int_equal(atomic_load(&begun), 0);
	probe();
	stop();
	free(hello);
}

static void
tls_connection_too_many_is_closed_without_a_word(void **state)
{
	struct client first, second, third;

	(void)state;
	START("--max-connections-per-address", "2");
	dial(&first);
	dial_plain(&second);
	say(&second, GET("/a"));
	expect(&second, 200, "GET /a ");
	dial_silent(&third);
	hear_end(&third, false);
	hang_up(&third);
	say(&first, GET("/a"));
	expect(&first, 200, "tls GET /a ");
	hang_up(&first);
	hang_up(&second);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_handshake_waits_for_a_peer_that_does_not_read),
	    cmocka_unit_test(tls_keys_may_be_changed_in_mid_connection),
	    cmocka_unit_test(tls_one_read_looks_at_the_socket_once),
	    cmocka_unit_test(tls_plain_http_is_closed_at_once_and_not_run),
	    cmocka_unit_test(tls_on_the_plain_address_is_400),
	    cmocka_unit_test(tls_slow_handshake_is_cut_off),
	    cmocka_unit_test(tls_handshake_may_be_cut_anywhere_and_bent_anywhere),
	    cmocka_unit_test(tls_connection_too_many_is_closed_without_a_word),
	};

	signal(SIGPIPE, SIG_IGN); /* the client's; the server does without */
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
