/* What srv publishes: the two WSDLs, ?disco, the pages for people, and whose address stands in them. Answers
 * are validated against wsdl/results.xsd ($SRV_TOP/wsdl, by default of the working directory).
 * Contract: section 4. */
#include "shared_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WSDL "{http://schemas.xmlsoap.org/wsdl/}"
#define WSDL_SOAP "{http://schemas.xmlsoap.org/wsdl/soap/}"
#define WSDL_SOAP12 "{http://schemas.xmlsoap.org/wsdl/soap12/}"
#define WSDL_HTTP "{http://schemas.xmlsoap.org/wsdl/http/}"
#define XSD "{http://www.w3.org/2001/XMLSchema}"
#define DISCO "{http://schemas.xmlsoap.org/disco/}"

static const char *const operations[] = {"FlushApplicationCache", "GetMaintenanceJobsStatus", "GetWarehouseStatus",
    "ServerInfo", "AuthenticateUser", "AuthenticateUser1", "RenewTicket", "isValidTicket", "LogOut"};
#define OPERATIONS (sizeof operations / sizeof *operations)

static struct wire_answer *
document(const struct wire_srvd *s, const char *target, const char *fields)
{
	struct wire_answer *a = wire_ask(s, wire_get(s, target, fields));

	if (a == NULL || a->status != 200)
		fail_msg("%s: %s", target, a != NULL ? a->head : "no answer");
	return a;
}

static struct wire_node *
xml_of(const struct wire_answer *a)
{
	struct wire_node *n = wire_xml_parse(a->body, a->body_len);

	if (!wire_field_is(a, "Content-Type", "text/xml; charset=utf-8"))
		fail_msg("not XML: %s", a->head);
	if (n == NULL)
		fail_msg("not well-formed: %.200s", a->body);
	return n;
}

static struct wire_node *
port(const struct wire_node *wsdl, const char *name)
{
	return wire_child_with(wire_child_with(wsdl, WSDL "service", "name", "srv"), WSDL "port", "name", name);
}

/* The one address in the SOAP 1.1 port. */
static const char *
address_in(const struct wire_node *wsdl)
{
	const char *location = wire_attr(wire_child(port(wsdl, "SrvSoap"), WSDL_SOAP "address"), "location");

	assert_non_null(location);
	return location;
}

static const char *
address_for(const struct wire_srvd *s, const char *fields)
{
	return address_in(xml_of(document(s, "/srv.asmx?wsdl", fields)));
}

static void
the_wsdl_is_the_same_bytes_in_any_case(void **state)
{
	static const char *const targets[] = {"/srv.asmx?WSDL", "/srv.asmx?Wsdl", "/SRV.ASMX?wSdL",
	    "/srv.asmx?singleWsdl", "/srv.asmx?wsdl", "/srv.asmx?singlewsdl"};
	struct wire_answer *first = document(&srv, "/srv.asmx?wsdl", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct wire_answer *a = document(&srv, targets[i], NULL);

		assert_int_equal(a->body_len, first->body_len);
		assert_memory_equal(a->body, first->body, first->body_len);
	}
	/* Also after a flush and a restart on another port but for the address. */
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	assert_string_equal(document(&srv, "/srv.asmx?wsdl", NULL)->body, first->body);
}

static void
the_wsdl_has_the_ports_in_their_order(void **state)
{
	static const char *const ports[][3] = {{"SrvSoap", WSDL_SOAP "address", ""},
	    {"SrvSoap12", WSDL_SOAP12 "address", ""}, {"SrvHttpGet", WSDL_HTTP "address", ""},
	    {"SrvHttpPost", WSDL_HTTP "address", ""}};
	const struct wire_node *wsdl = xml_of(document(&srv, "/srv.asmx?wsdl", NULL));
	const struct wire_node *service = wire_child_with(wsdl, WSDL "service", "name", "srv");
	size_t i = 0;

	(void)state;
	assert_non_null(service);
	for (const struct wire_node *n = service->first; n != NULL; n = n->next) {
		if (strcmp(n->name, WSDL "port") != 0)
			continue;
		assert_true(i < 4);
		assert_string_equal(wire_attr(n, "name"), ports[i][0]);
		const char *location = wire_attr(wire_child(n, ports[i][1]), "location");
		assert_non_null(location);
		assert_string_equal(location, wire_printf("http://%s/srv.asmx", srv.host));
		i++;
	}
	assert_int_equal(i, 4);
	for (size_t j = 0; j < 3; j++) {
		static const char *const types[] = {"SrvSoap", "SrvHttpGet", "SrvHttpPost"};
		const struct wire_node *type = wire_child_with(wsdl, WSDL "portType", "name", types[j]);

		assert_non_null(type);
		for (size_t o = 0; o < OPERATIONS; o++) {
			const struct wire_node *op = wire_child_with(type, WSDL "operation", "name", operations[o]);

			if (op == NULL)
				fail_msg("%s has no %s", types[j], operations[o]);
			assert_non_null(wire_child(op, WSDL "documentation"));
		}
	}
}

static void
the_wsdl_has_wrapped_messages_and_open_results(void **state)
{
	const struct wire_node *wsdl = xml_of(document(&srv, "/srv.asmx?wsdl", NULL));
	const struct wire_node *schema = wire_child(wire_child(wsdl, WSDL "types"), XSD "schema");

	(void)state;
	assert_string_equal(wire_attr(wsdl, "targetNamespace"), WIRE_NS);
	assert_string_equal(wire_attr(schema, "elementFormDefault"), "qualified");
	for (size_t o = 0; o < OPERATIONS; o++) {
		static const char *const suffixes[] = {"SoapIn", "SoapOut"};

		for (size_t i = 0; i < 2; i++) {
			const struct wire_node *message = wire_child_with(
			    wsdl, WSDL "message", "name", wire_printf("%s%s", operations[o], suffixes[i]));

			assert_int_equal(wire_child_count(message), 1);
			assert_string_equal(wire_attr(message->first, "name"), "parameters");
		}
		const struct wire_node *n = wire_child_with(
		    schema, XSD "element", "name", wire_printf("%sResponse", operations[o]));
		n = wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
		n = wire_child_with(n, XSD "element", "name", wire_printf("%sResult", operations[o]));
		n = wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
		n = wire_child(n, XSD "any");
		if (n == NULL)
			fail_msg("%s: no s:any in a sequence for its result", operations[o]);
		assert_null(wire_attr(n, "namespace"));
	}
}

static void
the_address_follows_the_host_of_the_request(void **state)
{
	static const char *const hosts[] = {"srv.example", "srv.example:8443", "192.0.2.7:81", "[2001:db8::1]:8080"};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct wire_answer *a = wire_ask_text(
		    &srv, wire_printf("GET /srv.asmx?wsdl HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i]));

		assert_non_null(a);
		assert_string_equal(address_in(xml_of(a)), wire_printf("http://%s/srv.asmx", hosts[i]));
		a = wire_ask_text(&srv, wire_printf("GET /srv.asmx?disco HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i]));
		assert_non_null(a);
		const struct wire_node *ref = wire_child(
		    xml_of(a), "{http://schemas.xmlsoap.org/disco/scl/}contractRef");
		assert_string_equal(wire_attr(ref, "docRef"), wire_printf("http://%s/srv.asmx", hosts[i]));
	}
}

static void
a_host_that_is_none_is_refused_and_stands_in_no_document(void **state)
{
	static const char *const hosts[] = {"evil\"><x", "evil\" location=\"x", "a b", "evil/x", "a@b", "a<b", "'", ""};
	static const char *const targets[] = {"/srv.asmx?WSDL", "/srv.asmx?disco", "/srv.asmx"};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct wire_answer *a = wire_ask_closed(&srv,
			    wire_bytes_text(wire_printf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", targets[j], hosts[i])));

			wire_expect_plain(a, 400);
			assert_null(strstr(a->body, "evil"));
		}
	}
}

/* What some frameworks take for the path, whoever sends it. */
static void
fields_that_name_another_path_are_ignored(void **state)
{
	static const char *const names[] = {"X-Original-URL", "X-Rewrite-URL", "X-Original-Uri", "X-Forwarded-Path",
	    "X-HTTP-Method-Override", "X-Forwarded-Prefix"};
	struct wire_answer *plain = document(&srv, "/srv.asmx?wsdl", NULL);
	size_t from = wire_log_size(&srv);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct wire_answer *a = wire_ask_kept(
		    &srv, wire_get(&srv, "/srv.asmx?wsdl",
			      wire_printf(
				  "%s: /srv.asmx/FlushApplicationCache?authenticationTicket=%s\r\n", names[i], admin)));

		assert_int_equal(a->status, 200);
		assert_string_equal(a->body, plain->body);
	}
	wire_expect_nothing_ran(&srv, from);
}

static void
forwarded_fields_are_not_believed_by_default(void **state)
{
	const char *ours = wire_printf("http://%s/srv.asmx", srv.host);

	(void)state;
	assert_string_equal(address_for(&srv, "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"), ours);
	assert_string_equal(
	    address_for(&srv, "Forwarded: proto=https;host=evil.example\r\nX-Original-URL: /x\r\n"), ours);
}

static void
forwarded_fields_are_believed_from_a_trusted_proxy_only(void **state)
{
	static struct wire_srvd own;
	static const char fields[] = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: docs.example.com\r\n";

	(void)state;
	wire_new(&own, "trusted_proxies = 127.0.7.0/24");
	assert_string_equal(address_for(&own, fields), wire_printf("http://%s/srv.asmx", own.host));
	struct wire_conn *c = wire_connect_from(&own, "127.0.7.9");
	assert_true(wire_send(c, wire_get(&own, "/srv.asmx?wsdl", fields)));
	struct wire_answer *a = wire_read(c, false);
	assert_non_null(a);
	assert_string_equal(address_in(xml_of(a)), "https://docs.example.com/srv.asmx");
	/* Either alone, and what is no scheme or host at all. */
	assert_true(wire_send(c, wire_get(&own, "/srv.asmx?wsdl", "X-Forwarded-Proto: https\r\n")));
	a = wire_read(c, false);
	assert_non_null(a);
	assert_string_equal(address_in(xml_of(a)), wire_printf("https://%s/srv.asmx", own.host));
	assert_true(
	    wire_send(c, wire_get(&own, "/srv.asmx?wsdl", "X-Forwarded-Proto: x\"><\r\nX-Forwarded-Host: a\"><b\r\n")));
	a = wire_read(c, false);
	assert_non_null(a);
	assert_null(strstr(a->body, "\"><b"));
}

static void
public_url_is_the_address_whoever_asks(void **state)
{
	static struct wire_srvd own;
	static const char url[] = "https://docs.example.com/InfoRouter/srv.asmx";

	(void)state;
	wire_new(&own, wire_printf("base_path = /InfoRouter\ntrusted_proxies = 127.0.0.1\npublic_url = %s", url));
	assert_string_equal(address_for(&own, NULL), url);
	assert_string_equal(address_for(&own, "X-Forwarded-Proto: http\r\nX-Forwarded-Host: other.example\r\n"), url);
	const struct wire_node *n = xml_of(document(&own, "/InfoRouter/srv.asmx?wsdl", NULL));
	assert_string_equal(address_in(n), url);
	assert_string_equal(wire_attr(wire_child(port(n, "SrvHttpGet"), WSDL_HTTP "address"), "location"), url);
}

static void
the_prefix_stands_in_the_address(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "base_path = /InfoRouter");
	const struct wire_node *n = xml_of(document(&own, "/InfoRouter/srv.asmx?wsdl", NULL));
	assert_string_equal(address_in(n), wire_printf("http://%s/InfoRouter/srv.asmx", own.host));
}

static void
disco_names_the_contract_and_the_bindings(void **state)
{
	const struct wire_node *n = xml_of(document(&srv, "/srv.asmx?DISCO", NULL));
	const struct wire_node *ref = wire_child(n, "{http://schemas.xmlsoap.org/disco/scl/}contractRef");
	size_t soaps = 0;

	(void)state;
	assert_string_equal(n->name, DISCO "discovery");
	assert_non_null(ref);
	assert_string_equal(wire_attr(ref, "ref"), wire_printf("http://%s/srv.asmx?wsdl", srv.host));
	assert_string_equal(wire_attr(ref, "docRef"), wire_printf("http://%s/srv.asmx", srv.host));
	for (const struct wire_node *s = n->first; s != NULL; s = s->next) {
		if (strcmp(s->name, "{http://schemas.xmlsoap.org/disco/soap/}soap") == 0) {
			assert_string_equal(wire_attr(s, "address"), wire_printf("http://%s/srv.asmx", srv.host));
			assert_non_null(wire_attr(s, "binding"));
			soaps++;
		}
	}
	assert_int_equal(soaps, 2);
}

static void
wsdl_text_has_one_port_and_only_strings(void **state)
{
	const struct wire_node *wsdl = xml_of(document(&srv, "/srv.asmx?wsdl=text", NULL));
	const struct wire_node *service = wire_child_with(wsdl, WSDL "service", "name", "srv");
	const struct wire_node *schema = wire_child(wire_child(wsdl, WSDL "types"), XSD "schema");
	size_t ports = 0;

	(void)state;
	for (const struct wire_node *n = service->first; n != NULL; n = n->next)
		ports += strcmp(n->name, WSDL "port") == 0;
	assert_int_equal(ports, 1);
	assert_string_equal(address_in(wsdl), wire_printf("http://%s/srv.asmx?result=text", srv.host));
	for (size_t o = 0; o < OPERATIONS; o++) {
		const struct wire_node *n = wire_child_with(schema, XSD "element", "name", operations[o]);

		assert_non_null(n);
		n = wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
		for (n = n != NULL ? n->first : NULL; n != NULL; n = n->next) {
			assert_string_equal(wire_qname(n, wire_attr(n, "type")), XSD "string");
			assert_string_equal(wire_attr(n, "nillable"), "true");
		}
		n = wire_child_with(schema, XSD "element", "name", wire_printf("%sResponse", operations[o]));
		n = wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
		n = wire_child_with(n, XSD "element", "name", wire_printf("%sResult", operations[o]));
		assert_non_null(n);
		assert_string_equal(wire_qname(n, wire_attr(n, "type")), XSD "string");
		assert_string_equal(wire_attr(n, "nillable"), "true");
	}
}

/* Importers that do not find the action in the binding make clients of the port type alone (Mono's svcutil). */
static void
wsdl_text_has_the_actions_in_the_port_type(void **state)
{
	const struct wire_node *wsdl = xml_of(document(&srv, "/srv.asmx?wsdl=text", NULL));
	const struct wire_node *type = wire_child_with(wsdl, WSDL "portType", "name", "SrvSoap");

	(void)state;
	for (size_t o = 0; o < OPERATIONS; o++) {
		const struct wire_node *n = wire_child_with(type, WSDL "operation", "name", operations[o]);

		assert_non_null(n);
		n = wire_child(n, WSDL "input");
		assert_string_equal(wire_attr(n, "{http://www.w3.org/2006/05/addressing/wsdl}Action"),
		    wire_printf("http://tempuri.org/%s", operations[o]));
	}
}

static void
metadata_we_do_not_offer_is_refused_at_once(void **state)
{
	const char *get = wire_envelope(WIRE_SOAP12,
	    "<a:Action xmlns:a=\"http://www.w3.org/2005/08/addressing\" soap:mustUnderstand=\"1\">"
	    "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action>",
	    "");

	(void)state;
	wire_expect_plain(wire_ask(&srv, wire_get(&srv, "/srv.asmx/mex", NULL)), 404);
	struct wire_answer *a = wire_ask(
	    &srv, wire_request(&srv, "POST", "/srv.asmx/mex", "Content-Type: application/soap+xml; charset=utf-8\r\n",
		      wire_bytes_text(get)));
	wire_expect_plain(a, 404);
	wire_expect_fault(WIRE_SOAP12,
	    wire_ask_kept(&srv, wire_soap(&srv, WIRE_SOAP12, NULL, NULL, wire_bytes_text(get))), 500, "MustUnderstand",
	    NULL);
	wire_expect_fault(WIRE_SOAP12,
	    wire_ask_kept(&srv, wire_soap(&srv, WIRE_SOAP12, "\"http://schemas.xmlsoap.org/ws/2004/09/transfer/Get\"",
				    NULL, wire_bytes_text(get))),
	    400, "Client",
	    "Server did not recognize the value of HTTP Header SOAPAction: "
	    "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get.");
}

static void
the_page_lists_the_operations(void **state)
{
	struct wire_answer *a = document(&srv, "/srv.asmx", NULL);
	const char *type = wire_field(a, "Content-Type");

	(void)state;
	assert_non_null(type);
	assert_int_equal(strncmp(type, "text/html", 9), 0);
	for (size_t o = 0; o < OPERATIONS; o++)
		assert_non_null(strstr(a->body, operations[o]));
}

static void
each_operation_has_a_page_with_a_form_and_samples(void **state)
{
	struct wire_answer *all = document(&srv, "/srv.asmx", NULL);

	(void)state;
	for (size_t o = 0; o < OPERATIONS; o++) {
		assert_non_null(strstr(all->body, wire_printf("?op=%s\"", operations[o])));
		struct wire_answer *a = document(&srv, wire_printf("/srv.asmx?op=%s", operations[o]), NULL);
		assert_non_null(strstr(a->body, "<form"));
		assert_non_null(strstr(a->body, "Invoke"));
		assert_non_null(strstr(a->body, wire_printf("/srv.asmx/%s", operations[o])));
		/* Samples of the SOAP forms name what they are. */
		assert_non_null(strstr(a->body, "SOAPAction"));
		assert_non_null(strstr(a->body, "application/soap+xml"));
	}
}

static void
documents_run_nothing(void **state)
{
	const char *queries[] = {"op=FlushApplicationCache", "op=LogOut", "wsdl", "WSDL&x=", "disco", "wsdl=1",
	    "wsdl=text", "op=LogOut&wsdl", "op=Nope", "x=y", "FlushApplicationCache"};
	static const char *const methods[] = {"GET", "HEAD"};
	size_t from = wire_log_size(&srv);

	(void)state;
	queries[3] = wire_printf("WSDL&x=%s", wire_repeat("a", 8000));
	for (size_t i = 0; i < 2 * sizeof queries / sizeof *queries; i++) {
		const char *target = wire_printf("/srv.asmx?%s&authenticationTicket=%s", queries[i / 2], admin);
		struct wire_answer *a = wire_ask_kept(
		    &srv, wire_request(
			      &srv, methods[i % 2], target, wire_printf("Cookie: ticket=%s\r\n", admin), wire_no_body));

		if (a->status != (strcmp(queries[i / 2], "op=Nope") == 0 ? 404 : 200))
			fail_msg("%s %.80s: %s", methods[i % 2], target, a->head);
	}
	wire_expect_nothing_ran(&srv, from);
	assert_true(wire_ticket_works(&srv, admin));
}

/* ---- readers who have it, and readers who take less ---- */

static void
a_document_is_not_sent_to_who_has_it(void **state)
{
	static const char *const targets[] = {
	    "/srv.asmx", "/srv.asmx?op=LogOut", "/srv.asmx?wsdl", "/srv.asmx?openapi"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct wire_conn *c = wire_connect(&srv);
		struct wire_answer *whole = document(&srv, targets[i], NULL);
		const char *etag = wire_field(whole, "ETag");

		assert_non_null(etag);
		assert_true(wire_field_is(whole, "Cache-Control", "private, no-cache"));
		assert_true(wire_send(c, wire_get(&srv, targets[i], wire_printf("If-None-Match: %s\r\n", etag))));
		struct wire_answer *a = wire_read(c, true);
		assert_non_null(a);
		assert_int_equal(a->status, 304);
		assert_true(wire_field_is(a, "ETag", etag));
		assert_null(wire_field(a, "Content-Length"));
		/* The connection goes on where it was, and compressed the document has a tag of its own. */
		assert_true(wire_send(c, wire_get(&srv, targets[i],
					     wire_printf("Accept-Encoding: br, gzip\r\nIf-None-Match: %s\r\n", etag))));
		a = wire_read(c, false);
		assert_non_null(a);
		assert_int_equal(a->status, 200);
		assert_true(wire_field_is(a, "Content-Encoding", "gzip"));
		assert_true(wire_field_is(a, "Vary", "Accept-Encoding"));
		assert_true(a->body_len < whole->body_len / 2);
		char *path = wire_printf("%s/body.gz", srv.dir);
		assert_true(wire_file_write(path, a->body, a->body_len));
		const char *argv[] = {"/bin/gzip", "-dc", path, NULL};
		assert_string_equal(wire_run(NULL, argv).out, whole->body);
		/* HEAD says what GET would. */
		assert_true(wire_send(c, wire_request(&srv, "HEAD", targets[i], NULL, wire_no_body)));
		a = wire_read(c, true);
		assert_non_null(a);
		assert_true(wire_field_is(a, "ETag", etag));
		assert_true(wire_field_is(a, "Content-Length", wire_printf("%zu", whole->body_len)));
	}
}

static struct wire_answer *
ask_status(const char *fields, const char *body)
{
	return wire_ask(&srv,
	    wire_request(&srv, "POST", "/srv.asmx?status",
		wire_printf("Content-Type: application/x-www-form-urlencoded\r\n%s", fields), wire_bytes_text(body)));
}

static void
the_status_is_for_who_may_see_it(void **state)
{
	static const char bad[] = WIRE_DECLARATION "<status success=\"false\" error=\"" WIRE_901 "\" />";
	const char *stranger = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	struct wire_answer *a = ask_status("", wire_printf("AuthenticationTicket=%s", admin));

	(void)state;
	assert_int_equal(a->status, 200);
	assert_true(wire_field_is(a, "Cache-Control", "no-store"));
	const struct wire_node *n = xml_of(a);
	assert_string_equal(n->name, "status");
	assert_string_equal(wire_attr(n, "SnapshotIsCurrent"), "true");
	assert_int_equal(strlen(wire_attr(n, "SnapshotLoadedAt")), 20);
	assert_string_equal(ask_status("", wire_printf("authenticationTicket=%s", stranger))->body,
	    WIRE_DECLARATION "<status success=\"false\" error=\"" WIRE_921 "\" />");
	assert_string_equal(ask_status("", "")->body, bad);
	/* Nothing but the form's field is a ticket. */
	assert_string_equal(ask_status(wire_printf("Cookie: ticket=%s\r\n", admin), "")->body, bad);
	wire_expect_plain(
	    ask_status("Origin: https://elsewhere.example\r\n", wire_printf("authenticationTicket=%s", admin)), 403);
	wire_expect_plain(ask_status("", "authenticationTicket=%zz"), 400);
	/* Elsewhere it is what it was: a page, SOAP, or nothing that the service knows. */
	assert_non_null(strstr(document(&srv, "/srv.asmx?status", NULL)->body, "<!DOCTYPE html>"));
	a = wire_ask(&srv, wire_request(&srv, "POST", "/srv.asmx",
			       "Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text("")));
	wire_expect_plain(a, 415);
}

/* ---- validation ---- */

static bool
have_xmllint(void)
{
	return access("/usr/bin/xmllint", X_OK) == 0;
}

static void
lint(const char *what, const char *bytes, size_t len, const char *schema)
{
	const char *path = wire_printf("%s/lint.xml", srv.dir);
	const char *argv[] = {
	    "/usr/bin/xmllint", "--noout", "--nonet", path, schema != NULL ? "--schema" : NULL, schema, NULL};

	assert_true(wire_file_write(path, bytes, len));
	struct wire_output o = wire_run(NULL, argv);
	if (o.status != 0)
		fail_msg("%s: %s%s", what, o.err, bytes);
}

static void
published_documents_are_well_formed_for_libxml2_too(void **state)
{
	static const char *const targets[] = {"/srv.asmx?wsdl", "/srv.asmx?wsdl=text", "/srv.asmx?disco"};

	(void)state;
	if (!have_xmllint())
		skip();
	for (size_t i = 0; i < 3; i++) {
		struct wire_answer *a = document(&srv, targets[i], NULL);

		lint(targets[i], a->body, a->body_len, NULL);
	}
}

/* The schema types what a SOAP answer's <OperationResult> holds, and GET answers what is inside that. */
static void
lint_result(const char *op, const struct wire_answer *a, const char *schema)
{
	const char *element = a->body + strlen(WIRE_DECLARATION);
	const char *xml = wire_printf("<n:%sResult xmlns:n=\"" WIRE_NS "\">%s</n:%sResult>", op, element, op);

	lint(op, xml, strlen(xml), schema);
}

static void
answers_validate_against_the_published_schema(void **state)
{
	const char *source = getenv("SRV_TOP");
	const char *schema = wire_printf("%s/wsdl/results.xsd", source != NULL ? source : ".");

	(void)state;
	if (!have_xmllint())
		skip();
	if (access(schema, R_OK) != 0)
		fail_msg("%s is not there; SRV_TOP names the source tree", schema);
	wire_srvadm(&srv, NULL, "warehouse", "set", "3", srv.dir, NULL);
	wire_sql(&srv, "INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) VALUES "
		       "(1, '2026-01-01T00:00:00Z', 5, 1, '')");
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	for (size_t o = 0; o < OPERATIONS; o++) {
		const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
		const char *name = strchr("FG", operations[o][0]) != NULL ? "authenticationTicket"
									  : "AuthenticationTicket";
		struct wire_answer *good = wire_call(&srv, WIRE_GET, operations[o], name, ticket, "UID", WIRE_ADMIN,
		    "PWD", WIRE_ADMIN_PWD, "OldTicket", ticket, NULL);
		struct wire_answer *bad = wire_call(&srv, WIRE_GET, operations[o], NULL);

		const struct wire_node *n = wire_result(WIRE_GET, operations[o], good);
		assert_string_equal(wire_attr(n, "success"), "true");
		lint_result(operations[o], good, schema);
		wire_result(WIRE_GET, operations[o], bad);
		lint_result(operations[o], bad, schema);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_wsdl_is_the_same_bytes_in_any_case),
	    WIRE_TEST(the_wsdl_has_the_ports_in_their_order),
	    WIRE_TEST(the_wsdl_has_wrapped_messages_and_open_results),
	    WIRE_TEST(the_address_follows_the_host_of_the_request),
	    WIRE_TEST(a_host_that_is_none_is_refused_and_stands_in_no_document),
	    WIRE_TEST(fields_that_name_another_path_are_ignored),
	    WIRE_TEST(forwarded_fields_are_not_believed_by_default),
	    WIRE_TEST(forwarded_fields_are_believed_from_a_trusted_proxy_only),
	    WIRE_TEST(public_url_is_the_address_whoever_asks),
	    WIRE_TEST(the_prefix_stands_in_the_address),
	    WIRE_TEST(disco_names_the_contract_and_the_bindings),
	    WIRE_TEST(wsdl_text_has_one_port_and_only_strings),
	    WIRE_TEST(wsdl_text_has_the_actions_in_the_port_type),
	    WIRE_TEST(metadata_we_do_not_offer_is_refused_at_once),
	    WIRE_TEST(the_page_lists_the_operations),
	    WIRE_TEST(each_operation_has_a_page_with_a_form_and_samples),
	    WIRE_TEST(documents_run_nothing),
	    WIRE_TEST(published_documents_are_well_formed_for_libxml2_too),
	    WIRE_TEST(answers_validate_against_the_published_schema),
	    WIRE_TEST(a_document_is_not_sent_to_who_has_it),
	    WIRE_TEST(the_status_is_for_who_may_see_it),
	};

	return cmocka_run_group_tests(tests, setup_admin, wire_group_teardown);
}
