using System;
using System.IO;
using System.Web;
using System.Web.Hosting;

// Runs srv.asmx in ASP.NET without a web server and keeps what it answers to ?wsdl and ?disco, each in a file.
public class Publish : MarshalByRefObject
{
	public string Ask(string query)
	{
		StringWriter answer = new StringWriter();
		HttpRuntime.ProcessRequest(new SimpleWorkerRequest("srv.asmx", query, answer));
		return answer.ToString();
	}

	static int Main(string[] args)
	{
		string folder = args[0];
		Publish there = (Publish)ApplicationHost.CreateApplicationHost(typeof(Publish), "/", folder);
		foreach (string query in new[] { "wsdl", "disco" })
			File.WriteAllText(Path.Combine(folder, query + ".xml"), there.Ask(query));
		return 0;
	}
}
