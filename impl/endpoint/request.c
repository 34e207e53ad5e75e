/* Step 1 of an exchange: what is asked for, in which form, by whom, and may it be? Then the request becomes an op_call.
 * The wrong requests of CONTRACT section 3 are answered here; what can be read two ways never came this far (net/).
 * Called on an event loop; nothing here blocks. */
#include "../base/log.h"
#include "../base/text.h"
#include "endpoint_priv.h"
#include "media.h"
#include "plain.h"
#include <stdlib.h>
#include <string.h>

#define ALLOW "Allow: GET, HEAD, POST\r\n"
#define ALLOW_ROOT "Allow: GET, HEAD\r\n"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define NAME_SHOWN 64
#define ACTION_SHOWN 256
#define RESULT_FIRST 512 /* bytes: most results fit */

enum { ACTION_NONE = -1, ACTION_UNKNOWN = -2 };

/* One request while it is looked at. */
struct look {
	struct endpoint_worker *w;
	const struct http_request *rq;
	struct http_response *out;
	struct exchange *x; /* what becomes of it; NULL until the operation is known */
	bool based;
	bool forwarded; /* a trusted proxy said who asks, without fault */
	enum site_origin site;
	struct http_text origin;
};

static void
plain(struct look *l, int status, const char *text)
{
	http_response_plain(l->out, status, text);
}

/* What may be an attack. */
static void
refused(const struct look *l, const char *class, const char *detail)
{
	log_warnx("request refused class=%s detail=%s peer=%s", class, LOG_STR(detail), l->rq->peer);
}

/* What is more likely a mistake, such as a browser's wish for an icon. */
static void
mistaken(const struct look *l, const char *class, const char *detail)
{
	log_info("request refused class=%s detail=%s peer=%s", class, LOG_STR(detail), l->rq->peer);
}

static void
plain_mistake(struct look *l, int status, const char *class, const char *text)
{
	mistaken(l, class, text);
	plain(l, status, text);
}

static bool
is_get(const struct look *l)
{
	return http_text_is(l->rq->method, "GET") || http_text_is(l->rq->method, "HEAD");
}

/* The value of the cookie `ticket` (RFC 6265 section 4.2), a copy; *out stays NULL if there is none. False: out of
 * memory. */
static bool
cookie_ticket(const struct http_request *rq, char **out)
{
	struct http_text c;
	size_t at = 0;

	if (!http_field_get(rq, "Cookie", &c, NULL))
		return true;
	while (at < c.len) {
		size_t end = at;
		while (end < c.len && c.s[end] != ';')
			end++;
		while (at < end && c.s[at] == ' ')
			at++;
		if (end - at > 7 && memcmp(c.s + at, "ticket=", 7) == 0)
			return (*out = strndup(c.s + at + 7, end - at - 7)) != NULL;
		at = end + 1;
	}
	return true;
}

static struct exchange *
exchange_new(struct look *l, enum exchange_form form, const struct op_info *info)
{
	struct exchange *x = calloc(1, sizeof *x);
	bool cookie_read;

	if (x == NULL || pthread_mutex_init(&x->lock, NULL) != 0) {
		free(x);
		return NULL;
	}
	atomic_init(&x->refs, 1);
	x->endpoint = l->w->endpoint;
	x->form = form;
	x->began = clock_mono();
	x->head_only = http_text_is(l->rq->method, "HEAD");
	cookie_read = cookie_ticket(l->rq, &x->cookie_ticket);
	x->peer = strdup(l->rq->peer ? l->rq->peer : "-");
	if (l->site == SITE_ALLOWED)
		x->allowed_origin = strndup(l->origin.s, l->origin.len);
	buf_init(&x->call.result, 0);
	(void)buf_reserve(&x->call.result, RESULT_FIRST);
	x->call.info = info;
	x->call.result_element = strcmp(l->w->conf.conf->result_element, "response") == 0 ? "response" : info->result;
	x->call.cookie_ticket = x->cookie_ticket;
	x->call.peer = x->peer;
	if (!cookie_read || x->peer == NULL || (l->site == SITE_ALLOWED && x->allowed_origin == NULL)) {
		exchange_unref(x);
		return NULL;
	}
	return x;
}

/* Another site's page may call ServerInfo alone, and a prefetch nothing that changes something. */
static bool
is_forbidden(struct look *l, const struct op_info *info)
{
	const struct operation *o = info->operation;
	struct http_text purpose;

	if (l->site == SITE_FOREIGN && (o->access != OP_PUBLIC || o->changes)) {
		refused(l, "cross-site", info->name);
		plain(l, 403, "Calls from pages of another site are not allowed.");
		return true;
	}
	if (o->changes && http_field_get(l->rq, "Sec-Purpose", &purpose, NULL) && purpose.len >= 8 &&
	    text_ieq_n(purpose.s, 8, "prefetch")) {
		refused(l, "prefetch", info->name);
		plain(l, 403, "This operation is not for prefetching.");
		return true;
	}
	return false;
}

static enum srv_err
decode(void *arg, struct http_text text, struct gsoap_parsed *out)
{
	return form_decode(arg, text, &op_table[out->op], out);
}

/* The parameters were read with the outcome err. */
static void
settle_form(struct look *l, enum srv_err err)
{
	const char *text = err == SRV_ELIMIT ? "A parameter is over the limit." : "A parameter is not well formed.";

	if (err == SRV_OK)
		return;
	if (l->x)
		exchange_unref(l->x);
	l->x = NULL;
	if (err == SRV_ENOMEM) {
		answer_incident(l->w, 0, "out of memory", l->out);
		return;
	}
	refused(l, "form", text);
	plain(l, 400, text);
}

/* GET and POST forms: parameters through gSOAP's hooks. */
static void
take_form(struct look *l, enum exchange_form form, int op)
{
	struct form_limits *limits = &l->w->form_limits;
	enum srv_err err;

	l->x = exchange_new(l, form, &op_table[op]);
	if (l->x == NULL)
		err = SRV_ENOMEM;
	else if (form == FORM_GET)
		err = gsoap_parse_get(l->w->gsoap, op, l->rq->query, decode, limits, &l->x->parsed);
	else
		err = gsoap_parse_form(l->w->gsoap, op, l->rq->body, decode, limits, &l->x->parsed);
	settle_form(l, err);
}

/* What pages ask that is no operation. */
static void
take_status(struct look *l)
{
	enum srv_err err;

	if (is_forbidden(l, &status_info))
		return;
	l->x = exchange_new(l, FORM_POST, &status_info);
	err = l->x ? form_decode(&l->w->form_limits, l->rq->body, &status_info, &l->x->parsed) : SRV_ENOMEM;
	settle_form(l, err);
}

/* The media type of a POST; an answer and false if there is none to be had. */
static bool
post_media(struct look *l, struct media *out)
{
	struct http_text value;
	size_t count = 0;

	if (!http_field_get(l->rq, "Content-Type", &value, &count)) {
		plain_mistake(l, 415, "content-type", "The request has no Content-Type.");
		return false;
	}
	if (count > 1 || !media_parse(value, out)) {
		refused(l, "content-type", "not well formed");
		plain(l, 400, "The Content-Type is not well formed.");
		l->out->close = true;
		return false;
	}
	return true;
}

static void
at_operation(struct look *l, const char *name)
{
	int op = wire_find_op((struct http_text){name, strlen(name)});
	struct media media;

	if (op < 0) {
		char text[NAME_SHOWN + 64];
		snprintf(text, sizeof text, "%.*s Web Service method name is not valid.", NAME_SHOWN, name);
		for (char *c = text; *c; c++)
			if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
				*c = '?';
		mistaken(l, "path", "No such operation.");
		plain(l, 404, text);
	} else if (is_get(l)) {
		if (is_forbidden(l, &op_table[op]))
			return;
		if (http_text_is(l->rq->method, "HEAD") && op_table[op].operation->changes) {
			l->out->status = 200;
			l->out->content_type = "text/xml; charset=utf-8";
			l->out->head_only = l->out->no_length = true;
			answer_headers(l->out, NULL);
			return;
		}
		take_form(l, FORM_GET, op);
	} else if (post_media(l, &media)) {
		if (!http_text_ieq(media.type, FORM_TYPE))
			plain_mistake(l, 415, "content-type", "The content type of a form is " FORM_TYPE ".");
		else if (!is_forbidden(l, &op_table[op]))
			take_form(l, FORM_POST, op);
	}
}

/* The operation that a SOAPAction or action= names; it may be quoted, bare, empty or absent. */
static int
find_action(struct http_text a)
{
	size_t n = strlen(WIRE_NAMESPACE);
	int op;

	if (a.len >= 2 && a.s[0] == '"' && a.s[a.len - 1] == '"')
		a = (struct http_text){a.s + 1, a.len - 2};
	if (a.len == 0)
		return ACTION_NONE;
	if (a.len <= n || memcmp(a.s, WIRE_NAMESPACE, n) != 0)
		return ACTION_UNKNOWN;
	op = wire_find_op((struct http_text){a.s + n, a.len - n});
	return op < 0 ? ACTION_UNKNOWN : op;
}

static void
fault(struct look *l, int version, enum gate_verdict verdict, const char *text)
{
	int client = version == 1 ? 500 : 400;

	switch (verdict) {
	case GATE_OK:
	case GATE_SHAPE:
	case GATE_UNKNOWN:
		answer_fault(l->w, version, client, ENVELOPE_CLIENT, text, l->out);
		break;
	case GATE_MALFORMED:
		answer_fault(l->w, version, 400, ENVELOPE_CLIENT, text, l->out);
		break;
	case GATE_VERSION:
		answer_fault(l->w, version, 500, ENVELOPE_VERSION_MISMATCH, text, l->out);
		break;
	case GATE_UNDERSTAND:
		answer_fault(l->w, version, 500, ENVELOPE_MUST_UNDERSTAND, text, l->out);
		break;
	case GATE_NOMEM:
		answer_incident(l->w, version, "out of memory", l->out);
		break;
	}
}

static void
fault_action(struct look *l, int version, struct http_text action)
{
	char text[ACTION_SHOWN + 96];
	size_t len = action.len;

	if (len >= 2 && action.s[0] == '"' && action.s[len - 1] == '"') {
		action.s++;
		len -= 2;
	}
	if (len > ACTION_SHOWN)
		len = ACTION_SHOWN;
	snprintf(text, sizeof text, "Server did not recognize the value of HTTP Header SOAPAction: %.*s.", (int)len,
	    action.s);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	fault(l, version, GATE_SHAPE, text);
}

static bool
wants_text(struct http_text query)
{
	static const char want[] = "result=text";
	size_t n = sizeof want - 1;

	for (size_t at = 0; at < query.len; at++) {
		size_t end = at;
		while (end < query.len && query.s[end] != '&')
			end++;
		if (end - at == n && text_ieq_n(query.s + at, n, want))
			return true;
		at = end;
	}
	return false;
}

static void
take_envelope(struct look *l, int version, struct http_text charset, int action)
{
	const struct gate_limits *limits = &l->w->gate_limits;
	struct buf *document = &l->w->document;
	struct gate_result gate = {-1, NULL};
	enum gate_verdict verdict = GATE_OK;
	enum srv_err err;

	if (!plain_check(limits, version, charset, l->rq->body, document, &gate))
		verdict = gate_check(l->w->gate, limits, version, charset, l->rq->body, document, &gate);
	if (verdict != GATE_OK) {
		refused(l, "soap", gate.text);
		fault(l, version, verdict, gate.text);
		return;
	}
	if (action >= 0 && action != gate.op) {
		refused(l, "soapaction-spoof", op_table[gate.op].name);
		fault(l, version, GATE_SHAPE, "The SOAPAction does not name the operation in the Body.");
		return;
	}
	if (is_forbidden(l, &op_table[gate.op]))
		return;
	l->x = exchange_new(l, version == 1 ? FORM_SOAP_11 : FORM_SOAP_12, &op_table[gate.op]);
	err = l->x ? gsoap_parse_envelope(l->w->gsoap, document, &l->x->parsed) : SRV_ENOMEM;
	if (err == SRV_OK && l->x->parsed.op != gate.op)
		err = SRV_EINVAL;
	if (err == SRV_OK) {
		l->x->op = gate.op;
		l->x->text_result = wants_text(l->rq->query);
		return;
	}
	if (l->x)
		exchange_unref(l->x);
	l->x = NULL;
	answer_incident(
	    l->w, version, err == SRV_ENOMEM ? "out of memory" : "gSOAP refused what the gate let through", l->out);
}

static void
at_service_post(struct look *l)
{
	struct media media;
	struct http_text action = {NULL, 0};
	size_t count = 0;
	int version, op;

	if (!post_media(l, &media))
		return;
	if (http_text_ieq(media.type, FORM_TYPE) && http_text_ieq(l->rq->query, "status")) {
		take_status(l);
		return;
	}
	version = http_text_ieq(media.type, "text/xml") ? 1 : http_text_ieq(media.type, "application/soap+xml") ? 2 : 0;
	if (version == 0) {
		plain_mistake(
		    l, 415, "content-type", "The content type of a SOAP request is text/xml or application/soap+xml.");
		return;
	}
	if (version == 2)
		action = media.action;
	else if (http_field_get(l->rq, "SOAPAction", &action, &count) && count > 1) {
		refused(l, "soapaction", "more than one");
		fault(l, version, GATE_MALFORMED, "There is more than one SOAPAction.");
		return;
	}
	op = find_action(action);
	if (op == ACTION_UNKNOWN) {
		refused(l, "soapaction", "not recognized");
		fault_action(l, version, action);
		return;
	}
	take_envelope(l, version, media.charset, op);
	buf_reset(&l->w->document);
}

static void
at_service_get(struct look *l)
{
	const char *forms = l->w->conf.conf->invoke_forms;
	struct documents_reader reader = {NULL, DOCUMENTS_FORMS, false};
	struct buf address;

	if (strcmp(forms, "off") == 0)
		reader.forms = DOCUMENTS_FORMS_OFF;
	else if (strcmp(forms, "local") == 0 && !site_is_local(l->rq, l->forwarded))
		reader.forms = DOCUMENTS_FORMS_REMOTE;
	reader.is_renamed = strcmp(l->w->conf.conf->result_element, "response") == 0;
	buf_init(&address, 0);
	site_address(l->w->site, l->rq, l->based, &address);
	reader.address = buf_str(&address);
	if (address.err == SRV_OK)
		documents_answer(l->w->documents, l->rq, &reader, l->out);
	else
		plain(l, 503, "Service unavailable.");
	buf_fini(&address);
	l->out->head_only = http_text_is(l->rq->method, "HEAD");
}

static void
at_root(struct look *l)
{
	if (!is_get(l)) {
		plain_mistake(l, 405, "method", "Method not allowed.");
		buf_puts(&l->out->headers, ALLOW_ROOT);
		return;
	}
	plain(l, 302, "The service is at /srv.asmx.");
	l->out->head_only = http_text_is(l->rq->method, "HEAD");
	buf_printf(&l->out->headers, "Location: %s/srv.asmx\r\n", l->w->conf.conf->base_path);
}

/* A preflight of a page that may call gets what it needs to go on; of another, nothing. */
static void
options(struct look *l)
{
	struct http_text asked;
	bool preflight = http_field_get(l->rq, "Access-Control-Request-Method", &asked, NULL);

	if (preflight && l->site == SITE_FOREIGN) {
		refused(l, "cross-site", "preflight");
		plain(l, 405, "Method not allowed.");
		buf_puts(&l->out->headers, ALLOW);
		return;
	}
	l->out->status = 200;
	buf_puts(&l->out->headers, ALLOW);
	if (preflight && l->site == SITE_ALLOWED) {
		buf_puts(&l->out->headers, "Access-Control-Allow-Origin: ");
		buf_put(&l->out->headers, l->origin.s, l->origin.len);
		buf_puts(&l->out->headers, "\r\nVary: Origin\r\nAccess-Control-Allow-Methods: GET, HEAD, POST\r\n"
					   "Access-Control-Allow-Headers: Content-Type, SOAPAction\r\n");
	}
}

static void
route(struct look *l)
{
	const struct http_request *rq = l->rq;
	char name[256];
	enum site_place place = site_find(l->w->site, rq->path, name, sizeof name, &l->based);

	if (http_text_is(rq->method, "OPTIONS") &&
	    (place == SITE_SERVICE || place == SITE_OPERATION || http_text_is(rq->target, "*"))) {
		options(l);
		return;
	}
	if (place == SITE_BAD) {
		plain_mistake(l, 400, "path", "The path is not well formed.");
	} else if (place == SITE_UNKNOWN) {
		plain_mistake(l, 404, "path", "Not found.");
	} else if (place == SITE_ROOT) {
		at_root(l);
	} else if (!is_get(l) && !http_text_is(rq->method, "POST")) {
		plain_mistake(l, 405, "method", "Method not allowed.");
		buf_puts(&l->out->headers, ALLOW);
		l->out->close = http_text_is(rq->method, "CONNECT");
	} else if (place == SITE_OPERATION) {
		at_operation(l, name);
	} else if (is_get(l)) {
		at_service_get(l);
	} else {
		at_service_post(l);
	}
}

bool
endpoint_begin(struct endpoint_worker *w, const struct http_request *rq, exchange_ready *ready, void *loop_arg,
    uint64_t id, struct http_response *out, struct exchange **xp)
{
	struct forwarded seen;
	struct look l = {.w = w, .out = out};
	struct exchange *x;
	enum srv_err err;

	endpoint_worker_renew(w);
	l.rq = forwarded_read(&w->proxies, rq, &seen);
	if (seen.fault != NULL)
		forwarded_say(&w->forwarded_log, seen.fault, rq->peer);
	l.forwarded = l.rq != rq && seen.fault == NULL;
	l.site = site_origin(w->site, l.rq, &l.origin);
	route(&l);
	x = l.x;
	if (x == NULL)
		return true;
	x->ready = ready;
	x->loop_arg = loop_arg;
	x->id = id;
	for (int i = 0; i < x->call.info->param_count; i++)
		x->call.param[i] = x->parsed.param[i];
	if (!exchange_start(x, &err)) {
		*xp = x;
		return false;
	}
	if (err == SRV_OK)
		exchange_answer(w, x, out);
	else {
		http_response_plain(out, 503, "The service is busy.");
		buf_puts(&out->headers, "Retry-After: 1\r\n");
	}
	exchange_unref(x);
	return true;
}
