/* Why: OpenSSL's own socket BIO reads as long as there is anything to read. A peer that sends key updates or empty
 * records faster than they are worked off would keep the loop inside one SSL_read for ever. Here one call of OpenSSL's
 * gets one read of the socket; for more it is told to wait, and the loop looks after the others first. No signal comes
 * of writing to a peer that is gone, whatever the process does with SIGPIPE. Called by OpenSSL, on the connection's
 * loop. */
#include "tls_socket.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

static int
socket_read(BIO *bio, char *to, int max)
{
	struct tls_socket *s = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (s->fed) {
		BIO_set_retry_read(bio);
		return -1;
	}
	do
		n = recv(s->fd, to, (size_t)max, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		s->fed = s->begun = true;
	else if (n == 0)
		s->ended = true;
	else if (errno == EAGAIN || errno == EWOULDBLOCK)
		BIO_set_retry_read(bio);
	return (int)n;
}

static int
socket_write(BIO *bio, const char *from, int len)
{
	const struct tls_socket *s = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	do
		n = send(s->fd, from, (size_t)len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_write(bio);
	return (int)n;
}

static long
socket_control(BIO *bio, int command, long number, void *arg)
{
	const struct tls_socket *s = BIO_get_data(bio);

	(void)number;
	(void)arg;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1; /* nothing is held back */
	case BIO_CTRL_EOF:
		return s->ended;
	default:
		return 0;
	}
}

/* Kept as long as the process. */
static BIO_METHOD *methods;
static pthread_once_t methods_once = PTHREAD_ONCE_INIT;

static void
make_methods(void)
{
	int type = BIO_get_new_index();
	BIO_METHOD *m = type == -1 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "socket");

	if (m == NULL)
		return;
	if (BIO_meth_set_read(m, socket_read) == 1 && BIO_meth_set_write(m, socket_write) == 1 &&
	    BIO_meth_set_ctrl(m, socket_control) == 1)
		methods = m;
	else
		BIO_meth_free(m);
}

BIO *
tls_socket_bio(struct tls_socket *s)
{
	BIO *bio;

	pthread_once(&methods_once, make_methods);
	bio = methods != NULL ? BIO_new(methods) : NULL;
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	return bio;
}
