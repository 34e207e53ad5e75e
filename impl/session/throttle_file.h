/* The throttle's counters as a file, so that a process that ends, however it ends, leaves them to the next. Only
 * throttle.c includes this. Thread: one at a time.
 *
 * A header with the key under which names and addresses are hashed, then records of one size, which are replaced one by
 * one, without waiting for the disk: what was written outlives the process, a power cut may cost the last seconds. */
#ifndef SRV_SESSION_THROTTLE_FILE_H
#define SRV_SESSION_THROTTLE_FILE_H

#include "throttle.h"
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

struct throttle_record {
	uint8_t key[THROTTLE_KEY_BYTES]; /* as the table has it */
	int64_t touched_s;               /* wall time */
	uint32_t left_ms;                /* of a delay or of an address's minute, at that time */
	uint32_t failures;
	uint32_t worth;
	uint32_t used; /* 1, or 0 for a record that counts nothing */
};

struct throttle_records {
	uint8_t secret[crypto_generichash_KEYBYTES];
	struct throttle_record *record; /* owned: free */
	size_t count;
};

/* What the file holds: at most max records, all of them in use, the one that rested longest first. Errors: SRV_ENOENT
 * (there is none), SRV_ECORRUPT (it is no such file), SRV_EIO, SRV_ENOMEM. */
enum srv_err throttle_file_read(const char *path, size_t max, struct throttle_records *out);

/* Puts a file with these records in the place of whatever stands at path, and opens it for throttle_file_put. Errors:
 * SRV_EIO, SRV_ENOMEM; then path is as it was. */
enum srv_err throttle_file_make(const char *path, const struct throttle_records *, int *fd);

/* Replaces the record at that place. Errors: SRV_EIO. */
enum srv_err throttle_file_put(int fd, size_t at, const struct throttle_record *);

#endif
