/* Two gSOAP contexts, used over and over. What the reader reads is a request that we wrote (a head with one
 * length and, for a form, its content type, then what passed the gate); what the writer writes is the XML alone, the
 * answer's head being net/'s. They are two because a context that read an envelope remembers its version's
 * namespaces, and would write the next one in them. gSOAP's HTTP parser tells the forms apart and calls the GET and
 * form hooks; its XML parser and the generated code do the rest, up to the skeleton's call, which ends in wire_called.
 *
 * For speed, soap_begin, soap_begin_recv, soap_end_recv and soap_end are not called for each request: each sweeps
 * gSOAP's id and pointer tables, 1,999 slots, which SOAP_XML_TREE leaves empty. reader_begin resets what parsing
 * reads, soap->fparse is gSOAP's HTTP parser called by itself, the generated server code is compiled with
 * wire_end_recv for soap_end_recv, and memory goes with soap_dealloc. After an error a context is made anew. */
#include "gsoap.h"
#include "../base/xml.h"
#include "soapH.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

#define MODE (SOAP_C_UTFSTRING | SOAP_XML_TREE)
#define FORM_TYPE "application/x-www-form-urlencoded"

struct gsoap {
	struct soap *reader, *writer;                                           /* NULL after an error, until ready() */
	int (*parse_header)(struct soap *, const char *key, const char *value); /* gSOAP's own */
	struct buf request; /* what gSOAP reads; request_pos bytes of it are read already */
	size_t request_pos;
	struct buf *out;            /* what gSOAP writes to; NULL while it reads */
	struct gsoap_parsed parsed; /* what the hooks and the skeleton found, while it reads */
	struct http_text query;
	gsoap_form_decode *decode;
	void *decode_arg;
	enum srv_err err; /* of what the hooks do */
};

static size_t
on_recv(struct soap *soap, char *to, size_t room)
{
	struct gsoap *g = soap->user;
	size_t n = g->request.len - g->request_pos;

	if (n > room)
		n = room;
	memcpy(to, g->request.data + g->request_pos, n);
	g->request_pos += n;
	return n;
}

static int
on_send(struct soap *soap, const char *bytes, size_t len)
{
	struct gsoap *g = soap->user;

	if (g->out == NULL)
		return SOAP_EOF;
	buf_put(g->out, bytes, len);
	return g->out->err == SRV_OK ? SOAP_OK : SOAP_EOM;
}

/* SOAP_STOP is how a hook or a skeleton tells gSOAP that the answer is somebody else's to send. */
static int
on_get(struct soap *soap)
{
	struct gsoap *g = soap->user;

	g->err = g->decode(g->decode_arg, g->query, &g->parsed);
	return SOAP_STOP;
}

static int
on_form(struct soap *soap)
{
	struct gsoap *g = soap->user;
	size_t len = 0;
	const char *body = soap->body ? soap_http_get_body(soap, &len) : "";

	if (body == NULL)
		return soap->error ? soap->error : SOAP_EOM;
	g->err = g->decode(g->decode_arg, (struct http_text){body, len}, &g->parsed);
	return SOAP_STOP;
}

/* Sets the form hook where the content type asks for it, as gSOAP's form plugin does. */
static int
on_header(struct soap *soap, const char *key, const char *value)
{
	struct gsoap *g = soap->user;

	if (strcmp(key, "Content-Type") == 0 && strcmp(value, FORM_TYPE) == 0)
		soap->fform = on_form;
	return g->parse_header(soap, key, value);
}

int
wire_called(struct soap *soap, int op, const char *const params[OP_PARAMS_MAX])
{
	struct gsoap *g = soap->user;

	g->parsed.op = op;
	g->err = SRV_OK;
	for (int i = 0; i < op_table[op].param_count; i++)
		if (params[i] && (g->parsed.param[i] = strdup(params[i])) == NULL)
			g->err = SRV_ENOMEM;
	return SOAP_STOP;
}

void
gsoap_parsed_fini(struct gsoap_parsed *p)
{
	for (int i = 0; i < OP_PARAMS_MAX; i++) {
		free(p->param[i]);
		p->param[i] = NULL;
	}
}

/* There is a context in *slot, a new one if need be. */
static enum srv_err
ready(struct gsoap *g, struct soap **slot)
{
	struct soap *soap;

	if (*slot)
		return SRV_OK;
	soap = soap_new2(SOAP_IO_BUFFER | MODE, SOAP_IO_BUFFER | SOAP_ENC_PLAIN | MODE);
	if (soap == NULL)
		return SRV_ENOMEM;
	soap->user = g;
	soap->frecv = on_recv;
	soap->fsend = on_send;
	soap->fget = on_get;
	g->parse_header = soap->fparsehdr;
	soap->fparsehdr = on_header;
	soap->maxlevel = 16;
	soap->maxoccurs = 1024;
	*slot = soap;
	return SRV_OK;
}

static void
drop(struct soap **slot)
{
	if (*slot == NULL)
		return;
	soap_destroy(*slot);
	soap_end(*slot);
	soap_free(*slot);
	*slot = NULL;
}

/* Behind each use: a context that met an error may be in any state, so it goes. */
static void
settle(struct gsoap *g, struct soap **slot, bool clean)
{
	g->out = NULL;
	if (clean)
		soap_dealloc(*slot, NULL);
	else
		drop(slot);
}

enum srv_err
gsoap_new(struct gsoap **out)
{
	struct gsoap *g = calloc(1, sizeof *g);

	if (g == NULL)
		return SRV_ENOMEM;
	buf_init(&g->request, 0);
	if (ready(g, &g->reader) != SRV_OK || ready(g, &g->writer) != SRV_OK) {
		gsoap_free(&g);
		return SRV_ENOMEM;
	}
	*out = g;
	return SRV_OK;
}

void
gsoap_free(struct gsoap **gp)
{
	struct gsoap *g = *gp;

	if (g == NULL)
		return;
	drop(&g->reader);
	drop(&g->writer);
	buf_fini(&g->request);
	free(g);
	*gp = NULL;
}

/* What soap_begin_recv does before it reads, without its sweeps. A namespace that the last request matched is
 * forgotten, or its SOAP version would stick. */
static void
reader_begin(struct soap *soap)
{
	soap_set_local_namespaces(soap);
	for (struct Namespace *ns = soap->local_namespaces; ns && ns->id; ns++) {
		free(ns->out);
		ns->out = NULL;
	}
	soap->error = soap->recverror = SOAP_OK;
	soap->version = 0;
	soap->mode = soap->imode;
	soap->keep_alive = 0;
	soap->buflen = soap->bufidx = 0;
	soap->null = 0;
	soap->position = 0;
	soap->mustUnderstand = 0;
	soap->shaky = 0;
	soap->ahead = 0;
	soap->peeked = 0;
	soap->level = 0;
	soap->part = SOAP_BEGIN_RECV;
	soap->count = 0;
	soap->length = 0;
	soap->cdata = 0;
	soap->header = NULL;
	soap->fault = NULL;
}

/* The head through gSOAP's HTTP parser, which sets action, status, length and the form hook; then what the head asks
 * for. Leaves SOAP_STOP in soap->error if a hook or a skeleton was reached. */
static void
read_request(struct soap *soap)
{
	reader_begin(soap);
	soap->error = soap->fparse(soap);
	if (soap->error != SOAP_OK)
		return;
	if (soap->status == SOAP_GET)
		soap->error = soap->fget(soap);
	else if (soap->fform)
		soap->error = soap->fform(soap);
	else if (soap_envelope_begin_in(soap) == SOAP_OK && soap_recv_header(soap) == SOAP_OK &&
		 soap_body_begin_in(soap) == SOAP_OK)
		soap_serve_request(soap);
}

int
wire_end_recv(struct soap *soap)
{
	soap->part = SOAP_END;
	return SOAP_OK;
}

/* Reads g->request through gSOAP. op: the operation of a form; -1 for an envelope. */
static enum srv_err
parse(struct gsoap *g, int op, struct gsoap_parsed *out)
{
	struct soap *soap = g->reader;
	enum srv_err err;

	if (g->request.err != SRV_OK)
		return SRV_ENOMEM;
	g->request_pos = 0;
	g->parsed = (struct gsoap_parsed){.op = op};
	g->err = SRV_EINVAL;
	read_request(soap);
	err = soap->error == SOAP_STOP ? g->err : soap->error == SOAP_EOM ? SRV_ENOMEM : SRV_EINVAL;
	settle(g, &g->reader, soap->error == SOAP_STOP);
	if (err != SRV_OK) {
		gsoap_parsed_fini(&g->parsed);
		return err;
	}
	*out = g->parsed;
	return SRV_OK;
}

static enum srv_err
begin(struct gsoap *g, const char *method, int op, const char *fields, size_t length)
{
	enum srv_err err = ready(g, &g->reader);

	if (err != SRV_OK)
		return err;
	buf_reset(&g->request);
	buf_puts(&g->request, method);
	buf_puts(&g->request, " /srv.asmx");
	if (op >= 0) {
		buf_putc(&g->request, '/');
		buf_puts(&g->request, op_table[op].name);
	}
	buf_puts(&g->request, " HTTP/1.1\r\n");
	buf_puts(&g->request, fields);
	buf_puts(&g->request, "Content-Length: ");
	buf_put_int(&g->request, (int64_t)length);
	buf_puts(&g->request, "\r\n\r\n");
	return SRV_OK;
}

enum srv_err
gsoap_parse_envelope(struct gsoap *g, const struct buf *document, struct gsoap_parsed *out)
{
	enum srv_err err = begin(g, "POST", -1, "", document->len);

	if (err != SRV_OK)
		return err;
	buf_put(&g->request, document->data, document->len);
	return parse(g, -1, out);
}

enum srv_err
gsoap_parse_get(
    struct gsoap *g, int op, struct http_text query, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out)
{
	enum srv_err err = begin(g, "GET", op, "", 0);

	if (err != SRV_OK)
		return err;
	g->query = query;
	g->decode = decode;
	g->decode_arg = arg;
	return parse(g, op, out);
}

enum srv_err
gsoap_parse_form(
    struct gsoap *g, int op, struct http_text body, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out)
{
	enum srv_err err = begin(g, "POST", op, "Content-Type: " FORM_TYPE "\r\n", body.len);

	if (err != SRV_OK)
		return err;
	buf_put(&g->request, body.s, body.len);
	g->decode = decode;
	g->decode_arg = arg;
	return parse(g, op, out);
}

static enum srv_err
write_begin(struct gsoap *g, int version, struct buf *out)
{
	enum srv_err err = ready(g, &g->writer);

	if (err != SRV_OK)
		return err;
	soap_set_version(g->writer, (short)version);
	if (g->writer->version != version) /* no memory for its namespaces: it would write no envelope */
		return SRV_ENOMEM;
	g->out = out;
	return SRV_OK;
}

enum srv_err
gsoap_write_result(struct gsoap *g, int version, int op, char *xml, struct buf *out)
{
	struct soap *soap;
	enum srv_err err = write_begin(g, version, out);
	bool ok;

	if (err != SRV_OK)
		return err;
	soap = g->writer;
	ok = soap_begin_send(soap) == SOAP_OK && soap_envelope_begin_out(soap) == SOAP_OK &&
	     soap_body_begin_out(soap) == SOAP_OK && op_put[op](soap, xml) == SOAP_OK &&
	     soap_body_end_out(soap) == SOAP_OK && soap_envelope_end_out(soap) == SOAP_OK &&
	     soap_end_send(soap) == SOAP_OK;
	settle(g, &g->writer, ok);
	return ok ? out->err : SRV_ENOMEM;
}

/* The fault element, to stand in the envelope that gSOAP writes. gSOAP's own functions for it write into parts for
 * which there was no memory, and note the address of each part for good. */
static void
put_fault(struct buf *out, int version, enum gsoap_fault fault, const char *text)
{
	static const char *const codes[][2] = {
	    [GSOAP_FAULT_CLIENT] = {"SOAP-ENV:Client", "SOAP-ENV:Sender"},
	    [GSOAP_FAULT_SERVER] = {"SOAP-ENV:Server", "SOAP-ENV:Receiver"},
	    [GSOAP_FAULT_MUST_UNDERSTAND] = {"SOAP-ENV:MustUnderstand", "SOAP-ENV:MustUnderstand"},
	    [GSOAP_FAULT_VERSION_MISMATCH] = {"SOAP-ENV:VersionMismatch", "SOAP-ENV:VersionMismatch"},
	};
	struct xml x;

	xml_init(&x, out);
	xml_open(&x, "SOAP-ENV:Fault");
	if (version == 2)
		xml_open(&x, "SOAP-ENV:Code");
	xml_open(&x, version == 1 ? "faultcode" : "SOAP-ENV:Value");
	xml_text(&x, codes[fault][version - 1]);
	xml_close(&x);
	if (version == 2) {
		xml_close(&x);
		xml_open(&x, "SOAP-ENV:Reason");
	}
	xml_open(&x, version == 1 ? "faultstring" : "SOAP-ENV:Text");
	if (version == 2)
		xml_attr(&x, "xml:lang", "en");
	xml_text(&x, text);
	xml_close(&x);
	if (version == 2)
		xml_close(&x);
	xml_close(&x);
}

enum srv_err
gsoap_write_fault(struct gsoap *g, int version, enum gsoap_fault fault, const char *text, struct buf *out)
{
	struct soap *soap;
	struct buf element;
	enum srv_err err = write_begin(g, version, out);
	bool ok;

	if (err != SRV_OK)
		return err;
	soap = g->writer;
	buf_init(&element, 0);
	put_fault(&element, version, fault, text);
	ok = element.err == SRV_OK && soap_begin_send(soap) == SOAP_OK && soap_envelope_begin_out(soap) == SOAP_OK &&
	     soap_body_begin_out(soap) == SOAP_OK && soap_send(soap, buf_str(&element)) == SOAP_OK &&
	     soap_body_end_out(soap) == SOAP_OK && soap_envelope_end_out(soap) == SOAP_OK &&
	     soap_end_send(soap) == SOAP_OK;
	buf_fini(&element);
	settle(g, &g->writer, ok);
	return ok ? out->err : SRV_ENOMEM;
}
