// What the clients of System.ServiceModel share. The generated class has the address of the service that it was made from, and
// ConfigureEndpoint is where a program gives it another one; here only the port is.
using System;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.ServiceModel.Description;

public partial class SrvSoapClient
{
    static partial void ConfigureEndpoint(ServiceEndpoint serviceEndpoint, ClientCredentials clientCredentials)
    {
        var address = new UriBuilder(serviceEndpoint.Address.Uri) { Port = new Uri(Steps.Url).Port };
        serviceEndpoint.Address = new EndpointAddress(address.Uri);
    }
}

// The contract of a program that was written for another service than this.
[ServiceContract(Namespace = "http://tempuri.org/")]
public interface INewer
{
    [OperationContract(Action = "http://tempuri.org/NoSuchOperation", ReplyAction = "*")]
    void NoSuchOperation();
}

public static class Newer
{
    public static void CatchFault(ServiceEndpoint endpoint)
    {
        using (var factory = new ChannelFactory<INewer>(endpoint.Binding, endpoint.Address)) {
            try {
                factory.CreateChannel().NoSuchOperation();
            } catch (FaultException e) {
                Steps.IsFault(e.Code.Name, e.Message);
                return;
            }
            throw new Exception("no fault");
        }
    }

    public static string Version
    {
        get { return ".NET " + Environment.Version + ", System.ServiceModel.Http " + typeof(BasicHttpBinding).Assembly.GetName().Version; }
    }
}
