/* Operations in their four forms.
 *
 * One table of parameters makes the request in any form, and one function takes the result element out of any
 * answer, so that a test can say a thing once and have it checked four times. wire_expect is the strictest
 * reading: the forms' bytes, the envelope's tree, and the fields beside them. */
#include "wire_call.h"

#include <stdio.h>
#include <string.h>

#define ENV11 "http://schemas.xmlsoap.org/soap/envelope/"
#define ENV12 "http://www.w3.org/2003/05/soap-envelope"

const char *const wire_form_name[WIRE_FORMS] = {"SOAP 1.1", "SOAP 1.2", "GET", "POST"};

static const char *
envelope_ns(enum wire_form form)
{
	return form == WIRE_SOAP12 ? ENV12 : ENV11;
}

const char *
wire_result_name(const char *op)
{
	bool old = strcmp(op, "FlushApplicationCache") == 0 || strncmp(op, "Get", 3) == 0;

	return old ? "response" : "root";
}

/* ---- requests ---- */

static const char *
op_xml(const char *op, va_list ap)
{
	const char *xml = wire_printf("<%s xmlns=\"" WIRE_NS "\">", op), *name;

	while ((name = va_arg(ap, const char *)) != NULL)
		xml = wire_printf("%s<%s>%s</%s>", xml, name, wire_xml_escape(va_arg(ap, const char *)), name);
	return wire_printf("%s</%s>", xml, op);
}

const char *
wire_op_xml(const char *op, ...)
{
	va_list ap;

	va_start(ap, op);
	const char *xml = op_xml(op, ap);
	va_end(ap);
	return xml;
}

const char *
wire_envelope(enum wire_form form, const char *header, const char *body)
{
	return wire_printf("<soap:Envelope xmlns:soap=\"%s\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
			   "%s%s%s<soap:Body>%s</soap:Body></soap:Envelope>",
	    envelope_ns(form), header != NULL ? "<soap:Header>" : "", header != NULL ? header : "",
	    header != NULL ? "</soap:Header>" : "", body);
}

struct wire_bytes
wire_soap(
    const struct wire_srvd *srv, enum wire_form form, const char *action, const char *fields, struct wire_bytes body)
{
	const char *type;

	if (form == WIRE_SOAP11)
		type = wire_printf("Content-Type: text/xml; charset=utf-8\r\n%s%s%s",
		    action != NULL ? "SOAPAction: " : "", action != NULL ? action : "", action != NULL ? "\r\n" : "");
	else
		type = wire_printf("Content-Type: application/soap+xml; charset=utf-8%s%s\r\n",
		    action != NULL ? "; action=" : "", action != NULL ? action : "");
	return wire_request(srv, "POST", "/srv.asmx", wire_printf("%s%s", type, fields != NULL ? fields : ""), body);
}

static const char *
form_text(va_list ap)
{
	const char *text = "", *name;

	while ((name = va_arg(ap, const char *)) != NULL)
		text = wire_printf(
		    "%s%s%s=%s", text, *text != '\0' ? "&" : "", name, wire_url_encode(va_arg(ap, const char *)));
	return text;
}

static struct wire_bytes
call_request(const struct wire_srvd *srv, enum wire_form form, const char *fields, const char *op, va_list ap)
{
	const char *target = wire_printf("/srv.asmx/%s", op), *text;

	switch (form) {
	case WIRE_GET:
		text = form_text(ap);
		return wire_get(srv, wire_printf("%s%s%s", target, *text != '\0' ? "?" : "", text), fields);
	case WIRE_POST:
		fields = wire_printf(
		    "Content-Type: application/x-www-form-urlencoded\r\n%s", fields != NULL ? fields : "");
		return wire_request(srv, "POST", target, fields, wire_bytes_text(form_text(ap)));
	default:
		return wire_soap(srv, form, wire_printf("\"" WIRE_NS "%s\"", op), fields,
		    wire_bytes_text(wire_envelope(form, NULL, op_xml(op, ap))));
	}
}

struct wire_bytes
wire_call_request(const struct wire_srvd *srv, enum wire_form form, const char *fields, const char *op, ...)
{
	va_list ap;

	va_start(ap, op);
	struct wire_bytes b = call_request(srv, form, fields, op, ap);
	va_end(ap);
	return b;
}

struct wire_answer *
wire_call(const struct wire_srvd *srv, enum wire_form form, const char *op, ...)
{
	va_list ap;

	va_start(ap, op);
	struct wire_bytes b = call_request(srv, form, NULL, op, ap);
	va_end(ap);
	return wire_ask(srv, b);
}

/* ---- answers ---- */

static const char *
content_type(enum wire_form form)
{
	return form == WIRE_SOAP12 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8";
}

static struct wire_node *
body_of(enum wire_form form, const struct wire_node *root)
{
	const char *ns = envelope_ns(form);

	if (root == NULL || strcmp(root->name, wire_printf("{%s}Envelope", ns)) != 0)
		return NULL;
	return wire_child(root, wire_printf("{%s}Body", ns));
}

struct wire_node *
wire_result_of(enum wire_form form, const char *op, const struct wire_answer *a, const char **why)
{
	const char *none;

	if (why == NULL)
		why = &none;
	if (a == NULL) {
		*why = "no answer";
		return NULL;
	}
	if (a->status != 200 || !wire_field_is(a, "Content-Type", content_type(form))) {
		*why = wire_printf("not 200 %s but %s%s", content_type(form), a->head, a->body);
		return NULL;
	}
	struct wire_node *n = wire_xml_parse(a->body, a->body_len);
	if (form <= WIRE_SOAP12) {
		struct wire_node *outer = wire_child(body_of(form, n), wire_printf("{" WIRE_NS "}%sResponse", op));

		n = wire_child(outer, wire_printf("{" WIRE_NS "}%sResult", op));
		n = n != NULL ? n->first : NULL;
	}
	if (n == NULL || n->next != NULL)
		*why = wire_printf("not one result element: %s", a->body);
	return n == NULL || n->next != NULL ? NULL : n;
}

struct wire_node *
wire_result(enum wire_form form, const char *op, const struct wire_answer *a)
{
	const char *why;
	struct wire_node *n = wire_result_of(form, op, a, &why);

	if (n == NULL)
		fail_msg("%s by %s: %s", op, wire_form_name[form], why);
	return n;
}

static void
expect_operation_fields(const struct wire_answer *a)
{
	assert_true(wire_field_is(a, "Cache-Control", "no-store"));
	assert_true(wire_field_is(a, "X-Content-Type-Options", "nosniff"));
}

void
wire_expect(enum wire_form form, const char *op, const struct wire_answer *a, const char *element)
{
	wire_result(form, op, a);
	expect_operation_fields(a);
	if (form == WIRE_GET || form == WIRE_POST) {
		assert_string_equal(a->body, wire_printf("%s%s", WIRE_DECLARATION, element));
		assert_int_equal(a->body_len, strlen(a->body));
		return;
	}
	/* The element is in no namespace, wherever its form in SOAP declares that. */
	const char *wanted = wire_printf("<e:Envelope xmlns:e=\"%s\" xmlns:n=\"" WIRE_NS
					 "\"><e:Body><n:%sResponse><n:%sResult>"
					 "%s</n:%sResult></n:%sResponse></e:Body></e:Envelope>",
	    envelope_ns(form), op, op, element, op, op);
	assert_string_equal(wire_canonical_of(a->body), wire_canonical_of(wanted));
}

void
wire_expect_error(enum wire_form form, const char *op, const struct wire_answer *a, const char *text)
{
	wire_expect(form, op, a,
	    wire_printf("<%s success=\"false\" error=\"%s\" />", wire_result_name(op), wire_xml_escape(text)));
}

static void
expect_fault_11(const struct wire_node *fault, const char *code, const char *reason)
{
	const struct wire_node *faultcode = wire_child(fault, "faultcode"),
			       *faultstring = wire_child(fault, "faultstring");

	/* SOAP 1.1, section 4.4: both are in no namespace, the code is a QName of the envelope's. */
	assert_non_null(faultcode);
	assert_non_null(faultstring);
	const char *qname = wire_qname(faultcode, faultcode->text);
	assert_non_null(qname);
	assert_string_equal(qname, wire_printf("{" ENV11 "}%s", code));
	assert_true(strlen(faultstring->text) > 0);
	if (reason != NULL)
		assert_string_equal(faultstring->text, reason);
}

static void
expect_fault_12(const struct wire_node *fault, const char *code, const char *reason)
{
	const struct wire_node *value = wire_child(wire_child(fault, "{" ENV12 "}Code"), "{" ENV12 "}Value");
	const struct wire_node *text = wire_child(wire_child(fault, "{" ENV12 "}Reason"), "{" ENV12 "}Text");

	if (strcmp(code, "Client") == 0)
		code = "Sender";
	if (strcmp(code, "Server") == 0)
		code = "Receiver";
	assert_non_null(value);
	assert_non_null(text);
	const char *qname = wire_qname(value, value->text);
	assert_non_null(qname);
	assert_string_equal(qname, wire_printf("{" ENV12 "}%s", code));
	const char *lang = wire_attr(text, "{http://www.w3.org/XML/1998/namespace}lang");
	assert_non_null(lang);
	assert_string_equal(lang, "en");
	assert_true(strlen(text->text) > 0);
	if (reason != NULL)
		assert_string_equal(text->text, reason);
}

void
wire_expect_fault(enum wire_form form, const struct wire_answer *a, int status, const char *code, const char *reason)
{
	if (a == NULL)
		fail_msg("no answer where a %s fault with %d was expected", code, status);
	if (status != 0 ? a->status != status : a->status != 400 && a->status != 500)
		fail_msg("not %d with a %s fault but %s%s", status, code, a->head, a->body);
	if (!wire_field_is(a, "Content-Type", content_type(form)))
		fail_msg("not a fault as %s but %s%s", content_type(form), a->head, a->body);
	struct wire_node *body = body_of(form, wire_xml_parse(a->body, a->body_len));
	struct wire_node *fault = wire_child(body, wire_printf("{%s}Fault", envelope_ns(form)));
	if (fault == NULL || fault->next != NULL)
		fail_msg("not one fault: %s", a->body);
	if (form == WIRE_SOAP11)
		expect_fault_11(fault, code, reason);
	else
		expect_fault_12(fault, code, reason);
}

void
wire_expect_plain(const struct wire_answer *a, int status)
{
	if (a == NULL)
		fail_msg("no answer where %d was expected", status);
	if (a->status != status)
		fail_msg("not %d but %s%s", status, a->head, a->body);
	const char *type = wire_field(a, "Content-Type");
	if (type == NULL || strncmp(type, "text/plain", 10) != 0)
		fail_msg("not text/plain but %s", a->head);
}

/* ---- what many tests do ---- */

const char *
wire_try_login(const struct wire_srvd *srv, const char *uid, const char *pwd)
{
	struct wire_answer *a = wire_call(srv, WIRE_POST, "AuthenticateUser", "UID", uid, "PWD", pwd, NULL);
	const char *ticket = wire_attr(wire_result_of(WIRE_POST, "AuthenticateUser", a, NULL), "ticket");

	return wire_is_guid(ticket) ? ticket : NULL;
}

const char *
wire_login(const struct wire_srvd *srv, const char *uid, const char *pwd)
{
	struct wire_answer *a = wire_call(srv, WIRE_POST, "AuthenticateUser", "UID", uid, "PWD", pwd, NULL);
	const char *ticket = wire_attr(wire_result(WIRE_POST, "AuthenticateUser", a), "ticket");

	if (!wire_is_guid(ticket))
		fail_msg("%s cannot log in: %s", uid, a->body);
	return ticket;
}

bool
wire_ticket_works(const struct wire_srvd *srv, const char *ticket)
{
	struct wire_answer *a = wire_call(srv, WIRE_GET, "isValidTicket", "AuthenticationTicket", ticket, NULL);
	const char *success = wire_attr(wire_result(WIRE_GET, "isValidTicket", a), "success");

	assert_non_null(success);
	return strcmp(success, "true") == 0;
}

const char *
wire_server_name(const struct wire_srvd *srv)
{
	const struct wire_node *n = wire_result(WIRE_GET, "ServerInfo", wire_call(srv, WIRE_GET, "ServerInfo", NULL));
	const char *name = wire_attr(n, "ServerName");

	assert_non_null(name);
	return name;
}

void
wire_expect_alive(const struct wire_srvd *srv)
{
	wire_server_name(srv);
}

static struct wire_answer *
ask_on(struct wire_conn *c, struct wire_bytes request)
{
	struct wire_answer *a = wire_send(c, request) ? wire_read(c, strncmp(request.p, "HEAD ", 5) == 0) : NULL;

	if (a == NULL)
		fail_msg("no answer to %.400s", request.p);
	return a;
}

struct wire_answer *
wire_ask_kept(const struct wire_srvd *srv, struct wire_bytes request)
{
	struct wire_conn *c = wire_connect(srv);
	struct wire_answer *a = ask_on(c, request), *next;

	next = wire_send(c, wire_get(srv, "/srv.asmx/ServerInfo", NULL)) ? wire_read(c, false) : NULL;
	if (next == NULL)
		fail_msg("the connection is not kept behind %.400s\nanswered with %s", request.p, a->head);
	wire_result(WIRE_GET, "ServerInfo", next);
	wire_forget(c);
	return a;
}

struct wire_answer *
wire_ask_closed(const struct wire_srvd *srv, struct wire_bytes request)
{
	struct wire_conn *c = wire_connect(srv);
	struct wire_answer *a = ask_on(c, request);

	if (!wire_field_is(a, "Connection", "close") || !wire_ends(c, WIRE_TMO_MS))
		fail_msg("the connection is kept behind %.400s\nanswered with %s", request.p, a->head);
	wire_forget(c);
	wire_expect_alive(srv);
	return a;
}

size_t
wire_log_count(const struct wire_srvd *srv, size_t from, const char *text)
{
	size_t count = 0;
	const char *log = wire_log_text(srv) + from;

	for (const char *end; (end = strchr(log, '\n')) != NULL; log = end + 1)
		count += strstr(wire_copy(log, (size_t)(end + 1 - log)), text) != NULL;
	return count;
}

void
wire_expect_nothing_ran(const struct wire_srvd *srv, size_t from)
{
	if (wire_log_count(srv, from, " audit op ") != 0)
		fail_msg("an operation ran: %s", wire_log_text(srv) + from);
}

char *
wire_masked(const char *xml)
{
	static const char *const moving[] = {
	    " Server_date_time=\"", " Coordinated_Universal_Time=\"", " FreeSpace=\"", " ticket=\"", " expireOn=\""};
	char *out = wire_printf("%s", xml);

	for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
		for (char *at = out; (at = strstr(at, moving[i])) != NULL;) {
			char *end = strchr(at += strlen(moving[i]), '"');

			assert_non_null(end);
			assert_true(end > at); /* an empty one would be no time, size or ticket */
			memmove(at, end, strlen(end) + 1);
		}
	}
	return out;
}
