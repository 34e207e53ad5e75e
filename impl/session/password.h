/* Passwords: Argon2id through libsodium, at OWASP's parameters, a bounded number at a time. Only session/
 * includes this. Thread: any that may block; nothing here may run on an event loop. */
#ifndef SRV_SESSION_PASSWORD_H
#define SRV_SESSION_PASSWORD_H

#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OWASP, Password Storage Cheat Sheet: Argon2id with m=19 MiB, t=2, p=1 at least. Raising them here makes
 * every login renew the user's hash. */
#define PASSWORD_MEMORY_BYTES ((size_t)19 * 1024 * 1024)
#define PASSWORD_PASSES 2u
#define PASSWORD_TEXT_MAX 128 /* bytes of a hash's text with its NUL, libsodium's crypto_pwhash_STRBYTES */
#define PASSWORD_AT_ONCE_MAX 8

/* The text that the store keeps for a password of len bytes. Errors: SRV_EIO (no random source), SRV_ENOMEM. */
enum srv_err password_hash(const char *pwd, size_t len, char out[PASSWORD_TEXT_MAX]);

struct password_checker;
/* Makes a hash that nothing matches, so it takes as long as a login. Errors: SRV_EIO, SRV_ENOMEM. */
enum srv_err password_checker_new(struct password_checker **out);
void password_checker_free(struct password_checker **);

/* How many may hash at a time: the processors, but 2 at least and PASSWORD_AT_ONCE_MAX at most. */
int password_turns(void);
/* A turn at hashing: waits until fewer than password_turns() are hashing. Every password_check happens between the
 * two. */
void password_turn_begin(struct password_checker *);
void password_turn_end(struct password_checker *);

/* Is this the password? hash NULL, or one that cannot be read, is an account that nobody can enter: the
 * answer is no, for the same work. *outdated: made with less than today's parameters; false if no match.
 * Errors: SRV_ENOMEM: not judged. */
enum srv_err password_check(
    struct password_checker *, const char *hash, const char *pwd, size_t len, bool *match, bool *outdated);

/* How many times Argon2id has run in this process: for tests of equal work and of the throttle. */
uint64_t password_hash_count(void);

#endif
