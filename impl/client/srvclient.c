/* Why: the handle that callers hold, and what they can ask it.
 * Model: a transport, options, and what came of the last call: a text, a number, the result's XML. A call is the SOAP
 * exchange (soap.c), then the service's own yes or no, then the structure that the caller gets (typed.c).
 * Callers: programs, in one thread at a time for a handle. */
#include "srvclient.h"
#include "../base/text.h"
#include "operation.h"
#include "result.h"
#include "soap.h"
#include "transport.h"
#include "typed.h"
#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES_DEFAULT ((size_t)16 * 1024 * 1024)
#define ANSWER_BYTES_MIN 1024
#define CONNECT_MS_DEFAULT 10000
#define TOTAL_MS_DEFAULT 60000

struct srvclient {
	struct transport *transport;
	enum srvclient_soap version;
	size_t answer_max; /* bytes */
	/* Of the last call or option. */
	struct buf text, xml;
	enum srvclient_err err; /* for its words, if there is no memory for text */
	bool answered;          /* xml is a result */
	int code;
};

/* ---- errors ---- */

const char *
srvclient_err_text(enum srvclient_err err)
{
	switch (err) {
	case SRVCLIENT_OK:
		return "success";
	case SRVCLIENT_USAGE:
		return "wrong usage";
	case SRVCLIENT_MEMORY:
		return "out of memory";
	case SRVCLIENT_TRANSPORT:
		return "the service cannot be reached";
	case SRVCLIENT_TIMEOUT:
		return "no answer in time";
	case SRVCLIENT_TLS:
		return "no trusted connection";
	case SRVCLIENT_HTTP:
		return "an HTTP error";
	case SRVCLIENT_MALFORMED:
		return "the answer is not the service's";
	case SRVCLIENT_LIMIT:
		return "the answer is too large";
	case SRVCLIENT_FAULT:
		return "a SOAP fault";
	case SRVCLIENT_REFUSED:
		return "the service refused";
	case SRVCLIENT_LOGIN_FAILED:
		return "authentication failed";
	case SRVCLIENT_TICKET_INVALID:
		return "session expired or invalid ticket";
	case SRVCLIENT_TICKET_NOT_ALLOWED:
		return "ticket generation not allowed";
	case SRVCLIENT_NO_RIGHTS:
		return "insufficient rights";
	case SRVCLIENT_RELOAD_FAILED:
		return "the application cache could not be reloaded";
	case SRVCLIENT_UNAVAILABLE:
		return "the service is temporarily unavailable";
	}
	return "unknown error";
}

bool
srvclient_is_refusal(enum srvclient_err err)
{
	return err >= SRVCLIENT_REFUSED;
}

const char *
srvclient_version(void)
{
	return SRV_VERSION;
}

static void
forget(struct srvclient *c)
{
	buf_reset(&c->text);
	buf_reset(&c->xml);
	c->answered = false;
	c->code = 0;
	c->err = SRVCLIENT_OK;
}

/* Keeps what a call or an option came to; text may be NULL, or c->text has it already. */
static enum srvclient_err
conclude(struct srvclient *c, enum srvclient_err err, const char *text)
{
	c->err = err;
	if (err != SRVCLIENT_OK && text != NULL)
		buf_puts(&c->text, text);
	return err;
}

const char *
srvclient_text(const struct srvclient *c)
{
	if (c->err == SRVCLIENT_OK)
		return "";
	return c->text.err == SRV_OK && c->text.len > 0 ? buf_str(&c->text) : srvclient_err_text(c->err);
}

int
srvclient_code(const struct srvclient *c)
{
	return c->code;
}

const char *
srvclient_xml(const struct srvclient *c)
{
	return c->answered ? buf_str(&c->xml) : NULL;
}

/* ---- a handle and its options ---- */

enum srvclient_err
srvclient_new(const char *url, struct srvclient **out)
{
	struct srvclient *c = calloc(1, sizeof *c);
	struct srv_reason why;
	enum srvclient_err err;

	if (c == NULL)
		return SRVCLIENT_MEMORY;
	buf_init(&c->text, 0);
	buf_init(&c->xml, 0);
	c->answer_max = ANSWER_BYTES_DEFAULT;
	if ((err = transport_new(url, &c->transport, &why)) == SRVCLIENT_OK &&
	    (err = transport_set_timeouts(c->transport, CONNECT_MS_DEFAULT, TOTAL_MS_DEFAULT)) == SRVCLIENT_OK)
		*out = c;
	else
		srvclient_free(&c);
	return err;
}

void
srvclient_free(struct srvclient **client)
{
	struct srvclient *c = *client;

	*client = NULL;
	if (c == NULL)
		return;
	transport_free(&c->transport);
	buf_fini(&c->text);
	buf_fini(&c->xml);
	free(c);
}

enum srvclient_err
srvclient_set_timeouts(struct srvclient *c, long connect_ms, long total_ms)
{
	forget(c);
	return conclude(
	    c, transport_set_timeouts(c->transport, connect_ms, total_ms), "timeouts are milliseconds, 1 or more");
}

enum srvclient_err
srvclient_set_ca(struct srvclient *c, const char *file, const char *directory)
{
	forget(c);
	return conclude(c, transport_set_ca(c->transport, file, directory), NULL);
}

enum srvclient_err
srvclient_set_certificate(struct srvclient *c, const char *certificate, const char *key)
{
	forget(c);
	return conclude(c, transport_set_certificate(c->transport, certificate, key), NULL);
}

enum srvclient_err
srvclient_set_insecure(struct srvclient *c, bool insecure)
{
	forget(c);
	return conclude(c, transport_set_insecure(c->transport, insecure), NULL);
}

enum srvclient_err
srvclient_set_answer_max(struct srvclient *c, size_t bytes)
{
	forget(c);
	if (bytes < ANSWER_BYTES_MIN)
		return conclude(c, SRVCLIENT_USAGE, "an answer may be limited to 1,024 bytes or more");
	c->answer_max = bytes;
	return SRVCLIENT_OK;
}

enum srvclient_err
srvclient_set_soap(struct srvclient *c, enum srvclient_soap version)
{
	forget(c);
	if (version != SRVCLIENT_SOAP_11 && version != SRVCLIENT_SOAP_12)
		return conclude(c, SRVCLIENT_USAGE, "there is no such version of SOAP");
	c->version = version;
	return SRVCLIENT_OK;
}

/* ---- calls ---- */

const struct srvclient_operation *
srvclient_operation_at(size_t index)
{
	return index < client_operation_count ? &client_operations[index].about : NULL;
}

const struct srvclient_operation *
srvclient_operation(const char *name)
{
	for (size_t i = 0; i < client_operation_count; i++) {
		if (strcmp(client_operations[i].about.name, name) == 0)
			return &client_operations[i].about;
	}
	return NULL;
}

/* What goes into a request must be text that XML can carry. */
static enum srvclient_err
check_params(struct srvclient *c, const struct srvclient_operation *o, const char *const params[])
{
	for (size_t i = 0; i < o->param_count; i++) {
		if (params[i] != NULL && !text_is_xml(params[i], strlen(params[i]))) {
			buf_printf(&c->text, "%s is no UTF-8 text that XML can hold", o->params[i]);
			return SRVCLIENT_USAGE;
		}
	}
	return SRVCLIENT_OK;
}

/* The error for a text that begins with a number in brackets. */
static enum srvclient_err
refusal(const char *text, int *code)
{
	int n = 0, digits = 0;

	*code = 0;
	for (; text[0] == '[' && digits < 4 && text[1 + digits] >= '0' && text[1 + digits] <= '9'; digits++)
		n = n * 10 + (text[1 + digits] - '0');
	if (digits == 0 || text[1 + digits] != ']')
		return SRVCLIENT_REFUSED;
	*code = n;
	switch (n) {
	case SRVCLIENT_LOGIN_FAILED:
	case SRVCLIENT_TICKET_INVALID:
	case SRVCLIENT_TICKET_NOT_ALLOWED:
	case SRVCLIENT_NO_RIGHTS:
	case SRVCLIENT_RELOAD_FAILED:
	case SRVCLIENT_UNAVAILABLE:
		return (enum srvclient_err)n;
	default:
		return SRVCLIENT_REFUSED;
	}
}

/* Yes or no, by the result element. */
static enum srvclient_err
outcome(struct srvclient *c, const struct result *e)
{
	const char *success = result_get(e, "success"), *error = result_get(e, "error");

	if (success != NULL && strcmp(success, "true") == 0)
		return SRVCLIENT_OK;
	if (success == NULL || strcmp(success, "false") != 0) {
		buf_puts(&c->text, "the answer does not say whether the operation succeeded");
		return SRVCLIENT_MALFORMED;
	}
	buf_puts(&c->text, error != NULL && *error != '\0' ? error : "the service reported a failure");
	return refusal(error != NULL ? error : "", &c->code);
}

/* What a call gets out of the whole answer. */
static enum srvclient_err
take(struct srvclient *c, const struct srvclient_operation *o, const struct result *envelope, void **out)
{
	const struct result *e = result_in_envelope(envelope);
	struct srv_reason why = {""};
	enum srvclient_err err;
	void *result = NULL;

	if (e == NULL) {
		buf_puts(&c->text, "the answer holds no result");
		return SRVCLIENT_MALFORMED;
	}
	err = outcome(c, e);
	if (err == SRVCLIENT_OK && o->type->size > 0 && (err = typed_read(o->type, e, &result, &why)) != SRVCLIENT_OK)
		buf_puts(&c->text, why.text);
	if (err == SRVCLIENT_OK || srvclient_is_refusal(err)) {
		result_write(&c->xml, e);
		if (c->xml.err != SRV_OK)
			err = SRVCLIENT_MEMORY;
		c->answered = c->xml.err == SRV_OK;
	}
	if (err == SRVCLIENT_OK && o->type->size > 0)
		*out = result;
	else
		typed_free(o->type, &result);
	return err;
}

enum srvclient_err
srvclient_call(struct srvclient *c, const struct srvclient_operation *o, const char *const params[], void **out)
{
	struct soap_call call = {.transport = c->transport,
	    .version = c->version,
	    .answer_max = c->answer_max,
	    .operation = (const void *)o, /* whose first member it is */
	    .params = params};
	struct result *envelope = NULL;
	enum srvclient_err err;

	forget(c);
	if ((err = check_params(c, o, params)) == SRVCLIENT_OK)
		err = soap_call_run(&call, &envelope, &c->code, &c->text);
	if (err == SRVCLIENT_OK) {
		c->code = 0;
		err = take(c, o, envelope, out);
	} else if (err != SRVCLIENT_HTTP) {
		c->code = 0;
	}
	result_free(&envelope);
	return conclude(c, err, NULL);
}

void
srvclient_result_free(const struct srvclient_type *type, void **result)
{
	typed_free(type, result);
}
