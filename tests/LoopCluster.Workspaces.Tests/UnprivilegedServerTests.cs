using System.Diagnostics;

namespace LoopCluster.Workspaces.Tests;

/// <summary>
/// A server that is not root owns all files itself and must get at what an agent locked. Root runs the same tests again as somebody else.
/// </summary>
public sealed class UnprivilegedServerTests : IDisposable
{
    private const string User = "4321";

    private readonly string _home = Directory.CreateTempSubdirectory("loopcluster-user-").FullName;

    [SkippableFact]
    public void WorkspaceTests_AsAnotherUser_Pass()
    {
        Skip.IfNot(
            WorkspaceBench.Shell("/", "id -u").Trim() == "0",
            "only root can become another user; run without root, the tests themselves cover this"
        );
        var assembly = typeof(UnprivilegedServerTests).Assembly.Location;
        Skip.IfNot(
            WorkspaceBench
                .Shell("/", $"setpriv --reuid={User} --regid={User} --clear-groups test -r '{assembly}' && echo yes || true")
                .Trim() == "yes",
            "the build output is not readable for other users"
        );
        WorkspaceBench.Shell("/", $"chown {User}:{User} '{_home}'");
        var start = new ProcessStartInfo(
            "setpriv",
            [
                $"--reuid={User}",
                $"--regid={User}",
                "--clear-groups",
                "dotnet",
                "vstest",
                assembly,
                "--TestCaseFilter:FullyQualifiedName~GitWorkspaceTests|FullyQualifiedName~CheckoutTests|FullyQualifiedName~WorkspaceFilesTests|FullyQualifiedName~RoomGuardTests",
            ]
        )
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _home,
        };
        start.Environment["HOME"] = start.Environment["TMPDIR"] = start.Environment["DOTNET_CLI_HOME"] = _home;

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        process.ExitCode.ShouldBe(0, output);
        output.ShouldContain("Passed!");
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
