/* The tickets in memory: what session_peek answers from. Only session/ includes this. Thread: any; holds
 * a short lock, allocates nothing once it was made, and asks neither the store nor the clock. */
#ifndef SRV_SESSION_CACHE_H
#define SRV_SESSION_CACHE_H

#include "../base/clock.h"
#include "../base/err.h"
#include "session.h"
#include "ticket.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_CACHE_MAX 65536
#define SESSION_USE_S 3600 /* a use is written once the store lags so far behind */

struct session_cache;

/* Keeps at most entries tickets. Errors: SRV_ENOMEM, SRV_EINVAL (fewer than 16). */
enum srv_err session_cache_new(size_t entries, const struct sessions_conf *, struct session_cache **out);
void session_cache_free(struct session_cache **);
/* Other lifetimes; tickets that would live longer than these allow are cut short. */
void session_cache_configure(struct session_cache *, const struct sessions_conf *);
/* When a ticket made now ends. */
wall_t session_cache_expiry(struct session_cache *, wall_t now);

/* Who looks for what, and when. */
struct session_look {
	const uint8_t *hash; /* TICKET_HASH_BYTES, borrowed for the call */
	wall_t now;
	mono_t now_mono;
	bool use;
};

/* What the one who looked learns. touch: he shall write expires_at to the store, then call
 * session_cache_touched; nobody else is told to meanwhile. */
struct session_view {
	const struct session *session; /* a reference of his */
	wall_t expires_at;             /* with the uses that are not in the store yet */
	bool touch;
};

/* Is the ticket known, fresh and alive? SRV_EAGAIN if not, if its use is due to be written, or if the
 * caller is the one picked to see to it that it stays fresh: session_check then settles it. */
enum srv_err session_cache_peek(struct session_cache *, const struct session_look *, struct session_view *out);

/* The store said this version when asked at that time: whatever was read at it is as fresh as that. */
void session_cache_note_version(struct session_cache *, uint64_t version, mono_t asked);
/* For who has just noted that version. SRV_EAGAIN: the row must be read. */
enum srv_err session_cache_check(
    struct session_cache *, const struct session_look *, uint64_t version, struct session_view *out);

/* A row of the store. mark was taken, and then the version asked for, before the row was read. */
struct session_row {
	const struct session *session; /* the cache takes references of its own */
	wall_t created_at, stored;     /* stored: expires_at as the store has it */
	uint64_t version, mark;
	mono_t asked;
};
uint64_t session_cache_mark(struct session_cache *, const uint8_t hash[TICKET_HASH_BYTES]);
/* Puts the row in, unless something ended or moved nearby since the mark was taken, for then the row may be
 * older than that; looks at it in either case. SRV_ETICKET: expired, and not kept. */
enum srv_err session_cache_insert(
    struct session_cache *, const struct session_look *, const struct session_row *, struct session_view *out);

/* The use was written, and stored is what the store has now. */
void session_cache_touched(struct session_cache *, const uint8_t hash[TICKET_HASH_BYTES], wall_t stored);
/* It was not, and shall not be tried again before that time. */
void session_cache_touch_failed(struct session_cache *, const uint8_t hash[TICKET_HASH_BYTES], mono_t retry);

/* The store has no such ticket. */
void session_cache_drop(struct session_cache *, const uint8_t hash[TICKET_HASH_BYTES]);
/* We ended the ticket: gone from here, and no row that was read before this call comes back in. */
void session_cache_end(struct session_cache *, const uint8_t hash[TICKET_HASH_BYTES]);

size_t session_cache_count(struct session_cache *);

#endif
