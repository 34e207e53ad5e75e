/* Why: a certificate is renewed every few weeks, and neither that nor a mistake in it may cost a connection. So a
 * context is always made whole and judged before anybody sees it, and then swapped under a lock; each
 * connection holds a reference to the one it began with. At start the same judgement is made, so that what
 * would be refused later does not get in.
 * The rules are those of Mozilla's intermediate configuration (https://wiki.mozilla.org/Security/Server_Side_TLS,
 * version 5.7), with one difference: there the client's order of preference decides, here the list's does. All
 * suites of the list are good, so it matters little; but testssl.sh, which has to find nothing here, takes the
 * former for a mistake. Clients that want ChaCha20 first, because their processors have no AES, get it all the same.
 * Called by server.c on the main thread and by connections on their loops. */
#include "tls.h"

#include "tls_file.h"
#include "tls_socket.h"
#include "tls_ticket.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SUITES_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define SUITES_1_2                                                   \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"       \
	"DHE-RSA-CHACHA20-POLY1305"
#define GROUPS "X25519:prime256v1:secp384r1"
#define SECURITY_LEVEL 2         /* 112 bits: RSA and DH from 2,048, no SHA-1 */
#define CLIENT_CHAIN_MAX 8       /* certificates between a client's and its authority */
#define CLIENT_CHAIN_BYTES 32768 /* of a client's certificates in the handshake */

struct tls {
	pthread_mutex_t lock;
	SSL_CTX *ctx;   /* replaced as a whole */
	wall_t expires; /* when its certificate does */
};

/* One protocol is spoken. Who offers others only is told so (RFC 7301 section 3.2). */
static int
on_alpn(
    SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* The group of RFC 7919 that the recommendation names; OpenSSL would take one of another standard. */
static EVP_PKEY *
ffdhe2048(void)
{
	char group[] = "ffdhe2048";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("group", group, 0), OSSL_PARAM_construct_end()};
	EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *made = NULL;

	if (making != NULL && EVP_PKEY_keygen_init(making) == 1 && EVP_PKEY_CTX_set_params(making, params) == 1)
		(void)EVP_PKEY_generate(making, &made);
	EVP_PKEY_CTX_free(making);
	return made;
}

/* A context with the rules and without certificates; NULL without memory. */
static SSL_CTX *
new_context(void)
{
	static const unsigned char id[] = "srv";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *dh;

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
				     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CLEANSE_PLAINTEXT);
	/* What the system's configuration may have allowed. */
	SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				  SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, TLS_TICKET_LIFE_S);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	dh = ffdhe2048();
	if (dh == NULL || SSL_CTX_set0_tmp_dh_pkey(ctx, dh) != 1) {
		EVP_PKEY_free(dh);
		goto out;
	}
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 && SSL_CTX_set_ciphersuites(ctx, SUITES_1_3) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, SUITES_1_2) == 1 && SSL_CTX_set1_groups_list(ctx, GROUPS) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) == 1)
		return ctx;
out:
	SSL_CTX_free(ctx);
	return NULL;
}

static enum srv_err
check_time(const X509 *one, wall_t *expires, struct srv_reason *why)
{
	time_t now = (time_t)clock_wall().s;
	struct tm tm;
	time_t end;
	char text[CLOCK_TEXT_MAX];

	if (ASN1_TIME_to_tm(X509_get0_notAfter(one), &tm) != 1)
		return srv_fail(why, SRV_EINVAL, "tls_certificate: the certificate's dates are damaged");
	end = timegm(&tm);
	if (X509_cmp_time(X509_get0_notAfter(one), &now) <= 0)
		return srv_fail(why, SRV_EINVAL, "tls_certificate: the certificate expired at %s",
		    clock_format_utc((wall_t){end}, text));
	if (X509_cmp_time(X509_get0_notBefore(one), &now) >= 0)
		return srv_fail(why, SRV_EINVAL, "tls_certificate: the certificate is not valid yet");
	*expires = (wall_t){end};
	return SRV_OK;
}

static enum srv_err
use_certificate(SSL_CTX *ctx, const char *path, wall_t *expires, struct srv_reason *why)
{
	struct stack_st_X509 *list = NULL;
	enum srv_err err = tls_file_certificates(path, "tls_certificate", &list, why);

	if (err != SRV_OK)
		return err;
	err = check_time(sk_X509_value(list, 0), expires, why);
	if (err == SRV_OK && SSL_CTX_use_certificate(ctx, sk_X509_value(list, 0)) != 1)
		err = srv_fail(why, SRV_EINVAL, "tls_certificate: %s", tls_file_refusal());
	for (int i = 1; i < sk_X509_num(list) && err == SRV_OK; i++)
		if (SSL_CTX_add1_chain_cert(ctx, sk_X509_value(list, i)) != 1)
			err = srv_fail(
			    why, SRV_EINVAL, "tls_certificate: number %d of the chain: %s", i + 1, tls_file_refusal());
	sk_X509_pop_free(list, X509_free);
	return err;
}

static enum srv_err
use_key(SSL_CTX *ctx, const char *path, struct srv_reason *why)
{
	EVP_PKEY *key = NULL;
	enum srv_err err = tls_file_key(path, "tls_key", &key, why);

	if (err != SRV_OK)
		return err;
	if (X509_check_private_key(SSL_CTX_get0_certificate(ctx), key) != 1)
		err = srv_fail(why, SRV_EINVAL, "tls_key: the key is not that of tls_certificate");
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		err = srv_fail(why, SRV_EINVAL, "tls_key: %s", tls_file_refusal());
	EVP_PKEY_free(key);
	return err;
}

/* What is in the list is trusted as it stands, whether it is a root or an authority below one. */
static enum srv_err
use_authorities(SSL_CTX *ctx, const struct stack_st_X509 *list)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
	bool ok = store != NULL && SSL_CTX_set1_verify_cert_store(ctx, store) == 1;

	for (int i = 0; i < sk_X509_num(list) && ok; i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(list, i)) == 1 &&
		     SSL_CTX_add_client_CA(ctx, sk_X509_value(list, i)) == 1;
	X509_STORE_free(store);
	if (!ok)
		return SRV_ENOMEM;
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_verify_depth(ctx, CLIENT_CHAIN_MAX);
	SSL_CTX_set_max_cert_list(ctx, CLIENT_CHAIN_BYTES);
	return SRV_OK;
}

/* With clients' certificates there are no tickets: each connection shows one that is valid now. */
static enum srv_err
use_client_ca(SSL_CTX *ctx, const char *path, struct srv_reason *why)
{
	struct stack_st_X509 *list = NULL;
	enum srv_err err;

	if (path == NULL) {
		err = tls_ticket_use(ctx);
		if (err != SRV_OK)
			return srv_fail(why, err, "tls: %s", srv_err_text(err));
		SSL_CTX_set_num_tickets(ctx, 1);
		return SRV_OK;
	}
	err = tls_file_certificates(path, "tls_client_ca", &list, why);
	if (err != SRV_OK)
		return err;
	err = use_authorities(ctx, list);
	sk_X509_pop_free(list, X509_free);
	if (err != SRV_OK)
		return srv_fail(why, err, "tls_client_ca: %s", srv_err_text(err));
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx, 0);
	return SRV_OK;
}

static enum srv_err
make(const struct tls_files *files, SSL_CTX **out, wall_t *expires, struct srv_reason *why)
{
	SSL_CTX *ctx;
	enum srv_err err;

	if (files->certificate == NULL)
		return srv_fail(why, SRV_EINVAL, "tls_certificate: listen_tls wants one, and it is not set");
	if (files->key == NULL)
		return srv_fail(why, SRV_EINVAL, "tls_key: listen_tls wants one, and it is not set");
	ctx = new_context();
	if (ctx == NULL)
		return srv_fail(why, SRV_ENOMEM, "tls: %s", tls_file_refusal());
	err = use_certificate(ctx, files->certificate, expires, why);
	if (err == SRV_OK)
		err = use_key(ctx, files->key, why);
	if (err == SRV_OK)
		err = use_client_ca(ctx, files->client_ca, why);
	if (err != SRV_OK)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return err;
}

enum srv_err
tls_new(const struct tls_files *files, struct tls **out, struct srv_reason *why)
{
	struct tls *t = calloc(1, sizeof(*t));
	enum srv_err err;

	if (t == NULL)
		return srv_fail(why, SRV_ENOMEM, "tls: out of memory");
	err = make(files, &t->ctx, &t->expires, why);
	if (err != SRV_OK) {
		free(t);
		return err;
	}
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return SRV_OK;
}

enum srv_err
tls_reload(struct tls *t, const struct tls_files *files, struct srv_reason *why)
{
	SSL_CTX *ctx = NULL, *old;
	wall_t expires = {0};
	enum srv_err err = make(files, &ctx, &expires, why);

	if (err != SRV_OK)
		return err;
	pthread_mutex_lock(&t->lock);
	old = t->ctx;
	t->ctx = ctx;
	t->expires = expires;
	pthread_mutex_unlock(&t->lock);
	SSL_CTX_free(old);
	return SRV_OK;
}

void
tls_free(struct tls **tp)
{
	struct tls *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	SSL_CTX_free(t->ctx);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

wall_t
tls_expires(struct tls *t)
{
	wall_t at;

	pthread_mutex_lock(&t->lock);
	at = t->expires;
	pthread_mutex_unlock(&t->lock);
	return at;
}

enum srv_err
tls_session(struct tls *t, struct tls_socket *socket, SSL **out)
{
	BIO *bio = tls_socket_bio(socket);
	SSL *ssl;

	pthread_mutex_lock(&t->lock);
	ssl = SSL_new(t->ctx);
	pthread_mutex_unlock(&t->lock);
	if (ssl == NULL || bio == NULL) {
		BIO_free(bio);
		SSL_free(ssl);
		return SRV_ENOMEM;
	}
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);
	*out = ssl;
	return SRV_OK;
}
