/* gSOAP's XML parser is lenient: it accepts document types, two operations in a Body, an operation without an
 * Envelope, junk behind it, overlong UTF-8. So expat, which is not, reads every SOAP body first, and gSOAP gets a
 * document written anew from what expat reported: the Envelope, the operation and its parameters, their text joined
 * over comments and CDATA, everything else left out.
 * A parameter may be a password. Expat works on a copy of the request, which is wiped behind it; and where it made more
 * of the text than that (it had to convert it, or stopped half-way) its memory goes, wiped by the functions it was
 * given. Called by endpoint/request.c on the event loop's thread; the limits keep it under a millisecond or two. */
#include "gate.h"
#include "../base/random.h"
#include "../base/text.h"
#include "../base/wiped.h"
#include "../base/xml.h"
#include "wire.h"
#include <assert.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define XSI "http://www.w3.org/2001/XMLSchema-instance"
#define XSD "http://www.w3.org/2001/XMLSchema"
#define NEXT_1 "http://schemas.xmlsoap.org/soap/actor/next"
#define NEXT_2 "http://www.w3.org/2003/05/soap-envelope/role/next"
#define ULTIMATE_2 "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
#define BODY "<e:Body>"
#define SEPARATOR '\n'
#define XSD_PREFIXES 32 /* each of the namespace declarations that the default limit allows may be one */
#define XSD_PREFIX_MAX 15

/* What one pass leaves for the next to use again; expat's memory is the dear part. */
struct gate {
	XML_Parser parser; /* NULL until needed; holds nothing of a request any more */
	struct buf text;
	unsigned long salt; /* of expat's hash tables: random, but not asked of the system for each request */
};

struct pass {
	const struct gate_limits *limits;
	XML_Parser parser;
	int version;
	const char *env;
	struct buf *out;
	struct buf *text; /* of the parameter that is open */
	enum gate_verdict verdict;
	const char *why;
	bool stopped;
	bool converted; /* the text reaches us in UTF-8, and came otherwise */
	int64_t depth, elements, attributes, namespaces;
	bool header_seen, body_seen, in_header, in_body;
	int op;    /* -1 until the operation's element opened */
	int param; /* the parameter that is open, or -1 */
	bool param_nil;
	bool param_seen[OP_PARAMS_MAX];
	char xsd_prefix[XSD_PREFIXES][XSD_PREFIX_MAX + 1]; /* bound to XML Schema somewhere in the document */
	int xsd_prefixes;
};

void
gate_limits_init(struct gate_limits *l, const struct conf *conf)
{
	l->depth = conf->xml_max_depth;
	l->elements = conf->xml_max_elements;
	l->attributes = conf->xml_max_attributes;
	l->element_attributes = 16;
	l->namespaces = conf->xml_max_namespaces;
	l->name = conf->xml_max_name;
	l->attribute = conf->xml_max_attribute;
	l->text = conf->max_parameter;
}

/* Ends the pass: nothing behind this place matters. The first reason stands. */
static void
refuse(struct pass *g, const char *why)
{
	if (g->stopped)
		return;
	g->stopped = true;
	g->verdict = GATE_MALFORMED;
	g->why = why;
	XML_StopParser(g->parser, XML_FALSE);
}

/* A shape that is wrong is not worth stopping for: the rest must still be well formed, or that is the answer. */
static void
misshapen(struct pass *g, enum gate_verdict verdict, const char *why)
{
	if (g->verdict != GATE_OK)
		return;
	g->verdict = verdict;
	g->why = why;
	g->param = -1;
}

/* expat's names are `uri\nlocal\nprefix`, `uri\nlocal` or `local`. */
static bool
name_is(const char *name, const char *uri, const char *local)
{
	size_t u = strlen(uri), l = strlen(local);

	return strncmp(name, uri, u) == 0 && name[u] == SEPARATOR && strncmp(name + u + 1, local, l) == 0 &&
	       (name[u + 1 + l] == '\0' || name[u + 1 + l] == SEPARATOR);
}

static struct http_text
local_name(const char *name)
{
	const char *first = strchr(name, SEPARATOR);
	const char *start = first ? first + 1 : name;

	return (struct http_text){start, strcspn(start, "\n")};
}

static bool
is_ours(const char *name)
{
	size_t n = sizeof WIRE_NAMESPACE - 1;

	return strncmp(name, WIRE_NAMESPACE, n) == 0 && name[n] == SEPARATOR;
}

/* The length as it stood in the document: prefix, colon, local part. */
static size_t
qualified_length(const char *name)
{
	const char *local = strchr(name, SEPARATOR);

	return strlen(local ? local + 1 : name);
}

/* White space around a boolean is no part of it (XML Schema part 2, section 4.3.6). */
static bool
xsd_boolean(const char *v)
{
	size_t n;

	v += strspn(v, " \t\r\n");
	n = strcspn(v, " \t\r\n");
	if (v[n + strspn(v + n, " \t\r\n")] != '\0')
		return false;
	return (n == 4 && memcmp(v, "true", 4) == 0) || (n == 1 && *v == '1');
}

/* SOAP 1.1 section 4.2.2, SOAP 1.2 part 1 section 2.2: is the block meant for us? */
static bool
is_for_us(const struct pass *g, const char *role)
{
	if (role == NULL || *role == '\0')
		return true;
	if (g->version == 1)
		return strcmp(role, NEXT_1) == 0;
	return strcmp(role, NEXT_2) == 0 || strcmp(role, ULTIMATE_2) == 0;
}

static void
header_block(struct pass *g, const char **atts)
{
	bool must = false;
	const char *role = NULL;

	for (; *atts; atts += 2) {
		if (name_is(atts[0], g->env, "mustUnderstand"))
			must = xsd_boolean(atts[1]);
		else if (name_is(atts[0], g->env, g->version == 1 ? "actor" : "role"))
			role = atts[1];
	}
	if (must && is_for_us(g, role))
		misshapen(g, GATE_UNDERSTAND, "A header block that must be understood is not understood.");
}

static void
put_name(struct pass *g, const char *before, const char *name)
{
	buf_puts(g->out, before);
	buf_puts(g->out, name);
	buf_putc(g->out, '>');
}

static void
open_operation(struct pass *g, const char *name)
{
	if (g->op >= 0) {
		misshapen(g, GATE_SHAPE, "The Body holds more than one element.");
		return;
	}
	g->op = is_ours(name) ? wire_find_op(local_name(name)) : -1;
	if (g->op < 0) {
		misshapen(g, GATE_UNKNOWN, "The Body's element is no operation of this service.");
		return;
	}
	put_name(g, "<srv:", op_table[g->op].name);
}

/* An xsi:type that toolkits put on a string: any of XML Schema's own. The value is read as text all the same. */
static bool
is_schema_type(const struct pass *g, const char *qname)
{
	size_t prefix = strcspn(qname, ":");

	for (int i = 0; i < g->xsd_prefixes; i++)
		if (qname[prefix] == ':' && strlen(g->xsd_prefix[i]) == prefix &&
		    memcmp(g->xsd_prefix[i], qname, prefix) == 0)
			return true;
	return false;
}

/* A parameter is in the service's namespace, or in none: so toolkits send it that do not heed elementFormDefault. */
static void
open_param(struct pass *g, const char *name, const char **atts)
{
	bool is_in_none = strchr(name, SEPARATOR) == NULL;
	int i = is_in_none || is_ours(name) ? wire_find_param(g->op, local_name(name)) : -1;

	if (i < 0)
		return;
	if (g->param_seen[i]) {
		misshapen(g, GATE_SHAPE, "A parameter is given twice.");
		return;
	}
	g->param_seen[i] = true;
	g->param = i;
	g->param_nil = false;
	buf_reset(g->text);
	for (; *atts; atts += 2) {
		if (name_is(atts[0], XSI, "nil"))
			g->param_nil = xsd_boolean(atts[1]);
		else if (name_is(atts[0], XSI, "type")) {
			if (!is_schema_type(g, atts[1]))
				misshapen(g, GATE_SHAPE, "A parameter's xsi:type is not one of XML Schema.");
		}
	}
}

static void
on_start(void *arg, const char *name, const char **atts)
{
	struct pass *g = arg;
	int64_t n = 0;

	g->depth++;
	g->elements++;
	if (g->depth > g->limits->depth)
		refuse(g, "The request is nested too deeply.");
	if (g->elements > g->limits->elements)
		refuse(g, "The request has too many elements.");
	if (qualified_length(name) > (size_t)g->limits->name)
		refuse(g, "A name in the request is too long.");
	for (const char **a = atts; *a; a += 2) {
		n++;
		if (qualified_length(a[0]) > (size_t)g->limits->name)
			refuse(g, "A name in the request is too long.");
		if (strlen(a[1]) > (size_t)g->limits->attribute)
			refuse(g, "An attribute in the request is too long.");
	}
	g->attributes += n;
	if (n > g->limits->element_attributes || g->attributes > g->limits->attributes)
		refuse(g, "The request has too many attributes.");
	if (g->verdict != GATE_OK)
		return;

	if (g->depth == 1) {
		if (name_is(name, g->env, "Envelope"))
			return;
		if (http_text_is(local_name(name), "Envelope"))
			misshapen(g, GATE_VERSION, "The Envelope is not in the namespace that the content type says.");
		else
			misshapen(g, GATE_SHAPE, "The request is not a SOAP Envelope.");
	} else if (g->depth == 2) {
		if (name_is(name, g->env, "Header") && !g->header_seen && !g->body_seen)
			g->header_seen = g->in_header = true;
		else if (name_is(name, g->env, "Body") && !g->body_seen)
			g->body_seen = g->in_body = true;
		else
			misshapen(g, GATE_SHAPE, "The Envelope does not hold one Body, after at most one Header.");
	} else if (g->depth == 3 && g->in_header) {
		header_block(g, atts);
	} else if (g->depth == 3) {
		open_operation(g, name);
	} else if (g->depth == 4 && g->in_body) {
		open_param(g, name, atts);
	} else if (g->param >= 0) {
		misshapen(g, GATE_SHAPE, "A parameter holds an element.");
	}
}

static void
close_param(struct pass *g)
{
	const char *name = op_table[g->op].params[g->param];

	if (g->param_nil && g->text->len != 0) {
		misshapen(g, GATE_SHAPE, "A parameter that is nil holds text.");
	} else if (!g->param_nil) {
		put_name(g, "<srv:", name);
		xml_escape(g->out, buf_str(g->text), g->text->len);
		put_name(g, "</srv:", name);
	}
	if (g->text->err != SRV_OK && g->out->err == SRV_OK) /* the next parameter's text begins without it */
		g->out->err = g->text->err;
	g->param = -1;
}

static void
on_end(void *arg, const char *name)
{
	struct pass *g = arg;

	(void)name;
	g->depth--;
	if (g->verdict != GATE_OK)
		return;
	if (g->depth == 3 && g->param >= 0)
		close_param(g);
	else if (g->depth == 2 && g->in_body)
		put_name(g, "</srv:", op_table[g->op].name);
	else if (g->depth == 1)
		g->in_header = g->in_body = false;
}

static void
on_text(void *arg, const char *s, int len)
{
	struct pass *g = arg;

	if (g->verdict != GATE_OK)
		return;
	if (g->param >= 0 && g->depth == 4) {
		buf_put(g->text, s, (size_t)len);
		if (g->text->err == SRV_ELIMIT)
			refuse(g, "A parameter is too long.");
		return;
	}
	if (g->in_header && g->depth > 2)
		return;
	if (g->in_body && g->depth > 3) /* inside a parameter that we do not know */
		return;
	for (int i = 0; i < len; i++)
		if (strchr(" \t\r\n", s[i]) == NULL) {
			misshapen(g, GATE_SHAPE, "There is text where only elements may stand.");
			return;
		}
}

static void
on_namespace(void *arg, const char *prefix, const char *uri)
{
	struct pass *g = arg;

	if (++g->namespaces > g->limits->namespaces)
		refuse(g, "The request declares too many namespaces.");
	if (prefix && strlen(prefix) > (size_t)g->limits->name)
		refuse(g, "A name in the request is too long.");
	if (uri && strlen(uri) > (size_t)g->limits->attribute)
		refuse(g, "An attribute in the request is too long.");
	if (uri && prefix && strcmp(uri, XSD) == 0 && strlen(prefix) <= XSD_PREFIX_MAX &&
	    g->xsd_prefixes < XSD_PREFIXES)
		memcpy(g->xsd_prefix[g->xsd_prefixes++], prefix, strlen(prefix) + 1);
}

static void
on_doctype(void *arg, const char *name, const char *system_id, const char *public_id, int internal_subset)
{
	(void)name, (void)system_id, (void)public_id, (void)internal_subset;
	refuse(arg, "A document type is not accepted.");
}

static void
on_instruction(void *arg, const char *target, const char *data)
{
	(void)target, (void)data;
	refuse(arg, "A processing instruction is not accepted.");
}

static void
on_declaration(void *arg, const char *version, const char *encoding, int standalone)
{
	struct pass *g = arg;

	(void)standalone;
	if (encoding && !text_ieq(encoding, "utf-8"))
		g->converted = true;
	if (version && strcmp(version, "1.0") != 0)
		refuse(g, "The XML version is not 1.0.");
}

/* What the HTTP charset makes of the document's encoding (RFC 7303 section 3: a byte order mark beats the
 * charset, the charset beats the declaration). False if it is one we do not read, or if the bytes are plainly of
 * another: expat would believe a zero byte before the charset. *name NULL: as the document says. */
static bool
encoding_for(struct http_text charset, struct http_text body, const char **name)
{
	static const char *const known[][2] = {{"utf-8", "UTF-8"}, {"utf8", "UTF-8"}, {"us-ascii", "UTF-8"},
	    {"iso-8859-1", "ISO-8859-1"}, {"latin1", "ISO-8859-1"}, {"utf-16", "UTF-16"}, {"utf-16le", "UTF-16LE"},
	    {"utf-16be", "UTF-16BE"}};
	const unsigned char *b = (const unsigned char *)body.s;
	bool mark_8 = body.len >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF;
	bool mark_16 = body.len >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF));

	*name = NULL;
	for (size_t i = 0; charset.len != 0 && *name == NULL && i < sizeof known / sizeof known[0]; i++)
		if (http_text_ieq(charset, known[i][0]))
			*name = known[i][1];
	if (charset.len != 0 && *name == NULL)
		return false;
	if (mark_8) {
		*name = "UTF-8";
		return true;
	}
	if (mark_16) {
		if (charset.len != 0)
			*name = "UTF-16";
		return true;
	}
	if (*name == NULL || strncmp(*name, "UTF-16", 6) != 0)
		return body.len < 2 || (b[0] != 0 && b[1] != 0);
	return body.len >= 2 &&
	       ((strcmp(*name, "UTF-16LE") == 0 && b[1] == 0) || (strcmp(*name, "UTF-16BE") == 0 && b[0] == 0));
}

/* Is every high surrogate of a UTF-16 document followed by a low one, and no low one alone? Older expats
 * make one character of a high surrogate and whatever follows it, a `<` say. */
static bool
surrogates_are_paired(struct http_text body)
{
	const unsigned char *b = (const unsigned char *)body.s;
	bool is_little = b[0] == 0xFF || b[1] == 0, high = false;

	for (size_t i = 0; i + 1 < body.len; i += 2) {
		unsigned char top = is_little ? b[i + 1] : b[i];
		bool is_low = top >= 0xDC && top <= 0xDF;
		if (is_low != high)
			return false;
		high = top >= 0xD8 && top <= 0xDB;
	}
	return !high;
}

static bool
is_utf_16(struct http_text body)
{
	const unsigned char *b = (const unsigned char *)body.s;

	return body.len >= 2 && (b[0] == 0 || b[1] == 0 || b[0] == 0xFE || b[0] == 0xFF);
}

void
gate_document_begin(struct buf *request, int version)
{
	buf_reset(request);
	buf_puts(request, "<e:Envelope xmlns:e=\"");
	buf_puts(request, wire_envelopes[version - 1]);
	buf_puts(request, "\" xmlns:srv=\"" WIRE_NAMESPACE "\">" BODY);
}

void
gate_document_end(struct buf *request)
{
	buf_puts(request, "</e:Body></e:Envelope>");
}

struct http_text
gate_document_operation(const struct buf *request)
{
	const char *body = strstr(buf_str(request), BODY);

	if (body == NULL)
		return (struct http_text){"", 0};
	body += sizeof BODY - 1;
	return (struct http_text){body, request->len - (size_t)(body - request->data)};
}

static enum gate_verdict
run(struct pass *g, struct http_text body)
{
	enum XML_Status status;
	char *copy;

	XML_SetUserData(g->parser, g);
	XML_SetReturnNSTriplet(g->parser, 1);
	XML_SetElementHandler(g->parser, on_start, on_end);
	XML_SetCharacterDataHandler(g->parser, on_text);
	XML_SetStartNamespaceDeclHandler(g->parser, on_namespace);
	XML_SetStartDoctypeDeclHandler(g->parser, on_doctype);
	XML_SetProcessingInstructionHandler(g->parser, on_instruction);
	XML_SetXmlDeclHandler(g->parser, on_declaration);

	gate_document_begin(g->out, g->version);
	copy = XML_GetBuffer(g->parser, (int)body.len);
	if (copy == NULL)
		return GATE_NOMEM;
	memcpy(copy, body.s, body.len);
	status = XML_ParseBuffer(g->parser, (int)body.len, 1);
	explicit_bzero(copy, body.len);
	if (status != XML_STATUS_OK) {
		enum XML_Error e = XML_GetErrorCode(g->parser);
		if (e == XML_ERROR_NO_MEMORY)
			return GATE_NOMEM;
		if (g->stopped)
			return GATE_MALFORMED;
		g->why = e == XML_ERROR_UNKNOWN_ENCODING ? "The request's character encoding is not supported."
							 : "The request is not well-formed XML.";
		return GATE_MALFORMED;
	}
	if (g->verdict == GATE_OK && g->op < 0) {
		g->why = "The Body holds no operation.";
		return GATE_SHAPE;
	}
	gate_document_end(g->out);
	if (g->verdict == GATE_OK && g->out->err != SRV_OK)
		return GATE_NOMEM;
	return g->verdict;
}

enum srv_err
gate_new(struct gate **out)
{
	struct gate *gate = calloc(1, sizeof *gate);

	if (gate == NULL)
		return SRV_ENOMEM;
	if (random_bytes(&gate->salt, sizeof gate->salt) != SRV_OK) {
		free(gate);
		return SRV_EIO;
	}
	buf_init(&gate->text, 0);
	*out = gate;
	return SRV_OK;
}

static void
drop_parser(struct gate *gate)
{
	if (gate->parser)
		XML_ParserFree(gate->parser);
	gate->parser = NULL;
}

void
gate_free(struct gate **gp)
{
	if (*gp == NULL)
		return;
	drop_parser(*gp);
	buf_fini(&(*gp)->text);
	free(*gp);
	*gp = NULL;
}

/* A parser in its first state, the old one if there is one. XML_ParserReset would not say that it had no memory for the
 * encoding's name, and the document's own word would count. */
static bool
ready(struct gate *gate, const char *encoding)
{
	static const XML_Memory_Handling_Suite wiped = {wiped_malloc, wiped_realloc, wiped_free};
	static const XML_Char separator[] = {SEPARATOR, '\0'};

	if (gate->parser != NULL && !XML_ParserReset(gate->parser, NULL))
		drop_parser(gate);
	if (gate->parser == NULL)
		gate->parser = XML_ParserCreate_MM(NULL, &wiped, separator);
	return gate->parser != NULL && XML_SetEncoding(gate->parser, encoding) == XML_STATUS_OK &&
	       XML_SetHashSalt(gate->parser, gate->salt);
}

enum gate_verdict
gate_check(struct gate *gate, const struct gate_limits *limits, int version, struct http_text charset,
    struct http_text body, struct buf *request, struct gate_result *out)
{
	struct pass g = {.limits = limits,
	    .version = version,
	    .env = wire_envelopes[version - 1],
	    .out = request,
	    .text = &gate->text,
	    .op = -1,
	    .param = -1};
	const char *encoding;
	enum gate_verdict verdict;

	assert(version == 1 || version == 2);
	if (body.len == 0) {
		out->text = "The request is empty.";
		return GATE_MALFORMED;
	}
	if (!encoding_for(charset, body, &encoding)) {
		out->text = "The request's character encoding is not supported.";
		return GATE_MALFORMED;
	}
	if (is_utf_16(body) && !surrogates_are_paired(body)) {
		out->text = "The request is not well-formed XML.";
		return GATE_MALFORMED;
	}
	if (!ready(gate, encoding))
		return GATE_NOMEM;
	g.parser = gate->parser;
	g.converted = is_utf_16(body) || (encoding != NULL && strcmp(encoding, "UTF-8") != 0);
	gate->text.limit = (size_t)limits->text;
	verdict = run(&g, body);
	if (verdict != GATE_OK || g.converted)
		drop_parser(gate);
	buf_reset(&gate->text);
	out->op = g.op;
	out->text = g.why;
	return verdict;
}
