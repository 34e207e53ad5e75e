/* Why: every request shows a ticket, and an event loop may not ask the store about it. So what the store said
 * is kept for a moment, in a way that no ended ticket outlives its end by more than that moment.
 * Model: a hash table in shards, each with a lock, found by the ticket's hash; when a shard is full a ticket
 * that was not looked at lately makes room. An entry is fresh until SESSION_TRUST_MS after the time at
 * which the store's version was asked for, either before its row was read or later with the same answer:
 * one such question keeps every entry fresh that was read at that version. The question is put early,
 * by one request that is told to (a claim), while the others still go on; only if it is not answered in
 * time do all have to wait.
 * A ticket ended by this process is taken out at once. A reader may have its row in hand by then: so each
 * shard counts ends (the mark), and a row read before the count moved is not put in.
 * A use moves `live`; `stored` is what the store has, and the difference is written when it reaches SESSION_USE_S,
 * by one request at a time.
 * Callers: session.c and login.c, on event loops (peek) and pool threads. */
#include "session_cache.h"
#include "session_priv.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 16
#define NONE UINT32_MAX
#define CLAIM_MS (SESSION_TRUST_MS / 2) /* at this age one request is sent to ask the store */
#define TOUCH_CLAIM_MS 10000            /* one that was sent to write a use, and did not come, is replaced then */
#define SWEEP_MAX 64                    /* entries that an eviction looks at */

struct entry {
	uint8_t hash[TICKET_HASH_BYTES];
	const struct session *session;
	wall_t created_at, stored, live;
	uint64_t version;       /* of the store when the row was read */
	int64_t asked_ms;       /* when that was asked for */
	int64_t claim_ms;       /* the last claim on this row alone */
	int64_t touch_after_ms; /* peek sends nobody to write the use before */
	int64_t touch_retry_ms; /* nor does check */
	bool touching;          /* someone is writing it */
	bool looked_at;         /* since the sweep came by */
	uint32_t chain;         /* next in the bucket, or next free one */
};

struct shard {
	pthread_mutex_t lock;
	struct sessions_conf conf;
	struct entry *entries;
	uint32_t *buckets;
	uint32_t free;  /* of those used before */
	uint32_t fresh; /* from here on none was ever used: their memory is not touched before it is needed */
	uint32_t hand;
	size_t count;
	uint64_t mark;      /* ends and moves so far */
	uint64_t version;   /* the newest known of the store */
	int64_t checked_ms; /* when it was asked for */
	int64_t claim_ms;   /* the last claim to ask anew */
} __attribute__((aligned(64)));

struct session_cache {
	struct shard shards[SHARDS];
	size_t shard_entries, bucket_mask;
};

static struct shard *
shard_of(struct session_cache *c, const uint8_t *hash)
{
	return &c->shards[hash[0] % SHARDS];
}

/* The hash is SHA-256 of random bits: any eight bytes of it spread evenly. */
static uint32_t *
bucket_of(const struct session_cache *c, struct shard *sh, const uint8_t *hash)
{
	uint64_t h;

	memcpy(&h, hash + 8, sizeof h);
	return &sh->buckets[h & c->bucket_mask];
}

static struct entry *
find_locked(const struct session_cache *c, struct shard *sh, const uint8_t *hash)
{
	for (uint32_t i = *bucket_of(c, sh, hash); i != NONE; i = sh->entries[i].chain) {
		if (memcmp(sh->entries[i].hash, hash, TICKET_HASH_BYTES) == 0)
			return &sh->entries[i];
	}
	return NULL;
}

/* Returns the entry's reference, to be given back when the lock is. */
static const struct session *
remove_locked(const struct session_cache *c, struct shard *sh, struct entry *e)
{
	uint32_t i = (uint32_t)(e - sh->entries);
	uint32_t *at = bucket_of(c, sh, e->hash);
	const struct session *session = e->session;

	while (*at != i)
		at = &sh->entries[*at].chain;
	*at = e->chain;
	e->session = NULL;
	e->chain = sh->free;
	sh->free = i;
	sh->count--;
	return session;
}

/* A full shard has no free entry, so the hand only meets taken ones. The first that nobody looked at since
 * it came by goes; if all were, the one it stands at, so that a look is never long. */
static const struct session *
evict_locked(const struct session_cache *c, struct shard *sh)
{
	struct entry *e = NULL;

	for (int n = 0; n < SWEEP_MAX; n++) {
		e = &sh->entries[sh->hand];
		sh->hand = (uint32_t)((sh->hand + 1) % c->shard_entries);
		if (!e->looked_at)
			break;
		e->looked_at = false;
	}
	return remove_locked(c, sh, e);
}

/* ---- the rules for one entry ---- */

static int64_t
fresh_ms(const struct shard *sh, const struct entry *e)
{
	if (e->version == sh->version && sh->checked_ms > e->asked_ms)
		return sh->checked_ms;
	return e->asked_ms;
}

/* True for one caller once the age has come, and for another one only when the first had its answer. */
static bool
claim_locked(struct shard *sh, struct entry *e, int64_t fresh, int64_t now_ms)
{
	int64_t *claim = e->version == sh->version ? &sh->claim_ms : &e->claim_ms;

	if (now_ms - fresh < CLAIM_MS || *claim > fresh)
		return false;
	*claim = now_ms;
	return true;
}

static void
use_locked(const struct shard *sh, struct entry *e, const struct session_look *look)
{
	wall_t until = session_expiry(&sh->conf, e->created_at, look->now);

	if (look->use && until.s > e->live.s)
		e->live = until;
}

static bool
lags(const struct entry *e)
{
	return e->live.s - e->stored.s >= SESSION_USE_S;
}

static void
view_locked(struct entry *e, const struct session_look *look, struct session_view *out)
{
	e->looked_at = true;
	out->session = session_ref(e->session);
	out->expires_at = e->live;
	out->touch = look->use && lags(e) && !e->touching && look->now_mono.ms >= e->touch_retry_ms;
	if (out->touch)
		e->touching = true;
}

static bool
peek_sends_to_touch_locked(struct entry *e, const struct session_look *look)
{
	int64_t now_ms = look->now_mono.ms;

	if (!look->use || !lags(e) || e->touching || now_ms < e->touch_retry_ms || now_ms < e->touch_after_ms)
		return false;
	e->touch_after_ms = now_ms + TOUCH_CLAIM_MS;
	return true;
}

/* ---- looking ---- */

enum srv_err
session_cache_peek(struct session_cache *c, const struct session_look *look, struct session_view *out)
{
	struct shard *sh = shard_of(c, look->hash);
	enum srv_err err = SRV_EAGAIN;
	struct entry *e;
	int64_t fresh;

	pthread_mutex_lock(&sh->lock);
	if ((e = find_locked(c, sh, look->hash)) == NULL || look->now.s >= e->live.s)
		goto out;
	fresh = fresh_ms(sh, e);
	if (look->now_mono.ms - fresh >= SESSION_TRUST_MS || claim_locked(sh, e, fresh, look->now_mono.ms))
		goto out;
	use_locked(sh, e, look);
	if (peek_sends_to_touch_locked(e, look))
		goto out;
	e->looked_at = true;
	out->session = session_ref(e->session);
	out->expires_at = e->live;
	out->touch = false;
	err = SRV_OK;
out:
	pthread_mutex_unlock(&sh->lock);
	return err;
}

void
session_cache_note_version(struct session_cache *c, uint64_t version, mono_t asked)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *sh = &c->shards[i];
		pthread_mutex_lock(&sh->lock);
		if (asked.ms >= sh->checked_ms) {
			sh->version = version;
			sh->checked_ms = asked.ms;
		}
		pthread_mutex_unlock(&sh->lock);
	}
}

enum srv_err
session_cache_check(
    struct session_cache *c, const struct session_look *look, uint64_t version, struct session_view *out)
{
	struct shard *sh = shard_of(c, look->hash);
	enum srv_err err = SRV_EAGAIN;
	struct entry *e;

	pthread_mutex_lock(&sh->lock);
	e = find_locked(c, sh, look->hash);
	if (e != NULL && e->version == version && look->now.s < e->live.s) {
		use_locked(sh, e, look);
		view_locked(e, look, out);
		err = SRV_OK;
	}
	pthread_mutex_unlock(&sh->lock);
	return err;
}

uint64_t
session_cache_mark(struct session_cache *c, const uint8_t hash[TICKET_HASH_BYTES])
{
	struct shard *sh = shard_of(c, hash);
	uint64_t mark;

	pthread_mutex_lock(&sh->lock);
	mark = sh->mark;
	pthread_mutex_unlock(&sh->lock);
	return mark;
}

/* What a row says, over what was known before. Uses that the store does not have yet stay, as long as it
 * has what it had: another expiry was put there by another hand, and is then the word. */
static void
fill_locked(const struct shard *sh, struct entry *e, const struct session_row *row)
{
	wall_t cap = session_expiry(&sh->conf, row->created_at, row->stored);

	if (e->stored.s != row->stored.s || e->created_at.s != row->created_at.s || e->session == NULL)
		e->live = row->stored.s < cap.s ? row->stored : cap;
	e->stored = row->stored;
	e->created_at = row->created_at;
	e->version = row->version;
	e->asked_ms = row->asked.ms;
	e->session = session_ref(row->session);
}

/* An entry for the row: the one that is there, or a new one in place of *evicted. */
static struct entry *
place_locked(const struct session_cache *c, struct shard *sh, const struct session_look *look,
    const struct session_row *row, const struct session **old)
{
	struct entry *e = find_locked(c, sh, look->hash);
	uint32_t *bucket, i;

	if (e != NULL) {
		if (e->asked_ms > row->asked.ms) /* read by someone later than by us */
			return e;
		*old = e->session;
		fill_locked(sh, e, row);
		return e;
	}
	if (sh->free == NONE && sh->fresh < c->shard_entries) {
		i = sh->fresh++;
		e = &sh->entries[i];
	} else {
		if (sh->free == NONE)
			*old = evict_locked(c, sh);
		i = sh->free;
		e = &sh->entries[i];
		sh->free = e->chain;
	}
	sh->count++;
	bucket = bucket_of(c, sh, look->hash);
	*e = (struct entry){.claim_ms = INT64_MIN, .touch_after_ms = INT64_MIN, .touch_retry_ms = INT64_MIN};
	memcpy(e->hash, look->hash, TICKET_HASH_BYTES);
	e->chain = *bucket;
	*bucket = i;
	fill_locked(sh, e, row);
	return e;
}

enum srv_err
session_cache_insert(
    struct session_cache *c, const struct session_look *look, const struct session_row *row, struct session_view *out)
{
	struct shard *sh = shard_of(c, look->hash);
	const struct session *old = NULL, *mine = NULL;
	struct entry passing = {.touch_retry_ms = INT64_MIN}, *e = &passing;
	enum srv_err err = SRV_OK;

	pthread_mutex_lock(&sh->lock);
	if (sh->mark == row->mark) {
		e = place_locked(c, sh, look, row, &old);
	} else {
		fill_locked(sh, &passing, row);
		mine = passing.session;
	}
	if (look->now.s < e->live.s) {
		use_locked(sh, e, look);
		view_locked(e, look, out);
	} else {
		err = SRV_ETICKET;
		if (e != &passing)
			mine = remove_locked(c, sh, e);
	}
	pthread_mutex_unlock(&sh->lock);
	session_unref(&old);
	session_unref(&mine);
	return err;
}

/* ---- what was done to a ticket ---- */

void
session_cache_touched(struct session_cache *c, const uint8_t hash[TICKET_HASH_BYTES], wall_t stored)
{
	struct shard *sh = shard_of(c, hash);
	struct entry *e;

	pthread_mutex_lock(&sh->lock);
	sh->mark++;
	if ((e = find_locked(c, sh, hash)) != NULL) {
		e->stored = stored;
		if (e->live.s < stored.s)
			e->live = stored;
		e->touching = false;
	}
	pthread_mutex_unlock(&sh->lock);
}

void
session_cache_touch_failed(struct session_cache *c, const uint8_t hash[TICKET_HASH_BYTES], mono_t retry)
{
	struct shard *sh = shard_of(c, hash);
	struct entry *e;

	pthread_mutex_lock(&sh->lock);
	if ((e = find_locked(c, sh, hash)) != NULL) {
		e->touch_retry_ms = retry.ms;
		e->touching = false;
	}
	pthread_mutex_unlock(&sh->lock);
}

static void
take_out(struct session_cache *c, const uint8_t *hash, bool ended)
{
	struct shard *sh = shard_of(c, hash);
	const struct session *session = NULL;
	struct entry *e;

	pthread_mutex_lock(&sh->lock);
	if (ended)
		sh->mark++;
	if ((e = find_locked(c, sh, hash)) != NULL)
		session = remove_locked(c, sh, e);
	pthread_mutex_unlock(&sh->lock);
	session_unref(&session);
}

void
session_cache_drop(struct session_cache *c, const uint8_t hash[TICKET_HASH_BYTES])
{
	take_out(c, hash, false);
}

void
session_cache_end(struct session_cache *c, const uint8_t hash[TICKET_HASH_BYTES])
{
	take_out(c, hash, true);
}

size_t
session_cache_count(struct session_cache *c)
{
	size_t count = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&c->shards[i].lock);
		count += c->shards[i].count;
		pthread_mutex_unlock(&c->shards[i].lock);
	}
	return count;
}

/* ---- life ---- */

static enum srv_err
shard_init(struct shard *sh, size_t entries, size_t buckets, const struct sessions_conf *conf)
{
	struct entry *e = calloc(entries, sizeof *e);
	uint32_t *b = malloc(buckets * sizeof *b);

	if (e == NULL || b == NULL || pthread_mutex_init(&sh->lock, NULL) != 0) {
		free(e);
		free(b);
		return SRV_ENOMEM;
	}
	memset(b, 0xff, buckets * sizeof *b);
	sh->free = NONE;
	sh->entries = e;
	sh->buckets = b;
	sh->conf = *conf;
	sh->checked_ms = sh->claim_ms = INT64_MIN;
	return SRV_OK;
}

enum srv_err
session_cache_new(size_t entries, const struct sessions_conf *conf, struct session_cache **out)
{
	struct session_cache *c;
	size_t buckets = 1;

	if (entries < SHARDS || entries / SHARDS >= NONE)
		return SRV_EINVAL;
	if ((c = aligned_alloc(64, sizeof *c)) == NULL)
		return SRV_ENOMEM;
	memset(c, 0, sizeof *c);
	c->shard_entries = entries / SHARDS;
	while (buckets < c->shard_entries)
		buckets *= 2;
	c->bucket_mask = buckets - 1;
	for (size_t i = 0; i < SHARDS; i++) {
		if (shard_init(&c->shards[i], c->shard_entries, buckets, conf) != SRV_OK) {
			session_cache_free(&c);
			return SRV_ENOMEM;
		}
	}
	*out = c;
	return SRV_OK;
}

void
session_cache_configure(struct session_cache *c, const struct sessions_conf *conf)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *sh = &c->shards[i];

		pthread_mutex_lock(&sh->lock);
		sh->conf = *conf;
		for (size_t n = 0; n < sh->fresh; n++) {
			struct entry *e = &sh->entries[n];
			wall_t cap;

			if (e->session == NULL)
				continue;
			cap = session_expiry(conf, e->created_at, e->live);
			if (e->live.s > cap.s)
				e->live = cap;
		}
		pthread_mutex_unlock(&sh->lock);
	}
}

wall_t
session_cache_expiry(struct session_cache *c, wall_t now)
{
	struct sessions_conf conf;

	pthread_mutex_lock(&c->shards[0].lock);
	conf = c->shards[0].conf;
	pthread_mutex_unlock(&c->shards[0].lock);
	return session_expiry(&conf, now, now);
}

void
session_cache_free(struct session_cache **cache)
{
	struct session_cache *c = *cache;

	*cache = NULL;
	if (c == NULL)
		return;
	for (size_t i = 0; i < SHARDS && c->shards[i].entries != NULL; i++) {
		struct shard *sh = &c->shards[i];
		for (size_t n = 0; n < c->shard_entries; n++)
			session_unref(&sh->entries[n].session);
		free(sh->entries);
		free(sh->buckets);
		pthread_mutex_destroy(&sh->lock);
	}
	free(c);
}
