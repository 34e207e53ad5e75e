// A program with the SrvSoapClient that ?wsdl=text is for: no argument to its constructor, strings in and out.
using System.Xml.Linq;

class Client : ISrv
{
    readonly SrvSoapClient client = new SrvSoapClient();

    public XElement AuthenticateUser(string uid, string pwd) => XElement.Parse(client.AuthenticateUserAsync(uid, pwd).Result);
    public XElement ServerInfo() => XElement.Parse(client.ServerInfoAsync().Result);
    public XElement GetMaintenanceJobsStatus(string ticket) => XElement.Parse(client.GetMaintenanceJobsStatusAsync(ticket).Result);
    public XElement GetWarehouseStatus(string ticket) => XElement.Parse(client.GetWarehouseStatusAsync(ticket).Result);
    public XElement LogOut(string ticket) => XElement.Parse(client.LogOutAsync(ticket).Result);
    public void CatchFault() => Newer.CatchFault(client.Endpoint.Binding, client.Endpoint.Address);

    public XElement FlushApplicationCache(string ticket)
    {
        var (success, error) = Snippet.Flush(ticket).Result;
        return new XElement("response", new XAttribute("success", success), error == null ? null : new XAttribute("error", error));
    }

    static void Main()
    {
        Steps.Run(SrvSoapClient.Version, Steps.Form("SOAP 1.1", new Client()));
    }
}
