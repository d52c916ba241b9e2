using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.FaultTests.Hostile;

/// <summary>Commands that would drown a careless harness: bounded, told to the model, and the loop goes on to its end.</summary>
[Trait("Category", "Docker")]
public sealed class HostileOutputTests
{
    private const long Gigabyte = 1L << 30;

    [SkippableFact]
    public async Task Run_WithHostileCommands_BoundsEachAndGoesOnToGreen()
    {
        await Containers.SkipWithoutEngineAsync();
        using var hostile = new HostileCase();
        var script = new Script()
            .Shell($"head -c {Gigabyte} /dev/zero | tr '\\0' x")
            .Shell(":(){ :|:& };: ; for i in $(seq 500); do (sleep 60 &) ; done; echo forked")
            .Shell("trap '' TERM INT HUP; while true; do sleep 1000; done")
            .Shell("head -c 100000 /dev/urandom; printf '\\033[2J\\000\\377\\ufeff'")
            .Shell("mkdir many && cd many && for i in $(seq 10000); do echo $i > f$i; done; echo made")
            .Shell("python3 -c 'x = bytearray(1 << 30)'; echo after $?")
            .Shell(
                "ln -s /proc/self/root escape; ln -s loop loop; mkfifo pipe; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"; echo odd"
            )
            .Write("answer.txt", "42\n")
            .Done();
        await hostile.RunAsync(
            new
            {
                goal = "Write the answer.",
                workspace = new { files = new Dictionary<string, string> { ["README.md"] = "# answer\n" } },
                model = new { script = script.ToJson() },
                gates = new[] { new { name = "answer", run = "grep -q 42 answer.txt && test -f many/f10000" } },
                sandbox = new
                {
                    memory = "256m",
                    pids = 64,
                    timeout = "10s",
                },
            }
        );

        hostile.State.Status.ShouldBe(LoopStatus.Verified, hostile.State.StopReason);
        var gigabyte = hostile.ResultOf(0);
        gigabyte.Output.Bytes.ShouldBeGreaterThanOrEqualTo(gigabyte.Outcome == ToolOutcome.Timeout ? 1 << 20 : Gigabyte);
        gigabyte.Output.Blob!.Bytes.ShouldBeLessThan(9 << 20);
        hostile.ResultOf(1).Outcome.ShouldBeOneOf(ToolOutcome.Ok, ToolOutcome.Timeout, ToolOutcome.OutOfMemory);
        var forever = hostile.ResultOf(2);
        forever.Outcome.ShouldBe(ToolOutcome.Timeout);
        forever.Output.Text.ShouldNotBeNull().ShouldContain("still running after 10s");
        hostile.ResultOf(3).Output.Blob!.Bytes.ShouldBeInRange(100_000, 101_000);
        hostile.Events.OfType<WorkspaceCommitted>().ShouldContain(c => c.Files >= 10_000 && c.Changed.Count <= 100);
        var hungry = hostile.ResultOf(5);
        (hungry.Outcome == ToolOutcome.OutOfMemory || hungry.Output.Text!.Contains("after", StringComparison.Ordinal)).ShouldBeTrue();
        (await hostile.CommittedAsync("escape")).ShouldBe("/proc/self/root");
        (await hostile.CommittedPathsAsync()).ShouldNotContain(p => p == "pipe" || p == "sock");
        hostile.ResultOf(6).Output.Text.ShouldNotBeNull().ShouldContain("pipe", customMessage: "the model is told what was not kept");

        // Whatever the commands wrote, an entry stays small.
        new FileInfo(Directory.EnumerateFiles(Path.Combine(hostile.Data.Path, "ledger"), "*.jsonl").Single()).Length.ShouldBeLessThan(
            1 << 20
        );
    }
}
