/* XML answers as namespace-aware trees.
 *
 * Prefixes are the server's choice, so a SOAP answer is compared as names with their namespaces, attributes in
 * their order, and text: what exclusive canonicalisation with renamed prefixes would leave, but for the order of
 * attributes, which the contract fixes too. Prefixes in scope are kept only for the QName in a faultcode. */
#include "wire_xml.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

struct reading {
	struct wire_node *root, *open;
	const struct wire_prefix *prefixes; /* in scope for the next element */
};

/* expat gives `uri\nlocal`. */
static const char *
clark(const char *name)
{
	const char *nl = strchr(name, '\n');

	return nl == NULL ? wire_printf("%s", name) : wire_printf("{%.*s}%s", (int)(nl - name), name, nl + 1);
}

static void XMLCALL
on_namespace(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
	struct reading *r = arg;
	struct wire_prefix *p = wire_alloc(sizeof *p);

	p->prefix = wire_printf("%s", prefix != NULL ? prefix : "");
	p->uri = wire_printf("%s", uri != NULL ? uri : "");
	p->outer = r->prefixes;
	r->prefixes = p;
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct reading *r = arg;
	struct wire_node *n = wire_alloc(sizeof *n);

	n->name = clark(name);
	n->text = "";
	n->prefixes = r->prefixes;
	n->parent = r->open;
	while (atts[2 * n->attr_count] != NULL)
		n->attr_count++;
	n->attrs = wire_alloc((n->attr_count + 1) * sizeof *n->attrs);
	for (size_t i = 0; i < n->attr_count; i++) {
		n->attrs[i].name = clark(atts[2 * i]);
		n->attrs[i].value = wire_printf("%s", atts[2 * i + 1]);
	}
	if (r->open == NULL) {
		r->root = n;
	} else {
		struct wire_node **link = &r->open->first;

		while (*link != NULL)
			link = &(*link)->next;
		*link = n;
	}
	r->open = n;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;

	(void)name;
	r->open = r->open->parent;
	r->prefixes = r->open != NULL ? r->open->prefixes : NULL;
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int len)
{
	struct reading *r = arg;

	r->open->text = wire_printf("%s%.*s", r->open->text, len, s);
}

struct wire_node *
wire_xml_parse(const char *xml, size_t len)
{
	struct reading r = {NULL, NULL, NULL};
	XML_Parser p = XML_ParserCreateNS(NULL, '\n');

	XML_SetUserData(p, &r);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_text);
	XML_SetStartNamespaceDeclHandler(p, on_namespace);
	bool ok = XML_Parse(p, xml, (int)len, XML_TRUE) == XML_STATUS_OK;
	XML_ParserFree(p);
	return ok ? r.root : NULL;
}

const char *
wire_attr(const struct wire_node *n, const char *name)
{
	for (size_t i = 0; n != NULL && i < n->attr_count; i++) {
		if (strcmp(n->attrs[i].name, name) == 0)
			return n->attrs[i].value;
	}
	return NULL;
}

struct wire_node *
wire_child(const struct wire_node *n, const char *name)
{
	return wire_child_with(n, name, NULL, NULL);
}

struct wire_node *
wire_child_with(const struct wire_node *n, const char *name, const char *attr, const char *value)
{
	for (struct wire_node *c = n != NULL ? n->first : NULL; c != NULL; c = c->next) {
		const char *have = attr != NULL ? wire_attr(c, attr) : NULL;

		if (strcmp(c->name, name) == 0 && (attr == NULL || (have != NULL && strcmp(have, value) == 0)))
			return c;
	}
	return NULL;
}

size_t
wire_child_count(const struct wire_node *n)
{
	size_t count = 0;

	for (const struct wire_node *c = n != NULL ? n->first : NULL; c != NULL; c = c->next)
		count++;
	return count;
}

const char *
wire_qname(const struct wire_node *n, const char *qname)
{
	const char *colon = strchr(qname, ':');
	const char *prefix = colon != NULL ? wire_copy(qname, (size_t)(colon - qname)) : "";
	const char *local = colon != NULL ? colon + 1 : qname;

	for (const struct wire_prefix *p = n->prefixes; p != NULL; p = p->outer) {
		if (strcmp(p->prefix, prefix) == 0)
			return wire_printf("{%s}%s", p->uri, local);
	}
	return NULL;
}

const char *
wire_attr_names(const struct wire_node *n)
{
	const char *all = "";

	for (size_t i = 0; i < n->attr_count; i++)
		all = wire_printf("%s%s%s", all, i == 0 ? "" : " ", n->attrs[i].name);
	return all;
}

const char *
wire_canonical(const struct wire_node *n)
{
	const char *s = wire_printf("<%s", n->name);

	for (size_t i = 0; i < n->attr_count; i++)
		s = wire_printf("%s %s=\"%s\"", s, n->attrs[i].name, wire_xml_escape(n->attrs[i].value));
	s = wire_printf("%s>%s", s, wire_xml_escape(n->text));
	for (const struct wire_node *c = n->first; c != NULL; c = c->next)
		s = wire_printf("%s%s", s, wire_canonical(c));
	return wire_printf("%s</>", s);
}

const char *
wire_canonical_of(const char *xml)
{
	struct wire_node *n = wire_xml_parse(xml, strlen(xml));

	return n != NULL ? wire_canonical(n) : NULL;
}
