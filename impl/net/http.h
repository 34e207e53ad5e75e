/* One HTTP request and one answer, as values: what net/ hands to endpoint/ and gets back. */
#ifndef SRV_NET_HTTP_H
#define SRV_NET_HTTP_H

#include "../base/buf.h"
#include <stdbool.h>
#include <stddef.h>

struct http_text {
	const char *s; /* not NUL-terminated; NULL if absent */
	size_t len;
};
struct http_field {
	struct http_text name, value; /* value without blanks around it */
};

/* A whole request, framed by RFC 9112 without doubt: one length, a valid Host, no folded line, no control
 * byte. All text is borrowed from the connection's buffer for the length of endpoint_begin. */
struct http_request {
	struct http_text method; /* a token */
	struct http_text target; /* as sent: origin form, path and query */
	struct http_text path;   /* of the target, up to the ? */
	struct http_text query;  /* behind the ?; NULL if there is no ? */
	int minor;               /* HTTP/1.minor */
	struct http_field *fields;
	size_t field_count;
	struct http_text host; /* Host, or NULL in HTTP/1.0 */
	struct http_text body; /* with the chunking taken off; len 0 if none */
	bool has_body;         /* a length or chunks were sent, even of 0 bytes */
	bool keep_alive;       /* what the client asks for */
	const char *peer;      /* the peer's address as text, without the port */
	bool from_here;        /* the peer has the address that it called: it sits at this host */
	bool tls;
};

/* The value of the only field of that name (any case); false with *out untouched if there is none;
 * *count, which may be NULL, gets how many there are (the first is given). */
bool http_field_get(const struct http_request *, const char *name, struct http_text *out, size_t *count);
bool http_text_is(struct http_text, const char *);  /* exact */
bool http_text_ieq(struct http_text, const char *); /* ASCII case folded */

/* An answer. Content-Length, Date, Connection and the status line are written by net/. */
struct http_response {
	int status;
	const char *content_type; /* constant; NULL for no body */
	struct buf headers;       /* further field lines, each ending in CR LF */
	struct buf body;          /* owned; used if shared is NULL */
	struct http_text shared;  /* a body that lives as long as the process */
	bool head_only;           /* the request was HEAD: the length is sent, the body is not */
	bool no_length;           /* with head_only: the length GET would have is not known, none is sent */
	bool close;               /* close the connection behind it */
	int delay_ms;             /* hold the answer back so long */
};
void http_response_init(struct http_response *);
void http_response_fini(struct http_response *);
/* text/plain with a short fixed text. */
void http_response_plain(struct http_response *, int status, const char *text);
const char *http_status_reason(int status); /* "OK", "Not Found", ... */

#endif
