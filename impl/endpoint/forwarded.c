/* Why: behind a proxy every caller looks the same, which would make the log blind and let one caller's failed logins
 * slow all others down; but these fields are text that a caller can send as well. So they count only from a trusted
 * peer, and of each list only the part that trusted proxies wrote.
 *
 * Model: a list of elements is walked from the right, however many fields it is spread over. X-Forwarded-For has no
 * quoting, and is split from its end; Forwarded has, and a field of it is read from its beginning, strictly, keeping
 * the last elements. Fields further left are not read if the walk ends before them. Both kinds in one request are
 * usually a proxy that sets one of them and passes on a caller's other one. Which one that is cannot be known, so they
 * must say the same. Called by request.c on event loops. */
#include "forwarded.h"
#include "../base/log.h"
#include "../base/text.h"
#include <string.h>
#include <strings.h>

#define BAD_CLIENT "malformed-client"
#define BAD_PROTO "malformed-proto"
#define BAD_HOST "malformed-host"
#define BAD_FORWARDED "malformed-forwarded"
#define CONFLICT "conflict"
#define TOO_MANY "too-many-proxies"

/* One element. Values of Forwarded are as they stand there, quotes included. */
struct hop {
	struct http_text node, proto, host;
};

/* What one kind of fields says. */
struct word {
	struct network_address client;
	size_t hops;     /* elements that were a trusted proxy's */
	bool ended;      /* the client is known, or nobody knows it */
	int tls;         /* 1 https, 0 http, -1 not said */
	size_t host_len; /* 0: not said */
	char host[FORWARDED_HOST_MAX];
	const char *fault;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct http_text
trim(const char *s, size_t len)
{
	for (; len > 0 && is_blank(*s); len--)
		s++;
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	return (struct http_text){s, len};
}

static bool
is_alnum(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* How many bytes at the front are letters, digits or one of more. */
static size_t
span(struct http_text t, const char *more)
{
	size_t n = 0;

	while (n < t.len && (is_alnum(t.s[n]) || (t.s[n] != '\0' && strchr(more, t.s[n]) != NULL)))
		n++;
	return n;
}

/* ---- nodes and hosts */

/* Nothing, or `:` and a port from 0 to 65535. */
static bool
is_port(struct http_text t)
{
	unsigned value = 0;

	if (t.len == 0)
		return true;
	if (t.s[0] != ':' || t.len < 2 || t.len > 6)
		return false;
	for (size_t i = 1; i < t.len; i++) {
		if (t.s[i] < '0' || t.s[i] > '9')
			return false;
		value = value * 10 + (unsigned)(t.s[i] - '0');
	}
	return value <= 65535;
}

/* Underscore and one byte at least of an obfuscated identifier (RFC 7239 section 6.3). */
static bool
is_obfuscated(struct http_text t)
{
	return t.len > 1 && t.s[0] == '_' && span(t, "._-") == t.len;
}

static bool
is_node_port(struct http_text t)
{
	return is_port(t) || (t.s[0] == ':' && is_obfuscated((struct http_text){t.s + 1, t.len - 1}));
}

static struct http_text
behind(struct http_text t, size_t n)
{
	return (struct http_text){t.s + n, t.len - n};
}

/* The bytes of `[address]` at the front, 0 if it is none. */
static size_t
bracketed(struct http_text t, struct network_address *out)
{
	const char *end = t.len > 0 && t.s[0] == '[' ? memchr(t.s, ']', t.len) : NULL;
	size_t n = end != NULL ? (size_t)(end - t.s) : 0;

	if (n == 0 || memchr(t.s, ':', n) == NULL || !network_address_parse(t.s + 1, n - 1, out))
		return 0;
	return n + 1;
}

enum node { NODE_BAD, NODE_HIDDEN, NODE_ADDRESS };

/* RFC 7239 section 6; bare: an IPv6 address needs no brackets then, as is usual in X-Forwarded-For. */
static enum node
read_node(struct http_text t, bool bare, struct network_address *out)
{
	const char *colon = t.len > 0 ? memchr(t.s, ':', t.len) : NULL;
	size_t n = bracketed(t, out);

	if (n > 0)
		return is_node_port(behind(t, n)) ? NODE_ADDRESS : NODE_BAD;
	n = colon != NULL ? (size_t)(colon - t.s) : t.len;
	if (n == 0 || !is_node_port(behind(t, n)))
		return bare && n < t.len && network_address_parse(t.s, t.len, out) ? NODE_ADDRESS : NODE_BAD;
	if (http_text_ieq((struct http_text){t.s, n}, "unknown") || is_obfuscated((struct http_text){t.s, n}))
		return NODE_HIDDEN;
	return network_address_parse(t.s, n, out) ? NODE_ADDRESS : NODE_BAD;
}

/* A name or address with or without a port, as it may stand in a URL of ours. */
static bool
is_host(struct http_text t)
{
	struct network_address unused;
	size_t n = bracketed(t, &unused);

	if (n == 0)
		n = span(t, ".-_");
	return n > 0 && t.len <= FORWARDED_HOST_MAX && is_port(behind(t, n));
}

static void
say_proto(struct word *w, struct http_text t)
{
	if (http_text_ieq(t, "https"))
		w->tls = 1;
	else if (http_text_ieq(t, "http"))
		w->tls = 0;
	else
		w->fault = BAD_PROTO;
}

static void
say_host(struct word *w, struct http_text t)
{
	if (!is_host(t)) {
		w->fault = BAD_HOST;
		return;
	}
	memcpy(w->host, t.s, t.len);
	w->host_len = t.len;
}

/* ---- the walk */

/* One element further, whose writer is trusted. */
static void
step(struct word *w, const struct networks *trusted, struct http_text node, bool bare)
{
	struct network_address a;

	if (w->hops == FORWARDED_HOPS_MAX) {
		w->fault = TOO_MANY;
		w->ended = true;
		return;
	}
	w->hops++;
	switch (read_node(node, bare, &a)) {
	case NODE_BAD:
		w->fault = BAD_CLIENT;
		w->ended = true;
		break;
	case NODE_HIDDEN:
		w->ended = true;
		break;
	case NODE_ADDRESS:
		w->client = a;
		w->ended = !networks_hold(trusted, &a);
		break;
	}
}

static void
walk_for_field(struct word *w, const struct networks *trusted, struct http_text list)
{
	size_t end = list.len;

	while (!w->ended) {
		size_t start = end;

		while (start > 0 && list.s[start - 1] != ',')
			start--;
		step(w, trusted, trim(list.s + start, end - start), true);
		if (start == 0)
			return;
		end = start - 1;
	}
}

/* ---- X-Forwarded-* */

/* The value that the proxy at the walk's end wrote, if each added its own; the only one, if each replaced it. */
static struct http_text
aligned(struct http_text list, size_t hops)
{
	size_t end = list.len, start = end;

	for (;;) {
		while (start > 0 && list.s[start - 1] != ',')
			start--;
		if (start == 0 || hops <= 1)
			return trim(list.s + start, end - start);
		end = --start;
		hops--;
	}
}

static void
say_field(struct word *w, const struct http_request *rq, const char *name, size_t hops, const char *fault,
    void (*say)(struct word *, struct http_text))
{
	struct http_text value;
	size_t count;

	if (!http_field_get(rq, name, &value, &count))
		return;
	if (count > 1)
		w->fault = fault; /* which of them the proxy wrote is not known */
	else
		say(w, aligned(value, hops));
}

static void
read_x(struct word *w, const struct networks *trusted, const struct http_request *rq)
{
	struct network_address proxy = w->client;
	size_t hops;

	for (size_t i = rq->field_count; i-- > 0 && !w->ended;)
		if (http_text_ieq(rq->fields[i].name, "X-Forwarded-For"))
			walk_for_field(w, trusted, rq->fields[i].value);
	hops = w->hops;
	if (w->fault != NULL) {
		w->client = proxy;
		hops = 1;
	}
	say_field(w, rq, "X-Forwarded-Proto", hops, BAD_PROTO, say_proto);
	say_field(w, rq, "X-Forwarded-Host", hops, BAD_HOST, say_host);
}

/* ---- Forwarded */

/* What is left of a field while it is read. */
struct reader {
	const char *s, *end;
};

static void
skip_blanks(struct reader *r)
{
	while (r->s < r->end && is_blank(*r->s))
		r->s++;
}

static bool
take(struct reader *r, char c)
{
	if (r->s == r->end || *r->s != c)
		return false;
	r->s++;
	return true;
}

static struct http_text
take_token(struct reader *r)
{
	struct http_text t = {r->s, (size_t)(r->end - r->s)};

	t.len = span(t, "!#$%&'*+-.^_`|~");
	r->s += t.len;
	return t;
}

/* A token, or a quoted string with its quotes; len 0 if it is neither. No control byte gets this far (net/). */
static struct http_text
take_value(struct reader *r)
{
	const char *start = r->s;

	if (!take(r, '"'))
		return take_token(r);
	while (r->s < r->end && *r->s != '"')
		r->s += *r->s == '\\' && r->end - r->s > 1 ? 2 : 1;
	return (struct http_text){start, take(r, '"') ? (size_t)(r->s - start) : 0};
}

/* One element up to its comma or the field's end; false if it is malformed (RFC 7239 section 4). */
static bool
take_element(struct reader *r, struct hop *out)
{
	struct http_text unread[2] = {{NULL, 0}, {NULL, 0}};

	*out = (struct hop){{NULL, 0}, {NULL, 0}, {NULL, 0}};
	do {
		struct http_text name, value, *at = &unread[0];

		skip_blanks(r);
		name = take_token(r);
		if (name.len == 0 || !take(r, '='))
			return false;
		value = take_value(r);
		if (value.len == 0)
			return false;
		if (http_text_ieq(name, "for"))
			at = &out->node;
		else if (http_text_ieq(name, "proto"))
			at = &out->proto;
		else if (http_text_ieq(name, "host"))
			at = &out->host;
		else if (http_text_ieq(name, "by"))
			at = &unread[1];
		if (at != &unread[0] && at->s != NULL)
			return false;
		*at = value;
		skip_blanks(r);
	} while (take(r, ';'));
	return true;
}

/* Takes the quotes and escapes off into room, which what we look for fits into; else len 0. */
static struct http_text
unquote(struct http_text t, char room[FORWARDED_HOST_MAX])
{
	size_t n = 0;

	if (t.len == 0 || t.s[0] != '"')
		return t;
	for (size_t i = 1; i + 1 < t.len; i++) {
		if (t.s[i] == '\\')
			i++;
		if (n == FORWARDED_HOST_MAX)
			return (struct http_text){room, 0};
		room[n++] = t.s[i];
	}
	return (struct http_text){room, n};
}

static void
step_element(struct word *w, const struct networks *trusted, const struct hop *h)
{
	char room[FORWARDED_HOST_MAX];

	if (h->proto.s != NULL)
		say_proto(w, unquote(h->proto, room));
	if (h->host.s != NULL)
		say_host(w, unquote(h->host, room));
	if (h->node.s != NULL)
		step(w, trusted, unquote(h->node, room), false);
	else
		w->ended = true;
	w->ended |= w->fault != NULL;
}

static void
walk_forwarded_field(struct word *w, const struct networks *trusted, struct http_text value)
{
	struct hop last[FORWARDED_HOPS_MAX + 1];
	struct reader r = {value.s, value.s + value.len};
	size_t count = 0;

	do {
		if (!take_element(&r, &last[count++ % (FORWARDED_HOPS_MAX + 1)])) {
			w->fault = BAD_FORWARDED;
			return;
		}
	} while (take(&r, ','));
	if (r.s != r.end) {
		w->fault = BAD_FORWARDED;
		return;
	}
	/* step() ends the walk before it comes to an element that was overwritten. */
	while (count > 0 && !w->ended)
		step_element(w, trusted, &last[--count % (FORWARDED_HOPS_MAX + 1)]);
}

static void
read_forwarded(struct word *w, const struct networks *trusted, const struct http_request *rq)
{
	for (size_t i = rq->field_count; i-- > 0 && !w->ended && w->fault == NULL;)
		if (http_text_ieq(rq->fields[i].name, "Forwarded"))
			walk_forwarded_field(w, trusted, rq->fields[i].value);
}

/* ---- both */

static bool
has_field(const struct http_request *rq, const char *name)
{
	struct http_text unused;

	return http_field_get(rq, name, &unused, NULL);
}

static struct http_text
host_of(const struct word *w, const struct http_request *rq)
{
	return w->host_len > 0 ? (struct http_text){w->host, w->host_len} : rq->host;
}

static bool
tls_of(const struct word *w, const struct http_request *rq)
{
	return w->tls >= 0 ? w->tls == 1 : rq->tls;
}

/* Do they mean the same for this request? */
static bool
agree(const struct word *a, const struct word *b, const struct http_request *rq)
{
	struct http_text one = host_of(a, rq), other = host_of(b, rq);

	return memcmp(a->client.bytes, b->client.bytes, sizeof a->client.bytes) == 0 &&
	       tls_of(a, rq) == tls_of(b, rq) && one.len == other.len &&
	       (one.len == 0 || strncasecmp(one.s, other.s, one.len) == 0);
}

const struct http_request *
forwarded_read(const struct networks *trusted, const struct http_request *rq, struct forwarded *out)
{
	struct word nothing = {.tls = -1}, word;
	bool x, standard;

	out->fault = NULL;
	if (trusted->count == 0 || rq->peer == NULL ||
	    !network_address_parse(rq->peer, strlen(rq->peer), &nothing.client) ||
	    !networks_hold(trusted, &nothing.client))
		return rq;
	x = has_field(rq, "X-Forwarded-For") || has_field(rq, "X-Forwarded-Proto") || has_field(rq, "X-Forwarded-Host");
	standard = has_field(rq, "Forwarded");
	word = nothing;
	if (x)
		read_x(&word, trusted, rq);
	if (standard) {
		struct word other = nothing;

		read_forwarded(&other, trusted, rq);
		if (other.fault != NULL)
			other = (struct word){.client = nothing.client, .tls = -1, .fault = other.fault};
		if (!x) {
			word = other;
		} else if (word.fault != NULL || other.fault != NULL || !agree(&word, &other, rq)) {
			word = nothing;
			word.fault = CONFLICT;
		}
	}
	out->fault = word.fault;
	out->request = *rq;
	out->request.peer = network_address_text(&word.client, out->peer);
	out->request.from_here = rq->from_here && strcmp(out->peer, rq->peer) == 0;
	out->request.tls = tls_of(&word, rq);
	if (word.host_len > 0) {
		memcpy(out->host, word.host, word.host_len);
		out->request.host = (struct http_text){out->host, word.host_len};
	}
	return &out->request;
}

void
forwarded_say(struct forwarded_log *l, const char *fault, const char *peer)
{
	mono_t now = clock_mono();

	if (l->said && now.ms - l->since.ms < FORWARDED_LOG_MS) {
		l->dropped++;
		return;
	}
	log_warnx("forwarded fields not believed class=%s peer=%s suppressed=%u", fault, peer, l->dropped);
	*l = (struct forwarded_log){.since = now, .said = true};
}
