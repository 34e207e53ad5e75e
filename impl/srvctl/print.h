/* A result in one of srvctl's output formats. For srvctl's own files. */
#ifndef SRV_SRVCTL_PRINT_H
#define SRV_SRVCTL_PRINT_H

#include "../base/buf.h"
#include "../client/srvclient.h"
#include <stdbool.h>

#define PRINT_FORMATS(X)      \
	X(PRINT_TEXT, "text") \
	X(PRINT_XML, "xml")   \
	X(PRINT_JSON, "json")
enum print_format {
#define X(name, word) name,
	PRINT_FORMATS(X)
#undef X
};
/* False if the word names no format. */
bool print_format_parse(const char *word, enum print_format *out);

/* What follows appends to out; out->err says whether that went well. A result may be NULL if its type's size is 0.
 * Control characters reach no terminal: XML and JSON have them as references, text as question marks. */

/* XML as srvclient_xml lends it, and a line feed. */
void print_xml(struct buf *out, const char *xml);
/* An object and a line feed: success, then the attributes as numbers, booleans and strings (times as the service writes
 * them), null for what is empty where it may not be absent; an array for each kind of children. */
void print_json(struct buf *out, const struct srvclient_type *, const void *result);
/* The same for a refusal. */
void print_json_refusal(struct buf *out, const char *error);
/* The attributes, a line each, the values under one another; returns whether there was one. */
bool print_fields(struct buf *out, const struct srvclient_type *, const void *result);

/* Text with control characters, line ends too, replaced by question marks. NULL and empty are a hyphen. */
void print_clean(struct buf *out, const char *text);
void print_size(struct buf *out, int64_t bytes); /* in binary units */
void print_tm(struct buf *out, const struct tm *, char between);

#endif
