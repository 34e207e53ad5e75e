/* Frames HTTP/1.x requests out of bytes (RFC 9112), without input or output: what has come so far goes in,
 * a whole struct http_request comes out, or the status to refuse with. What could be read two ways is refused.
 * Memory is the caller's. For conn.c, tests and fuzzers. Thread: one at a time. */
#ifndef SRV_NET_HTTP1_H
#define SRV_NET_HTTP1_H

#include "../base/conf.h"
#include "chunked.h"
#include "http.h"

#include <stdbool.h>
#include <stddef.h>

struct http1_limits {
	size_t request_line; /* bytes without the CR LF, as of field_line */
	size_t field_line;
	size_t head; /* bytes from the request line to the empty line, line ends included */
	size_t fields;
	struct chunked_limits body;
};

enum http1_result {
	HTTP1_MORE,    /* not whole yet */
	HTTP1_REQUEST, /* whole */
	HTTP1_ERROR    /* refused; the connection has lost its framing and must be closed */
};

/* One request being read. The fields are for reading only. */
struct http1 {
	int state;
	size_t pos;   /* bytes looked at */
	size_t start; /* where the request line begins: an empty line may stand in front */
	size_t line;  /* where the line being read begins */
	size_t method_len;
	size_t target, target_len;
	size_t authority_len; /* of a target in absolute form */
	size_t field_count;
	size_t head_end;       /* bytes up to the body, once the head is whole */
	size_t content_length; /* if the body is not chunked */
	struct chunked chunked;
	int minor;
	bool absolute;   /* the target is in absolute form */
	bool head_only;  /* the method is HEAD */
	bool has_body;   /* a length or chunks were sent */
	bool is_chunked; /* chunks were */
	bool keep_alive;
	bool connect;    /* the method is CONNECT, behind which a client may not speak HTTP */
	bool expect;     /* 100-continue is awaited */
	bool coded;      /* the body has a content coding, which we do not take (415) */
	bool body_begun; /* bytes of the body have come */
	size_t used;     /* HTTP1_REQUEST: how many of the bytes were this request */
	int status;      /* HTTP1_ERROR: 400, 413, 414, 417, 431, 501, 505 */
	const char *why; /* HTTP1_ERROR: a constant word for the log */
};

void http1_limits_from(const struct conf *, struct http1_limits *);
void http1_init(struct http1 *);

/* data[0, *len) is everything from the request's first byte on; what was given before must be there
 * unchanged, perhaps elsewhere in memory. fields has room for limits->fields and must be the caller's until the
 * request is done with.
 * HTTP1_MORE: *len may have become smaller (chunks were taken off in place); append there.
 * HTTP1_REQUEST: *req is filled (peer and tls are not) and borrows from data; the next request's bytes begin at
 * data + used. Afterwards, and after HTTP1_ERROR, only http1_init may follow.
 * The outcome depends on the bytes alone, not on how they were cut into calls. */
enum http1_result http1_feed(struct http1 *, const struct http1_limits *, char *data, size_t *len,
    struct http_field *fields, struct http_request *req);

bool http1_begun(const struct http1 *);   /* a byte of a request line has come; an empty line in front is none */
bool http1_in_body(const struct http1 *); /* the head is whole, the body is not */

#endif
