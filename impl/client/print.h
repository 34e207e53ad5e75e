/* A result in one of srvctl's output formats. Only main.c includes this. */
#ifndef SRV_CLIENT_PRINT_H
#define SRV_CLIENT_PRINT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "result.h"
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

/* Appends the result to out; out->err says whether that went well.
 * text: the attributes a line each, then a table for each kind of children; success is left out, sizes are
 * given in binary units, control characters are replaced. Nothing for an element with success only.
 * xml: the result element and a line feed.
 * json: an object of the attributes, as strings, success as a boolean, and for each kind of children an
 * array of such objects; an element without attributes is the array of its children. */
void print_result(struct buf *out, const struct result *, enum print_format);

/* Appends text with what a terminal would act on replaced by question marks: control characters, line ends too. */
void print_clean(struct buf *out, const char *text);

#endif
