/* The generated client against the real srvd: the stubs called as a C program would call them, in both versions of
 * SOAP. What they hand out is compared with what GET answers, so a stub that loses something is found out.
 * test_wire_srvctl.c is the program on top of them. Contract: sections 2 to 4. */
#include "wire_call.h"

#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "SrvSoap.nsmap"

/* Which version a stub speaks follows from the table of its context. */
static const struct Namespace soap11[] = {
    {"SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/*/soap-envelope", NULL},
    {"SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/*/soap-encoding", NULL},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", NULL},
    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", NULL},
    {"srv", WIRE_NS, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

static struct wire_srvd srv;
static char admin[40];
static struct soap *soap; /* the running test's */

static int
setup(void **state)
{
	(void)state;
	wire_prepare(&srv, "jobs = false\nlog_level = debug");
	srv.shared = true;
	wire_license(&srv, "Contoso");
	wire_start(&srv);
	snprintf(admin, sizeof admin, "%s", wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD));
	wire_srvadm(&srv, NULL, "warehouse", "set", "3", srv.dir, NULL);
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	return 0;
}

static void
context_end(void)
{
	if (soap == NULL)
		return;
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	soap = NULL;
}

static int
teardown(void **state)
{
	context_end();
	return wire_teardown(state);
}

static void
context_begin(enum wire_form form)
{
	context_end();
	soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_TREE);
	assert_non_null(soap);
	soap_set_namespaces(soap, form == WIRE_SOAP11 ? soap11 : namespaces);
	soap->connect_timeout = soap->send_timeout = soap->recv_timeout = WIRE_TMO_MS / 1000;
	soap->socket_flags = MSG_NOSIGNAL;
}

/* ---- one function for the nine stubs ---- */

struct params {
	const char *ticket, *uid, *pwd, *lang;
};

static char *
param(const char *s)
{
	return s != NULL ? wire_printf("%s", s) : NULL;
}

#define STUB(op, ...)                                                             \
	if (strcmp(name, #op) == 0) {                                             \
		struct _srv__##op in = {__VA_ARGS__};                             \
		struct _srv__##op##Response out = {0};                            \
		if (soap_call___srv__##op(soap, url, NULL, &in, &out) != SOAP_OK) \
			return NULL;                                              \
		if (out.op##Result == NULL || out.op##Result->__any == NULL)      \
			fail_msg("%s: the stub hands out no result", name);       \
		return wire_printf("%s", out.op##Result->__any);                  \
	}

/* The result as the stub hands it out, or NULL with soap->error. */
static const char *
stub(const char *url, const char *name, struct params p)
{
	STUB(FlushApplicationCache, .authenticationTicket = param(p.ticket))
	STUB(GetMaintenanceJobsStatus, .authenticationTicket = param(p.ticket))
	STUB(GetWarehouseStatus, .authenticationTicket = param(p.ticket))
	STUB(ServerInfo, )
	STUB(AuthenticateUser, .UID = param(p.uid), .PWD = param(p.pwd))
	STUB(AuthenticateUser1, .UID = param(p.uid), .PWD = param(p.pwd), .Lang = param(p.lang))
	STUB(RenewTicket, .UID = param(p.uid), .PWD = param(p.pwd), .Lang = param(p.lang), .OldTicket = param(p.ticket))
	STUB(isValidTicket, .AuthenticationTicket = param(p.ticket))
	STUB(LogOut, .AuthenticationTicket = param(p.ticket))
	fail_msg("no stub for %s", name);
	return NULL;
}

static const char *
called(enum wire_form form, const char *query, const char *op, struct params p)
{
	const char *url = wire_printf("http://%s/srv.asmx%s", srv.host, query);

	context_begin(form);
	size_t from = wire_log_size(&srv);
	const char *xml = stub(url, op, p);
	if (xml == NULL)
		fail_msg("%s by a stub: error %d, %s", op, soap->error,
		    soap_faultstring(soap) != NULL ? *soap_faultstring(soap) : "");
	/* It is the version that was asked for that was spoken. */
	assert_true(
	    wire_log_wait(&srv, from, wire_printf("op name=%s form=soap1%d ", op, form == WIRE_SOAP11 ? 1 : 2)));
	return xml;
}

static const char *
by_get(const char *op, struct params p)
{
	const char *name = strchr("FG", op[0]) != NULL ? "authenticationTicket" : "AuthenticationTicket";
	struct wire_answer *a = wire_call(&srv, WIRE_GET, op, "UID", p.uid != NULL ? p.uid : "", "PWD",
	    p.pwd != NULL ? p.pwd : "", "Lang", p.lang != NULL ? p.lang : "",
	    strcmp(op, "RenewTicket") == 0 ? "OldTicket" : name, p.ticket != NULL ? p.ticket : "", NULL);

	wire_result(WIRE_GET, op, a);
	return a->body + strlen(WIRE_DECLARATION);
}

/* The element that arrived as text. gSOAP resolves the first character of what it takes for any content. */
static const char *
unescaped(const char *any)
{
	const struct wire_node *n;
	const char *xml = wire_printf("<t>%s%s</t>", *any == '<' ? "&lt;" : "", *any == '<' ? any + 1 : any);

	n = wire_xml_parse(xml, strlen(xml));
	if (n == NULL)
		fail_msg("not character data: %s", any);
	return n->text;
}

static void
expect_as_get(const char *op, struct params p, const char *success)
{
	WIRE_EACH_SOAP(f)
	{
		const char *get = by_get(op, p), *any = called(f, "", op, p);
		const struct wire_node *n = wire_xml_parse(any, strlen(any));

		if (n == NULL)
			fail_msg("%s by %s: %s", op, wire_form_name[f], any);
		assert_string_equal(wire_attr(n, "success"), success);
		assert_string_equal(wire_canonical_of(wire_masked(any)), wire_canonical_of(wire_masked(get)));
		any = called(f, "?result=text", op, p);
		assert_string_equal(wire_masked(unescaped(any)), wire_masked(get));
	}
}

/* ---- tests ---- */

static void
the_stub_gets_server_info(void **state)
{
	(void)state;
	expect_as_get("ServerInfo", (struct params){0}, "true");
}

static void
the_stubs_get_jobs_and_warehouse(void **state)
{
	(void)state;
	expect_as_get("GetMaintenanceJobsStatus", (struct params){.ticket = admin}, "true");
	expect_as_get("GetWarehouseStatus", (struct params){.ticket = admin}, "true");
}

static void
the_stub_flushes(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *name = wire_printf("Host %d", (int)f);

		wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", name);
		assert_string_not_equal(wire_server_name(&srv), name);
		const char *any = called(f, "", "FlushApplicationCache", (struct params){.ticket = admin});
		assert_string_equal(wire_canonical_of(any), wire_canonical_of("<response success=\"true\" />"));
		assert_string_equal(wire_server_name(&srv), name);
	}
}

/* The password has what XML escapes, what a URL escapes, and a letter outside of ASCII. */
static void
the_stubs_log_in_with_any_password(void **state)
{
	struct params p = {.uid = WIRE_USER, .pwd = WIRE_USER_PWD, .lang = "de"};

	(void)state;
	expect_as_get("AuthenticateUser", p, "true");
	expect_as_get("AuthenticateUser1", p, "true");
}

static const char *
ticket_in(const char *any)
{
	const struct wire_node *n = wire_xml_parse(any, strlen(any));
	const char *ticket = n != NULL ? wire_attr(n, "ticket") : NULL;

	if (ticket == NULL || !wire_is_guid(ticket))
		fail_msg("no ticket: %s", any);
	return ticket;
}

static void
a_ticket_lives_its_life_through_the_stubs(void **state)
{
	struct params p = {.uid = WIRE_USER, .pwd = WIRE_USER_PWD};

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *first = ticket_in(called(f, "", "AuthenticateUser", p));

		p.ticket = first;
		expect_as_get("isValidTicket", p, "true");
		const char *second = ticket_in(called(f, "", "RenewTicket", p));
		assert_string_not_equal(first, second);
		assert_false(wire_ticket_works(&srv, first));
		p.ticket = second;
		expect_as_get("isValidTicket", p, "true");
		const char *any = called(f, "", "LogOut", p);
		assert_string_equal(wire_canonical_of(any), wire_canonical_of("<root success=\"true\" />"));
		assert_false(wire_ticket_works(&srv, second));
		p.ticket = NULL;
	}
}

static void
refusals_reach_the_caller_of_a_stub(void **state)
{
	static const char *const with_ticket[] = {
	    "FlushApplicationCache", "GetMaintenanceJobsStatus", "GetWarehouseStatus", "isValidTicket", "LogOut"};

	(void)state;
	for (size_t i = 0; i < sizeof with_ticket / sizeof *with_ticket; i++) {
		const char *op = with_ticket[i];

		expect_as_get(op, (struct params){.ticket = "00000000-0000-0000-0000-000000000000"}, "false");
		/* A NULL is a parameter that is absent. */
		assert_non_null(strstr(called(WIRE_SOAP11, "", op, (struct params){0}), WIRE_901));
	}
	expect_as_get(
	    "RenewTicket", (struct params){.uid = WIRE_USER, .pwd = WIRE_USER_PWD, .ticket = "no guid"}, "false");
	const char *none = called(WIRE_SOAP12, "", "AuthenticateUser", (struct params){.uid = "nobody", .pwd = "x"});
	assert_non_null(strstr(none, WIRE_900));
}

static void
a_fault_reaches_the_caller_of_a_stub(void **state)
{
	struct params p = {.ticket = wire_repeat("1", 5000)};
	const char *url = wire_printf("http://%s/srv.asmx", srv.host);

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		context_begin(f);
		assert_null(stub(url, "FlushApplicationCache", p));
		assert_int_equal(soap->error, SOAP_CLI_FAULT);
		assert_non_null(soap_faultcode(soap));
		assert_non_null(strstr(*soap_faultcode(soap), f == WIRE_SOAP11 ? "Client" : "Sender"));
		assert_string_equal(*soap_faultstring(soap), "A parameter is too long.");
	}
}

/* One context serves many calls on one connection, as a program that stays would have it. */
static void
a_context_that_keeps_alive_calls_again_and_again(void **state)
{
	const char *url = wire_printf("http://%s/srv.asmx", srv.host);

	(void)state;
	context_begin(WIRE_SOAP11);
	soap_set_omode(soap, SOAP_IO_KEEPALIVE);
	soap_set_imode(soap, SOAP_IO_KEEPALIVE);
	const char *any = stub(url, "ServerInfo", (struct params){0});
	assert_non_null(any);
	SOAP_SOCKET socket_was = soap->socket;
	assert_true(soap_valid_socket(socket_was));
	for (int i = 0; i < 20; i++) {
		any = stub(url, i % 2 ? "ServerInfo" : "isValidTicket", (struct params){.ticket = admin});
		if (any == NULL)
			fail_msg("call %d: error %d", i, soap->error);
		assert_non_null(strstr(any, "success=\"true\""));
		assert_int_equal(soap->socket, socket_was);
		soap_destroy(soap);
		soap_end(soap);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(the_stub_gets_server_info, teardown),
	    cmocka_unit_test_teardown(the_stubs_get_jobs_and_warehouse, teardown),
	    cmocka_unit_test_teardown(the_stub_flushes, teardown),
	    cmocka_unit_test_teardown(the_stubs_log_in_with_any_password, teardown),
	    cmocka_unit_test_teardown(a_ticket_lives_its_life_through_the_stubs, teardown),
	    cmocka_unit_test_teardown(refusals_reach_the_caller_of_a_stub, teardown),
	    cmocka_unit_test_teardown(a_fault_reaches_the_caller_of_a_stub, teardown),
	    cmocka_unit_test_teardown(a_context_that_keeps_alive_calls_again_and_again, teardown),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
