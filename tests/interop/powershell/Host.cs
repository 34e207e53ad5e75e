// Runs a script in PowerShell's engine, with the cmdlets that the engine itself has.
using System;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

static class Host
{
    static int Main(string[] arguments)
    {
        using Runspace space = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        space.Open();
        using PowerShell shell = PowerShell.Create(space);
        foreach (PSObject line in shell.AddScript(File.ReadAllText(arguments[0])).Invoke())
            Console.WriteLine(line);
        foreach (ErrorRecord error in shell.Streams.Error)
            Console.Error.WriteLine(error);
        return shell.Streams.Error.Count == 0 ? 0 : 1;
    }
}
