/* Why: what every answer's head has in common is written in one place, so that no answer that has
 * a body can go out without its length, and none tells what software made it. The Date is kept for a second, because
 * breaking a time down costs more than the rest of the head.
 * Called by connections, on their loop. */
#include "reply.h"

#include <string.h>
#include <time.h>

/* RFC 9110 section 5.6.7. No program here calls setlocale, so strftime's names are English. */
const char *
reply_format_date(wall_t when, char text[REPLY_DATE_MAX])
{
	time_t t = (time_t)when.s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(text, REPLY_DATE_MAX, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		memcpy(text, "Thu, 01 Jan 1970 00:00:00 GMT", REPLY_DATE_MAX);
	return text;
}

struct http_text
reply_body(const struct http_response *r)
{
	if (r->status == 204 || r->status == 304 || r->content_type == NULL)
		return (struct http_text){"", 0};
	if (r->shared.s != NULL)
		return r->shared;
	return (struct http_text){buf_str(&r->body), r->body.len};
}

void
reply_head(struct buf *out, struct reply_date *date, const struct http_response *r, int minor, bool close)
{
	wall_t now = clock_wall();

	if (date->at.s != now.s || date->text[0] == '\0') {
		date->at = now;
		reply_format_date(now, date->text);
	}
	buf_reset(out);
	buf_puts(out, "HTTP/1.1 ");
	buf_put_int(out, r->status);
	buf_putc(out, ' ');
	buf_puts(out, http_status_reason(r->status));
	buf_puts(out, "\r\nDate: ");
	buf_puts(out, date->text);
	buf_puts(out, "\r\n");
	/* RFC 9110 section 8.6 forbids a length with 204, and with 304 it would speak of another answer. */
	if (r->status != 204 && r->status != 304) {
		if (r->content_type != NULL) {
			buf_puts(out, "Content-Type: ");
			buf_puts(out, r->content_type);
			buf_puts(out, "\r\n");
		}
		buf_put(out, buf_str(&r->headers), r->headers.len);
		if (!(r->head_only && r->no_length)) {
			buf_puts(out, "Content-Length: ");
			buf_put_int(out, (int64_t)reply_body(r).len);
			buf_puts(out, "\r\n");
		}
	} else {
		buf_put(out, buf_str(&r->headers), r->headers.len);
	}
	if (close)
		buf_puts(out, "Connection: close\r\n");
	else if (minor == 0)
		buf_puts(out, "Connection: keep-alive\r\n");
	buf_puts(out, "\r\n");
}
