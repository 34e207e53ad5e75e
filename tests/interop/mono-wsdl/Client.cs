// Mono's wsdl made a proxy class `srv` from each port; all of them return an XmlElement.
using System;
using System.IO;
using System.Net;
using System.Reflection;
using System.Text;
using System.Web.Services.Protocols;
using System.Xml;
using System.Xml.Linq;

// The proxies have no common type but their operations' names. What is shared here is the path from those to ISrv.
abstract class Proxy : ISrv
{
    readonly HttpWebClientProtocol proxy;

    protected Proxy(HttpWebClientProtocol proxy)
    {
        this.proxy = proxy;
        proxy.Url = Steps.Url;
        // Otherwise a form has its letters beyond ASCII as %uXXXX, which is no URL encoding, and srvd refuses it.
        proxy.RequestEncoding = Encoding.UTF8;
    }

    XElement Call(string operation, params object[] arguments)
    {
        try {
            var result = (XmlElement)proxy.GetType().GetMethod(operation).Invoke(proxy, arguments);
            return XElement.Parse(result.OuterXml);
        } catch (TargetInvocationException e) {
            throw e.InnerException;
        }
    }

    public XElement AuthenticateUser(string uid, string pwd) { return Call("AuthenticateUser", uid, pwd); }
    public XElement FlushApplicationCache(string ticket) { return Call("FlushApplicationCache", ticket); }
    public XElement ServerInfo() { return Call("ServerInfo"); }
    public XElement GetMaintenanceJobsStatus(string ticket) { return Call("GetMaintenanceJobsStatus", ticket); }
    public XElement GetWarehouseStatus(string ticket) { return Call("GetWarehouseStatus", ticket); }
    public XElement LogOut(string ticket) { return Call("LogOut", ticket); }
    public abstract void CatchFault();
}

class SoapProxy : Proxy
{
    readonly Action unknown;

    public SoapProxy(HttpWebClientProtocol proxy, Action unknown) : base(proxy)
    {
        this.unknown = unknown;
    }

    public override void CatchFault()
    {
        try {
            unknown();
        } catch (SoapException e) {
            Steps.IsFault(e.Code.Name, e.Message);
            return;
        }
        throw new Exception("no fault");
    }
}

// A program that was written for another service than this.
class Newer : Soap.srv
{
    [SoapDocumentMethod("http://tempuri.org/NoSuchOperation", RequestNamespace = "http://tempuri.org/",
        ResponseNamespace = "http://tempuri.org/", ParameterStyle = SoapParameterStyle.Wrapped)]
    public void NoSuchOperation() { Invoke("NoSuchOperation", new object[0]); }
}

class Newer12 : Soap12.srv
{
    [SoapDocumentMethod("http://tempuri.org/NoSuchOperation", RequestNamespace = "http://tempuri.org/",
        ResponseNamespace = "http://tempuri.org/", ParameterStyle = SoapParameterStyle.Wrapped)]
    public void NoSuchOperation() { Invoke("NoSuchOperation", new object[0]); }
}

// The plain form has no faults: it is the 404 that says so, and the toolkit raises it as its WebException.
class FormProxy : Proxy
{
    readonly Action unknown;

    public FormProxy(HttpWebClientProtocol proxy, Action unknown) : base(proxy)
    {
        this.unknown = unknown;
    }

    public override void CatchFault()
    {
        try {
            unknown();
        } catch (WebException e) {
            var answer = (HttpWebResponse)e.Response;
            string text = new StreamReader(answer.GetResponseStream()).ReadToEnd();
            Steps.IsFault(answer.StatusCode == HttpStatusCode.NotFound ? "Client" : answer.StatusCode.ToString(), text);
            return;
        }
        throw new Exception("no 404");
    }
}

class NewerPost : HttpPost.srv
{
    [HttpMethod(typeof(XmlReturnReader), typeof(HtmlFormParameterWriter))]
    public XmlElement NoSuchOperation() { return (XmlElement)Invoke("NoSuchOperation", Url + "/NoSuchOperation", new object[0]); }
}

static class Program
{
    static void Main()
    {
        var mono = Type.GetType("Mono.Runtime").GetMethod("GetDisplayName", BindingFlags.NonPublic | BindingFlags.Static);
        Newer soap = new Newer { Url = Steps.Url };
        Newer12 soap12 = new Newer12 { Url = Steps.Url };
        NewerPost post = new NewerPost { Url = Steps.Url };

        Steps.Run((string)mono.Invoke(null, null),
            Steps.Form("SOAP 1.1", new SoapProxy(new Soap.srv(), soap.NoSuchOperation)),
            Steps.Form("SOAP 1.2", new SoapProxy(new Soap12.srv(), soap12.NoSuchOperation)),
            Steps.Form("POST", new FormProxy(new HttpPost.srv(), () => post.NoSuchOperation())));
    }
}
