/* Why: every disagreement about where a request ends is a way to slip a second one past somebody, so
 * this reader takes RFC 9112's grammar and none of its leniencies but two: one empty line in front of a request
 * (section 2.2) and the absolute form of a target (section 3.2.2).
 * Model: the head is read byte by byte, each byte against the class its place allows, so that garbage is refused
 * at its first byte, limits hold before memory is spent, and cutting the bytes differently cannot change
 * the outcome. When the head is whole its lines are known to be well formed; they are cut into fields
 * and framing.c judges what they say together. Fields are not kept while a body is awaited but cut again,
 * which is cheap, so that a half-read request costs its bytes and this small struct.
 * Called by conn.c on the connection's loop. */
#include "http1.h"

#include "framing.h"
#include "http1_class.h"

#include <assert.h>
#include <string.h>

enum {
	START,
	START_LF,
	METHOD,
	TARGET,
	VERSION,
	VERSION_LF,
	FIELD,
	NAME,
	VALUE,
	VALUE_LF,
	HEAD_LF,
	BODY,
	OVER /* a result was given */
};

#define VERSION_LEN 8 /* HTTP/1.1 */

void
http1_limits_from(const struct conf *conf, struct http1_limits *out)
{
	out->request_line = (size_t)conf->max_request_line;
	out->field_line = (size_t)conf->max_field_line;
	out->head = (size_t)conf->max_head;
	out->fields = (size_t)conf->max_fields;
	out->body.body = (size_t)conf->max_body;
	out->body.chunks = (size_t)conf->max_chunks;
	out->body.trailers = (size_t)conf->max_trailers;
}

void
http1_init(struct http1 *h)
{
	*h = (struct http1){.state = START};
}

bool
http1_begun(const struct http1 *h)
{
	return h->state >= METHOD && h->state < OVER && h->pos > h->start;
}

bool
http1_in_body(const struct http1 *h)
{
	return h->state == BODY;
}

static enum http1_result
refuse(struct http1 *h, int status, const char *why)
{
	h->state = OVER;
	h->status = status;
	h->why = why;
	return HTTP1_ERROR;
}

/* Moves pos over bytes of that class, up to end. */
static void
skip(struct http1 *h, const char *data, size_t end, int which)
{
	while (h->pos < end && http1_is(data[h->pos], which))
		h->pos++;
}

static enum http1_result
read_request_line(struct http1 *h, const struct http1_limits *limits, const char *data, size_t end)
{
	static const int class_of[] = {[METHOD] = HTTP1_TOKEN, [TARGET] = HTTP1_TARGET, [VERSION] = HTTP1_VERSION};
	size_t line_end = h->line + limits->request_line;
	int which = class_of[h->state];
	char c;

	skip(h, data, end < line_end ? end : line_end, which);
	if (h->state == VERSION && h->pos - (h->target + h->target_len + 1) > VERSION_LEN)
		return refuse(h, 400, "request-line");
	if (h->pos == end)
		return HTTP1_MORE;
	c = data[h->pos];
	if (h->pos == line_end && c != '\r')
		return refuse(h, 414, "request-line-size");
	if (h->state == METHOD && c == ' ' && h->pos > h->line) {
		h->method_len = h->pos - h->line;
		h->target = h->pos + 1;
		h->state = TARGET;
	} else if (h->state == TARGET && c == ' ' && h->pos > h->target) {
		h->target_len = h->pos - h->target;
		h->state = VERSION;
	} else if (h->state == VERSION && c == '\r') {
		h->state = VERSION_LF;
	} else {
		return refuse(h, 400, "request-line");
	}
	h->pos++;
	return HTTP1_MORE;
}

static enum http1_result
end_request_line(struct http1 *h, const char *data)
{
	size_t version = h->target + h->target_len + 1;
	const char *why;
	int status;

	if (data[h->pos] != '\n')
		return refuse(h, 400, "line-end");
	status = framing_request_line(h, data, data + version, h->pos - 1 - version, &why);
	if (status != 0)
		return refuse(h, status, why);
	h->pos++;
	h->line = h->pos;
	h->state = FIELD;
	return HTTP1_MORE;
}

static enum http1_result
read_field(struct http1 *h, const struct http1_limits *limits, const char *data, size_t end)
{
	size_t line_end = h->line + limits->field_line;
	char c;

	if (h->state == FIELD) {
		c = data[h->pos];
		if (c == '\r') {
			h->pos++;
			h->state = HEAD_LF;
			return HTTP1_MORE;
		}
		if (!http1_is(c, HTTP1_TOKEN))
			return refuse(h, 400, c == ' ' || c == '\t' ? "obs-fold" : "field");
		if (++h->field_count > limits->fields)
			return refuse(h, 431, "field-count");
		h->state = NAME;
	}
	skip(h, data, end < line_end ? end : line_end, h->state == NAME ? HTTP1_TOKEN : HTTP1_VALUE);
	if (h->pos == end)
		return HTTP1_MORE;
	c = data[h->pos];
	if (h->pos == line_end && c != '\r')
		return refuse(h, 431, "field-size");
	if (h->state == NAME && c == ':')
		h->state = VALUE;
	else if (h->state == VALUE && c == '\r')
		h->state = VALUE_LF;
	else
		return refuse(h, 400, "field");
	h->pos++;
	return HTTP1_MORE;
}

/* One LF that must stand here. */
static enum http1_result
read_lf(struct http1 *h, const char *data)
{
	if (data[h->pos] != '\n')
		return refuse(h, 400, "line-end");
	h->pos++;
	h->line = h->pos;
	if (h->state == START_LF) {
		h->start = h->pos;
		h->state = METHOD;
	} else if (h->state == VALUE_LF) {
		h->state = FIELD;
	} else {
		h->head_end = h->pos;
		h->state = BODY;
	}
	return HTTP1_MORE;
}

static enum http1_result
read_head(struct http1 *h, const struct http1_limits *limits, const char *data, size_t len)
{
	enum http1_result r = HTTP1_MORE;

	while (r == HTTP1_MORE && h->state != BODY) {
		size_t end = h->start + limits->head;

		if (h->pos == end)
			return refuse(h, 431, "head-size");
		if (h->pos == len)
			return HTTP1_MORE;
		if (end > len)
			end = len;
		switch (h->state) {
		case START:
			h->state = data[h->pos] == '\r' ? START_LF : METHOD;
			h->pos += h->state == START_LF;
			break;
		case METHOD:
		case TARGET:
		case VERSION:
			r = read_request_line(h, limits, data, end);
			break;
		case VERSION_LF:
			r = end_request_line(h, data);
			break;
		case FIELD:
		case NAME:
		case VALUE:
			r = read_field(h, limits, data, end);
			break;
		default:
			r = read_lf(h, data);
		}
	}
	return r;
}

static size_t
first_field_line(const struct http1 *h, const char *data)
{
	const char *lf = memchr(data + h->start, '\n', h->head_end - h->start);

	return (size_t)(lf - data) + 1;
}

static enum http1_result
read_body(struct http1 *h, const struct http1_limits *limits, char *data, size_t *len)
{
	int status = 0;
	const char *why = NULL;

	if (*len > h->head_end)
		h->body_begun = true;
	if (!h->is_chunked) {
		h->used = h->head_end + h->content_length;
		return *len < h->used ? HTTP1_MORE : HTTP1_REQUEST;
	}
	switch (chunked_feed(&h->chunked, &limits->body, data, h->head_end, &h->pos, *len, &status, &why)) {
	case CHUNKED_ERROR:
		return refuse(h, status, why);
	case CHUNKED_DONE:
		h->used = h->pos;
		h->content_length = h->chunked.body;
		return HTTP1_REQUEST;
	case CHUNKED_MORE:
		break;
	}
	*len = h->pos = h->head_end + h->chunked.body;
	return HTTP1_MORE;
}

enum http1_result
http1_feed(struct http1 *h, const struct http1_limits *limits, char *data, size_t *len, struct http_field *fields,
    struct http_request *req)
{
	bool head_was_whole = h->state == BODY;
	enum http1_result r;

	assert(h->state != OVER);
	if (!head_was_whole) {
		const char *why;
		int status;

		r = read_head(h, limits, data, *len);
		if (r == HTTP1_ERROR || h->state != BODY)
			return r;
		framing_split(h, data, first_field_line(h, data), fields);
		status = framing_fields(h, limits, data, fields, &why);
		if (status != 0)
			return refuse(h, status, why);
		chunked_init(&h->chunked);
	}
	r = read_body(h, limits, data, len);
	if (r != HTTP1_REQUEST)
		return r;
	if (head_was_whole)
		framing_split(h, data, first_field_line(h, data), fields);
	*req = (struct http_request){
	    .method = {data + h->start, h->method_len},
	    .minor = h->minor,
	    .fields = fields,
	    .field_count = h->field_count,
	    .body = {data + h->head_end, h->content_length},
	    .has_body = h->has_body,
	    .keep_alive = h->keep_alive,
	};
	framing_target(h, data, req);
	h->state = OVER;
	return HTTP1_REQUEST;
}
