/* Bodies that were made before, by a key that says all they depend on; the least recently used makes room.
 * Thread: one. */
#ifndef SRV_ENDPOINT_BODY_CACHE_H
#define SRV_ENDPOINT_BODY_CACHE_H

#include "../base/buf.h"

#define BODY_CACHE_ENTRIES 64
#define BODY_CACHE_BODY_MAX 65536 /* bytes; a larger one is not kept */
#define BODY_CACHE_KEY_MAX 48     /* with its NUL */

struct body_cache;

enum srv_err body_cache_new(struct body_cache **out); /* SRV_ENOMEM */
void body_cache_free(struct body_cache **);
/* Borrowed until the next put; NULL if it is not there. */
const struct buf *body_cache_get(struct body_cache *, const char *key);
/* Keeps a copy, if there is memory for it. */
void body_cache_put(struct body_cache *, const char *key, const struct buf *body);

#endif
