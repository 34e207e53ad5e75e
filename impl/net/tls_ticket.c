/* Why: OpenSSL's own key for tickets lives as long as the process. Who gets hold of it one day reads what was recorded
 * of every TLS 1.2 session since the start. Here a key makes tickets for an hour and takes them for another, which is
 * longer than any of its tickets lives, and is then wiped.
 * The keys belong to one context: what a reload replaced, a certificate or the authority of clients, cannot be come by
 * with an old ticket.
 * Called by OpenSSL in handshakes, on any loop. */
#include "tls_ticket.h"

#include "../base/clock.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define KEY_LIFE_MS ((int64_t)TLS_TICKET_LIFE_S * 1000)

struct key {
	unsigned char name[16], cipher[32], mac[32];
};

struct tickets {
	pthread_mutex_t lock;
	struct key key[2]; /* that which makes tickets, and the one before it */
	mono_t since;      /* when the first began */
	bool has_before;
};

static int the_index = -1;
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static void
tickets_free(void *parent, void *arg, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	struct tickets *t = arg;

	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	OPENSSL_clear_free(t, sizeof(*t));
}

static void
make_index(void)
{
	the_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, tickets_free);
}

/* Sees to it that the first key is young enough. Returns false without random bytes. */
static bool
renew_locked(struct tickets *t, mono_t now)
{
	int64_t age = now.ms - t->since.ms;
	struct key fresh;

	if (age < KEY_LIFE_MS)
		return true;
	if (RAND_priv_bytes((unsigned char *)&fresh, sizeof(fresh)) != 1)
		return false;
	t->key[1] = t->key[0];
	t->has_before = age < 2 * KEY_LIFE_MS;
	t->key[0] = fresh;
	t->since = now;
	if (!t->has_before)
		OPENSSL_cleanse(&t->key[1], sizeof(t->key[1]));
	OPENSSL_cleanse(&fresh, sizeof(fresh));
	return true;
}

/* Copies the key to make a ticket with, or that of the name. Returns which: 0 the first, 1 the one before, -1 none. */
static int
find(struct tickets *t, const unsigned char *name, bool *ok, struct key *out)
{
	int which = -1;

	pthread_mutex_lock(&t->lock);
	*ok = renew_locked(t, clock_mono());
	if (name == NULL || memcmp(name, t->key[0].name, sizeof(t->key[0].name)) == 0)
		which = 0;
	else if (t->has_before && memcmp(name, t->key[1].name, sizeof(t->key[1].name)) == 0)
		which = 1;
	if (which >= 0)
		*out = t->key[which];
	pthread_mutex_unlock(&t->lock);
	return *ok ? which : -1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3): -1 fails the handshake, 0 does without the ticket, 2 takes it and
 * makes a new one. */
static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int making)
{
	struct tickets *t = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), the_index);
	struct key key;
	char digest[] = "SHA256";
	OSSL_PARAM params[3];
	bool ok;
	int which = find(t, making ? NULL : name, &ok, &key), result = -1;

	if (which < 0)
		return ok ? 0 : -1;
	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac, sizeof(key.mac));
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	if (making) {
		memcpy(name, key.name, sizeof(key.name));
		if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
		    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
		    EVP_MAC_CTX_set_params(mac, params) == 1)
			result = 1;
	} else if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
		   EVP_MAC_CTX_set_params(mac, params) == 1) {
		/* Clients use a ticket of TLS 1.3 once (RFC 8446 section C.4), so each takes a new one along. */
		result = which == 0 && SSL_version(ssl) < TLS1_3_VERSION ? 1 : 2;
	}
	OPENSSL_cleanse(&key, sizeof(key));
	return result;
}

enum srv_err
tls_ticket_use(SSL_CTX *ctx)
{
	struct tickets *t;

	pthread_once(&index_once, make_index);
	t = OPENSSL_zalloc(sizeof(*t));
	if (t == NULL || the_index < 0) {
		OPENSSL_free(t);
		return SRV_ENOMEM;
	}
	pthread_mutex_init(&t->lock, NULL);
	t->since = clock_mono();
	if (RAND_priv_bytes((unsigned char *)&t->key[0], sizeof(t->key[0])) != 1) {
		tickets_free(NULL, t, NULL, 0, 0, NULL);
		return SRV_EIO;
	}
	if (SSL_CTX_set_ex_data(ctx, the_index, t) != 1) {
		tickets_free(NULL, t, NULL, 0, 0, NULL);
		return SRV_ENOMEM;
	}
	/* Below, t goes with the context. */
	if (SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) != 1)
		return SRV_ENOMEM;
	return SRV_OK;
}
