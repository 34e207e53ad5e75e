/* For unit tests of TLS: a server with the endpoint of net_endpoint.h, certificates for it, and a client. For one
 * program each, which includes it once. */
#ifndef SRV_TESTS_TLS_FIXTURE_H
#define SRV_TESTS_TLS_FIXTURE_H

#include "../../impl/base/buf.h"
#include "../../impl/base/clock.h"
#include "../../impl/net/server.h"
#include "net_endpoint.h"
#include "tls_certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: t\r\n\r\n"

/* ---- the server, on a plain address and a TLS one -------------------------------------------------------- */

static char dir[TEMP_PATH_MAX];
static char cert_path[TEMP_PATH_MAX], key_path[TEMP_PATH_MAX];
static struct cert authority, server_cert;
static struct conf *conf;
static struct server *server;

/* Group set-up: an authority, and a server's certificate by it in the files that START names. */
static inline int
make_files(void **state)
{
	temp_make(dir);
	temp_join(cert_path, dir, "server.pem");
	temp_join(key_path, dir, "server.key");
	authority = cert_make("Test Authority", CERT_AUTHORITY, NULL);
	server_cert = cert_make("localhost", CERT_SERVER, &authority);
	cert_write(cert_path, &server_cert, NULL);
	cert_write_key(key_path, &server_cert, NULL);
	return make_big(state);
}

static inline int
remove_files(void **state)
{
	cert_free(&server_cert);
	cert_free(&authority);
	temp_remove(dir);
	return free_big(state);
}

static inline void
load_conf(char *const options[])
{
	char *argv[24] = {"srvd", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--workers", "2",
	    "--tls-certificate", cert_path, "--tls-key", key_path};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	int argc = 11;

	for (int i = 0; options != NULL && options[i] != NULL; i++)
		argv[argc++] = options[i];
	if (conf_load(argc, argv, env, &conf, &why) != SRV_OK)
		fail_msg("%s", why.text);
}

static inline void
start(char *const options[])
{
	struct srv_reason why = {""};

	load_conf(options);
	if (server_open(conf, &server, &why) != SRV_OK || server_start(&server, &the_endpoint, &why) != SRV_OK)
		fail_msg("%s", why.text);
	atomic_store(&begun, 0);
	atomic_store(&abandoned, 0);
}
#define START(...) start((char *[]){__VA_ARGS__, NULL})

static inline int
stop_within(int drain_ms)
{
	int cut = server_stop(&server, drain_ms);

	conf_free(&conf);
	return cut;
}

static inline void
stop(void)
{
	assert_int_equal(stop_within(PATIENCE_MS), 0);
}

static inline struct tls_files
files_of_conf(void)
{
	return (struct tls_files){conf->tls_certificate, conf->tls_key, conf->tls_client_ca};
}

/* ---- the client: OpenSSL on a blocking socket -------------------------------------------------------------- */

struct client {
	int fd;
	SSL *ssl; /* NULL: plain, or not yet */
	struct buf in;
};

/* What a client may do; trusts the authority. */
static inline SSL_CTX *
client_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	assert_non_null(ctx);
	assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority.x509), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	/* So that what the server refuses is not refused here before. */
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_max_cert_list(ctx, 16 << 20);
	return ctx;
}

static inline void
dial_to(struct client *c, size_t which, int receive_buffer)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	const char *text = server_address(server, which);

	assert_non_null(text);
	sa.sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
	*c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_true(c->fd >= 0);
	buf_init(&c->in, 0);
	assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
	if (receive_buffer > 0)
		assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)), 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
}

static inline void
dial_plain(struct client *c)
{
	dial_to(c, 0, 0);
}

/* Connects to the TLS address and says nothing. */
static inline void
dial_silent(struct client *c)
{
	dial_to(c, 1, 0);
}

/* Returns 1, or the reason of OpenSSL's error. */
static inline int
shake(struct client *c, SSL_CTX *ctx)
{
	int result;

	ERR_clear_error();
	c->ssl = SSL_new(ctx);
	assert_non_null(c->ssl);
	assert_int_equal(SSL_set_fd(c->ssl, c->fd), 1);
	result = SSL_connect(c->ssl);
	if (result == 1)
		return 1;
	return -ERR_GET_REASON(ERR_peek_error());
}

static inline void
hang_up(struct client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	buf_fini(&c->in);
	c->ssl = NULL;
}

/* A handshake that must succeed. ctx is used up. */
static inline void
dial_with(struct client *c, SSL_CTX *ctx)
{
	int result;

	dial_silent(c);
	result = shake(c, ctx);
	if (result != 1)
		fail_msg("handshake: %d %s", result, ERR_reason_error_string(ERR_peek_error()));
	SSL_CTX_free(ctx);
}

static inline void
dial(struct client *c)
{
	dial_with(c, client_context());
}

/* A handshake that must fail for this reason, as the client sees it; with TLS 1.3 it may see it only when it reads.
 * ctx is used up. */
static inline void
expect_refusal(SSL_CTX *ctx, int reason)
{
	struct client c;
	char byte;
	int result;

	dial_silent(&c);
	result = shake(&c, ctx);
	if (result == 1 && SSL_read(c.ssl, &byte, 1) <= 0)
		result = -ERR_GET_REASON(ERR_peek_error());
	if (result != -reason)
		fail_msg("%d, not %d: %s", -result, reason, ERR_reason_error_string(ERR_peek_error()));
	ERR_clear_error();
	hang_up(&c);
	SSL_CTX_free(ctx);
}

static inline void
say_bytes(struct client *c, const char *bytes, size_t len)
{
	if (c->ssl != NULL)
		assert_int_equal(SSL_write(c->ssl, bytes, (int)len), (int)len);
	else
		assert_int_equal(send(c->fd, bytes, len, MSG_NOSIGNAL), (int)len);
}

static inline void
say(struct client *c, const char *text)
{
	say_bytes(c, text, strlen(text));
}

/* Reads once: how many bytes came; 0: the end, said in TLS; -1: the end, not said. */
static inline int
hear_some(struct client *c)
{
	char bytes[65536];
	int n;

	ERR_clear_error();
	errno = 0;
	n = c->ssl != NULL ? SSL_read(c->ssl, bytes, sizeof(bytes)) : (int)recv(c->fd, bytes, sizeof(bytes), 0);
	if (n <= 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		fail_msg("nothing came; so far: %.200s", buf_str(&c->in));
	if (n <= 0)
		return c->ssl == NULL || SSL_get_error(c->ssl, n) != SSL_ERROR_ZERO_RETURN ? -1 : 0;
	buf_put(&c->in, bytes, (size_t)n);
	assert_int_equal(c->in.err, SRV_OK);
	return n;
}

/* The connection ends here with close_notify, or without; nothing more came before. */
static inline void
hear_end(struct client *c, bool said)
{
	int n = hear_some(c);

	if (n > 0)
		fail_msg("not the end: %.200s", buf_str(&c->in));
	assert_int_equal(n, said ? 0 : -1);
}

/* The status of the next answer, and its body (NULL: any). */
static inline void
expect_bytes(struct client *c, int status, const char *body, size_t body_len)
{
	const char *end, *length;
	size_t head_len, len = 0;
	int got = 0;

	while (c->in.len == 0 || (end = strstr(c->in.data, "\r\n\r\n")) == NULL)
		if (hear_some(c) <= 0)
			fail_msg("the end, after: %.200s", buf_str(&c->in));
	head_len = (size_t)(end - c->in.data) + 4;
	assert_int_equal(sscanf(c->in.data, "HTTP/1.1 %3d ", &got), 1);
	if (got != status)
		fail_msg("not %d: %.300s", status, c->in.data);
	length = strstr(c->in.data, "\r\nContent-Length: ");
	if (length != NULL && length < end)
		len = (size_t)atol(length + 18);
	while (c->in.len < head_len + len)
		if (hear_some(c) <= 0)
			fail_msg("cut short: %.200s", buf_str(&c->in));
	if (body != NULL) {
		assert_int_equal(len, body_len);
		assert_memory_equal(c->in.data + head_len, body, len);
	}
	buf_keep(&c->in, c->in.data + head_len + len, c->in.len - head_len - len);
}

static inline void
expect(struct client *c, int status, const char *body)
{
	expect_bytes(c, status, body, body != NULL ? strlen(body) : 0);
}

/* The server is well: somebody else gets an answer. */
static inline void
probe(void)
{
	struct client c;

	dial(&c);
	say(&c, GET("/probe"));
	expect(&c, 200, "tls GET /probe ");
	hang_up(&c);
}

#endif
