/* Writes the head of an answer. For conn.c and acceptor.c. Thread: one loop each. */
#ifndef SRV_NET_REPLY_H
#define SRV_NET_REPLY_H

#include "../base/clock.h"
#include "http.h"

#define REPLY_DATE_MAX 30

/* The Date field's text, made anew once a second. */
struct reply_date {
	wall_t at;
	char text[REPLY_DATE_MAX];
};

/* Writes the status line and all fields into out (emptied first). minor is the request's HTTP/1.minor, for which
 * a connection that stays open has to be said or not. Errors: out->err. */
void reply_head(struct buf *out, struct reply_date *, const struct http_response *, int minor, bool close);
/* The body an answer has, whether or not it is sent. */
struct http_text reply_body(const struct http_response *);
/* `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7). Returns text. */
const char *reply_format_date(wall_t, char text[REPLY_DATE_MAX]);

#endif
