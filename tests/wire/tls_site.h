/* What the tests of HTTPS share: a server with a certificate, its TLS port, and connections to it by hand. */
#ifndef SRV_TESTS_TLS_SITE_H
#define SRV_TESTS_TLS_SITE_H

#include "../unit/tls_certs.h"
#include "wire_call.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a test's server was given. */
struct site {
	struct wire_srvd srv;
	struct wire_srvd tls; /* the same, seen through its TLS port */
	struct cert authority, cert;
	char ca[128], pem[128], key[128]; /* files */
};

/* A fresh certificate in the files that the configuration names. */
static inline void
issue(struct site *s)
{
	cert_free(&s->cert);
	s->cert = cert_make("localhost", CERT_SERVER, &s->authority);
	cert_write(s->pem, &s->cert, NULL);
	cert_write_key(s->key, &s->cert, NULL);
}

static inline void
prepare(struct site *s, const char *lines)
{
	wire_prepare(&s->srv, NULL);
	snprintf(s->ca, sizeof s->ca, "%s/ca.pem", s->srv.dir);
	snprintf(s->pem, sizeof s->pem, "%s/server.pem", s->srv.dir);
	snprintf(s->key, sizeof s->key, "%s/server.key", s->srv.dir);
	s->authority = cert_make("Test Authority", CERT_AUTHORITY, NULL);
	cert_write(s->ca, &s->authority, NULL);
	s->cert = (struct cert){NULL, NULL};
	issue(s);
	wire_configure(
	    &s->srv, wire_printf("listen_tls = 127.0.0.1:0\ntls_certificate = %s\ntls_key = %s\njobs = false\n%s",
			 s->pem, s->key, lines != NULL ? lines : ""));
}

static inline void
begin(struct site *s)
{
	static const char mark[] = "listen address=https://127.0.0.1:";
	size_t from = wire_log_size(&s->srv);
	const char *log, *at;

	wire_start(&s->srv);
	assert_true(wire_log_wait(&s->srv, from, mark));
	log = wire_log_text(&s->srv);
	at = strstr(log + from, mark);
	s->tls = s->srv;
	s->tls.port = (uint16_t)strtoul(at + sizeof mark - 1, NULL, 10);
	snprintf(s->tls.host, sizeof s->tls.host, "127.0.0.1:%u", s->tls.port);
}

static inline void
end(struct site *s)
{
	cert_free(&s->cert);
	cert_free(&s->authority);
}

/* A connection by hand. */
struct hand {
	int fd;
	SSL *ssl;
};

/* Without a handshake. */
static inline void
hand_connect(struct hand *h, const struct site *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(s->tls.port)};
	struct timeval patience = {.tv_sec = WIRE_TMO_MS / 1000};

	h->ssl = NULL;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(h->fd >= 0);
	assert_int_equal(setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	assert_int_equal(connect(h->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static inline void
hand_shake(struct hand *h)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	assert_non_null(ctx);
	h->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	assert_int_equal(SSL_set_fd(h->ssl, h->fd), 1);
	assert_int_equal(SSL_connect(h->ssl), 1);
}

static inline void
hand_open(struct hand *h, const struct site *s)
{
	hand_connect(h, s);
	hand_shake(h);
}

static inline void
hand_close(struct hand *h)
{
	SSL_free(h->ssl);
	close(h->fd);
}

static inline void
hand_say(struct hand *h, struct wire_bytes b)
{
	assert_int_equal(SSL_write(h->ssl, b.p, (int)b.len), (int)b.len);
}

/* Reads until the text has come; asserts that it does. */
static inline void
hand_expect(struct hand *h, const char *text)
{
	char *all = wire_alloc(65536);
	size_t have = 0;

	while (strstr(all, text) == NULL) {
		int n = SSL_read(h->ssl, all + have, (int)(65535 - have));

		if (n <= 0)
			fail_msg("the end, and not `%s`, after: %s", text, all);
		have += (size_t)n;
	}
}

#endif
