using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Tests;

public sealed class GitRunnerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loopcluster-git-").FullName;

    // An alias is the way to make git itself start a shell.
    private static GitCall Shell(string script) => new(null, "-c", $"alias.z=!{script}", "z");

    [Fact]
    public async Task RunAsync_AnyCall_PassesNothingOfOursButPath()
    {
        using var runner = NewRunner(TimeSpan.FromSeconds(60));

        var names = (await runner.RunAsync(Shell("env -0"), default))
            .Text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split('=')[0])
            .ToList();

        names.ShouldContain("PATH");
        names.ShouldContain("GIT_CONFIG_NOSYSTEM");
        names
            .Where(n => !n.StartsWith("GIT_", StringComparison.Ordinal))
            .Except(["PWD", "OLDPWD", "SHLVL", "_"])
            .ShouldBe(["PATH", "HOME", "LC_ALL"], ignoreOrder: true);
    }

    [Fact]
    public async Task RunAsync_Cancelled_ReturnsWithGitAndItsChildrenGone()
    {
        using var runner = NewRunner(TimeSpan.FromSeconds(60));
        using var cancel = new CancellationTokenSource();
        var child = new TaskCompletionSource<string>();
        var call = Shell("sleep 1000 & echo $!; wait") with
        {
            Consume = output =>
            {
                child.SetResult(new StreamReader(output).ReadLine()!);
                _ = output.ReadByte();
            },
        };

        var running = runner.RunAsync(call, cancel.Token);
        var pid = await child.Task;
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        // Killed is not yet gone: the kernel takes a killed process apart when it comes to it.
        SpinWait.SpinUntil(() => !IsAlive(pid), TimeSpan.FromSeconds(60)).ShouldBeTrue();
    }

    [Fact]
    public async Task RunAsync_OutOfTimeTooMuchOutputOrFailing_SaysWhich()
    {
        using var quick = NewRunner(TimeSpan.FromMilliseconds(300));
        (await Fault(quick, Shell("sleep 1000"))).ShouldContain("took longer");
        using var runner = NewRunner(TimeSpan.FromSeconds(60));
        (await Fault(runner, Shell("yes") with { OutputLimit = 100_000 })).ShouldContain("more than 100000 bytes");
        (await Fault(runner, Shell("yes | head -c 1000000 >&2; exit 3"))).ShouldContain("exit code 3");
    }

    [Fact]
    public async Task RunAsync_GitEndsBeforeItReadItsInput_ReportsGitsReason()
    {
        using var runner = NewRunner(TimeSpan.FromSeconds(60));
        var call = Shell("echo no >&2; exit 7") with { Feed = input => input.Write(new byte[10_000_000]) };

        (await Fault(runner, call)).ShouldContain("exit code 7: no");
    }

    [Fact]
    public async Task RunAsync_RemoteThatRunsCommands_IsNotAllowed()
    {
        using var runner = NewRunner(TimeSpan.FromSeconds(60));
        var canary = Path.Combine(_root, "canary");
        foreach (var url in new[] { $"ext::touch {canary}", $"file://{_root}", _root, "http://localhost:1/", "git://localhost:1/" })
        {
            (await Fault(runner, new GitCall(null, "ls-remote", url))).ShouldContain("not allowed");
        }

        File.Exists(canary).ShouldBeFalse();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private GitRunner NewRunner(TimeSpan timeout) => new(new WorkspaceOptions { Directory = _root, GitTimeout = timeout });

    private static async Task<string> Fault(GitRunner runner, GitCall call) =>
        (await Should.ThrowAsync<InfrastructureException>(runner.RunAsync(call, default))).Message;

    // A zombie that nobody has reaped yet is gone for our purpose.
    private static bool IsAlive(string pid)
    {
        var stat = $"/proc/{pid}/stat";
        return File.Exists(stat) && !Encoding.UTF8.GetString(File.ReadAllBytes(stat)).Contains(") Z ", StringComparison.Ordinal);
    }
}
