/* XML answers as namespace-aware trees, read with expat. Thread: any. */
#ifndef SRV_WIRE_XML_H
#define SRV_WIRE_XML_H

#include "wire_text.h"

struct wire_attr {
	const char *name, *value; /* name: {namespace}local, or local if it is in none */
};
struct wire_prefix {
	const char *prefix, *uri; /* prefix "" is the default namespace */
	const struct wire_prefix *outer;
};
struct wire_node {
	const char *name; /* {namespace}local, or local */
	struct wire_attr *attrs;
	size_t attr_count;
	const char *text; /* its own, without that of its children */
	struct wire_node *parent, *first, *next;
	const struct wire_prefix *prefixes; /* in scope, innermost first */
};

/* NULL if it is not well-formed. */
struct wire_node *wire_xml_parse(const char *xml, size_t len);
const char *wire_attr(const struct wire_node *, const char *name); /* NULL if it has none */
/* The first child of that name; the child with an attribute of that value; the element children. Any may
 * get a NULL node, and then returns NULL or 0. */
struct wire_node *wire_child(const struct wire_node *, const char *name);
struct wire_node *wire_child_with(const struct wire_node *, const char *name, const char *attr, const char *value);
size_t wire_child_count(const struct wire_node *);
/* `soap:Client` in the node's scope as {namespace}local; NULL if the prefix is not bound. */
const char *wire_qname(const struct wire_node *, const char *qname);
/* The attributes' names in their order, with a blank between. */
const char *wire_attr_names(const struct wire_node *);
/* One text for all spellings of the same tree: two answers with equal names, namespaces, attributes (in
 * order) and text are the same text, whatever their prefixes. */
const char *wire_canonical(const struct wire_node *);
const char *wire_canonical_of(const char *xml); /* NULL if it is not well-formed */

#endif
