using System.Diagnostics;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Disks;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>Time, memory, processes, and the moment a call is over.</summary>
public abstract partial class SandboxContract
{
    [SkippableFact]
    public async Task Run_PastItsTimeout_IsTimedOutWithWhatItWrote()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("echo before; sleep 600; echo after", seconds: 1), default);

        (result.Outcome, result.ExitCode, Text(result)).ShouldBe((SandboxOutcome.TimedOut, null, "before\n"));
        result.Duration.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Run_PastItsTimeoutWhileWriting_KeepsHeadAndTail()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(), Call("trap '' TERM; yes", seconds: 1, limit: 4096), default);

        result.Outcome.ShouldBe(SandboxOutcome.TimedOut);
        result.OutputBytes.ShouldBeGreaterThan(4096);
        result.Output.Length.ShouldBeInRange(4096, 4200);
    }

    [SkippableFact]
    public async Task Run_FailsOnAFullDisk_IsNoResultOfTheCommand()
    {
        await SkipWithoutEngineAsync();
        var shape = Shape();
        await using var disk = await TestDisk.MountOrSkipAsync(shape.WorkspaceDirectory);
        File.SetUnixFileMode(shape.WorkspaceDirectory, (UnixFileMode)Convert.ToInt32("777", 8));
        disk.Fill();

        var error = await Should.ThrowAsync<InfrastructureException>(async () =>
            await Sandbox.RunAsync(Owner, shape, Call("echo 1 > a"), default)
        );
        error.Code.ShouldBe("sandbox-unavailable");
        error.Message.ShouldContain("full");
        (await Sandbox.RunAsync(Owner, shape, Call("true"), default)).ExitCode.ShouldBe(0, "what needs no room is done");

        disk.Free();
        (await Sandbox.RunAsync(Owner, shape, Call("echo 1 > a"), default)).ExitCode.ShouldBe(0);
        (await Sandbox.RunAsync(Owner, shape, Call("exit 3"), default)).ExitCode.ShouldBe(3, "with room it is the command's own");
    }

    [SkippableFact]
    public async Task Run_PastItsMemory_IsOutOfMemory()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(memory: 64L << 20), Call("python3 -c 'x = bytearray(1 << 30)'"), default);

        result.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);
    }

    [SkippableFact]
    public async Task Run_ChildKilledForMemoryAndFailureHidden_IsStillOutOfMemory()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(memory: 64L << 20), Call("python3 -c 'x = bytearray(1 << 30)' || true"), default);

        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.OutOfMemory, 0));
    }

    [SkippableFact]
    public async Task Run_FirstProcessKilledForMemory_IsStillOutOfMemory()
    {
        await SkipWithoutEngineAsync();

        // The kernel takes the largest: many processes, each smaller than the first one with its ring of output, and none offering itself.
        // Where Landlock keeps the command from that, they are taken first and the first one lives to tell.
        const string command = """
            (echo 0 > /proc/$$/oom_score_adj) 2> /dev/null
            yes | head -c 40M
            i=0; while [ $i -lt 60 ]; do i=$((i+1)); sh -c 'x=$(head -c 600000 /dev/zero | tr "\0" a); sleep 100' & done
            sleep 2
            """;
        var result = await Sandbox.RunAsync(Owner, Shape(memory: 64L << 20, pids: 400), Call(command, limit: 40 << 20), default);

        result.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);
    }

    [SkippableFact]
    public async Task Run_TemporaryFilesPastMemory_EndAsAWriteErrorOrOutOfMemory()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(memory: 64L << 20), Call("head -c 1G /dev/zero > /tmp/big"), default);

        result.ExitCode.ShouldNotBe(0);
    }

    [SkippableFact]
    public async Task Run_ForkBomb_IsBoundedAndLeavesNothing()
    {
        await SkipWithoutEngineAsync();

        var result = await Sandbox.RunAsync(Owner, Shape(pids: 32), Call("f() { f | f & }; f; sleep 2; exit 4", seconds: 10), default);

        result.Outcome.ShouldBeOneOf(SandboxOutcome.Exited, SandboxOutcome.TimedOut);
        result.ExitCode.ShouldNotBe(0);
        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty();
        (await OutputOfAsync("echo alive")).ShouldBe("alive");
    }

    [SkippableFact]
    public async Task Run_BackgroundChild_DoesNotOutliveTheCall()
    {
        await SkipWithoutEngineAsync();
        var file = Path.Combine(Workspace, "ticks");

        var result = await RunAsync(
            "(trap '' HUP TERM; setsid sh -c 'while :; do echo t >> ticks; sleep 0.01; done' &) ; sleep 0.2; echo done"
        );
        var after = new FileInfo(file).Length;

        Text(result).ShouldBe("done\n");
        after.ShouldBeGreaterThan(0);
        // A whole container's life later not a byte has been added.
        (await OutputOfAsync("wc -c < ticks")).ShouldBe(after.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [SkippableFact]
    public async Task Run_BackgroundChildHoldsTheOutput_EndsWithTheCommand()
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync("yes > /dev/stdout & sleep 600 & echo done >&2; exit 3");

        result.ExitCode.ShouldBe(3);
        result.Duration.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [SkippableFact]
    public async Task Run_Cancelled_ReturnsWhenTheContainerIsGone()
    {
        await SkipWithoutEngineAsync();
        using var cancel = new CancellationTokenSource();
        var running = Sandbox
            .RunAsync(Owner, Shape(), Call("echo partly; touch started; trap '' TERM INT; sleep 600"), cancel.Token)
            .AsTask();
        await UntilExistsAsync("started");
        var watch = Stopwatch.StartNew();

        await cancel.CancelAsync();
        var result = await running;

        result.Outcome.ShouldBe(SandboxOutcome.Cancelled);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Run_CancelledWhileStarting_LeavesNothing()
    {
        await SkipWithoutEngineAsync();
        using var cancel = new CancellationTokenSource();
        var running = Sandbox.RunAsync(Owner, Shape(), Call("sleep 600"), cancel.Token).AsTask();

        await cancel.CancelAsync();

        (await running).Outcome.ShouldBe(SandboxOutcome.Cancelled);
        (await ListContainersAsync(Owner.Loop)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Run_ManyAtOnce_KeepsThemApart()
    {
        await SkipWithoutEngineAsync();

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async i =>
                    Text(
                        await Sandbox.RunAsync(
                            Owner with
                            {
                                Loop = new(Owner.Loop.Value + "-" + i),
                            },
                            Shape(),
                            Call($"cat; echo {i}", stdin: $"in {i} "),
                            default
                        )
                    )
                )
        );

        results.ShouldBe(Enumerable.Range(0, 8).Select(i => $"in {i} {i}\n"));
    }
}
