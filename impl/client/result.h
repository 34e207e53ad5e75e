/* XML of the service as a tree: names, attributes in order, children in order. For the library's own files. Thread:
 * one at a time. */
#ifndef SRV_CLIENT_RESULT_H
#define SRV_CLIENT_RESULT_H

#include "../base/buf.h"
#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>

#define RESULT_DEPTH_MAX 8                      /* levels, the result element is the first */
#define ANSWER_DEPTH_MAX (4 + RESULT_DEPTH_MAX) /* Envelope, Body, Response and Result are around it */
#define RESULT_NODES_MAX 65536                  /* elements and attributes */
#define RESULT_ATTRIBUTES_MAX 64                /* of an element, xmlns declarations among them */
#define RESULT_NAMES_MAX 64                     /* different ones of attributes, declarations aside */

struct result_attribute {
	char *name, *value;
};
struct result {
	char *name;
	struct result_attribute *attributes; /* without xmlns declarations */
	size_t attribute_count;
	struct result **children;
	size_t child_count;
	char *text; /* character data that is not only white space, or NULL */
};

/* Reads one XML element, with or without a declaration in front, of at most that many levels (ANSWER_DEPTH_MAX or
 * less). Owns: *out is the caller's (result_free) on SRV_OK. Errors: SRV_EINVAL (not well-formed, a document type),
 * SRV_ELIMIT (too deep or too large), SRV_ENOMEM; why says what, and where. */
enum srv_err result_parse(const char *xml, size_t len, size_t depth_max, struct result **out, struct srv_reason *why);
void result_free(struct result **); /* NULLs the caller's pointer */

/* An attribute's value, borrowed, or NULL. */
const char *result_get(const struct result *, const char *name);
/* The result element in an envelope, borrowed, or NULL if there is not exactly one. */
const struct result *result_in_envelope(const struct result *envelope);
/* Appends the element as the service itself writes it. It has at most RESULT_DEPTH_MAX levels. */
void result_write(struct buf *, const struct result *);

#endif
