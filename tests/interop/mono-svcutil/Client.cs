// Mono's WCF, with the class that its svcutil made.
using System;
using System.Reflection;
using System.ServiceModel;
using System.Xml.Linq;

class Client : ISrv
{
    readonly BasicHttpBinding binding = new BasicHttpBinding();
    readonly EndpointAddress address = new EndpointAddress(Steps.Url + "?result=text");
    readonly SrvSoapClient client;

    Client()
    {
        client = new SrvSoapClient(binding, address);
    }

    public XElement AuthenticateUser(string uid, string pwd) { return XElement.Parse(client.AuthenticateUser(uid, pwd)); }
    public XElement FlushApplicationCache(string ticket) { return XElement.Parse(client.FlushApplicationCache(ticket)); }
    public XElement ServerInfo() { return XElement.Parse(client.ServerInfo()); }
    public XElement GetMaintenanceJobsStatus(string ticket) { return XElement.Parse(client.GetMaintenanceJobsStatus(ticket)); }
    public XElement GetWarehouseStatus(string ticket) { return XElement.Parse(client.GetWarehouseStatus(ticket)); }
    public XElement LogOut(string ticket) { return XElement.Parse(client.LogOut(ticket)); }
    public void CatchFault() { Newer.CatchFault(binding, address); }

    static void Main()
    {
        var mono = Type.GetType("Mono.Runtime").GetMethod("GetDisplayName", BindingFlags.NonPublic | BindingFlags.Static);

        Steps.Run((string)mono.Invoke(null, null), Steps.Form("SOAP 1.1", new Client()));
    }
}
