/* Why: the one hand-written place that knows gSOAP's client side.
 * Model: the generated stub writes the request to us (fsend). When it wants to read (frecv) the exchange takes place,
 * and expat proves the answer to be well-formed and within limits before gSOAP sees a byte of it: gSOAP alone would
 * take more than XML. Both keep what they are good at. gSOAP says whether it is the envelope of the right version
 * and operation, or a fault, and of which text; expat's tree holds the result, because what gSOAP hands out of an
 * element of any name is cut at the size of a buffer and not escaped again. A context a call: its buffer has held
 * a password, and is wiped, as the request is. What libcurl, and a TLS library beneath it, copied is theirs.
 * Callers: srvclient.c, in its caller's thread. */
#include "soap.h"
#include <string.h>
#include "soapH.h"

/* Which version a stub speaks, and takes, follows from the table of its context. */
#define NAMESPACES(envelope, encoding)                                                                             \
	{                                                                                                          \
		{"SOAP-ENV", envelope, NULL, NULL}, {"SOAP-ENC", encoding, NULL, NULL},                            \
		    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", \
			NULL},                                                                                     \
		    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", NULL},            \
		    {"srv", "http://tempuri.org/", NULL, NULL},                                                    \
		{                                                                                                  \
			NULL, NULL, NULL, NULL                                                                     \
		}                                                                                                  \
	}
static const struct Namespace tables[][6] = {
    [SRVCLIENT_SOAP_11] = NAMESPACES(
	"http://schemas.xmlsoap.org/soap/envelope/", "http://schemas.xmlsoap.org/soap/encoding/"),
    [SRVCLIENT_SOAP_12] = NAMESPACES(
	"http://www.w3.org/2003/05/soap-envelope", "http://www.w3.org/2003/05/soap-encoding"),
};

/* gSOAP wants a table of this name in each program, as a context's first one. A test that also contains the server has
 * one already; so ours gives way. */
__attribute__((weak, visibility("default"))) struct Namespace namespaces[] = {{NULL, NULL, NULL, NULL}};

struct exchange {
	const struct soap_call *call;
	struct buf request, answer;
	size_t read;         /* bytes of the answer that gSOAP has */
	struct result *tree; /* of the answer, once it is there */
	bool done;
	int status;
	enum srvclient_err err;
	struct srv_reason why;
};

static enum srvclient_err
from_reading(enum srv_err err)
{
	if (err == SRV_OK)
		return SRVCLIENT_OK;
	if (err == SRV_ENOMEM)
		return SRVCLIENT_MEMORY;
	return err == SRV_ELIMIT ? SRVCLIENT_LIMIT : SRVCLIENT_MALFORMED;
}

static enum srvclient_err
post(struct exchange *x)
{
	const struct soap_call *c = x->call;
	struct transport_request request = {.body = buf_str(&x->request), .len = x->request.len};
	struct buf type, action;
	enum srvclient_err err;

	buf_init(&type, 0);
	buf_init(&action, 0);
	buf_printf(&action, "\"http://tempuri.org/%s\"", c->operation->about.name);
	if (c->version == SRVCLIENT_SOAP_11) {
		buf_puts(&type, "text/xml; charset=utf-8");
		request.action = buf_str(&action);
	} else {
		buf_printf(&type, "application/soap+xml; charset=utf-8; action=%s", buf_str(&action));
	}
	request.content_type = buf_str(&type);
	if (type.err != SRV_OK || action.err != SRV_OK || x->request.err != SRV_OK) {
		(void)srv_fail(&x->why, SRV_ENOMEM, "out of memory");
		err = SRVCLIENT_MEMORY;
	} else {
		err = transport_post(c->transport, &request, &x->answer, &x->status, &x->why);
	}
	buf_fini(&type);
	buf_fini(&action);
	return err;
}

/* Of an answer that is no XML the status says more, unless it is 200. */
static enum srvclient_err
read_answer(struct exchange *x)
{
	enum srvclient_err err = from_reading(
	    result_parse(buf_str(&x->answer), x->answer.len, ANSWER_DEPTH_MAX, &x->tree, &x->why));

	if (err == SRVCLIENT_MALFORMED && x->status != 200) {
		(void)srv_fail(&x->why, SRV_EINVAL, "HTTP status %d", x->status);
		err = SRVCLIENT_HTTP;
	}
	return err;
}

/* ---- gSOAP's hooks ---- */

static int
on_connect(struct soap *soap, const char *endpoint, const char *host, int port)
{
	(void)soap;
	(void)endpoint;
	(void)host;
	(void)port;
	return SOAP_OK;
}

static int
on_send(struct soap *soap, const char *bytes, size_t len)
{
	struct exchange *x = soap->user;

	buf_put(&x->request, bytes, len);
	return x->request.err == SRV_OK ? SOAP_OK : SOAP_EOM;
}

static size_t
on_recv(struct soap *soap, char *to, size_t size)
{
	struct exchange *x = soap->user;
	size_t n;

	if (!x->done) {
		x->done = true;
		if ((x->err = post(x)) == SRVCLIENT_OK)
			x->err = read_answer(x);
	}
	if (x->err != SRVCLIENT_OK)
		return 0;
	n = x->answer.len - x->read < size ? x->answer.len - x->read : size;
	if (n > 0)
		memcpy(to, x->answer.data + x->read, n);
	x->read += n;
	return n;
}

/* ---- a call ---- */

/* What gSOAP made of it. */
static enum srvclient_err
judge(struct soap *soap, const struct exchange *x, struct buf *why)
{
	const char **fault;

	if (x->err != SRVCLIENT_OK) {
		buf_puts(why, x->why.text);
		return x->err;
	}
	switch (soap->error) {
	case SOAP_OK:
		if (x->status == 200)
			return SRVCLIENT_OK;
		break;
	case SOAP_EOM:
		buf_puts(why, "out of memory");
		return SRVCLIENT_MEMORY;
	case SOAP_FAULT:
	case SOAP_CLI_FAULT:
	case SOAP_SVR_FAULT:
	case SOAP_MUSTUNDERSTAND:
	case SOAP_VERSIONMISMATCH:
		if (x->done) {
			fault = soap_faultstring(soap);
			buf_puts(why, fault != NULL && *fault != NULL && **fault != '\0' ? *fault : "no reason given");
			return SRVCLIENT_FAULT;
		}
		break;
	default:
		break;
	}
	if (x->status != 200) {
		buf_printf(why, "HTTP status %d", x->status);
		return SRVCLIENT_HTTP;
	}
	buf_printf(why, "the answer is not the service's (%d)", soap->error);
	return SRVCLIENT_MALFORMED;
}

enum srvclient_err
soap_call_run(const struct soap_call *c, struct result **answer, int *status, struct buf *why)
{
	const soap_mode mode = SOAP_IO_BUFFER | SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE;
	struct exchange x = {.call = c};
	struct soap *soap = soap_new2(mode, mode);
	enum srvclient_err err;

	*status = 0;
	if (soap == NULL) {
		buf_puts(why, "out of memory");
		return SRVCLIENT_MEMORY;
	}
	buf_init(&x.request, 0);
	buf_init(&x.answer, c->answer_max);
	soap_set_namespaces(soap, tables[c->version]);
	soap->user = &x;
	soap->fconnect = on_connect;
	soap->fsend = on_send;
	soap->frecv = on_recv;
	(void)c->operation->stub(soap, "http:", c->params); /* soap->error is what it returns */
	err = judge(soap, &x, why);
	*status = x.status;
	if (err == SRVCLIENT_OK)
		*answer = x.tree;
	else
		result_free(&x.tree);
	soap_destroy(soap);
	soap_end(soap);
	explicit_bzero(soap->buf, sizeof soap->buf);
	soap_free(soap);
	buf_fini(&x.request);
	buf_fini(&x.answer);
	return err;
}
