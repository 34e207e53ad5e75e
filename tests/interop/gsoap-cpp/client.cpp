// gSOAP's proxy class in C++, as wsdl2h and soapcpp2 make it. Which SOAP it speaks is said by its first namespaces: the
// generated table has those of SOAP 1.2, and for answers those of SOAP 1.1 beside them.
#include "SrvSoap.nsmap"
#include "soapSrvSoapProxy.h"
#include "steps.h"
#include <algorithm>
#include <cstring>
#include <iostream>
#include <iterator>
#include <list>
#include <sstream>
#include <string>
#include <utility>

namespace
{

// A parameter: which member of the request, and its value.
template <class Request> using Parameters = std::list<std::pair<std::string * Request::*, std::string>>;

template <class Request, class Response>
int
send(SrvSoapProxy &srv, int (SrvSoapProxy::*operation)(Request *, Response &), Parameters<Request> parameters,
    Response &response)
{
	Request request;

	for (auto &[member, value] : parameters)
		request.*member = &value;
	return (srv.*operation)(&request, response);
}

// Calls an operation and gives its result element as XML.
template <class Request, class Response, class Result>
char *
call(void *toolkit, int (SrvSoapProxy::*operation)(Request *, Response &), Result *Response::*result,
    Parameters<Request> parameters)
{
	auto &srv = *static_cast<SrvSoapProxy *>(toolkit);
	std::ostringstream xml;
	Response response;

	if (send(srv, operation, parameters, response) != SOAP_OK)
		srv.soap_stream_fault(std::cerr);
	else if (response.*result)
		xml << (response.*result)->__any;
	srv.destroy();
	return strdup(xml.str().c_str());
}

char *
authenticate_user(void *srv, const char *uid, const char *pwd)
{
	using Request = _tempuri__AuthenticateUser;
	return call<Request>(srv, &SrvSoapProxy::AuthenticateUser,
	    &_tempuri__AuthenticateUserResponse::AuthenticateUserResult, {{&Request::UID, uid}, {&Request::PWD, pwd}});
}

char *
flush_application_cache(void *srv, const char *ticket)
{
	using Request = _tempuri__FlushApplicationCache;
	return call<Request>(srv, &SrvSoapProxy::FlushApplicationCache,
	    &_tempuri__FlushApplicationCacheResponse::FlushApplicationCacheResult,
	    {{&Request::authenticationTicket, ticket}});
}

char *
server_info(void *srv)
{
	using Request = _tempuri__ServerInfo;
	return call<Request>(srv, &SrvSoapProxy::ServerInfo, &_tempuri__ServerInfoResponse::ServerInfoResult, {});
}

char *
get_maintenance_jobs_status(void *srv, const char *ticket)
{
	using Request = _tempuri__GetMaintenanceJobsStatus;
	return call<Request>(srv, &SrvSoapProxy::GetMaintenanceJobsStatus,
	    &_tempuri__GetMaintenanceJobsStatusResponse::GetMaintenanceJobsStatusResult,
	    {{&Request::authenticationTicket, ticket}});
}

char *
get_warehouse_status(void *srv, const char *ticket)
{
	using Request = _tempuri__GetWarehouseStatus;
	return call<Request>(srv, &SrvSoapProxy::GetWarehouseStatus,
	    &_tempuri__GetWarehouseStatusResponse::GetWarehouseStatusResult,
	    {{&Request::authenticationTicket, ticket}});
}

char *
log_out(void *srv, const char *ticket)
{
	using Request = _tempuri__LogOut;
	return call<Request>(srv, &SrvSoapProxy::LogOut, &_tempuri__LogOutResponse::LogOutResult,
	    {{&Request::AuthenticationTicket, ticket}});
}

char *
catch_fault(void *toolkit)
{
	using Request = _tempuri__isValidTicket;
	auto &srv = *static_cast<SrvSoapProxy *>(toolkit);
	_tempuri__isValidTicketResponse response;
	std::string said;

	send<Request>(
	    srv, &SrvSoapProxy::isValidTicket, {{&Request::AuthenticationTicket, std::string(5000, 'x')}}, response);
	if (srv.soap_fault())
		said = std::string(*soap_faultcode(srv.soap)) + ": " + srv.soap_fault_string();
	srv.destroy();
	return strdup(said.c_str());
}

steps_form
form(const char *name, SrvSoapProxy &proxy)
{
	return {name, &proxy, authenticate_user, flush_application_cache, server_info, get_maintenance_jobs_status,
	    get_warehouse_status, log_out, catch_fault};
}

} // namespace

int
main()
{
	SrvSoapProxy first(getenv("SRV_URL"), SOAP_C_UTFSTRING), second(getenv("SRV_URL"), SOAP_C_UTFSTRING);
	Namespace soap11[std::size(namespaces)];
	std::string version = std::to_string(GSOAP_VERSION / 100000) + "." +
			      std::to_string(GSOAP_VERSION / 1000 % 100) + "." + std::to_string(GSOAP_VERSION % 1000);

	std::copy(std::begin(namespaces), std::end(namespaces), soap11);
	for (auto *n : {&soap11[0], &soap11[1]})
		std::swap(n->ns, n->in);
	soap_set_namespaces(first.soap, soap11);
	const steps_form forms[] = {form("SOAP 1.1", first), form("SOAP 1.2", second)};
	return steps_run(version.c_str(), forms, 2);
}
