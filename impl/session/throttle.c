/* Why: Argon2id makes one guess dear, the throttle makes many impossible, without giving a stranger the
 * means to lock an account out and without letting made-up names fill the memory.
 * Model: one hash table of counters under a keyed 128-bit hash of what they count: an account's name, an
 * account's name at one of its own networks, or an address. Names that no user has get the same
 * counters, so that being throttled tells nothing. The table never grows. When it is full the counter that was
 * touched longest ago goes, but not any: counters are listed by worth. LIGHT ones (few failures) go first,
 * and a flood of made-up names makes only these; ACTIVE ones (in a delay, or an address over its limit)
 * and HOMEs (an account's own networks) each have room of their own that LIGHT ones cannot take, and
 * do not take more, so neither pushes the others out.
 * A counter keeps its place in the table, and has the same place in throttle_file.c's file.
 * Locks: one, around a few table lookups and the write of a record; hashing is outside.
 * Callers: login.c on pool threads. */
#include "throttle.h"
#include "../base/clock.h"
#include "../base/log.h"
#include "../base/random.h"
#include "../base/text.h"
#include "throttle_file.h"
#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONE UINT32_MAX

enum worth { LIGHT, ACTIVE, HOME, WORTHS };

struct counter {
	uint8_t key[THROTTLE_KEY_BYTES];
	int64_t touched_ms; /* the last failure or success */
	int64_t until_ms;   /* no attempt before; an address: the end of its minute */
	uint32_t failures;  /* in a row; an address: in its minute */
	uint32_t chain;     /* next in the bucket, or next free one */
	uint32_t older, newer;
	uint8_t worth;
};

struct list {
	uint32_t newest, oldest;
	size_t count;
};

struct throttle {
	pthread_mutex_t lock;
	uint8_t secret[crypto_generichash_KEYBYTES]; /* so that nobody can choose names that share a bucket */
	struct counter *counters;
	uint32_t *buckets;
	size_t capacity, bucket_mask;
	uint32_t free;  /* of those used before */
	uint32_t fresh; /* from here on none was ever used: their memory is not touched before it is needed */
	struct list lists[WORTHS];
	int file;              /* -1: in memory only */
	bool write_has_failed; /* and the log was told */
};

/* ---- keys ---- */

/* The prefix keeps a name, a name at a network, and a network apart. */
static void
key_begin(const struct throttle *t, crypto_generichash_state *state, char kind)
{
	crypto_generichash_init(state, t->secret, sizeof t->secret, THROTTLE_KEY_BYTES);
	crypto_generichash_update(state, (const unsigned char *)&kind, 1);
}

static void
key_add_name(crypto_generichash_state *state, const char *uid)
{
	unsigned char piece[64];
	size_t n = 0;

	for (const char *p = uid; *p != '\0'; p++) {
		piece[n++] = (unsigned char)text_lower(*p);
		if (n == sizeof piece) {
			crypto_generichash_update(state, piece, n);
			n = 0;
		}
	}
	crypto_generichash_update(state, piece, n);
}

/* 4 bytes of an IPv4 address, the first 8 of an IPv6 one, or, of what is neither, the text itself: the peer
 * comes from our own accept(), so that is one and the same place. A mapped IPv4 address is IPv4. A letter
 * in front, and the NUL of a text, keep what follows from running into it. */
static void
key_add_network(crypto_generichash_state *state, const char *peer)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	char text[INET6_ADDRSTRLEN + 1];
	uint8_t v6[16], net[1 + 8] = {0};
	size_t len = strcspn(peer, "%"); /* a scope, as in fe80::1%eth0, is none of the address */

	if (len < sizeof text) {
		memcpy(text, peer, len);
		text[len] = '\0';
		net[0] = '4';
		if (inet_pton(AF_INET, text, net + 1) == 1) {
			crypto_generichash_update(state, net, 1 + 4);
			return;
		}
		if (inet_pton(AF_INET6, text, v6) == 1 && memcmp(v6, mapped, sizeof mapped) == 0) {
			memcpy(net + 1, v6 + 12, 4);
			crypto_generichash_update(state, net, 1 + 4);
			return;
		}
		if (inet_pton(AF_INET6, text, v6) == 1) {
			net[0] = '6';
			memcpy(net + 1, v6, 8);
			crypto_generichash_update(state, net, 1 + 8);
			return;
		}
	}
	crypto_generichash_update(state, (const unsigned char *)"t", 1);
	crypto_generichash_update(state, (const unsigned char *)peer, strlen(peer) + 1);
}

void
throttle_attempt_init(const struct throttle *t, struct throttle_attempt *a, const char *uid, const char *peer)
{
	crypto_generichash_state state;

	if (uid == NULL)
		uid = "";
	if (peer == NULL)
		peer = "";
	key_begin(t, &state, 'a');
	key_add_name(&state, uid);
	crypto_generichash_final(&state, a->account, sizeof a->account);
	key_begin(t, &state, 'h');
	key_add_network(&state, peer);
	key_add_name(&state, uid);
	crypto_generichash_final(&state, a->home, sizeof a->home);
	key_begin(t, &state, 'n');
	key_add_network(&state, peer);
	crypto_generichash_final(&state, a->address, sizeof a->address);
}

/* ---- the table; all of it under the lock ---- */

static uint32_t *
bucket_of(struct throttle *t, const uint8_t *key)
{
	uint64_t h;

	memcpy(&h, key, sizeof h);
	return &t->buckets[h & t->bucket_mask];
}

static void
list_remove(struct throttle *t, uint32_t i)
{
	struct counter *c = &t->counters[i];
	struct list *l = &t->lists[c->worth];

	if (c->newer != NONE)
		t->counters[c->newer].older = c->older;
	else
		l->newest = c->older;
	if (c->older != NONE)
		t->counters[c->older].newer = c->newer;
	else
		l->oldest = c->newer;
	l->count--;
}

static void
list_add_newest(struct throttle *t, uint32_t i, enum worth worth)
{
	struct counter *c = &t->counters[i];
	struct list *l = &t->lists[worth];

	c->worth = (uint8_t)worth;
	c->newer = NONE;
	c->older = l->newest;
	if (l->newest != NONE)
		t->counters[l->newest].newer = i;
	else
		l->oldest = i;
	l->newest = i;
	l->count++;
}

/* What the next process will know of this counter. That it may be told less is no reason to refuse anybody now. */
static void
counter_keep(struct throttle *t, uint32_t i, uint32_t used)
{
	const struct counter *c = &t->counters[i];
	int64_t left_ms = c->until_ms - c->touched_ms;
	struct throttle_record r = {.touched_s = clock_wall().s,
	    .left_ms = left_ms > 0 ? (uint32_t)left_ms : 0,
	    .failures = c->failures,
	    .worth = c->worth,
	    .used = used};
	bool failed;

	if (t->file < 0)
		return;
	memcpy(r.key, c->key, sizeof r.key);
	failed = throttle_file_put(t->file, i, &r) != SRV_OK;
	if (failed && !t->write_has_failed)
		log_warnx("throttle_not_written reason=\"failed logins may be forgotten at the next restart\"");
	t->write_has_failed = failed;
}

static void
counter_remove(struct throttle *t, uint32_t i)
{
	uint32_t *at = bucket_of(t, t->counters[i].key);

	while (*at != i)
		at = &t->counters[*at].chain;
	*at = t->counters[i].chain;
	list_remove(t, i);
	t->counters[i].chain = t->free;
	t->free = i;
	counter_keep(t, i, 0);
}

/* How many of that worth may be kept: half for ACTIVE, a quarter for HOME, so a quarter at least is LIGHT. */
static size_t
room_for(const struct throttle *t, enum worth worth)
{
	return worth == ACTIVE ? t->capacity / 2 : worth == HOME ? t->capacity / 4 : t->capacity;
}

static void
counter_place(struct throttle *t, uint32_t i, enum worth worth)
{
	if (t->lists[worth].count >= room_for(t, worth))
		counter_remove(t, t->lists[worth].oldest);
	list_add_newest(t, i, worth);
}

/* A counter that has rested so long that it says nothing any more is as good as none; a HOME only loses its
 * failures then. */
static struct counter *
counter_find(struct throttle *t, const uint8_t *key, int64_t now_ms)
{
	for (uint32_t i = *bucket_of(t, key); i != NONE; i = t->counters[i].chain) {
		struct counter *c = &t->counters[i];
		if (memcmp(c->key, key, THROTTLE_KEY_BYTES) != 0)
			continue;
		if (now_ms - c->touched_ms >= THROTTLE_FORGET_MS) {
			c->failures = 0;
			c->until_ms = now_ms;
		}
		return c;
	}
	return NULL;
}

static struct counter *
counter_make(struct throttle *t, const uint8_t *key, int64_t now_ms, enum worth worth)
{
	uint32_t i, *bucket = bucket_of(t, key);

	/* With the others held to their room, a full table has LIGHT ones. */
	if (t->free == NONE && t->fresh < t->capacity) {
		i = t->fresh++;
	} else {
		if (t->free == NONE)
			counter_remove(t, t->lists[LIGHT].oldest);
		i = t->free;
		assert(i != NONE);
		t->free = t->counters[i].chain;
	}
	t->counters[i] = (struct counter){.touched_ms = now_ms, .until_ms = now_ms, .chain = *bucket};
	memcpy(t->counters[i].key, key, THROTTLE_KEY_BYTES);
	*bucket = i;
	counter_place(t, i, worth);
	return &t->counters[i];
}

static void
counter_touch(struct throttle *t, struct counter *c, int64_t now_ms, enum worth worth)
{
	uint32_t i = (uint32_t)(c - t->counters);

	c->touched_ms = now_ms;
	list_remove(t, i);
	counter_place(t, i, worth);
	counter_keep(t, i, 1);
}

/* ---- the rules ---- */

static int64_t
delay_after_ms(uint32_t failures)
{
	int64_t delay_ms = THROTTLE_DELAY_MS;

	for (uint32_t n = THROTTLE_FREE; n < failures && delay_ms < THROTTLE_DELAY_MAX_MS; n++)
		delay_ms *= 2;
	return delay_ms < THROTTLE_DELAY_MAX_MS ? delay_ms : THROTTLE_DELAY_MAX_MS;
}

/* The counter that judges this attempt on the account: the network's own if it has one. */
static struct counter *
account_counter(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms)
{
	struct counter *c = counter_find(t, a->home, now_ms);

	return c != NULL ? c : counter_find(t, a->account, now_ms);
}

static enum throttle_verdict
judge_locked(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms, struct counter **account)
{
	struct counter *address = counter_find(t, a->address, now_ms);

	*account = account_counter(t, a, now_ms);
	if (*account != NULL && (*account)->failures >= THROTTLE_FREE && now_ms < (*account)->until_ms)
		return THROTTLE_ACCOUNT;
	if (address != NULL && address->failures >= THROTTLE_ADDRESS_MAX && now_ms < address->until_ms)
		return THROTTLE_ADDRESS;
	return THROTTLE_PASS;
}

enum throttle_verdict
throttle_look(struct throttle *t, const struct throttle_attempt *a)
{
	int64_t now_ms = clock_mono().ms;
	struct counter *account;
	enum throttle_verdict verdict;

	pthread_mutex_lock(&t->lock);
	verdict = judge_locked(t, a, now_ms, &account);
	pthread_mutex_unlock(&t->lock);
	return verdict;
}

/* An attempt past the free ones is taken for a failure until it has ended: then those that come at the
 * same time find the delay, and the end only corrects it. */
enum throttle_verdict
throttle_begin(struct throttle *t, const struct throttle_attempt *a)
{
	int64_t now_ms = clock_mono().ms;
	struct counter *account;
	enum throttle_verdict verdict;

	pthread_mutex_lock(&t->lock);
	verdict = judge_locked(t, a, now_ms, &account);
	if (verdict == THROTTLE_PASS && account != NULL && account->failures >= THROTTLE_FREE)
		account->until_ms = now_ms + delay_after_ms(account->failures + 1);
	pthread_mutex_unlock(&t->lock);
	return verdict;
}

static void
account_failed_locked(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms)
{
	struct counter *c = account_counter(t, a, now_ms);

	if (c == NULL)
		c = counter_make(t, a->account, now_ms, LIGHT);
	if (c->failures < UINT32_MAX)
		c->failures++;
	if (c->failures >= THROTTLE_FREE)
		c->until_ms = now_ms + delay_after_ms(c->failures);
	counter_touch(t, c, now_ms, c->worth == HOME ? HOME : c->failures >= THROTTLE_FREE ? ACTIVE : LIGHT);
}

static void
address_failed_locked(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms)
{
	struct counter *c = counter_find(t, a->address, now_ms);

	if (c == NULL)
		c = counter_make(t, a->address, now_ms, LIGHT);
	if (now_ms >= c->until_ms) {
		c->failures = 0;
		c->until_ms = now_ms + THROTTLE_ADDRESS_MS;
	}
	c->failures++;
	counter_touch(t, c, now_ms, c->failures >= THROTTLE_ADDRESS_MAX ? ACTIVE : LIGHT);
}

/* The strangers' row ends only by a success that was counted among the strangers: else each login at home
 * would give those who guess elsewhere five more tries. */
static void
succeeded_locked(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms)
{
	struct counter *home = counter_find(t, a->home, now_ms);

	if (home == NULL) {
		struct counter *account = counter_find(t, a->account, now_ms);
		if (account != NULL)
			counter_remove(t, (uint32_t)(account - t->counters));
		home = counter_make(t, a->home, now_ms, HOME);
	}
	home->failures = 0;
	home->until_ms = now_ms;
	counter_touch(t, home, now_ms, HOME);
}

static void
unjudged_locked(struct throttle *t, const struct throttle_attempt *a, int64_t now_ms)
{
	struct counter *c = account_counter(t, a, now_ms);

	if (c != NULL && c->failures >= THROTTLE_FREE)
		c->until_ms = now_ms;
}

void
throttle_end(struct throttle *t, const struct throttle_attempt *a, enum throttle_outcome outcome)
{
	int64_t now_ms = clock_mono().ms;

	pthread_mutex_lock(&t->lock);
	switch (outcome) {
	case THROTTLE_FAILED:
		account_failed_locked(t, a, now_ms);
		address_failed_locked(t, a, now_ms);
		break;
	case THROTTLE_SUCCEEDED:
		succeeded_locked(t, a, now_ms);
		break;
	case THROTTLE_UNJUDGED:
		unjudged_locked(t, a, now_ms);
		break;
	}
	pthread_mutex_unlock(&t->lock);
}

/* ---- what the process before has left ---- */

/* For how long it has rested, or THROTTLE_FORGET_MS if for longer. A clock that was set back meanwhile makes nobody
 * wait longer, and the file may hold any number. */
static int64_t
rested_ms(const struct throttle_record *r, wall_t now)
{
	if (r->touched_s >= now.s)
		return 0;
	return r->touched_s > now.s - THROTTLE_FORGET_MS / 1000 ? (now.s - r->touched_s) * 1000 : THROTTLE_FORGET_MS;
}

/* Which of the records, the one that rested longest first, are worth a place: not more of a kind than it has room for,
 * none that has rested for too long. Moves them to the front and returns how many there are. */
static size_t
choose(const struct throttle *t, struct throttle_record *r, size_t count, wall_t now)
{
	size_t chosen[WORTHS] = {0}, first = count;

	for (size_t i = count; i-- > 0;) {
		bool rested = rested_ms(&r[i], now) >= THROTTLE_FORGET_MS;
		if (r[i].worth >= WORTHS || (rested && r[i].worth != HOME) ||
		    chosen[r[i].worth] >= room_for(t, (enum worth)r[i].worth))
			continue;
		chosen[r[i].worth]++;
		r[--first] = r[i];
	}
	memmove(r, r + first, (count - first) * sizeof *r);
	return count - first;
}

/* Into the places that the file will have them in: 0, 1, ... */
static void
take_over(struct throttle *t, const struct throttle_records *kept)
{
	int64_t now_ms = clock_mono().ms;
	wall_t now = clock_wall();

	for (size_t i = 0; i < kept->count; i++) {
		const struct throttle_record *r = &kept->record[i];
		struct counter *c = counter_make(t, r->key, now_ms, (enum worth)r->worth);

		c->touched_ms = now_ms - rested_ms(r, now);
		c->failures = r->failures;
		c->until_ms = c->touched_ms + (r->left_ms < THROTTLE_DELAY_MAX_MS ? r->left_ms : THROTTLE_DELAY_MAX_MS);
	}
}

/* Counters that cannot be kept are no reason not to serve. */
static void
attach(struct throttle *t, const char *path)
{
	struct throttle_records kept = {.record = NULL};
	enum srv_err err = throttle_file_read(path, t->capacity, &kept);

	if (err == SRV_OK) {
		memcpy(t->secret, kept.secret, sizeof t->secret);
		kept.count = choose(t, kept.record, kept.count, clock_wall());
		take_over(t, &kept);
	} else {
		memcpy(kept.secret, t->secret, sizeof t->secret);
		if (err != SRV_ENOENT)
			log_warnx("throttle_not_read reason=\"%s\"", srv_err_text(err));
	}
	if ((err = throttle_file_make(path, &kept, &t->file)) != SRV_OK)
		log_warnx("throttle_not_written reason=\"%s\"", srv_err_text(err));
	free(kept.record);
	sodium_memzero(&kept, sizeof kept);
}

/* ---- life ---- */

enum srv_err
throttle_new(size_t entries, const char *path, struct throttle **out)
{
	struct throttle *t;
	size_t buckets = 16;

	if (entries < 16 || entries >= NONE)
		return SRV_EINVAL;
	while (buckets < entries)
		buckets *= 2;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return SRV_ENOMEM;
	t->counters = calloc(entries, sizeof *t->counters);
	t->buckets = malloc(buckets * sizeof *t->buckets);
	if (t->counters == NULL || t->buckets == NULL || pthread_mutex_init(&t->lock, NULL) != 0) {
		free(t->counters);
		free(t->buckets);
		free(t);
		return SRV_ENOMEM;
	}
	t->capacity = entries;
	t->bucket_mask = buckets - 1;
	memset(t->buckets, 0xff, buckets * sizeof *t->buckets);
	t->free = NONE;
	t->file = -1;
	for (size_t i = 0; i < WORTHS; i++)
		t->lists[i] = (struct list){.newest = NONE, .oldest = NONE};
	if (random_bytes(t->secret, sizeof t->secret) != SRV_OK) {
		throttle_free(&t);
		return SRV_EIO;
	}
	if (path != NULL)
		attach(t, path);
	*out = t;
	return SRV_OK;
}

void
throttle_free(struct throttle **throttle)
{
	struct throttle *t = *throttle;

	*throttle = NULL;
	if (t == NULL)
		return;
	if (t->file >= 0)
		close(t->file);
	pthread_mutex_destroy(&t->lock);
	sodium_memzero(t->secret, sizeof t->secret);
	free(t->counters);
	free(t->buckets);
	free(t);
}

void
throttle_status_get(struct throttle *t, struct throttle_status *out)
{
	pthread_mutex_lock(&t->lock);
	*out = (struct throttle_status){
	    .entries = t->lists[LIGHT].count + t->lists[ACTIVE].count + t->lists[HOME].count,
	    .homes = t->lists[HOME].count,
	    .active = t->lists[ACTIVE].count,
	    .capacity = t->capacity,
	};
	pthread_mutex_unlock(&t->lock);
}
