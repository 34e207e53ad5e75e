using System;
using System.Web.Services;
using System.Web.Services.Description;

// What System.Web.Services says of WSDL files: a line a finding, "FILE: R2706" for an offence against WS-I's Basic
// Profile 1.1, "FILE: unreadable: TEXT" for what it cannot read. By the schemas that it carries for WSDL and SOAP 1.1 it
// says "FILE: R2028, R2029".
public class Judge
{
	static BasicProfileViolationCollection Offences(string file)
	{
		BasicProfileViolationCollection found = new BasicProfileViolationCollection();
		ServiceDescription description = ServiceDescription.Read(file, true);
		WebServicesInteroperability.CheckConformance(WsiProfiles.BasicProfile1_1, description, found);
		return found;
	}

	static void Main(string[] files)
	{
		foreach (string file in files) {
			try {
				foreach (BasicProfileViolation offence in Offences(file))
					Console.WriteLine("{0}: {1}", file, offence.NormativeStatement);
			} catch (Exception e) {
				Console.WriteLine("{0}: unreadable: {1}", file, e.Message.Replace("\n", " "));
			}
		}
	}
}
