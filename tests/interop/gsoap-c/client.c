/* gSOAP's stubs in C, as wsdl2h and soapcpp2 make them. Which SOAP they speak is said by the context's first
 * namespaces: the generated table has those of SOAP 1.2, and for answers those of SOAP 1.1 beside them. */
#include "SrvSoap.nsmap"
#include "soapH.h"
#include "steps.h"

/* What an operation answered, written out of gSOAP's memory. */
static char *
taken(struct soap *soap, int status, struct soap_dom_element *any)
{
	const char *text = NULL;
	char *xml = NULL;

	if (status != SOAP_OK) {
		soap_print_fault(soap, stderr);
	} else if (any) {
		soap->os = &text;
		if (soap_write_xsd__anyType(soap, any) == SOAP_OK && text)
			xml = strdup(text);
		soap->os = NULL;
	}
	soap_destroy(soap);
	soap_end(soap);
	return xml;
}

#define CALL(operation, ...)                                   \
	struct _tempuri__##operation request = {__VA_ARGS__};  \
	struct _tempuri__##operation##Response response = {0}; \
	int status = soap_call___tempuri__##operation(soap, getenv("SRV_URL"), NULL, &request, &response)

#define RETURN_RESULT(operation) \
	return taken(soap, status, response.operation##Result ? &response.operation##Result->__any : NULL)

static char *
authenticate_user(void *soap, const char *uid, const char *pwd)
{
	CALL(AuthenticateUser, .UID = (char *)uid, .PWD = (char *)pwd);
	RETURN_RESULT(AuthenticateUser);
}

static char *
flush_application_cache(void *soap, const char *ticket)
{
	CALL(FlushApplicationCache, .authenticationTicket = (char *)ticket);
	RETURN_RESULT(FlushApplicationCache);
}

static char *
server_info(void *soap)
{
	CALL(ServerInfo, );
	RETURN_RESULT(ServerInfo);
}

static char *
get_maintenance_jobs_status(void *soap, const char *ticket)
{
	CALL(GetMaintenanceJobsStatus, .authenticationTicket = (char *)ticket);
	RETURN_RESULT(GetMaintenanceJobsStatus);
}

static char *
get_warehouse_status(void *soap, const char *ticket)
{
	CALL(GetWarehouseStatus, .authenticationTicket = (char *)ticket);
	RETURN_RESULT(GetWarehouseStatus);
}

static char *
log_out(void *soap, const char *ticket)
{
	CALL(LogOut, .AuthenticationTicket = (char *)ticket);
	RETURN_RESULT(LogOut);
}

static char *
catch_fault(void *context)
{
	struct soap *soap = context;
	char longer[5000] = "", *said = NULL;

	memset(longer, 'x', sizeof longer - 1);
	CALL(isValidTicket, .AuthenticationTicket = longer);
	if (soap_soap_error_check(status) &&
	    asprintf(&said, "%s: %s", *soap_faultcode(soap), *soap_faultstring(soap)) < 0)
		said = NULL;
	soap_destroy(soap);
	soap_end(soap);
	return said;
}

static struct steps_form
form(const char *name, const struct Namespace *table)
{
	struct soap *soap = soap_new1(SOAP_C_UTFSTRING);

	soap_set_namespaces(soap, table);
	return (struct steps_form){name, soap, authenticate_user, flush_application_cache, server_info,
	    get_maintenance_jobs_status, get_warehouse_status, log_out, catch_fault};
}

int
main(void)
{
	struct Namespace soap11[sizeof namespaces / sizeof namespaces[0]];
	char version[32];

	memcpy(soap11, namespaces, sizeof namespaces);
	for (int i = 0; i < 2; i++) {
		soap11[i].ns = namespaces[i].in;
		soap11[i].in = namespaces[i].ns;
	}
	snprintf(version, sizeof version, "%d.%d.%d", GSOAP_VERSION / 100000, GSOAP_VERSION / 1000 % 100,
	    GSOAP_VERSION % 1000);
	return steps_run(version, (struct steps_form[]){form("SOAP 1.1", soap11), form("SOAP 1.2", namespaces)}, 2);
}
