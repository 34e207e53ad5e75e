// The steps, for the clients in C#: what they have in common but the toolkit. A client gives one ISrv for each form that it
// speaks; a step is right when it was in each.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

public interface ISrv
{
    XElement AuthenticateUser(string uid, string pwd);
    XElement FlushApplicationCache(string ticket);
    XElement ServerInfo();
    XElement GetMaintenanceJobsStatus(string ticket);
    XElement GetWarehouseStatus(string ticket);
    XElement LogOut(string ticket);

    // Makes the service answer a fault, catches it as the toolkit's own type, and hands it to Steps.IsFault.
    void CatchFault();
}

public static class Steps
{
    const string NoTicket = "00000000-0000-0000-0000-000000000000";
    static readonly Dictionary<string, string> Wrong = new Dictionary<string, string>();

    static string Given(string name)
    {
        return Environment.GetEnvironmentVariable(name);
    }

    public static string Url
    {
        get { return Given("SRV_URL"); }
    }

    // For an operation of this name, which the service does not know.
    public static void IsFault(string code, string text)
    {
        Expect((code == "Client" || code == "Sender") && text.Contains("NoSuchOperation"), code + ": " + text);
    }

    public static void Expect(bool right, string otherwise)
    {
        if (!right)
            throw new Exception(otherwise);
    }

    static void Succeeded(XElement answer)
    {
        Expect(answer.Attribute("success")?.Value == "true", answer.ToString());
    }

    static void Failed(XElement answer, string error)
    {
        Expect(answer.Attribute("success")?.Value == "false", answer.ToString());
        Expect(answer.Attribute("error")?.Value == error, answer.ToString());
    }

    static void Step(string name, string form, Action what)
    {
        if (!Wrong.ContainsKey(name))
            Wrong[name] = "";
        try {
            what();
        } catch (Exception e) {
            Wrong[name] += form + ": " + e.GetType() + ": " + e.Message.Replace("\r", " ").Replace("\n", " ") + " ";
            Console.Error.WriteLine(e);
        }
    }

    static string LogIn(ISrv srv, string user, string password)
    {
        XElement answer = srv.AuthenticateUser(Given(user), Given(password));
        Succeeded(answer);
        return Guid.Parse(answer.Attribute("ticket").Value).ToString();
    }

    static void Take(string form, ISrv srv)
    {
        string ticket = "", plain = "", gone = "[901]Session expired or Invalid ticket";

        Step("login", form, () => {
            ticket = LogIn(srv, "SRV_USER", "SRV_PASSWORD");
            plain = LogIn(srv, "SRV_PLAIN_USER", "SRV_PLAIN_PASSWORD");
        });
        Step("login_refused", form, () =>
            Failed(srv.AuthenticateUser(Given("SRV_USER"), "not " + Given("SRV_PASSWORD")), "[900] Authentication failed"));
        Step("flush", form, () => Succeeded(srv.FlushApplicationCache(ticket)));
        Step("flush_bad_ticket", form, () => Failed(srv.FlushApplicationCache(NoTicket), gone));
        Step("flush_denied", form, () => Failed(srv.FlushApplicationCache(plain), "[921]Insufficient rights"));
        Step("serverinfo", form, () => {
            XElement answer = srv.ServerInfo();
            Expect(answer.Attribute("ServerName")?.Value == Given("SRV_SERVER_NAME"), answer.ToString());
        });
        Step("jobs", form, () => {
            XElement answer = srv.GetMaintenanceJobsStatus(ticket);
            Expect(answer.Elements("MaintenanceJob").Any(job => job.Attribute("JobName")?.Value.Length > 0), answer.ToString());
        });
        Step("warehouse", form, () => {
            XElement answer = srv.GetWarehouseStatus(ticket);
            Expect(answer.Elements("WarehousePaths").Elements("WarehousePath").Any(), answer.ToString());
            Expect(answer.Elements("Disks").Elements("Disk").Any(), answer.ToString());
        });
        Step("logout", form, () => {
            Succeeded(srv.LogOut(ticket));
            Failed(srv.FlushApplicationCache(ticket), gone);
        });
        Step("fault", form, srv.CatchFault);
    }

    public static void Run(string version, params KeyValuePair<string, ISrv>[] forms)
    {
        Console.WriteLine("version " + version);
        foreach (KeyValuePair<string, ISrv> form in forms)
            Take(form.Key, form.Value);
        foreach (KeyValuePair<string, string> step in Wrong)
            Console.WriteLine(step.Value == "" ? "ok " + step.Key : "not ok " + step.Key + " - " + step.Value);
    }

    public static KeyValuePair<string, ISrv> Form(string name, ISrv srv)
    {
        return new KeyValuePair<string, ISrv>(name, srv);
    }
}
