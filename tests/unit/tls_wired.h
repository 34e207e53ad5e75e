/* For unit tests of TLS: a client that decides itself when which bytes go over the wire. */
#ifndef SRV_TESTS_TLS_WIRED_H
#define SRV_TESTS_TLS_WIRED_H

#include "tls_fixture.h"

#include <netinet/tcp.h>

struct wired {
	int fd;
	SSL *ssl;
	BIO *in, *out; /* the ssl's */
};

static inline void
wire_up(struct wired *w, int fd)
{
	SSL_CTX *ctx = client_context();
	int on = 1;

	*w = (struct wired){fd, SSL_new(ctx), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
	assert_true(w->ssl != NULL && w->in != NULL && w->out != NULL);
	BIO_set_mem_eof_return(w->in, -1);
	SSL_set_bio(w->ssl, w->in, w->out);
	SSL_set_connect_state(w->ssl);
	SSL_CTX_free(ctx);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* What OpenSSL wants to send, for the caller to free. */
static inline char *
take_out(struct wired *w, size_t *len)
{
	char *from, *copy;

	*len = (size_t)BIO_get_mem_data(w->out, &from);
	copy = malloc(*len + 1);
	assert_non_null(copy);
	memcpy(copy, from, *len);
	(void)BIO_reset(w->out);
	return copy;
}

/* Sends what is due, so many bytes at a time. */
static inline void
put_out(struct wired *w, size_t piece)
{
	size_t len, n;
	char *bytes = take_out(w, &len);

	for (size_t at = 0; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		assert_int_equal(send(w->fd, bytes + at, n, MSG_NOSIGNAL), (int)n);
		if (piece == 1)
			poll(NULL, 0, 1);
	}
	free(bytes);
}

static inline bool
get_in(struct wired *w)
{
	char bytes[65536];
	ssize_t n = recv(w->fd, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return false;
	assert_int_equal(BIO_write(w->in, bytes, (int)n), (int)n);
	return true;
}

static inline void
wire_shake(struct wired *w, size_t piece)
{
	while (SSL_do_handshake(w->ssl) != 1) {
		put_out(w, piece);
		assert_true(get_in(w));
	}
}

static inline void
wire_down(struct wired *w)
{
	SSL_free(w->ssl);
	close(w->fd);
}

/* The bytes of a ClientHello, for the caller to free. */
static inline char *
client_hello(size_t *len)
{
	struct wired w;
	char *bytes;

	wire_up(&w, -1);
	assert_int_equal(SSL_do_handshake(w.ssl), -1);
	bytes = take_out(&w, len);
	SSL_free(w.ssl);
	return bytes;
}

static inline int64_t
now_ms(void)
{
	return clock_mono().ms;
}

#endif
