/* Growable bytes with sticky failure: a writer of an answer appends without looking, and whoever sends it
 * looks once at err. Memory doubles, so that appending n bytes costs O(n) in all. What it lets go of is wiped, whatever
 * it was: requests and answers hold passwords and tickets, and it costs less than to know which. So it grows by a copy;
 * realloc would leave the old bytes behind. Called by everyone; a buf belongs to one thread at a time. */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64 /* bytes of the first allocation */

void
buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){.limit = limit};
}

static void
wipe(struct buf *b, size_t from, size_t to)
{
	if (to > from)
		explicit_bzero(b->data + from, to - from);
}

void
buf_fini(struct buf *b)
{
	wipe(b, 0, b->len);
	free(b->data);
	*b = (struct buf){0};
}

void
buf_reset(struct buf *b)
{
	wipe(b, 0, b->len);
	b->len = 0;
	b->err = SRV_OK;
}

void
buf_keep(struct buf *b, const char *from, size_t len)
{
	assert(from >= b->data && from + len <= b->data + b->len);
	if (len > 0)
		memmove(b->data, from, len);
	wipe(b, len, b->len);
	b->len = len;
}

/* Apart from buf_reserve, which mostly has nothing to do. */
static __attribute__((noinline)) enum srv_err
grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
	char *data;

	while (cap < need)
		cap *= 2;
	data = malloc(cap);
	if (data == NULL)
		return b->err = SRV_ENOMEM;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	data[b->len] = '\0';
	wipe(b, 0, b->len);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return SRV_OK;
}

enum srv_err
buf_reserve(struct buf *b, size_t more)
{
	size_t need;

	if (b->err != SRV_OK)
		return b->err;
	if (more > SIZE_MAX / 2 - b->len - 1)
		return b->err = b->limit > 0 ? SRV_ELIMIT : SRV_ENOMEM;
	if (b->limit > 0 && b->len + more > b->limit)
		return b->err = SRV_ELIMIT;
	need = b->len + more + 1;
	return need <= b->cap ? SRV_OK : grow(b, need);
}

void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (buf_reserve(b, len) != SRV_OK)
		return;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_put_int(struct buf *b, int64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (n < 0)
		digits[--at] = '-';
	buf_put(b, digits + at, sizeof(digits) - at);
}

/* Formats into what room there is, and a second time when that was too little. */
void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	if (buf_reserve(b, 0) != SRV_OK)
		return;
	room = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (b->limit > 0 && (size_t)n > b->limit - b->len)) {
		b->err = n < 0 ? SRV_ENOMEM : SRV_ELIMIT;
		b->data[b->len] = '\0';
		return;
	}
	if ((size_t)n >= room) {
		wipe(b, b->len, b->cap);
		if (buf_reserve(b, (size_t)n) != SRV_OK)
			return;
		va_start(ap, fmt);
		n = vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
		if (n < 0) {
			b->err = SRV_ENOMEM;
			b->data[b->len] = '\0';
			return;
		}
	}
	b->len += (size_t)n;
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *data;

	if (buf_reserve(b, 0) != SRV_OK)
		return NULL;
	data = b->data;
	*b = (struct buf){.limit = b->limit};
	return data;
}
