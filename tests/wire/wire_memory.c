/* The memory of a process, by /proc: its writable mappings, for no copy of anything comes into another. */
#define _GNU_SOURCE /* memmem */
#include "wire_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE 1048576
#define NEEDLE_MAX 64
#define AROUND 48
#define SHOWN 8 /* places */

struct search {
	const struct wire_bytes *needles;
	size_t count, found;
	uint64_t seen; /* bytes */
	char *told;
};

/* Sanitizers keep terabytes of notes about addresses, in which there is no copy of what stands at these. And
 * ThreadSanitizer now and then saves all registers on the stack, with what was copied last by whomever; so of its
 * builds the heap alone is searched, which lies here (tsan_platform.h). That stacks are clean the other builds show. */
static bool
is_searched(uint64_t begin, uint64_t end)
{
#ifdef __SANITIZE_THREAD__
	if (begin < UINT64_C(0x7b0000000000) || end > UINT64_C(0x7c0000000000))
		return false;
#endif
	return end - begin < UINT64_C(1) << 30;
}

static void
tell(struct search *s, const char *mapping, uint64_t at, const char *around, size_t len)
{
	char *text = wire_copy(around, len);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	if (s->found++ < SHOWN)
		s->told = wire_printf("%s%" PRIx64 " in %s: %s\n", s->told, at, mapping, text);
}

static bool
is_zero(const char *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* What was found before from is known already. */
static void
search(struct search *s, const char *mapping, uint64_t base, const char *p, size_t len, size_t from)
{
	s->seen += len;
	if (is_zero(p, len))
		return;
	for (size_t i = 0; i < s->count; i++) {
		const struct wire_bytes *n = &s->needles[i];
		size_t skip = from >= n->len ? from - n->len + 1 : 0;
		const char *at = p + skip;

		while ((at = memmem(at, len - (size_t)(at - p), n->p, n->len)) != NULL) {
			size_t pos = (size_t)(at - p), before = pos < AROUND ? pos : AROUND;
			size_t around = len - pos + before < 3 * AROUND ? len - pos + before : 3 * AROUND;

			tell(s, mapping, base + pos, at - before, around);
			at += n->len;
		}
	}
}

/* Pieces overlap, so that no needle is cut. What is not there any more, or never was, is passed over. */
static void
read_mapping(struct search *s, int mem, const char *mapping, uint64_t begin, uint64_t end)
{
	static char piece[NEEDLE_MAX + PIECE];
	size_t kept = 0;

	for (uint64_t at = begin; at < end;) {
		size_t want = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = pread(mem, piece + kept, want, (off_t)at);

		if (got <= 0)
			return;
		search(s, mapping, at - kept, piece, kept + (size_t)got, kept);
		at += (uint64_t)got;
		got += (ssize_t)kept;
		kept = got < NEEDLE_MAX ? (size_t)got : NEEDLE_MAX;
		memmove(piece, piece + got - kept, kept);
	}
}

char *
wire_memory_find(const struct wire_srvd *srv, const struct wire_bytes *needles, size_t count)
{
	struct search s = {.needles = needles, .count = count, .told = wire_printf("%s", "")};
	FILE *maps = fopen(wire_printf("/proc/%d/maps", (int)srv->pid), "r");
	int mem = open(wire_printf("/proc/%d/mem", (int)srv->pid), O_RDONLY | O_CLOEXEC);
	char line[512], mode[8], name[256];
	uint64_t begin, end;

	assert_true(maps != NULL && mem >= 0);
	while (fgets(line, sizeof line, maps) != NULL) {
		snprintf(name, sizeof name, "%s", "memory without a name");
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %255s", &begin, &end, mode, name) >= 3 &&
		    strncmp(mode, "rw", 2) == 0 && is_searched(begin, end))
			read_mapping(&s, mem, name, begin, end);
	}
	fclose(maps);
	close(mem);
	assert_true(s.seen > 1000000);
	if (s.found == 0)
		return NULL;
	return wire_printf("%zu copies\n%s", s.found, s.told);
}
