/* A document with gaps, and what fills them. Pure. Thread: any. */
#ifndef SRV_ENDPOINT_TEMPLATE_H
#define SRV_ENDPOINT_TEMPLATE_H

#include "../base/buf.h"
#include <stdbool.h>

/* A mark as `@ADDRESS@`, wherever it stands, and the text for it, escaped for where that is. */
struct template_mark {
	const char *mark, *text;
};

/* Appends the bytes with the marks replaced. What stands between `<!--if NAME-->` and the next `<!--fi NAME-->` is
 * there only if NAME is one of conditions, words separated by single blanks. A text is not looked at again.
 * Errors: out->err. */
void template_fill(const char *bytes, size_t len, const struct template_mark *marks, size_t mark_count,
    const char *conditions, struct buf *out);

/* Appends a URL as it may stand in quotes of either kind, in HTML, XML, JSON or a shell: what a URL does not hold as it
 * is, and the apostrophe, is escaped as %XX. html: & is &amp; (but not in JSON, and not in a shell). */
void template_put_url(const char *url, bool html, struct buf *out);

#endif
