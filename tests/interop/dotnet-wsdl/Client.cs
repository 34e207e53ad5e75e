// A program with the SrvSoapClient of the plain ?wsdl, on each of its two SOAP ports.
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;

class Client : ISrv
{
    readonly SrvSoapClient client;

    Client(SrvSoapClient.EndpointConfiguration port)
    {
        client = new SrvSoapClient(port);
    }

    static XElement Of(Task<XmlElement> result) => XElement.Parse(result.Result.OuterXml);

    public XElement AuthenticateUser(string uid, string pwd) => Of(client.AuthenticateUserAsync(uid, pwd));
    public XElement FlushApplicationCache(string ticket) => Of(client.FlushApplicationCacheAsync(ticket));
    public XElement ServerInfo() => Of(client.ServerInfoAsync());
    public XElement GetMaintenanceJobsStatus(string ticket) => Of(client.GetMaintenanceJobsStatusAsync(ticket));
    public XElement GetWarehouseStatus(string ticket) => Of(client.GetWarehouseStatusAsync(ticket));
    public XElement LogOut(string ticket) => Of(client.LogOutAsync(ticket));

    // In SOAP 1.2 a Sender fault comes with status 400, as that standard has it. System.ServiceModel takes nothing but 500
    // for a fault, and raises this instead.
    public void CatchFault()
    {
        try {
            Newer.CatchFault(client.Endpoint.Binding, client.Endpoint.Address);
            Steps.Expect(client.Endpoint.Binding is BasicHttpBinding, "a FaultException, and the table says there is none");
        } catch (ProtocolException e) when (client.Endpoint.Binding is CustomBinding) {
            Steps.Expect(e.Message.Contains("(400)"), e.Message);
        }
    }

    static void Main()
    {
        Steps.Run(SrvSoapClient.Version,
            Steps.Form("SOAP 1.1", new Client(SrvSoapClient.EndpointConfiguration.SrvSoap)),
            Steps.Form("SOAP 1.2", new Client(SrvSoapClient.EndpointConfiguration.SrvSoap12)));
    }
}
