/* Readers ask for a dozen documents under one or two addresses, so what was filled in and compressed once serves all
 * that follow. Whoever asks under ever new addresses pays for each, and takes no more memory than this. */
#include "body_cache.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct body_cache {
	uint64_t now; /* counts uses */
	struct {
		char key[BODY_CACHE_KEY_MAX]; /* empty: free */
		struct buf body;
		uint64_t used;
	} entry[BODY_CACHE_ENTRIES];
};

enum srv_err
body_cache_new(struct body_cache **out)
{
	struct body_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		return SRV_ENOMEM;
	*out = c;
	return SRV_OK;
}

void
body_cache_free(struct body_cache **cp)
{
	if (*cp == NULL)
		return;
	for (size_t i = 0; i < BODY_CACHE_ENTRIES; i++)
		buf_fini(&(*cp)->entry[i].body);
	free(*cp);
	*cp = NULL;
}

const struct buf *
body_cache_get(struct body_cache *c, const char *key)
{
	for (size_t i = 0; i < BODY_CACHE_ENTRIES; i++)
		if (strcmp(c->entry[i].key, key) == 0) {
			c->entry[i].used = ++c->now;
			return &c->entry[i].body;
		}
	return NULL;
}

void
body_cache_put(struct body_cache *c, const char *key, const struct buf *body)
{
	size_t oldest = 0;
	struct buf copy;

	if (body->len > BODY_CACHE_BODY_MAX || strlen(key) >= BODY_CACHE_KEY_MAX)
		return;
	buf_init(&copy, 0);
	buf_put(&copy, body->data, body->len);
	if (copy.err != SRV_OK)
		return;
	for (size_t i = 1; i < BODY_CACHE_ENTRIES; i++)
		if (c->entry[i].used < c->entry[oldest].used)
			oldest = i;
	buf_fini(&c->entry[oldest].body);
	c->entry[oldest].body = copy;
	c->entry[oldest].used = ++c->now;
	memcpy(c->entry[oldest].key, key, strlen(key) + 1);
}
