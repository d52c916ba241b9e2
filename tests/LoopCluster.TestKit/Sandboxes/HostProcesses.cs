using System.Diagnostics;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>
/// Commands as processes of this host, without containers: for tests whose commands are their own. Where the tests are root they run as the
/// user that sandboxes have, so that owners of files count as they do in a sandbox.
/// </summary>
public static class HostProcesses
{
    private const string SandboxUser = "65532";

    public static FakeSandbox Sandbox() => new(RunAsync);

    private static async ValueTask<SandboxResult> RunAsync(FakeSandboxCall call, CancellationToken cancellationToken)
    {
        string[] shell = ["/bin/sh", "-c", $"( {call.Call.Command}\n) 2>&1"];
        var isRoot = Environment.IsPrivilegedProcess;
        if (isRoot)
        {
            shell = ["setpriv", "--reuid", SandboxUser, "--regid", SandboxUser, "--clear-groups", .. shell];
            LetThrough(call.Shape.WorkspaceDirectory);
        }

        var start = new ProcessStartInfo(shell[0], shell[1..])
        {
            WorkingDirectory = call.Shape.WorkspaceDirectory,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["HOME"] = "/tmp";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return FakeSandbox.Exited(process.ExitCode, output);
    }

    // A container has the directory mounted; here its path has to be passable.
    private static void LetThrough(string directory)
    {
        for (var above = Directory.GetParent(directory); above is { Parent: not null }; above = above.Parent)
        {
            above.UnixFileMode |= UnixFileMode.OtherExecute;
        }
    }
}
