<%@ WebService Language="C#" Class="Srv" %>
using System;
using System.IO;
using System.Web.Services;
using System.Xml;

// ASMX, the stack that srv replaces, as Mono has it. The result element is in info.xml beside this file.
[WebService(Namespace = "http://tempuri.org/")]
public class Srv : WebService
{
	[ThreadStatic] static XmlDocument document;

	[WebMethod]
	public XmlNode ServerInfo()
	{
		if (document == null) {
			XmlDocument d = new XmlDocument();
			d.Load(Server.MapPath("info.xml"));
			document = d;
		}
		return document.DocumentElement;
	}
}
