/* What a reader takes and has: Accept-Encoding and If-None-Match (RFC 9110 sections 12.5.3 and 13.1.2). Pure.
 * Thread: any. */
#ifndef SRV_ENDPOINT_NEGOTIATE_H
#define SRV_ENDPOINT_NEGOTIATE_H

#include "../net/http.h"
#include <stdbool.h>

/* Is gzip named, or meant by `*`, with a weight that is not 0? Without the field it is not. */
bool negotiate_gzip(const struct http_request *);
/* Does the reader have what carries this entity tag (quotes and all)? Weak comparison; `*` is any. */
bool negotiate_has(const struct http_request *, const char *etag);
/* Appends the bytes compressed as one gzip member, which is the same each time. Errors: SRV_ENOMEM; out->err. */
enum srv_err negotiate_compress(struct http_text bytes, struct buf *out);

#endif
