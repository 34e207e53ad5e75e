/* Why: one place decides what a password costs, and keeps that cost from telling who exists or from
 * taking the machine.
 * Model: a hash is libsodium's text `$argon2id$v=19$m=..,t=..,p=1$salt$hash`, which carries its own
 * parameters. A check without a usable hash runs against a dummy one of today's parameters. Each run takes
 * PASSWORD_MEMORY_BYTES and a processor for some hundredths of a second, so turns are counted out: more
 * callers than processors only make everyone slower and the memory larger.
 * Callers: login.c on pool threads, srvadm through session_password_hash. */
#include "password.h"
#include "../base/random.h"
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL_NO_PADDING
#define ARGON2ID_HASH_BYTES 32 /* in the texts that libsodium writes */
#define ARGON2ID_BASE64_MAX sodium_base64_ENCODED_LEN(ARGON2ID_HASH_BYTES, BASE64)

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

/* crypto_pwhash_str_verify says of a hash that it had no memory for what it says of a wrong password. So what libsodium
 * itself writes, and so nearly all that is checked, is taken apart here, and computed by a function that tells the two
 * apart. */
struct argon2id {
	unsigned long memory_kib, passes;
	uint8_t salt[crypto_pwhash_argon2id_SALTBYTES], hash[ARGON2ID_HASH_BYTES];
};

/* crypto_pwhash_str draws the salt by itself, and ends the process if there is nothing to draw from. So the text is
 * made here, too. 0, or -1 with errno. */
static int
argon2id_compute(const struct argon2id *a, const char *pwd, size_t len, uint8_t hash[ARGON2ID_HASH_BYTES])
{
	errno = 0;
	return crypto_pwhash(hash, ARGON2ID_HASH_BYTES, pwd, len, a->salt, a->passes, a->memory_kib * 1024,
	    crypto_pwhash_ALG_ARGON2ID13);
}

static bool
decode(const char *text, uint8_t *out, size_t size)
{
	size_t len = 0;

	return sodium_base642bin(out, size, text, strlen(text), NULL, &len, NULL, BASE64) == 0 && len == size;
}

static bool
argon2id_read(const char *text, struct argon2id *a)
{
	char memory[10], passes[10], salt[ARGON2ID_BASE64_MAX], hash[ARGON2ID_BASE64_MAX];
	int end = 0;

	if (sscanf(text, "$argon2id$v=19$m=%9[0-9],t=%9[0-9],p=1$%43[A-Za-z0-9+/]$%43[A-Za-z0-9+/]%n", memory, passes,
		salt, hash, &end) != 4 ||
	    text[end] != '\0')
		return false;
	a->memory_kib = strtoul(memory, NULL, 10);
	a->passes = strtoul(passes, NULL, 10);
	return decode(salt, a->salt, sizeof a->salt) && decode(hash, a->hash, sizeof a->hash);
}

enum srv_err
password_hash(const char *pwd, size_t len, char out[PASSWORD_TEXT_MAX])
{
	struct argon2id a = {.memory_kib = PASSWORD_MEMORY_BYTES / 1024, .passes = PASSWORD_PASSES};
	char salt[ARGON2ID_BASE64_MAX], hash[ARGON2ID_BASE64_MAX];
	enum srv_err err = SRV_OK;

	/* In this order: libsodium ends the process where there is nothing to draw from. */
	if (random_bytes(a.salt, sizeof a.salt) != SRV_OK || sodium_init() < 0)
		return SRV_EIO;
	atomic_fetch_add(&hash_count, 1);
	if (argon2id_compute(&a, pwd, len, a.hash) == 0) {
		sodium_bin2base64(salt, sizeof salt, a.salt, sizeof a.salt, BASE64);
		sodium_bin2base64(hash, sizeof hash, a.hash, sizeof a.hash, BASE64);
		(void)snprintf(
		    out, PASSWORD_TEXT_MAX, "$argon2id$v=19$m=%lu,t=%lu,p=1$%s$%s", a.memory_kib, a.passes, salt, hash);
	} else {
		err = SRV_ENOMEM;
	}
	sodium_memzero(hash, sizeof hash);
	sodium_memzero(&a, sizeof a);
	return err;
}

int
password_turns(void)
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
	uint8_t secret[16];
	enum srv_err err;

	if (c == NULL)
		return SRV_ENOMEM;
	if ((err = random_bytes(secret, sizeof secret)) != SRV_OK)
		goto out;
	if ((err = password_hash((const char *)secret, sizeof secret, c->dummy)) != SRV_OK)
		goto out;
	c->turns = password_turns();
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

/* *usable is false for parameters that libsodium does not compute with. */
static enum srv_err
argon2id_match(const struct argon2id *a, const char *pwd, size_t len, bool *usable, bool *match)
{
	uint8_t hash[ARGON2ID_HASH_BYTES];
	int rc;

	rc = argon2id_compute(a, pwd, len, hash);
	*usable = rc == 0;
	*match = rc == 0 && sodium_memcmp(hash, a->hash, sizeof hash) == 0;
	sodium_memzero(hash, sizeof hash);
	return rc == 0 || errno == EINVAL || errno == EFBIG ? SRV_OK : SRV_ENOMEM;
}

/* The rest of what libsodium reads: Argon2i, more lanes, other sizes. Whether the text can be read is said by a
 * function that says -1 if not, and also when it has no memory. */
static enum srv_err
other_match(const char text[PASSWORD_TEXT_MAX], const char *pwd, size_t len, bool *usable, bool *match)
{
	errno = 0;
	*match = false;
	*usable = crypto_pwhash_str_needs_rehash(text, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES) != -1;
	if (!*usable)
		return errno == ENOMEM ? SRV_ENOMEM : SRV_OK;
	errno = 0;
	*match = crypto_pwhash_str_verify(text, pwd, len) == 0;
	return !*match && errno == ENOMEM ? SRV_ENOMEM : SRV_OK;
}

/* The number behind a key in a text that matched; 0 if the key is not there. */
static unsigned long
parameter(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at == NULL ? 0 : strtoul(at + strlen(key), NULL, 10);
}

static bool
is_outdated(const char text[PASSWORD_TEXT_MAX])
{
	if (strncmp(text, crypto_pwhash_argon2id_STRPREFIX, strlen(crypto_pwhash_argon2id_STRPREFIX)) != 0)
		return true;
	return parameter(text, "$m=") < PASSWORD_MEMORY_BYTES / 1024 || parameter(text, ",t=") < PASSWORD_PASSES;
}

/* A hash that cannot be used is replaced by the dummy, for the same work. Parameters may be higher than today's, and
 * are then not to be lowered. */
enum srv_err
password_check(struct password_checker *c, const char *hash, const char *pwd, size_t len, bool *match, bool *outdated)
{
	char text[PASSWORD_TEXT_MAX] = {0};
	struct argon2id a;
	bool same = false, usable = false;
	enum srv_err err;

	/* libsodium's functions take an array of that size, so a text from the store goes into one. */
	if (hash != NULL && strlen(hash) < sizeof text)
		memcpy(text, hash, strlen(hash) + 1);
	atomic_fetch_add(&hash_count, 1);
	err = argon2id_read(text, &a) ? argon2id_match(&a, pwd, len, &usable, &same)
				      : other_match(text, pwd, len, &usable, &same);
	if (err == SRV_OK && !usable) {
		bool ignored;
		err = argon2id_read(c->dummy, &a) ? argon2id_match(&a, pwd, len, &ignored, &ignored) : SRV_EIO;
	}
	if (err == SRV_OK) {
		*match = same;
		*outdated = same && is_outdated(text);
	}
	sodium_memzero(text, sizeof text);
	sodium_memzero(&a, sizeof a);
	return err;
}
