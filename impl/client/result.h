/* An operation's result element as a tree: names, attributes in order, children in order. main.c and print.c
 * use it. Thread: one at a time. */
#ifndef SRV_CLIENT_RESULT_H
#define SRV_CLIENT_RESULT_H

#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>

#define RESULT_DEPTH_MAX 8     /* levels, the result element is the first */
#define RESULT_NODES_MAX 65536 /* elements and attributes */

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

/* Reads one XML element, with or without a declaration in front. Owns: *out is the caller's (result_free) on
 * SRV_OK. Errors: SRV_EINVAL (not well-formed, a document type), SRV_ELIMIT (too deep or too large),
 * SRV_ENOMEM; why says what, and where. */
enum srv_err result_parse(const char *xml, size_t len, struct result **out, struct srv_reason *why);
/* The same from character data as it stands in XML, where the element is written `&lt;root ... /&gt;`. SRV_EINVAL,
 * besides, if it is no character data. */
enum srv_err result_parse_text(const char *escaped, struct result **out, struct srv_reason *why);
void result_free(struct result **); /* NULLs the caller's pointer */

/* An attribute's value, borrowed, or NULL. */
const char *result_get(const struct result *, const char *name);
/* True if the service says so: success="true". */
bool result_succeeded(const struct result *);

#endif
