/* ?wsdl and its kin, and the pages for people. Each is a template compiled into the program; what differs between
 * readers is the service's address and whether forms are for them, so an answer is byte-stable, has an entity tag, and
 * is made once and kept (body_cache.h). Called by request.c on event loops; each has its own. */
#include "documents.h"
#include "../base/text.h"
#include "body_cache.h"
#include "negotiate.h"
#include "template.h"
#include "wire.h"
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "<!--op "
#define MARK_MAX 256
#define HASH_BYTES 16

enum { INDEX = 10, FIRST_PAGE = 11 }; /* ids */

/* What gen/documents.S holds. */
#define EMBEDDED(X) X(wsdl) X(wsdl_text) X(disco) X(openapi) X(index) X(operations) X(style) X(script)
#define X(name)                              \
	extern const char document_##name[]; \
	extern const uint64_t document_##name##_len;
EMBEDDED(X)
#undef X
#define TEXT_OF(name) ((struct http_text){document_##name, document_##name##_len})

struct document {
	int id; /* of each another */
	struct http_text bytes;
	enum { DOCUMENT_XML, DOCUMENT_JSON, DOCUMENT_PAGE } kind;
	int status;
};

struct documents {
	struct body_cache *bodies;
	unsigned char version[HASH_BYTES]; /* of all that is embedded: another program has other tags */
	struct buf policy;                 /* the pages' field lines */
	struct http_text *pages;           /* of the operations, in op_table's order */
};

/* ---- what pages may do ---- */

/* A source of the Content-Security-Policy: this text, and no other. */
static void
put_hash(struct buf *out, struct http_text text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char name[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];

	crypto_hash_sha256(hash, (const unsigned char *)text.s, text.len);
	sodium_bin2base64(name, sizeof name, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	buf_printf(out, "'sha256-%s'", name);
}

/* Referrer-Policy: with no-referrer a browser sends the forms of a page with `Origin: null`, which is nobody's page. */
static void
put_policy(struct buf *out)
{
	buf_puts(out, "Content-Security-Policy: default-src 'none'; style-src ");
	put_hash(out, TEXT_OF(style));
	buf_puts(out, "; script-src ");
	put_hash(out, TEXT_OF(script));
	buf_puts(out,
	    "; img-src data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
	    "Referrer-Policy: same-origin\r\n");
}

/* Each page stands behind its mark. */
static struct http_text *
find_pages(void)
{
	struct http_text *pages = calloc((size_t)op_count, sizeof *pages);

	for (int i = 0; pages && i < op_count; i++) {
		char mark[MARK_MAX];
		const char *page, *next;
		snprintf(mark, sizeof mark, MARK "%s-->", op_table[i].name);
		page = strstr(document_operations, mark) + strlen(mark);
		next = strstr(page, MARK);
		pages[i] = (struct http_text){page, next ? (size_t)(next - page) : strlen(page)};
	}
	return pages;
}

/* Binds what zlib calls while there is nothing in the processor's registers to hide (gsoap.c says why). */
static void
rehearse(void)
{
	struct buf out;

	buf_init(&out, 0);
	(void)negotiate_compress(TEXT_OF(disco), &out);
	buf_fini(&out);
}

enum srv_err
documents_new(struct documents **out)
{
	struct documents *d = calloc(1, sizeof *d);
	crypto_generichash_state hash;

	if (d == NULL)
		return SRV_ENOMEM;
	buf_init(&d->policy, 0);
	put_policy(&d->policy);
	crypto_generichash_init(&hash, NULL, 0, HASH_BYTES);
#define X(name) crypto_generichash_update(&hash, (const unsigned char *)document_##name, TEXT_OF(name).len);
	EMBEDDED(X)
#undef X
	crypto_generichash_final(&hash, d->version, HASH_BYTES);
	d->pages = find_pages();
	if (d->pages == NULL || body_cache_new(&d->bodies) != SRV_OK || d->policy.err != SRV_OK) {
		documents_free(&d);
		return SRV_ENOMEM;
	}
	rehearse();
	*out = d;
	return SRV_OK;
}

void
documents_free(struct documents **dp)
{
	if (*dp == NULL)
		return;
	body_cache_free(&(*dp)->bodies);
	buf_fini(&(*dp)->policy);
	free((*dp)->pages);
	free(*dp);
	*dp = NULL;
}

/* ---- which document ---- */

static struct document
page_of(const struct documents *d, struct http_text operation)
{
	for (int i = 0; i < op_count; i++)
		if (http_text_is(operation, op_table[i].name))
			return (struct document){FIRST_PAGE + i, d->pages[i], DOCUMENT_PAGE, 200};
	return (struct document){INDEX, TEXT_OF(index), DOCUMENT_PAGE, 404};
}

/* By the first parameter of the query. */
static struct document
find(const struct documents *d, struct http_text query)
{
	const struct {
		const char *name;
		const char *value; /* that it must have; NULL for any other */
		struct document document;
	} documents[] = {
	    {"wsdl", "text", {1, TEXT_OF(wsdl_text), DOCUMENT_XML, 200}},
	    {"wsdl", NULL, {2, TEXT_OF(wsdl), DOCUMENT_XML, 200}},
	    {"singlewsdl", NULL, {2, TEXT_OF(wsdl), DOCUMENT_XML, 200}},
	    {"disco", NULL, {3, TEXT_OF(disco), DOCUMENT_XML, 200}},
	    {"openapi", NULL, {4, TEXT_OF(openapi), DOCUMENT_JSON, 200}},
	};
	struct http_text name = {query.s, 0}, value = {"", 0};
	size_t first = 0;

	while (first < query.len && query.s[first] != '&')
		first++;
	while (name.len < first && query.s[name.len] != '=')
		name.len++;
	if (name.len < first)
		value = (struct http_text){query.s + name.len + 1, first - name.len - 1};
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
		if (http_text_ieq(name, documents[i].name) &&
		    (documents[i].value == NULL || http_text_ieq(value, documents[i].value)))
			return documents[i].document;
	if (http_text_ieq(name, "op"))
		return page_of(d, value);
	return (struct document){INDEX, TEXT_OF(index), DOCUMENT_PAGE, 200};
}

/* ---- what it is for this reader ---- */

/* What pages call the service by, relative to their own address, so that a proxy in front may have any path for it. */
static const char *
here(const struct http_request *rq)
{
	return rq->path.len && rq->path.s[rq->path.len - 1] == '/' ? "../srv.asmx" : "srv.asmx";
}

/* The entity tag: a hash of all that the answer depends on. It is the same in another process of this program. */
static void
tag(const struct documents *d, const struct document *doc, const struct documents_reader *reader, const char *self,
    bool gzip, char out[BODY_CACHE_KEY_MAX])
{
	const int facts[] = {doc->id, doc->status, (int)reader->forms, reader->is_renamed, gzip};
	unsigned char hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];
	crypto_generichash_state state;

	crypto_generichash_init(&state, d->version, sizeof d->version, HASH_BYTES);
	crypto_generichash_update(&state, (const unsigned char *)facts, sizeof facts);
	crypto_generichash_update(&state, (const unsigned char *)self, strlen(self) + 1);
	crypto_generichash_update(&state, (const unsigned char *)reader->address, strlen(reader->address));
	crypto_generichash_final(&state, hash, sizeof hash);
	snprintf(out, BODY_CACHE_KEY_MAX, "\"%s\"", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static void
fill(const struct document *doc, const struct documents_reader *reader, const char *self, struct buf *out)
{
	static const char *const conditions[] = {"forms", "off", "remote"};
	char words[48];
	struct buf address, host;
	size_t scheme, authority;

	buf_init(&address, 0);
	buf_init(&host, 0);
	template_put_url(reader->address, doc->kind != DOCUMENT_JSON, &address);
	const char *text = buf_str(&address), *slashes = strstr(text, "://");
	scheme = slashes ? (size_t)(slashes - text) + 3 : 0;
	authority = strcspn(text + scheme, "/");
	buf_put(&host, text + scheme, authority);
	const struct template_mark marks[] = {{"@ADDRESS@", text}, {"@HOST@", buf_str(&host)},
	    {"@PATH@", text + scheme + authority}, {"@HERE@", self}, {"@STYLE@", document_style},
	    {"@SCRIPT@", document_script}};
	snprintf(words, sizeof words, "%s %s%s", conditions[reader->forms],
	    reader->is_renamed ? "renamed" : "documented", doc->status == 404 ? " unknown" : "");
	template_fill(doc->bytes.s, doc->bytes.len, marks, sizeof marks / sizeof marks[0], words, out);
	if (address.err != SRV_OK || host.err != SRV_OK)
		out->err = SRV_ENOMEM;
	buf_fini(&address);
	buf_fini(&host);
}

static enum srv_err
make(const struct document *doc, const struct documents_reader *reader, const char *self, bool gzip, struct buf *out)
{
	struct buf whole;
	enum srv_err err;

	if (!gzip) {
		fill(doc, reader, self, out);
		return out->err;
	}
	buf_init(&whole, 0);
	fill(doc, reader, self, &whole);
	err = whole.err == SRV_OK ? negotiate_compress((struct http_text){whole.data, whole.len}, out) : whole.err;
	buf_fini(&whole);
	return err;
}

void
documents_answer(struct documents *d, const struct http_request *rq, const struct documents_reader *reader,
    struct http_response *out)
{
	static const char *const types[] = {
	    "text/xml; charset=utf-8", "application/json; charset=utf-8", "text/html; charset=utf-8"};
	struct document doc = find(d, rq->query);
	const char *self = here(rq);
	bool gzip = negotiate_gzip(rq);
	char etag[BODY_CACHE_KEY_MAX];
	const struct buf *kept;

	tag(d, &doc, reader, self, gzip, etag);
	out->status = doc.status;
	out->content_type = types[doc.kind];
	/* Whom a page is for, and its program, may change: it is asked about each time, and not shared. */
	buf_printf(&out->headers,
	    "Cache-Control: private, no-cache\r\nVary: Accept-Encoding\r\nETag: %s\r\n"
	    "X-Content-Type-Options: nosniff\r\n",
	    etag);
	if (doc.kind == DOCUMENT_PAGE)
		buf_put(&out->headers, d->policy.data, d->policy.len);
	if (doc.status == 200 && negotiate_has(rq, etag)) {
		out->status = 304;
		return;
	}
	if (gzip)
		buf_puts(&out->headers, "Content-Encoding: gzip\r\n");
	kept = body_cache_get(d->bodies, etag);
	if (kept) {
		buf_put(&out->body, kept->data, kept->len);
	} else if (make(&doc, reader, self, gzip, &out->body) == SRV_OK) {
		body_cache_put(d->bodies, etag, &out->body);
	}
	if (out->body.err != SRV_OK || out->headers.err != SRV_OK || out->body.len == 0) {
		buf_reset(&out->headers);
		http_response_plain(out, 503, "Service unavailable.");
	}
}
