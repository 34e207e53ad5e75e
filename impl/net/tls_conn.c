/* Why: OpenSSL's answers are turned into what conn.c knows of any socket: bytes, none for now, the end, broken.
 * Three things are different from a plain socket. Bytes may lie decrypted or read ahead in here while the socket has
 * none, so reading goes on until OpenSSL holds nothing, and tls_conn_more says if it had to leave off. Either
 * direction may need the other, in the handshake or for a change of keys; the caller then watches that one. And an
 * end counts only if it was said, because anybody on the way can cut a TCP connection.
 * Head and body of an answer are joined to one record, for a record each would be a system call and 22 bytes each.
 * OpenSSL remembers what it could not send and wants it again: the same bytes come again from the same offset, so
 * the same record is joined. It is wiped behind a write, for the answer may hold a ticket; what was received OpenSSL
 * itself wipes (SSL_OP_CLEANSE_PLAINTEXT).
 * Called by conn.c and conn_out.c, on the connection's loop. */
#include "tls_conn.h"

#include "tls_socket.h"

#include <event2/event_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_MAX SSL3_RT_MAX_PLAIN_LENGTH

struct tls_conn {
	SSL *ssl;
	struct tls_socket socket;
	struct event wake;
	const char *why;
	bool open;   /* the handshake is done */
	bool ended;  /* the peer said so */
	bool broken; /* nothing may be read or written */
	bool said;   /* that we are at our end */
	bool more;
	bool read_wants_write, write_wants_read;
};

enum outcome { WANTS_READ, WANTS_WRITE, ENDED, BROKEN };

enum srv_err
tls_conn_new(
    struct tls *tls, struct event_base *base, int fd, event_callback_fn writable, void *arg, struct tls_conn **out)
{
	struct tls_conn *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SRV_ENOMEM;
	t->socket.fd = fd;
	event_assign(&t->wake, base, fd, EV_WRITE, writable, arg);
	if (tls_session(tls, &t->socket, &t->ssl) != SRV_OK) {
		free(t);
		return SRV_ENOMEM;
	}
	*out = t;
	return SRV_OK;
}

void
tls_conn_free(struct tls_conn **tp)
{
	struct tls_conn *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	event_del(&t->wake);
	SSL_free(t->ssl);
	free(t);
}

/* Before every call of OpenSSL's that may touch the socket. */
static void
begin(struct tls_conn *t)
{
	t->socket.fed = false;
	ERR_clear_error();
}

/* What a call that did not succeed says. */
static enum outcome
outcome_of(struct tls_conn *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		t->ended = true;
		return ENDED;
	default:
		t->broken = true;
		return BROKEN;
	}
}

/* The reasons that an operator wants to tell apart. */
static const char *
reason(const struct tls_conn *t)
{
	if (!t->socket.begun)
		return NULL;
	switch (ERR_GET_REASON(ERR_peek_error())) {
	case 0: /* a reset */
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return "tls-cut-off";
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
		return "tls-plain-http";
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_WRONG_SSL_VERSION:
		return "tls-version";
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
		return "tls-no-common-cipher";
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return "tls-no-client-certificate";
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return "tls-bad-client-certificate";
	case SSL_R_NO_APPLICATION_PROTOCOL:
		return "tls-no-common-protocol";
	default:
		/* The peer's own alert says that it does not trust our certificate, among others. */
		return ERR_GET_REASON(ERR_peek_error()) >= SSL_AD_REASON_OFFSET ? "tls-peer-alert" : "tls-protocol";
	}
}

enum tls_shaken
tls_conn_shake(struct tls_conn *t)
{
	enum outcome o;
	int result;

	begin(t);
	t->read_wants_write = false;
	result = SSL_do_handshake(t->ssl);
	if (result == 1) {
		t->open = true;
		t->more = SSL_has_pending(t->ssl) == 1;
		return TLS_SHAKEN_OPEN;
	}
	o = outcome_of(t, result);
	t->read_wants_write = o == WANTS_WRITE;
	if (o == WANTS_READ || o == WANTS_WRITE)
		return TLS_SHAKEN_MORE;
	t->why = reason(t);
	ERR_clear_error();
	return TLS_SHAKEN_REFUSED;
}

const char *
tls_conn_why(const struct tls_conn *t)
{
	return t->why;
}

bool
tls_conn_begun(const struct tls_conn *t)
{
	return t->socket.begun;
}

ssize_t
tls_conn_read(struct tls_conn *t, char *to, size_t max)
{
	enum outcome o = WANTS_READ;
	size_t got = 0;

	begin(t);
	t->more = t->read_wants_write = false;
	while (got < max && !t->ended && !t->broken) {
		size_t n = 0;

		if (SSL_read_ex(t->ssl, to + got, max - got, &n) != 1) {
			o = outcome_of(t, 0);
			break;
		}
		got += n;
		if (SSL_has_pending(t->ssl) == 0)
			return (ssize_t)got;
	}
	ERR_clear_error();
	t->read_wants_write = o == WANTS_WRITE;
	/* What came before an end is given first, and what is left out for want of room comes with the next call. */
	t->more = got == max || (got > 0 && (t->ended || t->broken));
	if (got > 0)
		return (ssize_t)got;
	return t->broken ? -2 : t->ended ? 0 : -1;
}

bool
tls_conn_more(const struct tls_conn *t)
{
	return t->more;
}

/* What the next record holds of head and body, done of which are sent; in joined, if it must be joined. */
static const char *
next_record(char joined[RECORD_MAX], size_t done, const char *head, size_t head_len, const char *body, size_t body_len,
    size_t *len)
{
	size_t of_head, of_body;

	if (done >= head_len) {
		*len = head_len + body_len - done;
		return body + (done - head_len);
	}
	of_head = head_len - done;
	if (of_head >= RECORD_MAX || body_len == 0) {
		*len = of_head;
		return head + done;
	}
	of_body = body_len < RECORD_MAX - of_head ? body_len : RECORD_MAX - of_head;
	memcpy(joined, head + done, of_head);
	memcpy(joined + of_head, body, of_body);
	*len = of_head + of_body;
	return joined;
}

ssize_t
tls_conn_write(struct tls_conn *t, const char *head, size_t head_len, const char *body, size_t body_len)
{
	char joined[RECORD_MAX];
	size_t all = head_len + body_len, done = 0;

	begin(t);
	t->write_wants_read = false;
	if (t->broken || t->said)
		return -1;
	while (done < all) {
		size_t len, n = 0;
		const char *from = next_record(joined, done, head, head_len, body, body_len, &len);
		int result = SSL_write_ex(t->ssl, from, len, &n);
		enum outcome o;

		if (from == joined)
			explicit_bzero(joined, len);
		if (result == 1) {
			done += n;
			continue;
		}
		o = outcome_of(t, 0);
		ERR_clear_error();
		if (o == BROKEN || o == ENDED)
			return -1;
		t->write_wants_read = o == WANTS_READ;
		break;
	}
	return (ssize_t)done;
}

bool
tls_conn_end(struct tls_conn *t)
{
	int result;

	if (!t->open || t->broken || t->said)
		return true;
	begin(t);
	result = SSL_shutdown(t->ssl);
	if (result < 0 && outcome_of(t, result) == WANTS_WRITE)
		return false;
	ERR_clear_error();
	t->said = true;
	return true;
}

bool
tls_conn_read_wants_write(const struct tls_conn *t)
{
	return t->read_wants_write;
}

bool
tls_conn_write_wants_read(const struct tls_conn *t)
{
	return t->write_wants_read;
}

enum srv_err
tls_conn_wake(struct tls_conn *t, bool on)
{
	return (on ? event_add(&t->wake, NULL) : event_del(&t->wake)) == 0 ? SRV_OK : SRV_ENOMEM;
}
