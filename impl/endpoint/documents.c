/* ?wsdl and its kin. Each document is a template compiled into the program; the one thing that differs between callers
 * is the service's address, so the answers are byte-stable. Called by request.c on event loops. */
#include "documents.h"
#include "../base/text.h"
#include "../base/xml.h"
#include "wire.h"
#include <stdio.h>
#include <string.h>

#define ADDRESS "@ADDRESS@"
#define XML_TYPE "text/xml; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"
#define MARK "<!--op "
#define MARK_MAX 256

extern const char document_wsdl[], document_wsdl_end[];
extern const char document_wsdl_text[], document_wsdl_text_end[];
extern const char document_disco[], document_disco_end[];
extern const char document_index[], document_index_end[];
extern const char document_operations[], document_operations_end[]; /* pages, each after `<!--op NAME-->` */

struct document {
	const char *name;  /* of the query parameter */
	const char *value; /* that it must have; NULL for any other */
	const char *bytes, *end;
};

static const struct document documents[] = {
    {"wsdl", "text", document_wsdl_text, document_wsdl_text_end},
    {"wsdl", NULL, document_wsdl, document_wsdl_end},
    {"singlewsdl", NULL, document_wsdl, document_wsdl_end},
    {"disco", NULL, document_disco, document_disco_end},
};

/* The bytes up to end, which a NUL or another document's mark may follow, with the address put in. */
static void
fill(const char *bytes, const char *end, const char *type, const char *address, struct http_response *out)
{
	const char *at = bytes;

	for (const char *mark; (mark = strstr(at, ADDRESS)) != NULL && mark < end; at = mark + strlen(ADDRESS)) {
		buf_put(&out->body, at, (size_t)(mark - at));
		xml_escape(&out->body, address, strlen(address));
	}
	buf_put(&out->body, at, (size_t)(end - at));
	out->status = 200;
	out->content_type = type;
	buf_puts(&out->headers, "X-Content-Type-Options: nosniff\r\n");
}

static void
fill_page(const char *bytes, const char *end, const char *address, struct http_response *out)
{
	fill(bytes, end, HTML_TYPE, address, out);
	buf_puts(&out->headers,
	    "Content-Security-Policy: default-src 'none'; form-action 'self'; frame-ancestors 'none'; "
	    "base-uri 'none'\r\nReferrer-Policy: no-referrer\r\n");
}

static void
operation_page(struct http_text name, const char *address, struct http_response *out)
{
	for (int i = 0; i < op_count; i++) {
		char mark[MARK_MAX];
		const char *page, *next;
		if (!http_text_is(name, op_table[i].name))
			continue;
		snprintf(mark, sizeof mark, MARK "%s-->", op_table[i].name);
		page = strstr(document_operations, mark) + strlen(mark);
		next = strstr(page, MARK);
		fill_page(page, next ? next : document_operations_end, address, out);
		return;
	}
	http_response_plain(out, 404, "There is no such operation.");
}

void
documents_answer(struct http_text query, const char *address, struct http_response *out)
{
	size_t first = 0, name_len;
	struct http_text name, value;

	while (first < query.len && query.s[first] != '&')
		first++;
	for (name_len = 0; name_len < first && query.s[name_len] != '='; name_len++)
		;
	name = (struct http_text){query.s, name_len};
	value = name_len < first ? (struct http_text){query.s + name_len + 1, first - name_len - 1}
				 : (struct http_text){"", 0};

	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		const struct document *d = &documents[i];
		if (http_text_ieq(name, d->name) && (d->value == NULL || http_text_ieq(value, d->value))) {
			fill(d->bytes, d->end, XML_TYPE, address, out);
			return;
		}
	}
	if (http_text_ieq(name, "op"))
		operation_page(value, address, out);
	else
		fill_page(document_index, document_index_end, address, out);
}
