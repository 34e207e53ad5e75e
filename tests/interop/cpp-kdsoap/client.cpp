// KDSoap, with the class that kdwsdl2cpp makes of each port.
#include "srv.h"
#include "steps.h"
#include <QCoreApplication>
#include <QRegularExpression>
#include <cstring>

namespace
{

// The result element, of which KDSoap has made values.
template <class Port>
char *
taken(const Port &srv, const KDSoapValue &any)
{
	if (!srv.lastError().isEmpty())
		qWarning("%s", qPrintable(srv.lastError()));
	return strdup(any.toXml().constData());
}

template <class Port>
char *
authenticate_user(void *toolkit, const char *uid, const char *pwd)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__AuthenticateUser request;

	request.setUID(uid);
	request.setPWD(pwd);
	return taken(srv, srv.authenticateUser(request).authenticateUserResult().any());
}

template <class Port>
char *
flush_application_cache(void *toolkit, const char *ticket)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__FlushApplicationCache request;

	request.setAuthenticationTicket(ticket);
	return taken(srv, srv.flushApplicationCache(request).flushApplicationCacheResult().any());
}

template <class Port>
char *
server_info(void *toolkit)
{
	auto &srv = *static_cast<Port *>(toolkit);

	return taken(srv, srv.serverInfo().serverInfoResult().any());
}

template <class Port>
char *
get_maintenance_jobs_status(void *toolkit, const char *ticket)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__GetMaintenanceJobsStatus request;

	request.setAuthenticationTicket(ticket);
	return taken(srv, srv.getMaintenanceJobsStatus(request).getMaintenanceJobsStatusResult().any());
}

template <class Port>
char *
get_warehouse_status(void *toolkit, const char *ticket)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__GetWarehouseStatus request;

	request.setAuthenticationTicket(ticket);
	return taken(srv, srv.getWarehouseStatus(request).getWarehouseStatusResult().any());
}

template <class Port>
char *
log_out(void *toolkit, const char *ticket)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__LogOut request;

	request.setAuthenticationTicket(ticket);
	return taken(srv, srv.logOut(request).logOutResult().any());
}

// Only of SOAP 1.1 does lastFaultCode() say something.
template <class Port>
char *
catch_fault(void *toolkit)
{
	auto &srv = *static_cast<Port *>(toolkit);
	TNS__IsValidTicket request;

	request.setAuthenticationTicket(QString(5000, 'x'));
	srv.isValidTicket(request);
	return strdup(qPrintable(srv.lastError().remove(QRegularExpression("^Fault (code )?"))));
}

template <class Port>
steps_form
form(const char *name, Port &srv)
{
	srv.setEndPoint(qEnvironmentVariable("SRV_URL"));
	return {name, &srv, authenticate_user<Port>, flush_application_cache<Port>, server_info<Port>,
	    get_maintenance_jobs_status<Port>, get_warehouse_status<Port>, log_out<Port>, catch_fault<Port>};
}

} // namespace

int
main(int argc, char **argv)
{
	QCoreApplication application(argc, argv);
	Srv::SrvSoap first;
	Srv::SrvSoap12 second;
	const steps_form forms[] = {form("SOAP 1.1", first), form("SOAP 1.2", second)};

	return steps_run(KDSOAP_VERSION, forms, 2);
}
