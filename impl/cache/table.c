/* Strings and tables of a snapshot.
 *
 * Strings lie one after another in a few large chunks, so that a hundred thousand settings cost a dozen
 * allocations and are freed as fast. A table is an array of rows with a hash index over it, made in one go
 * when the last row is there: open addressing, at most half full, so a lookup is a probe or two.
 * Called by snapshot.c. */
#include "table.h"
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST 16384
#define CHUNK_LAST 4194304

struct chunk {
	struct chunk *next;
	size_t used, size;
	char bytes[];
};

/* A chunk with room for len bytes becomes the newest. */
static struct chunk *
chunk_add(struct texts *t, size_t len)
{
	size_t size = CHUNK_FIRST;
	struct chunk *c;

	if (t->chunks != NULL)
		size = t->chunks->size < CHUNK_LAST ? 2 * t->chunks->size : CHUNK_LAST;
	if (size < len)
		size = len;
	c = malloc(sizeof *c + size);
	if (c == NULL)
		return NULL;
	c->next = t->chunks;
	c->used = 0;
	c->size = size;
	t->chunks = c;
	return c;
}

char *
texts_keep(struct texts *t, const char *s, size_t len)
{
	struct chunk *c = t->chunks;
	char *to;

	if (c == NULL || c->size - c->used < len + 1)
		c = chunk_add(t, len + 1);
	if (c == NULL)
		return NULL;
	to = c->bytes + c->used;
	memcpy(to, s, len);
	to[len] = '\0';
	c->used += len + 1;
	t->bytes += len + 1;
	return to;
}

void
texts_fini(struct texts *t)
{
	while (t->chunks != NULL) {
		struct chunk *next = t->chunks->next;

		free(t->chunks);
		t->chunks = next;
	}
	t->bytes = 0;
}

enum srv_err
array_grow(void **array, size_t *cap, size_t count, size_t item_bytes)
{
	size_t more = *cap == 0 ? 64 : 2 * *cap;
	void *p;

	if (count < *cap)
		return SRV_OK;
	p = realloc(*array, more * item_bytes);
	if (p == NULL)
		return SRV_ENOMEM;
	*array = p;
	*cap = more;
	return SRV_OK;
}

static uint32_t
hash_bytes(uint32_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* FNV-1a, mixed once more because only the low bits choose the slot. */
static uint32_t
hash_key(const char *key, const char *language)
{
	uint32_t h = hash_bytes(2166136261u, key);

	h = hash_bytes((h ^ 0xffu) * 16777619u, language);
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	return h ^ (h >> 13);
}

enum srv_err
table_add(struct table *t, const char *key, const char *language, const char *text)
{
	void *rows = t->rows;
	enum srv_err err = array_grow(&rows, &t->cap, t->count, sizeof *t->rows);

	t->rows = rows;
	if (err == SRV_OK)
		t->rows[t->count++] = (struct row){key, language, text, hash_key(key, language)};
	return err;
}

/* The slot where this key is, or the free one where it would be. */
static size_t
slot_find(const struct row *rows, const uint32_t *slots, size_t mask, const struct row *wanted)
{
	size_t i = wanted->hash & mask;

	for (; slots[i] != 0; i = (i + 1) & mask) {
		const struct row *r = &rows[slots[i] - 1];

		if (r->hash == wanted->hash && strcmp(r->key, wanted->key) == 0 &&
		    strcmp(r->language, wanted->language) == 0)
			break;
	}
	return i;
}

/* Makes the index. The store's keys are unique, but the file is anybody's, so a row that is there twice
 * is refused and not left to chance. */
enum srv_err
table_index(struct table *t, struct srv_reason *why)
{
	size_t count = 16;
	uint32_t *slots;

	while (count < 2 * t->count)
		count *= 2;
	slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	for (size_t n = 0; n < t->count; n++) {
		const struct row *r = &t->rows[n];
		size_t i = slot_find(t->rows, slots, count - 1, r);

		if (slots[i] != 0) {
			free(slots);
			return srv_fail(why, SRV_EINVAL, "%.64s%s%.16s is there twice", r->key,
			    r->language[0] == '\0' ? "" : " in ", r->language);
		}
		slots[i] = (uint32_t)(n + 1);
	}
	t->slots = slots;
	t->mask = count - 1;
	return SRV_OK;
}

const char *
table_find(const struct table *t, const char *key, const char *language)
{
	const struct row wanted = {key, language, NULL, hash_key(key, language)};
	uint32_t found = t->slots[slot_find(t->rows, t->slots, t->mask, &wanted)];

	return found == 0 ? NULL : t->rows[found - 1].text;
}

void
table_fini(struct table *t)
{
	free(t->rows);
	free(t->slots);
	*t = (struct table){0};
}
