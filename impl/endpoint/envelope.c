/* What stands around a result is the same in each answer of an operation. So gSOAP's generated serialisers write each
 * envelope once, at the start, around a mark; an answer is then what stands before the mark, the result, and what
 * stands behind it. Endpoint.c makes the one struct envelopes; the event loops use it. */
#include "envelope.h"
#include "../base/xml.h"
#include "soapH.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

#define MODE (SOAP_C_UTFSTRING | SOAP_XML_TREE)
#define MARK "\x1A" /* no XML document can hold it */
#define VERSIONS 2
#define FAULT (-1) /* for an operation: the envelope alone */

struct mould {
	char *bytes; /* the envelope, without the mark */
	size_t before, len;
};

struct envelopes {
	struct mould *moulds; /* of each version: a fault's, then each operation's */
};

static struct mould *
mould_of(const struct envelopes *e, int version, int op)
{
	return &e->moulds[(version - 1) * (op_count + 1) + op + 1];
}

static int
on_send(struct soap *soap, const char *bytes, size_t len)
{
	struct buf *out = soap->user;

	buf_put(out, bytes, len);
	return out->err == SRV_OK ? SOAP_OK : SOAP_EOM;
}

/* The version's namespaces stay with a context, so each envelope has one of its own. */
static enum srv_err
write_around_mark(int version, int op, struct buf *out)
{
	char mark[] = MARK;
	bool ok;
	struct soap *soap = soap_new2(SOAP_IO_BUFFER | MODE, SOAP_IO_BUFFER | SOAP_ENC_PLAIN | MODE);

	if (soap == NULL)
		return SRV_ENOMEM;
	soap->user = out;
	soap->fsend = on_send;
	soap_set_version(soap, (short)version);
	ok = soap->version == version && /* else there was no memory for its namespaces */
	     soap_begin_send(soap) == SOAP_OK && soap_envelope_begin_out(soap) == SOAP_OK &&
	     soap_body_begin_out(soap) == SOAP_OK &&
	     (op == FAULT ? soap_send(soap, mark) : op_put[op](soap, mark)) == SOAP_OK &&
	     soap_body_end_out(soap) == SOAP_OK && soap_envelope_end_out(soap) == SOAP_OK &&
	     soap_end_send(soap) == SOAP_OK;
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	return ok ? out->err : SRV_ENOMEM;
}

static enum srv_err
mould_make(struct mould *m, int version, int op)
{
	struct buf text;
	const char *mark;
	enum srv_err err;

	buf_init(&text, 0);
	err = write_around_mark(version, op, &text);
	if (err == SRV_OK) {
		mark = strchr(buf_str(&text), MARK[0]);
		m->bytes = mark ? malloc(text.len) : NULL;
		if (m->bytes) {
			m->before = (size_t)(mark - text.data);
			m->len = text.len - 1;
			memcpy(m->bytes, text.data, m->before);
			memcpy(m->bytes + m->before, mark + 1, m->len - m->before);
		} else {
			err = SRV_ENOMEM;
		}
	}
	buf_fini(&text);
	return err;
}

enum srv_err
envelopes_new(struct envelopes **out)
{
	struct envelopes *e = calloc(1, sizeof *e);
	enum srv_err err = SRV_OK;

	if (e == NULL || (e->moulds = calloc(VERSIONS * ((size_t)op_count + 1), sizeof *e->moulds)) == NULL) {
		free(e);
		return SRV_ENOMEM;
	}
	for (int version = 1; err == SRV_OK && version <= VERSIONS; version++)
		for (int op = FAULT; err == SRV_OK && op < op_count; op++)
			err = mould_make(mould_of(e, version, op), version, op);
	if (err == SRV_OK)
		*out = e;
	else
		envelopes_free(&e);
	return err;
}

void
envelopes_free(struct envelopes **ep)
{
	struct envelopes *e = *ep;

	if (e == NULL)
		return;
	for (int i = 0; i < VERSIONS * (op_count + 1); i++)
		free(e->moulds[i].bytes);
	free(e->moulds);
	free(e);
	*ep = NULL;
}

enum srv_err
envelope_result(const struct envelopes *e, int version, int op, const char *xml, size_t len, struct buf *out)
{
	const struct mould *m = mould_of(e, version, op);

	(void)buf_reserve(out, m->len + len);
	buf_put(out, m->bytes, m->before);
	buf_put(out, xml, len);
	buf_put(out, m->bytes + m->before, m->len - m->before);
	return out->err;
}

/* The fault element. gSOAP's own functions for it write into parts for which there was no memory, and note the address
 * of each part for good. */
static void
put_fault(struct buf *out, int version, enum envelope_fault fault, const char *text)
{
	static const char *const codes[][2] = {
	    [ENVELOPE_CLIENT] = {"SOAP-ENV:Client", "SOAP-ENV:Sender"},
	    [ENVELOPE_SERVER] = {"SOAP-ENV:Server", "SOAP-ENV:Receiver"},
	    [ENVELOPE_MUST_UNDERSTAND] = {"SOAP-ENV:MustUnderstand", "SOAP-ENV:MustUnderstand"},
	    [ENVELOPE_VERSION_MISMATCH] = {"SOAP-ENV:VersionMismatch", "SOAP-ENV:VersionMismatch"},
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
envelope_fault(const struct envelopes *e, int version, enum envelope_fault fault, const char *text, struct buf *out)
{
	const struct mould *m = mould_of(e, version, FAULT);

	buf_put(out, m->bytes, m->before);
	put_fault(out, version, fault, text);
	buf_put(out, m->bytes + m->before, m->len - m->before);
	return out->err;
}
