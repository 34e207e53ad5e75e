/* Why: an answer comes from anywhere, and must be proved to be XML before anything else reads it; and what is in the
 * result must be read with entities resolved and in any spelling XML allows.
 * Model: expat drives a stack of open elements; what is closed hangs in its parent. A document type is
 * refused, so there are no entities but XML's own, and depth and number are bounded: the answer comes over a
 * network. So are the names of attributes, because gSOAP, which reads the answer next, has one list of all that it
 * met, and of the declarations in force, and searches them for each.
 * Callers: soap.c and srvclient.c, in their caller's thread. */
#include "result.h"
#include "../base/xml.h"
#include <assert.h>
#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RESULT_DEPTH_MAX <= XML_DEPTH_MAX, "what can be read can be written");

struct reader {
	XML_Parser parser;
	struct result *root;
	struct result *open[ANSWER_DEPTH_MAX]; /* borrowed from the tree */
	struct buf text[ANSWER_DEPTH_MAX];     /* theirs, until they are closed */
	size_t depth, depth_max, nodes;
	const char *names[RESULT_NAMES_MAX]; /* different ones of attributes, borrowed from the tree */
	size_t name_count;
	enum srv_err err; /* the first failure that is ours, not expat's */
	const char *what;
};

static void
stop(struct reader *r, enum srv_err err, const char *what)
{
	if (r->err == SRV_OK) {
		r->err = err;
		r->what = what;
	}
	XML_StopParser(r->parser, XML_FALSE);
}

/* Makes room for one more of size bytes in an array of count. It doubles at the powers of two, so no capacity has to be
 * kept. */
static bool
grow(void *array, size_t count, size_t size)
{
	void **at = array;
	void *more;

	if (count != 0 && (count & (count - 1)) != 0)
		return true;
	if ((more = realloc(*at, (count == 0 ? 1 : count * 2) * size)) == NULL)
		return false;
	*at = more;
	return true;
}

static bool
add_attribute(struct result *e, const char *name, const char *value)
{
	void *array = e->attributes;
	struct result_attribute a = {.name = strdup(name), .value = strdup(value)};
	bool grown = grow(&array, e->attribute_count, sizeof a);

	e->attributes = array;
	if (a.name == NULL || a.value == NULL || !grown) {
		free(a.name);
		free(a.value);
		return false;
	}
	e->attributes[e->attribute_count++] = a;
	return true;
}

static bool
add_child(struct result *parent, struct result *child)
{
	void *array = parent->children;
	bool grown = grow(&array, parent->child_count, sizeof(struct result *));

	parent->children = array;
	if (!grown)
		return false;
	parent->children[parent->child_count++] = child;
	return true;
}

static bool
declares_namespace(const char *name)
{
	return strncmp(name, "xmlns", 5) == 0 && (name[5] == '\0' || name[5] == ':');
}

/* NULL without memory. */
static struct result *
element_new(const char *name, const char *const *attributes)
{
	struct result *e = calloc(1, sizeof *e);

	if (e == NULL || (e->name = strdup(name)) == NULL) {
		free(e);
		return NULL;
	}
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		if (!declares_namespace(attributes[i]) && !add_attribute(e, attributes[i], attributes[i + 1])) {
			result_free(&e);
			return NULL;
		}
	}
	return e;
}

/* Looked at before any of them is copied. */
static bool
attributes_fit(const char *const *attributes)
{
	size_t n = 0;

	while (attributes[2 * n] != NULL)
		n++;
	return n <= RESULT_ATTRIBUTES_MAX;
}

static bool
name_fits(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->name_count; i++) {
		if (strcmp(r->names[i], name) == 0)
			return true;
	}
	if (r->name_count == RESULT_NAMES_MAX)
		return false;
	r->names[r->name_count++] = name;
	return true;
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = arg;
	struct result *e;

	if (r->depth == r->depth_max) {
		stop(r, SRV_ELIMIT, "elements lie too deep");
		return;
	}
	if (!attributes_fit((const char *const *)attributes)) {
		stop(r, SRV_ELIMIT, "an element has too many attributes");
		return;
	}
	e = element_new(name, (const char *const *)attributes);
	if (e == NULL || (r->depth > 0 && !add_child(r->open[r->depth - 1], e))) {
		result_free(&e);
		stop(r, SRV_ENOMEM, "out of memory");
		return;
	}
	if (r->depth == 0)
		r->root = e;
	r->open[r->depth++] = e;
	r->nodes += 1 + e->attribute_count;
	if (r->nodes > RESULT_NODES_MAX)
		stop(r, SRV_ELIMIT, "there are too many elements");
	for (size_t i = 0; i < e->attribute_count; i++) {
		if (!name_fits(r, e->attributes[i].name))
			stop(r, SRV_ELIMIT, "attributes have too many names");
	}
}

static bool
is_space(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reader *r = arg;
	struct result *e;
	struct buf *text;

	(void)name;
	if (r->err != SRV_OK) /* expat still ends an empty element, which on_start has refused to begin */
		return;
	e = r->open[--r->depth];
	text = &r->text[r->depth];
	if (!is_space(buf_str(text)) && (e->text = buf_take(text)) == NULL)
		stop(r, SRV_ENOMEM, "out of memory");
	buf_reset(text);
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int len)
{
	struct reader *r = arg;
	struct buf *text = &r->text[r->depth - 1];

	buf_put(text, s, (size_t)len);
	if (text->err != SRV_OK)
		stop(r, text->err, srv_err_text(text->err));
}

static void XMLCALL
on_doctype(
    void *arg, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	stop(arg, SRV_EINVAL, "it has a document type");
}

static enum srv_err
failure(const struct reader *r, struct srv_reason *why)
{
	unsigned long line = XML_GetCurrentLineNumber(r->parser);
	enum XML_Error code = XML_GetErrorCode(r->parser);

	if (r->err == SRV_ELIMIT)
		return srv_fail(why, r->err, "the answer is too large: line %lu: %s", line, r->what);
	if (r->err != SRV_OK)
		return srv_fail(why, r->err, "the answer is not the service's: line %lu: %s", line, r->what);
	if (code == XML_ERROR_NO_MEMORY)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	return srv_fail(why, SRV_EINVAL, "the answer is not the service's: line %lu: %s", line, XML_ErrorString(code));
}

enum srv_err
result_parse(const char *xml, size_t len, size_t depth_max, struct result **out, struct srv_reason *why)
{
	struct reader r = {.depth_max = depth_max};
	enum srv_err err = SRV_OK;

	assert(depth_max <= ANSWER_DEPTH_MAX);
	if (len > INT_MAX)
		return srv_fail(why, SRV_ELIMIT, "the answer is too large");
	if ((r.parser = XML_ParserCreate("UTF-8")) == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	for (size_t i = 0; i < ANSWER_DEPTH_MAX; i++)
		buf_init(&r.text[i], 0);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, xml, (int)len, XML_TRUE) != XML_STATUS_OK || r.err != SRV_OK)
		err = failure(&r, why);
	XML_ParserFree(r.parser);
	for (size_t i = 0; i < ANSWER_DEPTH_MAX; i++)
		buf_fini(&r.text[i]);
	if (err == SRV_OK)
		*out = r.root;
	else
		result_free(&r.root);
	return err;
}

/* Recursion is bounded by ANSWER_DEPTH_MAX. */
void
result_free(struct result **result)
{
	struct result *e = *result;

	*result = NULL;
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->attribute_count; i++) {
		free(e->attributes[i].name);
		free(e->attributes[i].value);
	}
	for (size_t i = 0; i < e->child_count; i++)
		result_free(&e->children[i]);
	free(e->attributes);
	free(e->children);
	free(e->text);
	free(e->name);
	free(e);
}

const char *
result_get(const struct result *e, const char *name)
{
	for (size_t i = 0; i < e->attribute_count; i++) {
		if (strcmp(e->attributes[i].name, name) == 0)
			return e->attributes[i].value;
	}
	return NULL;
}

static const struct result *
only_child(const struct result *e)
{
	return e != NULL && e->child_count == 1 ? e->children[0] : NULL;
}

static bool
is_body(const struct result *e)
{
	const char *colon = strchr(e->name, ':');

	return strcmp(colon != NULL ? colon + 1 : e->name, "Body") == 0;
}

/* gSOAP has found it to be an envelope, so namespaces need not be looked at again; a Header may stand in front of the
 * Body, and what gSOAP does not look at behind it. */
const struct result *
result_in_envelope(const struct result *envelope)
{
	for (size_t i = 0; i < envelope->child_count; i++) {
		if (is_body(envelope->children[i]))
			return only_child(only_child(only_child(envelope->children[i])));
	}
	return NULL;
}

static void
write_element(struct xml *x, const struct result *e)
{
	xml_open(x, e->name);
	for (size_t i = 0; i < e->attribute_count; i++)
		xml_attr(x, e->attributes[i].name, e->attributes[i].value);
	if (e->text != NULL)
		xml_text(x, e->text);
	for (size_t i = 0; i < e->child_count; i++)
		write_element(x, e->children[i]);
	xml_close(x);
}

void
result_write(struct buf *out, const struct result *e)
{
	struct xml x;

	xml_init(&x, out);
	write_element(&x, e);
}
