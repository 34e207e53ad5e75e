/* Growable bytes, always followed by a NUL that len does not count. Failure is sticky: once an append
 * ran out of memory or over the limit, err is set, later appends do nothing, and the owner looks once
 * at the end. Bytes that it no longer holds are wiped from memory; those that buf_take gave away are not its any more.
 * Thread: one at a time. */
#ifndef SRV_BASE_BUF_H
#define SRV_BASE_BUF_H

#include "err.h"
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL until the first append, owned; use buf_str() for a string that is never NULL */
	size_t len; /* bytes */
	size_t cap;
	size_t limit;     /* bytes it may reach; 0 = none */
	enum srv_err err; /* SRV_OK, SRV_ENOMEM, SRV_ELIMIT */
};

void buf_init(struct buf *, size_t limit);
void buf_fini(struct buf *);
void buf_reset(struct buf *); /* empty, memory and limit kept, err cleared */
/* Of what it holds, only the len bytes at from stay; they move to the front. */
void buf_keep(struct buf *, const char *from, size_t len);
void buf_put(struct buf *, const void *bytes, size_t len);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
void buf_put_int(struct buf *, int64_t); /* in decimal */
void buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for more bytes beyond len, and the NUL. Who writes there moves len and puts the NUL. */
enum srv_err buf_reserve(struct buf *, size_t more);
const char *buf_str(const struct buf *); /* data, or "" */
/* Moves the bytes out: the caller frees them with free(). NULL if err is set; an empty buf gives "". */
char *buf_take(struct buf *);

#endif
