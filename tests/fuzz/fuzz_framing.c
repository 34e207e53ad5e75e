/* Whatever the bytes, framing them in one piece, byte by byte or cut anywhere has the same outcome, request after
 * request, and reads nothing beyond what it was given. And a request that is let through is one request to others, too:
 * gSOAP's own HTTP parser, given its bytes, sees one with that method and that body, and behind it none. */
#include "fuzz.h"

#include "../../impl/net/http1.h"
#include "soapH.h"

#define FIELDS_MAX 8

/* Small, so that the fuzzer finds them. */
static const struct http1_limits limits = {
    .request_line = 128,
    .field_line = 96,
    .head = 512,
    .fields = FIELDS_MAX,
    .body = {.body = 256, .chunks = 8, .trailers = 48},
};

struct outcome {
	enum http1_result result;
	int status;
	size_t used;
	uint64_t digest; /* of everything a request says */
	/* of a request: */
	char *body; /* owned */
	size_t body_len;
	bool is_get, is_told; /* told to gSOAP */
};

static void
mix(uint64_t *digest, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		*digest = (*digest ^ p[i]) * UINT64_C(1099511628211);
	*digest = (*digest ^ len ^ 0x100) * UINT64_C(1099511628211);
}

static void
mix_text(uint64_t *digest, struct http_text t)
{
	if (t.s == NULL)
		mix(digest, "none", 5);
	else
		mix(digest, t.s, t.len);
}

static uint64_t
digest_of(const struct http_request *req)
{
	uint64_t d = UINT64_C(14695981039346656037);
	const int flags[] = {req->minor, req->has_body, req->keep_alive};

	mix_text(&d, req->method);
	mix_text(&d, req->target);
	mix_text(&d, req->path);
	mix_text(&d, req->query);
	mix_text(&d, req->host);
	mix_text(&d, req->body);
	mix(&d, flags, sizeof(flags));
	for (size_t i = 0; i < req->field_count; i++) {
		mix_text(&d, req->fields[i].name);
		mix_text(&d, req->fields[i].value);
	}
	return d;
}

/* What must hold of any request that is let through, whatever was sent. */
static void
check(const struct http_request *req)
{
	struct http_text t;
	size_t lengths = 0, codings = 0, hosts = 0;

	http_field_get(req, "content-length", &t, &lengths);
	http_field_get(req, "transfer-encoding", &t, &codings);
	http_field_get(req, "host", &t, &hosts);
	MUST(lengths + codings <= 1 && hosts <= 1 && (hosts == 1 || req->minor == 0));
	MUST(req->has_body == (lengths + codings == 1) && req->body.len <= limits.body.body);
	MUST(req->path.len > 0 && memchr(req->target.s, '\0', req->target.len) == NULL);
	for (size_t i = 0; i < req->field_count; i++)
		for (size_t n = 0; n < req->fields[i].value.len; n++)
			MUST((unsigned char)req->fields[i].value.s[n] >= 0x20 || req->fields[i].value.s[n] == '\t');
}

/* What gSOAP acts upon besides, and we do not or do otherwise: a content coding (415 here), parts and languages of a
 * body by its type (415), an expectation. By its own comparison, to which a `-` is any character. */
static bool
others(const struct http_request *req)
{
	static const char *const names[] = {"Content-Type", "Content-Encoding", "Expect"};

	for (size_t i = 0; i < req->field_count; i++) {
		char name[128]; /* field_line is less */
		int len = (int)req->fields[i].name.len;
		MUST((size_t)snprintf(name, sizeof name, "%.*s", len, req->fields[i].name.s) < sizeof name);
		for (size_t n = 0; n < sizeof names / sizeof *names; n++)
			if (soap_tag_cmp(name, names[n]) == 0)
				return true;
	}
	return false;
}

/* Feeds the bytes in pieces of that size; once: in two, the first of that size. */
static struct outcome
feed(const uint8_t *bytes, size_t len, size_t piece, bool once)
{
	struct http_field fields[FIELDS_MAX];
	struct http_request req;
	struct http1 h;
	struct outcome o = {.result = HTTP1_MORE};
	char *have = NULL;
	size_t have_len = 0, given = 0;

	http1_init(&h);
	while (given < len && o.result == HTTP1_MORE) {
		size_t n = piece < len - given && !(once && given > 0) ? piece : len - given;
		/* Memory of exactly that size, so that reading beyond it is noticed. */
		char *grown = malloc(have_len + n);

		MUST(grown != NULL);
		if (have_len > 0)
			memcpy(grown, have, have_len);
		memcpy(grown + have_len, bytes + given, n);
		free(have);
		have = grown;
		have_len += n;
		given += n;
		n = have_len;
		o.result = http1_feed(&h, &limits, have, &have_len, fields, &req);
		MUST(have_len <= n && (o.result != HTTP1_REQUEST || h.used <= n));
		if (o.result == HTTP1_REQUEST) {
			check(&req);
			o.body = fuzz_copy(req.body.s, req.body.len);
			o.body_len = req.body.len;
			o.is_get = http_text_is(req.method, "GET");
			o.is_told = (o.is_get || http_text_is(req.method, "POST")) && !others(&req);
			o.used = given - (n - h.used);
			o.digest = digest_of(&req);
		}
	}
	o.status = o.result == HTTP1_ERROR ? h.status : 0;
	free(have);
	return o;
}

/* ---- as gSOAP sees it --------------------------------------------------------------------------------------- */

struct unread {
	const uint8_t *at;
	size_t left;
};

/* A byte at a time: what gSOAP has not asked for is what it leaves to the next request. */
static size_t
on_recv(struct soap *soap, char *to, size_t room)
{
	struct unread *u = soap->user;

	if (u->left == 0 || room == 0)
		return 0;
	*to = (char)*u->at++;
	u->left--;
	return 1;
}

static int
on_send(struct soap *soap, const char *bytes, size_t len)
{
	(void)soap, (void)bytes, (void)len;
	return SOAP_OK;
}

static int
on_get(struct soap *soap)
{
	(void)soap;
	return SOAP_STOP;
}

static bool
is_request(struct soap *soap)
{
	int err = soap_begin_recv(soap);

	/* SOAP_NO_DATA: a request without a body. */
	return (err == SOAP_OK || err == SOAP_STOP || err == SOAP_NO_DATA) &&
	       (soap->status == SOAP_GET || soap->status == SOAP_POST);
}

static void
tell_gsoap(const uint8_t *bytes, const struct outcome *o)
{
	struct unread u = {bytes, o->used};
	struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE);
	const char *body;
	size_t len = 0;

	MUST(soap != NULL);
	soap_set_namespaces(soap, namespaces);
	soap->user = &u;
	soap->frecv = on_recv;
	soap->fsend = on_send;
	soap->fget = on_get;
	MUST(is_request(soap));
	MUST((soap->status == SOAP_GET) == o->is_get);
	if (!o->is_get) {
		/* Without either length gSOAP reads to the end of the connection. */
		body = soap_http_get_body(soap, &len);
		MUST(body != NULL || o->body_len == 0);
		MUST(len == o->body_len && (len == 0 || memcmp(body, o->body, len) == 0));
	}
	/* What is left are trailers. gSOAP takes their first byte for the document of a caller without HTTP, and then
	 * closes. */
	MUST(u.left == 0 || !is_request(soap));
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

/* ---- */

static void
check_cut(const uint8_t *data, size_t size, const struct outcome *whole, size_t piece, bool once)
{
	struct outcome cut = feed(data, size, piece, once);

	MUST(whole->result == cut.result && whole->status == cut.status);
	MUST(whole->used == cut.used && whole->digest == cut.digest);
	free(cut.body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool goes_on = size > 0;

	for (int i = 0; i < 8 && goes_on; i++) {
		struct outcome whole = feed(data, size, size, false);
		uint64_t where = UINT64_C(14695981039346656037);

		mix(&where, data, size);
		check_cut(data, size, &whole, 1, false);
		check_cut(data, size, &whole, 3, false);
		check_cut(data, size, &whole, 1 + (size_t)(where % size), true);
		goes_on = whole.result == HTTP1_REQUEST;
		if (goes_on && whole.is_told)
			tell_gsoap(data, &whole);
		data += whole.used;
		size -= whole.used;
		goes_on &= size > 0;
		free(whole.body);
	}
	return 0;
}
