/* A gSOAP context, used over and over. What it reads is a request that we wrote: of a form, a head with one length and
 * its content type, which gSOAP's HTTP parser takes apart to call the GET or the form hook; of SOAP, what passed the
 * gate, from the operation's element on, which its XML parser and the generated code read up to the skeleton's call,
 * which ends in wire_called. The Envelope around it the gate wrote itself, so it is not read again: its prefix for the
 * operations' namespace is known to the context for good.
 *
 * For speed, soap_begin, soap_begin_recv, soap_end_recv and soap_end are not called for each request: each sweeps
 * gSOAP's id and pointer tables, 1,999 slots, which SOAP_XML_TREE leaves empty. begin resets what parsing
 * reads, soap->fparse is gSOAP's HTTP parser called by itself, the generated server code is compiled with
 * wire_end_recv and its like for what would follow the operation, and memory goes with soap_dealloc. After an error the
 * context is made anew.
 *
 * A parameter may be a password, so nothing of a request stays behind: not in the context's own buffers, nor in the
 * memory it hands out. */
#include "gsoap.h"
#include "../base/text.h"
#include "gate.h"
#include "soapH.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

#define MODE (SOAP_C_UTFSTRING | SOAP_XML_TREE)
#define FORM_TYPE "application/x-www-form-urlencoded"

struct gsoap {
	struct soap *soap;                                                      /* NULL after an error, until ready() */
	int (*parse_header)(struct soap *, const char *key, const char *value); /* gSOAP's own */
	struct buf form;                                                        /* a form's head and body */
	struct http_text unread;                                                /* what gSOAP has yet to read */
	struct gsoap_parsed parsed; /* what the hooks and the skeleton found */
	struct http_text query;
	gsoap_form_decode *decode;
	void *decode_arg;
	enum srv_err err; /* of what the hooks do */
};

static size_t
on_recv(struct soap *soap, char *to, size_t room)
{
	struct gsoap *g = soap->user;
	size_t n = g->unread.len < room ? g->unread.len : room;

	memcpy(to, g->unread.s, n);
	g->unread.s += n;
	g->unread.len -= n;
	return n;
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
	char none[] = "", *body = soap->body ? soap_http_get_body(soap, &len) : none;

	if (body == NULL)
		return soap->error ? soap->error : SOAP_EOM;
	g->err = g->decode(g->decode_arg, (struct http_text){body, len}, &g->parsed);
	explicit_bzero(body, len);
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

/* The strings are gSOAP's, which would free them as they are. */
int
wire_called(struct soap *soap, int op, char *const params[OP_PARAMS_MAX])
{
	struct gsoap *g = soap->user;

	g->parsed.op = op;
	g->err = SRV_OK;
	for (int i = 0; i < op_table[op].param_count; i++) {
		if (params[i] == NULL)
			continue;
		if (soap_unlink(soap, params[i]) == SOAP_OK)
			g->parsed.param[i] = params[i];
		else
			g->err = SRV_EINVAL;
	}
	return SOAP_STOP;
}

void
gsoap_parsed_fini(struct gsoap_parsed *p)
{
	for (int i = 0; i < OP_PARAMS_MAX; i++)
		if (p->param[i] != NULL)
			text_wipe(&p->param[i]);
}

static void
drop(struct gsoap *g)
{
	if (g->soap == NULL)
		return;
	soap_destroy(g->soap);
	soap_end(g->soap);
	soap_free(g->soap);
	g->soap = NULL;
}

/* There is a context, a new one if need be. */
static enum srv_err
ready(struct gsoap *g)
{
	struct soap *soap;

	if (g->soap)
		return SRV_OK;
	soap = soap_new1(SOAP_IO_BUFFER | MODE);
	if (soap == NULL)
		return SRV_ENOMEM;
	soap->user = g;
	soap->frecv = on_recv;
	soap->fget = on_get;
	g->parse_header = soap->fparsehdr;
	soap->fparsehdr = on_header;
	soap->maxlevel = 16;
	soap->maxoccurs = 1024;
	g->soap = soap;
	soap_set_local_namespaces(soap);
	if (soap_push_namespace(soap, "srv", WIRE_NAMESPACE) == NULL) {
		drop(g);
		return SRV_ENOMEM;
	}
	return SRV_OK;
}

void
gsoap_free(struct gsoap **gp)
{
	struct gsoap *g = *gp;

	if (g == NULL)
		return;
	drop(g);
	buf_fini(&g->form);
	free(g);
	*gp = NULL;
}

/* What soap_begin_recv does before it reads, without its sweeps. */
static void
begin(struct soap *soap)
{
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

/* Each leaves SOAP_STOP in soap->error if a hook or a skeleton was reached. */

static void
read_operation(struct soap *soap)
{
	const struct gsoap *g = soap->user;

	/* A text is collected in there. If it had to grow for one, it would free what it held. */
	soap->labidx = 0;
	if (soap_append_lab(soap, NULL, g->unread.len) != SOAP_OK)
		return;
	soap->status = SOAP_POST;
	soap->part = SOAP_IN_BODY;
	soap->level = 1; /* what is known at level 0 is never forgotten */
	soap_serve_request(soap);
}

/* The head through gSOAP's HTTP parser, which sets action, status, length and the form hook; then what the head asks
 * for. */
static void
read_form(struct soap *soap)
{
	soap->error = soap->fparse(soap);
	if (soap->error != SOAP_OK)
		return;
	if (soap->status == SOAP_GET)
		soap->error = soap->fget(soap);
	else if (soap->fform)
		soap->error = soap->fform(soap);
}

/* In the generated code, these stand for what reads on behind the operation. */

int
wire_body_end_in(struct soap *soap)
{
	(void)soap;
	return SOAP_OK;
}

int
wire_envelope_end_in(struct soap *soap)
{
	(void)soap;
	return SOAP_OK;
}

int
wire_end_recv(struct soap *soap)
{
	soap->part = SOAP_END;
	return SOAP_OK;
}

/* The context's own buffers, of which len bytes may have been used. */
static void
wipe(struct soap *soap, size_t len)
{
	explicit_bzero(soap->buf, len < sizeof soap->buf ? len : sizeof soap->buf);
	if (soap->labbuf)
		explicit_bzero(soap->labbuf, len < soap->lablen ? len : soap->lablen);
}

/* Has gSOAP read text. op: the operation of a form; -1 for an envelope. A context that met an error may be in any
 * state, so it goes. */
static enum srv_err
parse(struct gsoap *g, int op, struct http_text text, void (*read)(struct soap *), struct gsoap_parsed *out)
{
	struct soap *soap = g->soap;
	enum srv_err err;

	g->unread = text;
	g->parsed = (struct gsoap_parsed){.op = op};
	g->err = SRV_EINVAL;
	begin(soap);
	read(soap);
	wipe(soap, text.len);
	err = soap->error == SOAP_STOP ? g->err : soap->error == SOAP_EOM ? SRV_ENOMEM : SRV_EINVAL;
	if (soap->error == SOAP_STOP)
		soap_dealloc(soap, NULL);
	else
		drop(g);
	if (err != SRV_OK) {
		gsoap_parsed_fini(&g->parsed);
		return err;
	}
	*out = g->parsed;
	return SRV_OK;
}

enum srv_err
gsoap_parse_envelope(struct gsoap *g, const struct buf *document, struct gsoap_parsed *out)
{
	enum srv_err err = document->err == SRV_OK ? ready(g) : SRV_ENOMEM;

	if (err != SRV_OK)
		return err;
	return parse(g, -1, gate_document_operation(document), read_operation, out);
}

static enum srv_err
parse_form(
    struct gsoap *g, const char *method, int op, const char *fields, struct http_text body, struct gsoap_parsed *out)
{
	struct buf *form = &g->form;
	enum srv_err err = ready(g);

	if (err != SRV_OK)
		return err;
	buf_puts(form, method);
	buf_puts(form, " /srv.asmx/");
	buf_puts(form, op_table[op].name);
	buf_puts(form, " HTTP/1.1\r\n");
	buf_puts(form, fields);
	buf_puts(form, "Content-Length: ");
	buf_put_int(form, (int64_t)body.len);
	buf_puts(form, "\r\n\r\n");
	buf_put(form, body.s, body.len);
	err = form->err;
	if (err == SRV_OK)
		err = parse(g, op, (struct http_text){form->data, form->len}, read_form, out);
	buf_reset(form);
	return err;
}

enum srv_err
gsoap_parse_get(
    struct gsoap *g, int op, struct http_text query, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out)
{
	g->query = query;
	g->decode = decode;
	g->decode_arg = arg;
	return parse_form(g, "GET", op, "", (struct http_text){"", 0}, out);
}

enum srv_err
gsoap_parse_form(
    struct gsoap *g, int op, struct http_text body, gsoap_form_decode *decode, void *arg, struct gsoap_parsed *out)
{
	g->decode = decode;
	g->decode_arg = arg;
	return parse_form(g, "POST", op, "Content-Type: " FORM_TYPE "\r\n", body, out);
}

static enum srv_err
decode_nothing(void *arg, struct http_text text, struct gsoap_parsed *out)
{
	(void)arg, (void)text, (void)out;
	return SRV_OK;
}

/* A function of gSOAP's library is bound when it is called for the first time, and the dynamic linker then leaves the
 * processor's registers on the stack, in which there is what memcpy moved last: a request, say. So each that a
 * request calls is called once before there is one. */
static void
rehearse(struct gsoap *g)
{
	const struct http_text form = {"a=b", 3};
	struct gsoap_parsed parsed;
	struct buf document;
	int op = 0;

	(void)gsoap_parse_get(g, op, form, decode_nothing, NULL, &parsed);
	(void)gsoap_parse_form(g, op, form, decode_nothing, NULL, &parsed);
	while (op < op_count - 1 && op_table[op].param_count == 0)
		op++;
	buf_init(&document, 0);
	gate_document_begin(&document, 1);
	buf_printf(&document, "<srv:%s>", op_table[op].name);
	if (op_table[op].param_count > 0)
		buf_printf(&document, "<srv:%s>a</srv:%s>", op_table[op].params[0], op_table[op].params[0]);
	buf_printf(&document, "</srv:%s>", op_table[op].name);
	gate_document_end(&document);
	if (gsoap_parse_envelope(g, &document, &parsed) == SRV_OK)
		gsoap_parsed_fini(&parsed);
	buf_fini(&document);
}

enum srv_err
gsoap_new(struct gsoap **out)
{
	struct gsoap *g = calloc(1, sizeof *g);

	if (g == NULL)
		return SRV_ENOMEM;
	buf_init(&g->form, 0);
	if (ready(g) != SRV_OK) {
		gsoap_free(&g);
		return SRV_ENOMEM;
	}
	rehearse(g);
	*out = g;
	return SRV_OK;
}
