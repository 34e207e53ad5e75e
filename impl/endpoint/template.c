/* The documents made from the WSDL are whole at build time but for what only a request tells: the address that the
 * reader used, and whether forms are for this reader. One pass puts that in. Called by documents.c on event loops. */
#include "template.h"
#include <string.h>

#define IF "<!--if "
#define FI "<!--fi "
#define CLOSE "-->"

static bool
holds(const char *conditions, const char *name, size_t len)
{
	for (const char *at = conditions; *at;) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, name, n) == 0)
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

/* The first place of a text in [at, end), or end. */
static const char *
find(const char *at, const char *end, const char *text)
{
	size_t n = strlen(text);

	for (; (at = memchr(at, text[0], (size_t)(end - at))) != NULL && (size_t)(end - at) >= n; at++)
		if (memcmp(at, text, n) == 0)
			return at;
	return end;
}

/* Behind the comment at `at`, which opens with IF or FI; behind the whole block if it opens one that does not hold. */
static const char *
pass_comment(const char *at, const char *end, const char *conditions)
{
	const char *name = at + strlen(IF), *close = find(name, end, CLOSE);
	size_t len = (size_t)(close - name);

	if (memcmp(at, IF, strlen(IF)) == 0 && !holds(conditions, name, len))
		while ((at = find(at + 1, end, FI)) < end)
			if ((size_t)(end - at) > strlen(FI) + len && memcmp(at + strlen(FI), name, len) == 0)
				break;
	at = find(at, end, CLOSE);
	return at < end ? at + strlen(CLOSE) : end;
}

static const struct template_mark *
mark_at(const char *at, const char *end, const struct template_mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(marks[i].mark);
		if ((size_t)(end - at) >= n && memcmp(at, marks[i].mark, n) == 0)
			return &marks[i];
	}
	return NULL;
}

void
template_fill(const char *bytes, size_t len, const struct template_mark *marks, size_t mark_count,
    const char *conditions, struct buf *out)
{
	const char *end = bytes + len, *from = bytes, *at = bytes;

	while (at < end) {
		const struct template_mark *m = *at == '@' ? mark_at(at, end, marks, mark_count) : NULL;
		bool comment = *at == '<' && (size_t)(end - at) >= strlen(IF) &&
			       (memcmp(at, IF, strlen(IF)) == 0 || memcmp(at, FI, strlen(FI)) == 0);
		if (m == NULL && !comment) {
			at++;
			continue;
		}
		buf_put(out, from, (size_t)(at - from));
		if (m)
			buf_puts(out, m->text);
		at = m ? at + strlen(m->mark) : pass_comment(at, end, conditions);
		from = at;
	}
	buf_put(out, from, (size_t)(at - from));
}

void
template_put_url(const char *url, bool html, struct buf *out)
{
	for (const char *c = url; *c; c++) {
		if (*c == '&' && html)
			buf_puts(out, "&amp;");
		else if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"'<>\\^`{|}", *c))
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
		else
			buf_putc(out, *c);
	}
}
