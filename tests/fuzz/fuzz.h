/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: libFuzzer calls it with inputs that it
 * makes up, and replay.c with those of corpus/. Whatever the bytes, it returns 0, or else MUST ends the program. */
#ifndef SRV_TESTS_FUZZ_H
#define SRV_TESTS_FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem; so this header is the first of a target */
#endif

#include "../../impl/net/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}
#define MUST(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

/* A copy in memory of exactly that size, so that reading beyond it is noticed; the caller's to free. */
static inline char *
fuzz_copy(const void *bytes, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	MUST(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

/* The same with a NUL behind, for what takes strings; an input's own NUL ends it early. */
static inline char *
fuzz_string(const void *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	MUST(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

static inline bool
fuzz_same(struct http_text a, struct http_text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

/* Takes one byte from the front: what a target chooses by. 0 when there is none. */
static inline uint8_t
fuzz_byte(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	(*size)--;
	return *(*data)++;
}

/* Does this stand in there? libFuzzer is not to see the comparison, or it would soon put the needle in. */
#ifdef __clang__
__attribute__((no_sanitize("coverage")))
#endif
static inline bool
fuzz_holds(const void *bytes, size_t len, const char *needle)
{
	const char *at = bytes;
	size_t n = strlen(needle), same;

	for (; len >= n; at++, len--) {
		for (same = 0; same < n && at[same] == needle[same]; same++)
			;
		if (same == n)
			return true;
	}
	return false;
}

/* One line in words, as a reason must be. */
static inline void
fuzz_check_reason(const struct srv_reason *why)
{
	MUST(why->text[0] != '\0');
	for (const char *c = why->text; *c != '\0'; c++)
		MUST((unsigned char)*c >= ' ' && *c != 0x7f);
}

#endif
