using System.Web.Services;
using System.Xml;

// What CONTRACT section 2 lists, as a class that ASMX would have published at /srv.asmx. Only its shape matters:
// nothing here is ever called.
[WebService(Name = "Srv", Namespace = "http://tempuri.org/",
	Description = "The administration web service of a document-management installation.")]
public class Srv : WebService
{
	[WebMethod] public XmlElement FlushApplicationCache(string authenticationTicket) { return null; }
	[WebMethod] public XmlElement GetMaintenanceJobsStatus(string authenticationTicket) { return null; }
	[WebMethod] public XmlElement GetWarehouseStatus(string authenticationTicket) { return null; }
	[WebMethod] public XmlElement ServerInfo() { return null; }
	[WebMethod] public XmlElement AuthenticateUser(string UID, string PWD) { return null; }
	[WebMethod] public XmlElement AuthenticateUser1(string UID, string PWD, string Lang) { return null; }
	[WebMethod] public XmlElement RenewTicket(string UID, string PWD, string Lang, string OldTicket) { return null; }
	[WebMethod] public XmlElement isValidTicket(string AuthenticationTicket) { return null; }
	[WebMethod] public XmlElement LogOut(string AuthenticationTicket) { return null; }
}
