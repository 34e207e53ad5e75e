/* ?wsdl and its kin. Each document is a template compiled into the program; the one thing that differs between callers
 * is the service's address, so the answers are byte-stable. Called by request.c on event loops. */
#include "documents.h"
#include "../base/text.h"
#include "../base/xml.h"
#include "wire.h"
#include <string.h>

#define ADDRESS "@ADDRESS@"
#define XML_TYPE "text/xml; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"

extern const char document_wsdl[], document_wsdl_end[];
extern const char document_wsdl_text[], document_wsdl_text_end[];
extern const char document_disco[], document_disco_end[];
extern const char document_index[], document_index_end[];

struct document {
	const char *name;  /* of the query parameter; NULL for the page */
	const char *value; /* that it must have; NULL for any other */
	const char *bytes, *end, *type;
};

static const struct document documents[] = {
    {"wsdl", "text", document_wsdl_text, document_wsdl_text_end, XML_TYPE},
    {"wsdl", NULL, document_wsdl, document_wsdl_end, XML_TYPE},
    {"singlewsdl", NULL, document_wsdl, document_wsdl_end, XML_TYPE},
    {"disco", NULL, document_disco, document_disco_end, XML_TYPE},
};

static void
fill(const struct document *d, const char *address, struct http_response *out)
{
	const char *at = d->bytes;

	for (const char *mark; (mark = strstr(at, ADDRESS)) != NULL; at = mark + strlen(ADDRESS)) {
		buf_put(&out->body, at, (size_t)(mark - at));
		xml_escape(&out->body, address, strlen(address));
	}
	buf_put(&out->body, at, (size_t)(d->end - at));
	out->status = 200;
	out->content_type = d->type;
	buf_puts(&out->headers, "X-Content-Type-Options: nosniff\r\n");
}

static bool
op_exists(struct http_text name)
{
	for (int i = 0; i < op_count; i++)
		if (http_text_is(name, op_table[i].name))
			return true;
	return false;
}

static void
page(const char *address, struct http_response *out)
{
	static const struct document index = {NULL, NULL, document_index, document_index_end, HTML_TYPE};

	fill(&index, address, out);
	buf_puts(&out->headers,
	    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n"
	    "Referrer-Policy: no-referrer\r\n");
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

	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
		if (http_text_ieq(name, documents[i].name) &&
		    (documents[i].value == NULL || http_text_ieq(value, documents[i].value))) {
			fill(&documents[i], address, out);
			return;
		}
	if (http_text_ieq(name, "op") && !op_exists(value)) {
		http_response_plain(out, 404, "There is no such operation.");
		return;
	}
	page(address, out);
}
