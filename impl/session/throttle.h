/* The throttle on failed logins: CONTRACT section 7. Only session/ includes this. Thread: any; never
 * blocks but on a short lock. Time is clock_mono.
 *
 * Per account: after THROTTLE_FREE failures in a row the next attempts are refused unheard for 1 s, and after
 * each further failure for twice as long, up to THROTTLE_DELAY_MAX_MS. Accounts are names, whether there
 * is such a user or not, without regard to ASCII case. A network from which the account has logged in
 * counts for itself, so what strangers do elsewhere cannot keep it out. A row that rests for
 * THROTTLE_FORGET_MS is forgotten.
 * Per address: after THROTTLE_ADDRESS_MAX failures within a minute, refused for the rest of it.
 * An address is an IPv4 address or an IPv6 /64, and that is also what a network is. */
#ifndef SRV_SESSION_THROTTLE_H
#define SRV_SESSION_THROTTLE_H

#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THROTTLE_FREE 5
#define THROTTLE_DELAY_MS 1000
#define THROTTLE_DELAY_MAX_MS 60000
#define THROTTLE_FORGET_MS (INT64_C(60) * 60 * 1000)
#define THROTTLE_ADDRESS_MAX 30
#define THROTTLE_ADDRESS_MS 60000
#define THROTTLE_ENTRIES_MAX 65536

struct throttle;

/* Keeps at most entries counters, in memory taken at once, and, if path is not NULL, in the file of that name, where
 * they outlive the process: what the last one left there counts on. A file that cannot be read or written is said in
 * the log and is no error. Errors: SRV_EINVAL (fewer than 16), SRV_ENOMEM, SRV_EIO (no random source). */
enum srv_err throttle_new(size_t entries, const char *path, struct throttle **out);
void throttle_free(struct throttle **);

/* Who tries, from where: hashes, because names may be long and need not be kept. */
#define THROTTLE_KEY_BYTES 16
struct throttle_attempt {
	uint8_t account[THROTTLE_KEY_BYTES]; /* the name */
	uint8_t home[THROTTLE_KEY_BYTES];    /* the name at this network */
	uint8_t address[THROTTLE_KEY_BYTES];
};
/* uid and peer may be NULL. */
void throttle_attempt_init(const struct throttle *, struct throttle_attempt *, const char *uid, const char *peer);

enum throttle_verdict {
	THROTTLE_PASS,
	THROTTLE_ACCOUNT, /* refused for the account */
	THROTTLE_ADDRESS, /* refused for the address */
};
/* Would it be refused? Changes nothing. */
enum throttle_verdict throttle_look(struct throttle *, const struct throttle_attempt *);
/* The same, and with THROTTLE_PASS the attempt has begun: throttle_end must follow. Where a delay has just
 * run out one attempt passes, and others are refused until it has ended. */
enum throttle_verdict throttle_begin(struct throttle *, const struct throttle_attempt *);
enum throttle_outcome {
	THROTTLE_FAILED,    /* counts */
	THROTTLE_SUCCEEDED, /* ends the row, and makes the network one of the account's own */
	THROTTLE_UNJUDGED,  /* the password could not be looked at: as if it had never begun */
};
void throttle_end(struct throttle *, const struct throttle_attempt *, enum throttle_outcome);

struct throttle_status {
	size_t entries;  /* counters kept now */
	size_t homes;    /* of these, accounts' own networks */
	size_t active;   /* of these, five failures or more */
	size_t capacity; /* never more than this */
};
void throttle_status_get(struct throttle *, struct throttle_status *out);

#endif
