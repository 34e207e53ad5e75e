/* The values that net/ and endpoint/ pass to each other. Only memory is touched here, no connection.
 * Called on event loops and by tests. */
#include "http.h"

#include "../base/text.h"

#include <string.h>

bool
http_text_is(struct http_text t, const char *s)
{
	return t.s != NULL && strlen(s) == t.len && memcmp(t.s, s, t.len) == 0;
}

bool
http_text_ieq(struct http_text t, const char *s)
{
	return t.s != NULL && text_ieq_n(t.s, t.len, s);
}

bool
http_field_get(const struct http_request *req, const char *name, struct http_text *out, size_t *count)
{
	size_t n = 0;

	for (size_t i = 0; i < req->field_count; i++) {
		if (!http_text_ieq(req->fields[i].name, name))
			continue;
		if (n++ == 0)
			*out = req->fields[i].value;
	}
	if (count != NULL)
		*count = n;
	return n > 0;
}

void
http_response_init(struct http_response *r)
{
	*r = (struct http_response){.status = 200};
	buf_init(&r->headers, 0);
	buf_init(&r->body, 0);
}

void
http_response_fini(struct http_response *r)
{
	buf_fini(&r->headers);
	buf_fini(&r->body);
	*r = (struct http_response){0};
}

void
http_response_plain(struct http_response *r, int status, const char *text)
{
	r->status = status;
	r->content_type = "text/plain; charset=utf-8";
	r->shared = (struct http_text){0};
	buf_reset(&r->body);
	buf_puts(&r->body, text);
}

/* The registry's phrases (IANA HTTP Status Code Registry). */
const char *
http_status_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
	    {100, "Continue"},
	    {200, "OK"},
	    {204, "No Content"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {421, "Misdirected Request"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].reason;
	return "Unknown";
}
