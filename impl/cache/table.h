/* What a snapshot is made of: strings that are freed together, and tables in which they are found by key
 * and language. Only snapshot.c includes this.
 * Thread: the one that builds; once built, any number may read. */
#ifndef SRV_CACHE_TABLE_H
#define SRV_CACHE_TABLE_H

#include "../base/err.h"
#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. */
struct texts {
	struct chunk *chunks; /* the newest first */
	size_t bytes;         /* of all strings */
};
/* A copy of [s, s+len) with a NUL, which lives until texts_fini; NULL if there is no memory. */
char *texts_keep(struct texts *, const char *s, size_t len);
void texts_fini(struct texts *);

struct row {
	const char *key, *language, *text; /* borrowed */
	uint32_t hash;
};
/* Zeroed is empty. */
struct table {
	struct row *rows;
	size_t count, cap;
	uint32_t *slots; /* index of a row plus 1, 0 is free; NULL before table_index */
	size_t mask;     /* count of slots minus 1 */
};
/* Borrows the strings. Errors: SRV_ENOMEM. */
enum srv_err table_add(struct table *, const char *key, const char *language, const char *text);
/* After the last row, once. Errors: SRV_ENOMEM; SRV_EINVAL if a key is there twice, which why names. */
enum srv_err table_index(struct table *, struct srv_reason *why);
/* The text, or NULL. Both compare byte by byte. */
const char *table_find(const struct table *, const char *key, const char *language);
void table_fini(struct table *);

/* Makes room for one more item. Errors: SRV_ENOMEM. */
enum srv_err array_grow(void **array, size_t *cap, size_t count, size_t item_bytes);

#endif
