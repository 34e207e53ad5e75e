/* Most callers' envelopes are plain: ASCII, an Envelope with a Body with an operation with parameters, no attribute but
 * declarations of namespaces, no entity, comment or CDATA section. Such a one is read here, in one pass over its bytes,
 * for a tenth of what expat takes. Nothing is refused here: whatever is not plain, for good or bad, is left to the gate
 * (gate.c), whose verdict and document are the same for what is read here (tests/unit/test_plain.c changes bytes
 * everywhere and compares). Called by request.c on the event loop's thread. */
#include "plain.h"
#include "../base/text.h"
#include "../base/xml.h"
#include "wire.h"
#include <string.h>

#define BINDINGS 16 /* namespace declarations in scope at once */

struct binding {
	struct http_text prefix, uri; /* prefix of length 0: the default namespace */
	int64_t depth;
};

struct scan {
	const struct gate_limits *limits;
	const char *at, *end;
	struct binding bindings[BINDINGS];
	int binding_count;
	int64_t depth, elements, namespaces;
};

struct tag {
	struct http_text name; /* as it stands */
	struct http_text local, uri;
	bool is_empty; /* <name/> */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct scan *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

static bool
take(struct scan *s, const char *text, size_t len)
{
	if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

#define TAKE(s, literal) take((s), (literal), sizeof(literal) - 1)

/* One of `xmlns`, `local` or `prefix:local`, in letters, digits, `_`, `-` and `.`. */
static bool
take_name(struct scan *s, struct http_text *prefix, struct http_text *local)
{
	const char *start = s->at;

	*prefix = (struct http_text){start, 0};
	for (; s->at < s->end; s->at++) {
		char c = *s->at;
		bool is_first = s->at == start;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
			continue;
		if (!is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.'))
			continue;
		if (c != ':' || is_first || prefix->len != 0)
			break;
		*prefix = (struct http_text){start, (size_t)(s->at - start)};
		start = s->at + 1;
	}
	*local = (struct http_text){start, (size_t)(s->at - start)};
	return local->len != 0;
}

/* ` xmlns:prefix="uri"`, but for what XML reserves. */
static bool
take_binding(struct scan *s)
{
	struct http_text first, second;
	struct binding b = {.prefix = {"", 0}, .depth = s->depth};
	char quote;

	if (s->binding_count == BINDINGS || !take_name(s, &first, &second))
		return false;
	if (http_text_is(first, "xmlns"))
		b.prefix = second;
	else if (first.len != 0 || !http_text_is(second, "xmlns"))
		return false;
	if ((b.prefix.len >= 3 && text_ieq_n(b.prefix.s, 3, "xml")) || !TAKE(s, "=") || s->at == s->end)
		return false;
	quote = *s->at++;
	if (quote != '"' && quote != '\'')
		return false;
	b.uri.s = s->at;
	while (s->at<s->end && * s->at != quote && * s->at> ' ' && *s->at <= '~' && *s->at != '<' && *s->at != '&')
		s->at++;
	b.uri.len = (size_t)(s->at - b.uri.s);
	if (s->at == s->end || *s->at++ != quote || b.uri.len == 0)
		return false;
	if (http_text_is(b.uri, "http://www.w3.org/XML/1998/namespace") ||
	    http_text_is(b.uri, "http://www.w3.org/2000/xmlns/"))
		return false;
	if (b.prefix.len > (size_t)s->limits->name || b.uri.len > (size_t)s->limits->attribute ||
	    ++s->namespaces > s->limits->namespaces)
		return false;
	for (int i = s->binding_count; i > 0 && s->bindings[i - 1].depth == s->depth; i--)
		if (s->bindings[i - 1].prefix.len == b.prefix.len &&
		    memcmp(s->bindings[i - 1].prefix.s, b.prefix.s, b.prefix.len) == 0)
			return false;
	s->bindings[s->binding_count++] = b;
	return true;
}

static bool
resolve(const struct scan *s, struct http_text prefix, struct http_text *uri)
{
	for (int i = s->binding_count; i > 0; i--) {
		const struct binding *b = &s->bindings[i - 1];
		if (b->prefix.len == prefix.len && memcmp(b->prefix.s, prefix.s, prefix.len) == 0) {
			*uri = b->uri;
			return true;
		}
	}
	return false;
}

static bool
open_tag(struct scan *s, struct tag *t)
{
	struct http_text prefix;

	if (!TAKE(s, "<"))
		return false;
	t->name.s = s->at;
	if (!take_name(s, &prefix, &t->local))
		return false;
	t->name.len = (size_t)(s->at - t->name.s);
	if (t->name.len > (size_t)s->limits->name || ++s->depth > s->limits->depth ||
	    ++s->elements > s->limits->elements)
		return false;
	for (;;) {
		const char *before = s->at;
		skip_blanks(s);
		if (s->at == s->end || *s->at == '/' || *s->at == '>')
			break;
		if (s->at == before || !take_binding(s))
			return false;
	}
	t->is_empty = TAKE(s, "/");
	return TAKE(s, ">") && resolve(s, prefix, &t->uri);
}

/* What `<name>` opened, or `<name/>`. */
static bool
close_tag(struct scan *s, const struct tag *t)
{
	if (!t->is_empty) {
		if (!TAKE(s, "</") || !take(s, t->name.s, t->name.len))
			return false;
		skip_blanks(s);
		if (!TAKE(s, ">"))
			return false;
	}
	while (s->binding_count > 0 && s->bindings[s->binding_count - 1].depth == s->depth)
		s->binding_count--;
	s->depth--;
	return true;
}

static bool
is_named(const struct tag *t, const char *uri, const char *local)
{
	return http_text_is(t->local, local) && http_text_is(t->uri, uri);
}

static void
put_tag(struct buf *out, const char *before, const char *name)
{
	buf_puts(out, before);
	buf_puts(out, name);
	buf_putc(out, '>');
}

/* A line end that is not LF, `]]>` and characters beyond ASCII have rules of their own. */
static struct http_text
take_text(struct scan *s)
{
	const char *start = s->at;

	while (s->at < s->end && ((*s->at >= ' ' && *s->at <= '~') || *s->at == '\t' || *s->at == '\n') &&
	       *s->at != '<' && *s->at != '&' && *s->at != ']')
		s->at++;
	return (struct http_text){start, (size_t)(s->at - start)};
}

static bool
read_params(struct scan *s, int op, struct buf *request)
{
	bool seen[OP_PARAMS_MAX] = {false};

	for (skip_blanks(s); s->end - s->at >= 2 && s->at[1] != '/'; skip_blanks(s)) {
		struct tag t;
		struct http_text value = {"", 0};
		int i;
		if (!open_tag(s, &t) || !http_text_is(t.uri, WIRE_NAMESPACE))
			return false;
		i = wire_find_param(op, t.local);
		if (i < 0 || seen[i])
			return false;
		seen[i] = true;
		if (!t.is_empty)
			value = take_text(s);
		if (value.len > (size_t)s->limits->text || !close_tag(s, &t))
			return false;
		put_tag(request, "<srv:", op_table[op].params[i]);
		xml_escape(request, value.s, value.len);
		put_tag(request, "</srv:", op_table[op].params[i]);
	}
	return true;
}

static bool
read_operation(struct scan *s, struct buf *request, int *op)
{
	struct tag t;

	if (!open_tag(s, &t) || !http_text_is(t.uri, WIRE_NAMESPACE))
		return false;
	*op = wire_find_op(t.local);
	if (*op < 0)
		return false;
	put_tag(request, "<srv:", op_table[*op].name);
	if (!t.is_empty && !read_params(s, *op, request))
		return false;
	put_tag(request, "</srv:", op_table[*op].name);
	return close_tag(s, &t);
}

static bool
read_envelope(struct scan *s, int version, struct buf *request, int *op)
{
	const char *uri = wire_envelopes[version - 1];
	struct tag envelope, body;

	if (TAKE(s, "<?xml version=\"1.0\" encoding=\"") && !TAKE(s, "utf-8\"?>") && !TAKE(s, "UTF-8\"?>"))
		return false;
	skip_blanks(s);
	if (!open_tag(s, &envelope) || envelope.is_empty || !is_named(&envelope, uri, "Envelope"))
		return false;
	skip_blanks(s);
	if (!open_tag(s, &body) || body.is_empty || !is_named(&body, uri, "Body"))
		return false;
	skip_blanks(s);
	if (!read_operation(s, request, op))
		return false;
	skip_blanks(s);
	if (!close_tag(s, &body))
		return false;
	skip_blanks(s);
	if (!close_tag(s, &envelope))
		return false;
	skip_blanks(s);
	return s->at == s->end;
}

bool
plain_check(const struct gate_limits *limits, int version, struct http_text charset, struct http_text body,
    struct buf *request, struct gate_result *out)
{
	struct scan s = {.limits = limits, .at = body.s, .end = body.s + body.len};

	if (body.len == 0 || (charset.len != 0 && !http_text_ieq(charset, "utf-8")))
		return false;
	gate_document_begin(request, version);
	if (!read_envelope(&s, version, request, &out->op))
		return false;
	gate_document_end(request);
	return request->err == SRV_OK;
}
