using System.Globalization;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>
/// What every <see cref="ISandbox"/> promises, against a real engine and the image <c>loopcluster/sandbox</c>. A driver's tests inherit it,
/// say how to make the driver, and carry <c>[Trait("Category", "Docker")]</c>.
/// </summary>
public abstract partial class SandboxContract : IAsyncLifetime
{
    private static int s_loops;

    protected ISandbox Sandbox { get; private set; } = null!;

    protected string Workspace { get; private set; } = "";

    protected string ImageId { get; private set; } = "";

    protected SandboxOwner Owner { get; } =
        new(new LoopId($"contract-{Environment.ProcessId}-{Interlocked.Increment(ref s_loops)}"), 1, "tests");

    /// <summary>Why these tests cannot run here, or null. Asked before anything else.</summary>
    protected abstract Task<string?> FindReasonToSkipAsync();

    protected abstract ISandbox CreateSandbox();

    /// <summary>Names of every container of the loop that the engine knows, ended ones included.</summary>
    protected abstract Task<IReadOnlyList<string>> ListContainersAsync(LoopId loop);

    public async Task InitializeAsync()
    {
        if (await FindReasonToSkipAsync() is not null)
        {
            return;
        }

        Sandbox = CreateSandbox();
        Workspace = Directory.CreateTempSubdirectory("loopcluster-contract-").FullName;
        // Stands in for the ownership that the workspaces port gives a directory.
        File.SetUnixFileMode(Workspace, (UnixFileMode)Convert.ToInt32("777", 8));
        ImageId = await Sandbox.ResolveImageAsync("loopcluster/sandbox", CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (Sandbox is null)
        {
            return;
        }

        await Sandbox.ReleaseAsync(Owner.Loop, CancellationToken.None);
        await (Sandbox is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask);
        if (Workspace.Length > 0)
        {
            Directory.Delete(Workspace, recursive: true);
        }
    }

    protected async Task SkipWithoutEngineAsync()
    {
        var reason = await FindReasonToSkipAsync();
        Skip.If(reason is not null, reason);
    }

    protected SandboxShape Shape(long memory = 256L << 20, int pids = 128, double cpus = 1) =>
        new()
        {
            ImageId = ImageId,
            WorkspaceDirectory = Workspace,
            Limits = new SandboxLimits
            {
                Memory = memory,
                Pids = pids,
                Cpus = cpus,
            },
        };

    protected static SandboxCall Call(string command, string stdin = "", double seconds = 60, int limit = 8 << 20) =>
        new()
        {
            Command = command,
            Stdin = Encoding.UTF8.GetBytes(stdin),
            Timeout = TimeSpan.FromSeconds(seconds),
            OutputLimit = limit,
        };

    protected async Task<SandboxResult> RunAsync(string command, CancellationToken cancellationToken = default) =>
        await Sandbox.RunAsync(Owner, Shape(), Call(command), cancellationToken);

    protected static string Text(SandboxResult result) => Encoding.UTF8.GetString(result.Output.Span);

    /// <summary>Runs a command that must exit with 0 and returns its output without the last line end.</summary>
    protected async Task<string> OutputOfAsync(string command)
    {
        var result = await RunAsync(command);
        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, 0), Text(result));
        return Text(result).TrimEnd('\n');
    }

    [SkippableFact]
    public async Task ResolveImage_UnknownImage_IsImageMissing()
    {
        await SkipWithoutEngineAsync();

        var fault = await Should.ThrowAsync<InfrastructureException>(async () =>
            await Sandbox.ResolveImageAsync("loopcluster/no-such-image", default)
        );

        fault.Code.ShouldBe("image-missing");
        fault.Message.ShouldContain("loopcluster/no-such-image");
    }

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("no-such-command", 127)]
    [InlineData("false; true | false", 1)]
    public async Task Run_CommandEnds_ReportsItsExitCode(string command, int expected)
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync(command);

        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, expected));
    }

    [SkippableFact]
    public async Task Run_WithStdin_GivesExactlyThoseBytes()
    {
        await SkipWithoutEngineAsync();
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("cat") with { Stdin = bytes }, default);

        result.Output.Span.SequenceEqual(bytes).ShouldBeTrue();
        (await OutputOfAsync("wc -c")).ShouldBe("0");
    }

    [SkippableFact]
    public async Task Run_StdinNobodyReads_EndsAllTheSame()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("exit 3") with { Stdin = new byte[4 << 20] }, default);

        result.ExitCode.ShouldBe(3);
    }

    [SkippableFact]
    public async Task Run_Environment_IsTheCallsAndNothingOfTheHosts()
    {
        await SkipWithoutEngineAsync();
        Environment.SetEnvironmentVariable("LOOPCLUSTER_TEST_SECRET", "host-secret");
        Environment.SetEnvironmentVariable("HTTP_PROXY", "http://host-proxy.invalid:1");
        try
        {
            var call = Call("env; pwd") with
            {
                Environment = new Dictionary<string, string> { ["GREETING"] = "hello = world", ["LANG"] = "C" },
            };
            var text = Text(await Sandbox.RunAsync(Owner, Shape(), call, default));

            text.ShouldContain("GREETING=hello = world\n");
            text.ShouldContain("HOME=/tmp\n");
            text.ShouldContain("LANG=C\n");
            text.ShouldNotContain("LANG=C.UTF-8");
            text.ShouldEndWith("/workspace\n");
            text.ShouldNotContain("host-");
        }
        finally
        {
            Environment.SetEnvironmentVariable("LOOPCLUSTER_TEST_SECRET", null);
            Environment.SetEnvironmentVariable("HTTP_PROXY", null);
        }
    }

    [SkippableFact]
    public async Task Run_BothOutputs_ComeInTheOrderWritten()
    {
        await SkipWithoutEngineAsync();

        (await OutputOfAsync("echo 1; echo 2 >&2; echo 3; echo 4 >&2")).ShouldBe("1\n2\n3\n4");
    }

    [SkippableFact]
    public async Task Run_BinaryOutput_IsKeptByteForByte()
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync("i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done");

        result.Output.ToArray().ShouldBe(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray());
    }

    [SkippableFact]
    public async Task Run_GigabyteOfOutput_KeepsHeadAndTailAndSaysWhatWasDropped()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("echo first; yes | head -c 1G; echo last", limit: 64 * 1024), default);

        result.ExitCode.ShouldBe(0);
        result.OutputBytes.ShouldBe((1L << 30) + 11);
        result.Output.Length.ShouldBeInRange(64 * 1024, 64 * 1024 + 100);
        Text(result).ShouldStartWith("first\ny\n");
        Text(result).ShouldEndWith("y\nlast\n");
        Text(result)
            .ShouldContain($"[{((1L << 30) + 11 - 64 * 1024).ToString(CultureInfo.InvariantCulture)} bytes of output dropped here]");
    }

    [SkippableTheory]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Run_OutputAtTheLimit_IsWhole(int limit)
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("printf 0123456789", limit: limit), default);

        Text(result).ShouldBe("0123456789");
    }

    [SkippableFact]
    public async Task Run_OutputLimitOfZero_OnlyCounts()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("printf 0123456789", limit: 0), default);

        result.OutputBytes.ShouldBe(10);
        Text(result).ShouldBe("[10 bytes of output dropped here]\n");
    }

    [SkippableFact]
    public async Task Run_CommandWithNul_IsNotRunInPart()
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync("touch ran\0; exit 0");

        result.ExitCode.ShouldBe(126);
        File.Exists(Path.Combine(Workspace, "ran")).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task Run_CommandTooLongForTheKernel_IsACommandsFailure()
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync("true #" + new string('x', 300_000));

        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, 126));
        Text(result).ShouldContain("too long");
    }

    [SkippableFact]
    public async Task Run_PreparedContainer_IsUsedAndSeesLaterWrites()
    {
        await SkipWithoutEngineAsync();
        Sandbox.Prewarm(Owner, Shape());
        var prepared = await UntilOneRunsAsync();
        await File.WriteAllTextAsync(Path.Combine(Workspace, "later"), "written after the container was started");

        var result = await RunAsync("cat later; cat /proc/1/comm");

        Text(result).ShouldBe("written after the container was startedwaiter\n");
        (await ListContainersAsync(Owner.Loop)).ShouldNotContain(prepared);
    }

    [SkippableFact]
    public async Task Prewarm_AnotherShape_ReplacesTheFirst()
    {
        await SkipWithoutEngineAsync();
        Sandbox.Prewarm(Owner, Shape(pids: 64));
        var first = await UntilOneRunsAsync();

        Sandbox.Prewarm(Owner, Shape(pids: 65));
        (await RunAsync("true")).ExitCode.ShouldBe(0);
        await Sandbox.ReleaseAsync(Owner.Loop, default);

        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty(first);
    }

    [SkippableFact]
    public async Task Release_PreparedAndRunning_ReturnsWhenGone()
    {
        await SkipWithoutEngineAsync();
        var running = Sandbox.RunAsync(Owner, Shape(), Call("touch started; sleep 600"), default).AsTask();
        await UntilExistsAsync("started");
        Sandbox.Prewarm(Owner, Shape());

        await Sandbox.ReleaseAsync(Owner.Loop, default);

        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty();
        (await running).Outcome.ShouldBe(SandboxOutcome.Cancelled);
    }

    /// <summary>Waits for the engine to show a container of this loop. Asking it takes its time, so this is no busy loop.</summary>
    protected async Task<string> UntilOneRunsAsync()
    {
        var until = DateTime.UtcNow.AddSeconds(20);
        while (DateTime.UtcNow < until)
        {
            if (await ListContainersAsync(Owner.Loop) is [var one, ..])
            {
                return one;
            }
        }

        throw new TimeoutException("no container of the loop came up");
    }

    /// <summary>Waits for a file that a command makes in the workspace.</summary>
    protected async Task UntilExistsAsync(string file)
    {
        using var watcher = new FileSystemWatcher(Workspace) { EnableRaisingEvents = true };
        var seen = new TaskCompletionSource();
        watcher.Created += (_, change) =>
        {
            if (change.Name == file)
            {
                seen.TrySetResult();
            }
        };
        if (!File.Exists(Path.Combine(Workspace, file)))
        {
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }
}
