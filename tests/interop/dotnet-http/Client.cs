// HttpClient and the two plain forms. The forms have no faults: it is the 404 that says so.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Xml.Linq;

class Client : ISrv
{
    static readonly HttpClient http = new HttpClient();
    readonly bool post;

    Client(bool post)
    {
        this.post = post;
    }

    HttpResponseMessage Ask(string operation, params (string name, string value)[] parameters)
    {
        string url = Steps.Url + "/" + operation;
        var form = new FormUrlEncodedContent(parameters.Select(p => KeyValuePair.Create(p.name, p.value)));
        return (post ? http.PostAsync(url, form) : http.GetAsync(url + "?" + form.ReadAsStringAsync().Result)).Result;
    }

    XElement Call(string operation, params (string, string)[] parameters)
    {
        HttpResponseMessage answer = Ask(operation, parameters).EnsureSuccessStatusCode();
        return XElement.Load(answer.Content.ReadAsStream());
    }

    public XElement AuthenticateUser(string uid, string pwd) => Call("AuthenticateUser", ("UID", uid), ("PWD", pwd));
    public XElement FlushApplicationCache(string ticket) => Call("FlushApplicationCache", ("authenticationTicket", ticket));
    public XElement ServerInfo() => Call("ServerInfo");
    public XElement GetMaintenanceJobsStatus(string ticket) => Call("GetMaintenanceJobsStatus", ("authenticationTicket", ticket));
    public XElement GetWarehouseStatus(string ticket) => Call("GetWarehouseStatus", ("authenticationTicket", ticket));
    public XElement LogOut(string ticket) => Call("LogOut", ("AuthenticationTicket", ticket));

    public void CatchFault()
    {
        HttpResponseMessage answer = Ask("NoSuchOperation");
        string text = answer.Content.ReadAsStringAsync().Result;
        Steps.IsFault(answer.StatusCode == HttpStatusCode.NotFound ? "Client" : answer.StatusCode.ToString(), text);
    }

    static void Main()
    {
        Steps.Run(".NET " + Environment.Version, Steps.Form("GET", new Client(false)), Steps.Form("POST", new Client(true)));
    }
}
