/* Why: one address must not be able to take every connection there is. The table is keyed by a hash that
 * nobody outside can compute (SipHash), so that a network full of addresses cannot be made to collide; it
 * holds addresses with a connection only, so that it is bounded by the connections.
 * Called by acceptors and closing connections on every loop, under one short lock. */
#include "caps.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CAPS_BUCKETS 4096

struct entry {
	struct entry *next;
	struct caps_address address;
	size_t count;
};

struct caps {
	pthread_mutex_t lock; /* of what follows */
	size_t all;
	struct entry *bucket[CAPS_BUCKETS];
	size_t max_all, max_address;
	/* constant */
	unsigned char key[crypto_shorthash_KEYBYTES];
};

enum srv_err
caps_new(size_t max_all, size_t max_address, struct caps **out)
{
	struct caps *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return SRV_ENOMEM;
	if (getrandom(c->key, sizeof(c->key), 0) != (ssize_t)sizeof(c->key)) {
		free(c);
		return SRV_EIO;
	}
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return SRV_ENOMEM;
	}
	c->max_all = max_all;
	c->max_address = max_address;
	*out = c;
	return SRV_OK;
}

void
caps_free(struct caps **cp)
{
	struct caps *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	for (size_t i = 0; i < CAPS_BUCKETS; i++) {
		while (c->bucket[i] != NULL) {
			struct entry *e = c->bucket[i];

			c->bucket[i] = e->next;
			free(e);
		}
	}
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
caps_configure(struct caps *c, size_t max_all, size_t max_address)
{
	pthread_mutex_lock(&c->lock);
	c->max_all = max_all;
	c->max_address = max_address;
	pthread_mutex_unlock(&c->lock);
}

void
caps_address_of(const struct sockaddr *sa, struct caps_address *out)
{
	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET6) {
		memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	} else if (sa->sa_family == AF_INET) {
		out->bytes[10] = out->bytes[11] = 0xFF;
		memcpy(out->bytes + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	}
}

static size_t
bucket_of(const struct caps *c, const struct caps_address *address)
{
	unsigned char hash[crypto_shorthash_BYTES];

	crypto_shorthash(hash, address->bytes, sizeof(address->bytes), c->key);
	return (size_t)(hash[0] | hash[1] << 8) % CAPS_BUCKETS;
}

static bool
is_of(const struct entry *e, const struct caps_address *address)
{
	return memcmp(e->address.bytes, address->bytes, sizeof(address->bytes)) == 0;
}

static enum caps_result
assign_locked(struct caps *c, const struct caps_address *address)
{
	size_t bucket = bucket_of(c, address);
	struct entry *e = c->bucket[bucket];

	while (e != NULL && !is_of(e, address))
		e = e->next;
	if (e == NULL) {
		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return CAPS_NOMEM;
		e->address = *address;
		e->next = c->bucket[bucket];
		c->bucket[bucket] = e;
	} else if (e->count >= c->max_address) {
		return CAPS_ADDRESS;
	}
	e->count++;
	return CAPS_OK;
}

static enum caps_result
take_locked(struct caps *c, const struct caps_address *address)
{
	enum caps_result r = CAPS_OK;

	if (c->all >= c->max_all)
		return CAPS_ALL;
	if (address != NULL)
		r = assign_locked(c, address);
	if (r == CAPS_OK)
		c->all++;
	return r;
}

enum caps_result
caps_take(struct caps *c, const struct caps_address *address)
{
	enum caps_result r;

	pthread_mutex_lock(&c->lock);
	r = take_locked(c, address);
	pthread_mutex_unlock(&c->lock);
	return r;
}

enum caps_result
caps_assign(struct caps *c, const struct caps_address *address)
{
	enum caps_result r;

	pthread_mutex_lock(&c->lock);
	r = assign_locked(c, address);
	pthread_mutex_unlock(&c->lock);
	return r;
}

static void
unassign_locked(struct caps *c, const struct caps_address *address)
{
	struct entry **at = &c->bucket[bucket_of(c, address)];

	while (*at != NULL && !is_of(*at, address))
		at = &(*at)->next;
	assert(*at != NULL && (*at)->count > 0);
	if (--(*at)->count == 0) {
		struct entry *gone = *at;

		*at = gone->next;
		free(gone);
	}
}

void
caps_release(struct caps *c, const struct caps_address *address)
{
	pthread_mutex_lock(&c->lock);
	if (address != NULL)
		unassign_locked(c, address);
	assert(c->all > 0);
	c->all--;
	pthread_mutex_unlock(&c->lock);
}
