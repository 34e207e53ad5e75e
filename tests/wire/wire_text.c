/* Memory and strings of the wire tests.
 *
 * A test that fails leaves by longjmp and frees nothing, and a test that passes should not be cluttered
 * with frees either. So every block is put on one list, and the teardown of each test frees the list. The
 * stress tests call from several threads, hence the lock. */
#include "wire_text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct block {
	struct block *next;
	max_align_t payload[];
};

static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;

void *
wire_alloc(size_t size)
{
	struct block *b = calloc(1, sizeof *b + size);

	if (b == NULL) {
		fputs("wire tests: out of memory\n", stderr);
		abort();
	}
	pthread_mutex_lock(&blocks_lock);
	b->next = blocks;
	blocks = b;
	pthread_mutex_unlock(&blocks_lock);
	return b->payload;
}

void
wire_text_free_all(void)
{
	pthread_mutex_lock(&blocks_lock);
	while (blocks != NULL) {
		struct block *b = blocks;

		blocks = b->next;
		free(b);
	}
	pthread_mutex_unlock(&blocks_lock);
}

char *
wire_copy(const char *s, size_t len)
{
	char *p = wire_alloc(len + 1);

	if (len != 0)
		memcpy(p, s, len);
	return p;
}

char *
wire_printf(const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	char *p = wire_alloc((size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

struct wire_bytes
wire_bytes(const char *s, size_t len)
{
	return (struct wire_bytes){wire_copy(s, len), len};
}

struct wire_bytes
wire_bytes_text(const char *s)
{
	return wire_bytes(s, strlen(s));
}

struct wire_bytes
wire_join(struct wire_bytes a, struct wire_bytes b)
{
	struct wire_bytes both = {wire_alloc(a.len + b.len + 1), a.len + b.len};

	memcpy(both.p, a.p, a.len);
	memcpy(both.p + a.len, b.p, b.len);
	return both;
}

char *
wire_repeat(const char *s, size_t n)
{
	size_t len = strlen(s);
	char *p = wire_alloc(n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(p + i * len, s, len);
	return p;
}

char *
wire_url_encode(const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = wire_alloc(3 * strlen(s) + 1), *p = out;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || strchr("-._~", c) != NULL) {
			*p++ = (char)c;
		} else {
			*p++ = '%';
			*p++ = digits[c >> 4];
			*p++ = digits[c & 15];
		}
	}
	return out;
}

char *
wire_xml_escape(const char *s)
{
	char *out = wire_alloc(6 * strlen(s) + 1), *p = out;

	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			p = stpcpy(p, "&amp;");
			break;
		case '<':
			p = stpcpy(p, "&lt;");
			break;
		case '>':
			p = stpcpy(p, "&gt;");
			break;
		case '"':
			p = stpcpy(p, "&quot;");
			break;
		default:
			*p++ = *s;
		}
	}
	return out;
}

char *
wire_file_read(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return NULL;
	}
	/* A log grows while it is read: what is there now is enough. */
	size_t size = (size_t)st.st_size, have = 0;
	char *p = wire_alloc(size + 1);
	while (have < size) {
		ssize_t n = read(fd, p + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	close(fd);
	if (len != NULL)
		*len = have;
	return p;
}

bool
wire_file_write(const char *path, const char *bytes, size_t len)
{
	char *aside = wire_printf("%s.new", path);
	FILE *f = fopen(aside, "wb");

	if (f == NULL)
		return false;
	bool ok = fwrite(bytes, 1, len, f) == len;
	ok = fclose(f) == 0 && ok;
	return ok && rename(aside, path) == 0;
}

int64_t
wire_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
wire_rest_ms(int ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

bool
wire_is_guid(const char *s)
{
	static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

	if (s == NULL || strlen(s) != sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++) {
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f');

		if (form[i] == '-' ? s[i] != '-' : !hex)
			return false;
	}
	return true;
}
