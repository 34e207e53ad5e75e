// The lines that callers have, as they have them.
using System.Threading.Tasks;
using System.Xml.Linq;

static class Snippet
{
    public static async Task<(string success, string error)> Flush(string authTicket)
    {
        using (var client = new SrvSoapClient())
        {
            var response = await client.FlushApplicationCacheAsync(authTicket);
            var root = XElement.Parse(response.ToString());

            if (root.Attribute("success")?.Value == "true")
                return ("true", null);
            return (root.Attribute("success")?.Value, root.Attribute("error")?.Value);
        }
    }
}
