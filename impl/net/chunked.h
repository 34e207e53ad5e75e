/* Takes the chunking off a request body (RFC 9112 section 7.1). Pure: no input, no output, no memory of
 * its own. For http1 only. Thread: one at a time. */
#ifndef SRV_NET_CHUNKED_H
#define SRV_NET_CHUNKED_H

#include <stddef.h>

/* Digits of a chunk size: 64 bits. There are readers that cut a longer one here, gSOAP among them, so that zeros in
 * front would make two sizes of one. */
#define CHUNKED_SIZE_MAX 16
#define CHUNKED_EXT_MAX 256 /* bytes of the extensions behind it */

struct chunked {
	int state;
	size_t left;    /* the size being read, then the bytes of the chunk still to come */
	size_t line;    /* bytes of the size, or of the extensions */
	size_t count;   /* chunks that held anything */
	size_t trailer; /* bytes of trailer fields */
	size_t body;    /* bytes decoded */
};

struct chunked_limits {
	size_t body, chunks, trailers;
};

enum chunked_result {
	CHUNKED_MORE, /* every byte was taken, the end is still to come */
	CHUNKED_DONE,
	CHUNKED_ERROR,
};

void chunked_init(struct chunked *);
/* Decodes data[*pos, len) to data + at + body and moves *pos behind what was taken; at + body is never
 * past *pos. An error fills *status (400, 413, 431) and *why, a constant word for the log. The outcome depends
 * on the bytes alone, not on how they were cut into calls. */
enum chunked_result chunked_feed(struct chunked *, const struct chunked_limits *, char *data, size_t at, size_t *pos,
    size_t len, int *status, const char **why);

#endif
