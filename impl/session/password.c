/* Why: one place decides what a password costs, and keeps that cost from telling who exists or from
 * taking the machine.
 * Model: a hash is libsodium's text `$argon2id$v=19$m=..,t=..,p=1$salt$hash`, which carries its own
 * parameters. A check without a usable hash runs against a dummy one of today's parameters. Each run takes
 * PASSWORD_MEMORY_BYTES and a processor for some hundredths of a second, so turns are counted out: more
 * callers than processors only make everyone slower and the memory larger.
 * Callers: login.c on pool threads, srvadm through session_password_hash. */
#include "password.h"
#include "ticket.h"
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(PASSWORD_TEXT_MAX == crypto_pwhash_STRBYTES, "room for libsodium's text");

struct password_checker {
	pthread_mutex_t lock;
	pthread_cond_t turn_free;
	int turns; /* free ones, under lock */
	char dummy[PASSWORD_TEXT_MAX];
};

static atomic_uint_fast64_t hash_count;

uint64_t
password_hash_count(void)
{
	return atomic_load(&hash_count);
}

enum srv_err
password_hash(const char *pwd, size_t len, char out[PASSWORD_TEXT_MAX])
{
	char text[PASSWORD_TEXT_MAX];
	uint8_t probe[TICKET_BYTES];

	if (sodium_init() < 0)
		return SRV_EIO;
	/* The salt is drawn inside libsodium, which ends the process if there is nothing to draw from. */
	if (ticket_random(probe) != SRV_OK)
		return SRV_EIO;
	atomic_fetch_add(&hash_count, 1);
	if (crypto_pwhash_str_alg(
		text, pwd, len, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return SRV_ENOMEM;
	memcpy(out, text, sizeof text);
	return SRV_OK;
}

static int
turns_of_this_machine(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 2)
		return 2;
	return processors > PASSWORD_AT_ONCE_MAX ? PASSWORD_AT_ONCE_MAX : (int)processors;
}

enum srv_err
password_checker_new(struct password_checker **out)
{
	struct password_checker *c = calloc(1, sizeof *c);
	uint8_t secret[TICKET_BYTES];
	enum srv_err err;

	if (c == NULL)
		return SRV_ENOMEM;
	if ((err = ticket_random(secret)) != SRV_OK)
		goto out;
	if ((err = password_hash((const char *)secret, sizeof secret, c->dummy)) != SRV_OK)
		goto out;
	c->turns = turns_of_this_machine();
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		err = SRV_ENOMEM;
		goto out;
	}
	if (pthread_cond_init(&c->turn_free, NULL) != 0) {
		pthread_mutex_destroy(&c->lock);
		err = SRV_ENOMEM;
		goto out;
	}
	*out = c;
	c = NULL;
out:
	sodium_memzero(secret, sizeof secret);
	free(c);
	return err;
}

void
password_checker_free(struct password_checker **checker)
{
	struct password_checker *c = *checker;

	*checker = NULL;
	if (c == NULL)
		return;
	pthread_cond_destroy(&c->turn_free);
	pthread_mutex_destroy(&c->lock);
	sodium_memzero(c, sizeof *c);
	free(c);
}

void
password_turn_begin(struct password_checker *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->turns == 0)
		pthread_cond_wait(&c->turn_free, &c->lock);
	c->turns--;
	pthread_mutex_unlock(&c->lock);
}

void
password_turn_end(struct password_checker *c)
{
	pthread_mutex_lock(&c->lock);
	c->turns++;
	pthread_cond_signal(&c->turn_free);
	pthread_mutex_unlock(&c->lock);
}

/* crypto_pwhash_str_needs_rehash says -1 for what it cannot read. Its answer for the rest is whether the
 * parameters differ from ours; but they may be higher, and are then not to be lowered, so is_outdated looks. */
static bool
readable(const char text[PASSWORD_TEXT_MAX])
{
	return crypto_pwhash_str_needs_rehash(text, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES) != -1;
}

/* The number behind a key in a text that is known to be readable; 0 if the key is not there. */
static unsigned long
parameter(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at == NULL ? 0 : strtoul(at + strlen(key), NULL, 10);
}

/* Argon2i is an older kind that libsodium still reads. */
static bool
is_outdated(const char text[PASSWORD_TEXT_MAX])
{
	if (strncmp(text, crypto_pwhash_argon2id_STRPREFIX, strlen(crypto_pwhash_argon2id_STRPREFIX)) != 0)
		return true;
	return parameter(text, "$m=") < PASSWORD_MEMORY_BYTES / 1024 || parameter(text, ",t=") < PASSWORD_PASSES;
}

enum srv_err
password_check(struct password_checker *c, const char *hash, const char *pwd, size_t len, bool *match, bool *outdated)
{
	char text[PASSWORD_TEXT_MAX] = {0};
	bool usable = false;
	int rc;

	/* libsodium's functions take an array of that size, so a text from the store goes into one. */
	if (hash != NULL && strlen(hash) < sizeof text) {
		memcpy(text, hash, strlen(hash) + 1);
		usable = readable(text);
	}
	if (!usable)
		memcpy(text, c->dummy, sizeof text);
	atomic_fetch_add(&hash_count, 1);
	errno = 0;
	rc = crypto_pwhash_str_verify(text, pwd, len);
	if (rc != 0 && errno == ENOMEM) {
		sodium_memzero(text, sizeof text);
		return SRV_ENOMEM;
	}
	*match = rc == 0 && usable;
	*outdated = *match && is_outdated(text);
	sodium_memzero(text, sizeof text);
	return SRV_OK;
}
