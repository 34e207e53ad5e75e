/* Why: the fields that frame a request only make sense together, and most smuggling is two of them that
 * disagree. Everything that RFC 9112 lets a server mend (equal lengths, lists of one value) is refused
 * instead: nobody who speaks to us needs it.
 * Called by http1.c, once for a request line and once for a head, on bytes whose form was checked before. */
#include "framing.h"

#include "../base/text.h"
#include "http1_class.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define HOST_MAX 255 /* bytes of a Host, its port included: a DNS name's limit */

/* What the fields of a head said; 0 and NULL where they said nothing. */
struct seen {
	size_t hosts, lengths, codings;
	struct http_text host, length, coding;
	bool close, keep_alive;
	bool disguised; /* a length or coding whose name has something else for its hyphen */
};

static int
refuse(const char **why, int status, const char *word)
{
	*why = word;
	return status;
}

static struct http_text
trim(const char *s, size_t len)
{
	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	return (struct http_text){s, len};
}

/* Takes the next element off a comma-separated list; false at its end. An empty element is given too. */
static bool
next_element(struct http_text *list, struct http_text *out)
{
	const char *comma;
	size_t n;

	if (list->s == NULL)
		return false;
	comma = memchr(list->s, ',', list->len);
	n = comma != NULL ? (size_t)(comma - list->s) : list->len;
	*out = trim(list->s, n);
	if (comma == NULL)
		*list = (struct http_text){0};
	else
		*list = (struct http_text){list->s + n + 1, list->len - n - 1};
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cuts `name:port` or `[address]:port`; false if it is neither. */
static bool
host_cut(struct http_text t, struct http_text *name, struct http_text *port)
{
	size_t n = 0;

	if (t.len == 0 || t.len > HOST_MAX)
		return false;
	if (t.s[0] == '[') {
		char text[INET6_ADDRSTRLEN];
		struct in6_addr address;
		const char *end = memchr(t.s, ']', t.len);

		if (end == NULL || (size_t)(end - t.s) > sizeof(text))
			return false;
		n = (size_t)(end - t.s) + 1;
		memcpy(text, t.s + 1, n - 2);
		text[n - 2] = '\0';
		if (inet_pton(AF_INET6, text, &address) != 1)
			return false;
	} else {
		while (n < t.len && http1_is(t.s[n], HTTP1_HOST))
			n++;
	}
	*name = (struct http_text){t.s, n};
	*port = (struct http_text){0};
	if (n == 0 || (n < t.len && t.s[n] != ':'))
		return false;
	if (n < t.len) {
		unsigned value = 0;

		*port = (struct http_text){t.s + n + 1, t.len - n - 1};
		for (size_t i = 0; i < port->len; i++) {
			if (!is_digit(port->s[i]))
				return false;
			value = value * 10 + (unsigned)(port->s[i] - '0');
			if (value > 65535)
				return false;
		}
	}
	return true;
}

static bool
same_ignoring_case(struct http_text a, struct http_text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (text_lower(a.s[i]) != text_lower(b.s[i]))
			return false;
	return true;
}

/* Whether two valid hosts name the same one, an absent or empty port being the scheme's. */
static bool
host_same(struct http_text a, struct http_text b, const char *default_port)
{
	struct http_text a_name, a_port, b_name, b_port;

	if (!host_cut(a, &a_name, &a_port) || !host_cut(b, &b_name, &b_port))
		return false;
	if (a_port.len == 0)
		a_port = (struct http_text){default_port, strlen(default_port)};
	if (b_port.len == 0)
		b_port = (struct http_text){default_port, strlen(default_port)};
	return same_ignoring_case(a_name, b_name) && same_ignoring_case(a_port, b_port);
}

/* Bytes of `http://` or `https://` in front of a target, or 0. */
static size_t
scheme_len(struct http_text target)
{
	if (target.len >= 7 && text_ieq_n(target.s, 7, "http://"))
		return 7;
	if (target.len >= 8 && text_ieq_n(target.s, 8, "https://"))
		return 8;
	return 0;
}

static bool
target_ok(struct http1 *h, struct http_text target, struct http_text method)
{
	struct http_text name, port;
	size_t scheme, n;

	if (target.s[0] == '/')
		return true;
	if (h->connect)
		return host_cut(target, &name, &port);
	if (http_text_is(target, "*"))
		return http_text_is(method, "OPTIONS");
	scheme = scheme_len(target);
	if (scheme == 0)
		return false;
	for (n = scheme; n < target.len && target.s[n] != '/' && target.s[n] != '?'; n++)
		;
	h->absolute = true;
	h->authority_len = n - scheme;
	return host_cut((struct http_text){target.s + scheme, h->authority_len}, &name, &port);
}

int
framing_request_line(struct http1 *h, const char *data, const char *version, size_t version_len, const char **why)
{
	static const char *const methods[] = {
	    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"};
	struct http_text method = {data + h->start, h->method_len};
	bool known = false;

	if (version_len != 8 || memcmp(version, "HTTP/", 5) != 0 || !is_digit(version[5]) || version[6] != '.' ||
	    !is_digit(version[7]))
		return refuse(why, 400, "request-line");
	if (version[5] != '1')
		return refuse(why, 505, "version");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && !known; i++)
		known = http_text_is(method, methods[i]);
	if (!known)
		return refuse(why, 501, "method");
	h->minor = version[7] - '0';
	h->head_only = http_text_is(method, "HEAD");
	h->connect = http_text_is(method, "CONNECT");
	if (!target_ok(h, (struct http_text){data + h->target, h->target_len}, method))
		return refuse(why, 400, "target");
	return 0;
}

void
framing_split(const struct http1 *h, const char *data, size_t at, struct http_field *fields)
{
	const char *p = data + at;

	for (size_t i = 0; i < h->field_count; i++) {
		const char *lf = memchr(p, '\n', (size_t)(data + h->head_end - p));
		const char *colon = memchr(p, ':', (size_t)(lf - p));

		fields[i].name = (struct http_text){p, (size_t)(colon - p)};
		fields[i].value = trim(colon + 1, (size_t)(lf - 1 - (colon + 1)));
		p = lf + 1;
	}
}

static void
see_connection(struct seen *seen, struct http_text value)
{
	struct http_text option;

	while (next_element(&value, &option)) {
		seen->close |= http_text_ieq(option, "close");
		seen->keep_alive |= http_text_ieq(option, "keep-alive");
	}
}

/* A content coding of any kind but identity, or none at all. */
static bool
is_coded(struct http_text value)
{
	struct http_text coding;

	while (next_element(&value, &coding))
		if (coding.len > 0 && !http_text_ieq(coding, "identity"))
			return true;
	return false;
}

/* There are readers to whom any byte will do for a hyphen, gSOAP among them, and gateways that turn it into an
 * underscore. name is as long as real, which is in lower case. */
static bool
is_disguised(struct http_text name, const char *real)
{
	bool disguised = false;

	for (size_t i = 0; i < name.len; i++) {
		if (real[i] == '-')
			disguised = name.s[i] != '-';
		else if (text_lower(name.s[i]) != real[i])
			return false;
	}
	return disguised;
}

/* Collects the fields that count here. Returns false for an expectation that we do not know. */
static bool
see(struct http1 *h, struct seen *seen, const struct http_field *f)
{
	switch (f->name.len) {
	case 4:
		if (http_text_ieq(f->name, "host")) {
			seen->hosts++;
			seen->host = f->value;
		}
		break;
	case 6:
		if (http_text_ieq(f->name, "expect")) {
			if (!http_text_ieq(f->value, "100-continue"))
				return false;
			h->expect = true;
		}
		break;
	case 10:
		if (http_text_ieq(f->name, "connection"))
			see_connection(seen, f->value);
		break;
	case 14:
		if (http_text_ieq(f->name, "content-length")) {
			seen->lengths++;
			seen->length = f->value;
		}
		seen->disguised |= is_disguised(f->name, "content-length");
		break;
	case 16:
		if (http_text_ieq(f->name, "content-encoding"))
			h->coded |= is_coded(f->value);
		break;
	case 17:
		if (http_text_ieq(f->name, "transfer-encoding")) {
			seen->codings++;
			seen->coding = f->value;
		}
		seen->disguised |= is_disguised(f->name, "transfer-encoding");
		break;
	default:
		break;
	}
	return true;
}

/* `chunked` alone is understood. A list that names it anywhere but once at its end has no end that two
 * readers would agree on (400); one without it, or with another coding in front, we cannot decode (501). */
static int
judge_transfer_coding(struct http_text list, const char **why)
{
	struct http_text coding;
	size_t count = 0;
	bool chunked = false;

	while (next_element(&list, &coding)) {
		if (chunked || coding.len == 0)
			return refuse(why, 400, "transfer-coding");
		for (size_t i = 0; i < coding.len; i++)
			if (!http1_is(coding.s[i], HTTP1_TOKEN))
				return refuse(why, 400, "transfer-coding");
		chunked = http_text_ieq(coding, "chunked");
		count++;
	}
	return chunked && count == 1 ? 0 : refuse(why, 501, "transfer-coding");
}

/* Digits only. What is over max, however long, gives something over max. */
static bool
parse_length(struct http_text t, size_t max, size_t *out)
{
	size_t n = 0;

	if (t.len == 0)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (!is_digit(t.s[i]))
			return false;
		if (n <= max)
			n = n * 10 + (size_t)(t.s[i] - '0');
	}
	*out = n;
	return true;
}

static int
judge_body(
    struct http1 *h, const struct http1_limits *limits, const char *data, const struct seen *seen, const char **why)
{
	bool get = h->head_only || http_text_is((struct http_text){data + h->start, h->method_len}, "GET");

	if (seen->lengths + seen->codings > 1 || (seen->codings > 0 && h->minor == 0) || seen->disguised)
		return refuse(why, 400, "length");
	h->has_body = seen->lengths + seen->codings > 0;
	if (seen->codings > 0) {
		int status = judge_transfer_coding(seen->coding, why);

		if (status != 0)
			return status;
		h->is_chunked = true;
	}
	if (seen->lengths > 0 && !parse_length(seen->length, limits->body.body, &h->content_length))
		return refuse(why, 400, "length");
	if (get && (h->is_chunked || h->content_length > 0))
		return refuse(why, 400, "get-with-body");
	if (h->content_length > limits->body.body)
		return refuse(why, 413, "body-size");
	return 0;
}

int
framing_fields(struct http1 *h, const struct http1_limits *limits, const char *data, const struct http_field *fields,
    const char **why)
{
	struct seen seen = {0};
	struct http_text name, port;
	bool expectation = true;
	int status;

	for (size_t i = 0; i < h->field_count; i++)
		expectation &= see(h, &seen, &fields[i]);
	if (seen.hosts > 1 || (seen.hosts == 0 && h->minor > 0))
		return refuse(why, 400, "host");
	if (seen.hosts > 0 && !host_cut(seen.host, &name, &port))
		return refuse(why, 400, "host");
	if (h->absolute && seen.hosts > 0) {
		struct http_text target = {data + h->target, h->target_len};
		size_t scheme = scheme_len(target);
		struct http_text authority = {target.s + scheme, h->authority_len};

		if (!host_same(authority, seen.host, scheme == 7 ? "80" : "443"))
			return refuse(why, 400, "host");
	}
	status = judge_body(h, limits, data, &seen, why);
	if (status != 0)
		return status;
	if (!expectation && h->minor > 0)
		return refuse(why, 417, "expectation");
	/* RFC 9110 section 10.1.1: an HTTP/1.0 client does not understand 100. */
	h->expect = h->expect && h->minor > 0 && h->has_body;
	h->coded = h->coded && h->has_body;
	h->keep_alive = !seen.close && (h->minor > 0 || seen.keep_alive) && !h->connect;
	return 0;
}

/* An absolute target whose path is empty means `/` (RFC 9110 section 4.2.3); room for that slash is made
 * by moving the authority one byte down, over the scheme's last slash. */
void
framing_target(const struct http1 *h, char *data, struct http_request *req)
{
	char *target = data + h->target;
	size_t len = h->target_len;
	const char *question;

	for (size_t i = 0; i < req->field_count && req->host.s == NULL; i++)
		if (http_text_ieq(req->fields[i].name, "host"))
			req->host = req->fields[i].value;
	if (h->absolute) {
		size_t scheme = scheme_len((struct http_text){target, len});
		char *authority = target + scheme;
		char *rest = authority + h->authority_len;

		len -= scheme + h->authority_len;
		if (len == 0 || *rest != '/') {
			memmove(authority - 1, authority, h->authority_len);
			authority--;
			*--rest = '/';
			len++;
		}
		if (req->host.s == NULL)
			req->host = (struct http_text){authority, h->authority_len};
		target = rest;
	}
	req->target = (struct http_text){target, len};
	question = memchr(target, '?', len);
	req->path = (struct http_text){target, question != NULL ? (size_t)(question - target) : len};
	if (question != NULL)
		req->query = (struct http_text){question + 1, len - req->path.len - 1};
}
