// What the clients of System.ServiceModel share. The generated class has the address of the service that it was made from, and
// ConfigureEndpoint is where a program gives it another one; here only the port is.
using System;
using System.ServiceModel;
using System.ServiceModel.Description;

public partial class SrvSoapClient
{
    static partial void ConfigureEndpoint(ServiceEndpoint serviceEndpoint, ClientCredentials clientCredentials)
    {
        var address = new UriBuilder(serviceEndpoint.Address.Uri) { Port = new Uri(Steps.Url).Port };
        serviceEndpoint.Address = new EndpointAddress(address.Uri);
    }

    public static string Version
    {
        get { return typeof(BasicHttpBinding).Assembly.GetName().Version + " of System.ServiceModel.Http, .NET " + Environment.Version; }
    }
}
