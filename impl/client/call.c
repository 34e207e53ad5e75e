/* Why: the one place that knows gSOAP's client side.
 * Model: gSOAP hands the any-content of a result out as a string, but what it writes of the first element's
 * attributes there it writes unescaped, and cuts at the size of a buffer. So the result is asked for as text
 * (CONTRACT section 4, ?result=text), which that string keeps as it came. A fresh context a call, because srvctl makes
 * one; the stub blocks, with time limits; the result is copied out before the context and all that it holds are freed.
 * Callers: main.c. */

/* gSOAP wants a global table named `namespaces` in each program. A program that also contains the server side
 * has one already, with the same content; so ours gives way. */
#define SOAP_NMAC __attribute__((weak))
#include "call.h"
#include "../base/buf.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "soapH.h"
#include "SrvSoap.nsmap"

/* SOAP 1.1 comes first, so that is what is written; the version that is set in a context is forgotten when a stub
 * begins. */
static const struct Namespace soap11[] = {
    {"SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/*/soap-envelope", NULL},
    {"SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/*/soap-encoding", NULL},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", NULL},
    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", NULL},
    {"srv", "http://tempuri.org/", NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

#define ANSWER_MAX (UINT64_C(64) * 1024 * 1024) /* bytes */

/* An operation's stub, its parameters by name, and its result's XML. */
#define CALL(operation, ...)                                                               \
	do {                                                                               \
		struct _srv__##operation in = {__VA_ARGS__};                               \
		struct _srv__##operation##Response out = {0};                              \
		if (soap_call___srv__##operation(soap, url, NULL, &in, &out) == SOAP_OK && \
		    out.operation##Result != NULL)                                         \
			xml = out.operation##Result->__any;                                \
	} while (0)

/* The stubs' parameters are not const, but are only read. */
static char *
param(const char *s)
{
	return (char *)(uintptr_t)s;
}

static const char *
stub(struct soap *soap, const char *url, const struct call *c)
{
	const char *xml = NULL;

	switch (c->operation) {
	case CALL_FLUSH:
		CALL(FlushApplicationCache, .authenticationTicket = param(c->ticket));
		break;
	case CALL_JOBS:
		CALL(GetMaintenanceJobsStatus, .authenticationTicket = param(c->ticket));
		break;
	case CALL_WAREHOUSE:
		CALL(GetWarehouseStatus, .authenticationTicket = param(c->ticket));
		break;
	case CALL_INFO:
		CALL(ServerInfo, );
		break;
	case CALL_LOGIN:
		if (c->language == NULL)
			CALL(AuthenticateUser, .UID = param(c->uid), .PWD = param(c->pwd));
		else
			CALL(AuthenticateUser1, .UID = param(c->uid), .PWD = param(c->pwd), .Lang = param(c->language));
		break;
	case CALL_VALID:
		CALL(isValidTicket, .AuthenticationTicket = param(c->ticket));
		break;
	case CALL_LOGOUT:
		CALL(LogOut, .AuthenticationTicket = param(c->ticket));
		break;
	}
	return xml;
}

/* gSOAP's text for a failure, on one line. */
static const char *
fault_text(struct soap *soap)
{
	const char **text = soap_faultstring(soap);

	return text != NULL && *text != NULL ? *text : "no reason given";
}

static enum srv_err
failure(struct soap *soap, struct srv_reason *why)
{
	int code = soap->error;

	if (code == SOAP_EOM)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	if (code == SOAP_TCP_ERROR)
		return srv_fail(why, SRV_EIO, "cannot connect: %s", fault_text(soap));
	if (code == SOAP_EOF)
		return soap->errnum == 0 ? srv_fail(why, SRV_EIO, "no answer in time, or the connection was closed")
					 : srv_fail(why, SRV_EIO, "%s", strerror(soap->errnum));
	if (code == SOAP_FAULT || code == SOAP_CLI_FAULT || code == SOAP_SVR_FAULT)
		return srv_fail(why, SRV_ECORRUPT, "%s", fault_text(soap));
	if (code >= 300 && code < 600) /* with 200 it is the content that is strange */
		return srv_fail(why, SRV_EINVAL, "HTTP status %d", code);
	return srv_fail(why, SRV_EINVAL, "the answer is not the service's (%d)", code);
}

/* gSOAP looks at the first character to see whether an element begins there, and resolves it if it is a
 * reference, which it always is: the rest is as it came. */
static enum srv_err
restore(const char *answer, struct buf *text)
{
	if (*answer == '<') {
		buf_puts(text, "&lt;");
		answer++;
	}
	buf_puts(text, answer);
	return text->err;
}

enum srv_err
call_run(const struct call *c, char **escaped, struct srv_reason *why)
{
	struct soap *soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_TREE);
	struct buf url, text;
	const char *answer = NULL;
	enum srv_err err = SRV_OK;

	buf_init(&url, 0);
	buf_init(&text, 0);
	buf_printf(&url, "%s?result=text", c->url);
	if (soap == NULL || url.err != SRV_OK) {
		err = srv_fail(why, SRV_ENOMEM, "out of memory");
		goto out;
	}
	soap_set_namespaces(soap, soap11); /* the text form exists in SOAP 1.1 only */
	soap->connect_timeout = soap->send_timeout = soap->recv_timeout = soap->transfer_timeout = c->tmo_s;
	soap->socket_flags = MSG_NOSIGNAL;
	soap->recv_maxlength = ANSWER_MAX;
	answer = stub(soap, buf_str(&url), c);
	if (soap->error != SOAP_OK)
		err = failure(soap, why);
	else if (answer == NULL)
		err = srv_fail(why, SRV_EINVAL, "the answer holds no result");
	else if (restore(answer, &text) != SRV_OK)
		err = srv_fail(why, SRV_ENOMEM, "out of memory");
	else
		*escaped = buf_take(&text);
out:
	if (soap != NULL) {
		soap_destroy(soap);
		soap_end(soap);
		soap_free(soap);
	}
	buf_fini(&url);
	buf_fini(&text);
	return err;
}
