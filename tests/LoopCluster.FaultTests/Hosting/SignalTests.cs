using System.Diagnostics;
using System.Text;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Kills;
using LoopCluster.TestKit.Ledger;

namespace LoopCluster.FaultTests.Hosting;

/// <summary>This process talks to a loop that another one drives, over the socket in the data directory.</summary>
[Trait("Category", "Fault")]
public sealed class SignalTests
{
    [Fact]
    public async Task Cancel_FromSecondProcess_EndsTheLoop() => await CancelAsync(containers: false);

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Cancel_FromSecondProcessWhileContainerRuns_LeavesNoContainer()
    {
        await Containers.SkipWithoutEngineAsync();
        await CancelAsync(containers: true);
    }

    [Fact]
    public async Task Message_FromSecondProcess_ReachesTheModel()
    {
        // The second reply fits only when the message is the newest in the conversation.
        using var loop = new LoopCase(
            Spec(new Script().Shell("sleep 1 && echo a >> log.txt").When("the answer is 42").Write("answer.txt", "42\n").Done()),
            containers: false
        );
        await using var process = loop.Run();
        await process.SeeAsync("sandbox start sleep");
        await using var holder = await ConnectAsync(loop);
        await HostOver(loop, holder).SignalAsync(loop.Id, new MessageSignal("m-1", "tester", "the answer is 42"), CancellationToken.None);
        // Acknowledged when durable: it is there, whatever happens next.
        (await loop.EventsAsync()).OfType<MessageReceived>().ShouldHaveSingleItem().Text.ShouldBe("the answer is 42");
        var end = await process.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        await loop.Data.ReplayAsync(loop.Id);
    }

    [Fact]
    public async Task Watch_FromSecondProcess_SeesEveryEntryToTheEnd()
    {
        using var loop = new LoopCase(
            Spec(new Script().Shell("sleep 1 && echo a >> log.txt").Write("answer.txt", "42\n").Done()),
            containers: false
        );
        await using var process = loop.Run();
        await process.SeeAsync("entry 2 ");
        await using var holder = await ConnectAsync(loop);
        var followed = new List<LedgerLine>();
        await foreach (var line in HostOver(loop, holder).WatchAsync(loop.Id, 1, CancellationToken.None))
        {
            followed.Add(line);
        }

        (await process.EndAsync()).ExitCode.ShouldBe(ExitCodes.Verified);
        followed.Select(l => l.Seq).ShouldBe(Enumerable.Range(1, followed.Count).Select(i => (long)i));
        LedgerCodec.Read(followed[^1]).Events[^1].ShouldBeOfType<LoopVerified>();
        var onDisk = File.ReadAllText(Directory.EnumerateFiles(Path.Combine(loop.Data.Path, "ledger"), "*.jsonl").Single());
        onDisk.ShouldContain(Encoding.UTF8.GetString(followed[^1].Utf8.Span));
    }

    private static async Task CancelAsync(bool containers)
    {
        using var loop = new LoopCase(Spec(new Script().Shell("echo half > half.txt && sleep 600").Done()), containers);
        await using var process = loop.Run();
        await process.SeeAsync("sandbox start echo half");
        await Until.ExistsAsync(Path.Combine(loop.Tree, "half.txt"));
        await using var holder = await ConnectAsync(loop);
        var asked = Stopwatch.GetTimestamp();
        var host = HostOver(loop, holder);
        await host.SignalAsync(loop.Id, new CancelSignal("c-1", "tester", "enough"), CancellationToken.None);
        var end = await process.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Cancelled, end.Errors);
        Stopwatch.GetElapsedTime(asked).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        if (containers)
        {
            // Removed before the terminal event, so there is nothing to wait for.
            (await Containers.ListAsync(loop.Id)).ShouldBeEmpty();
        }

        var events = await loop.EventsAsync();
        events.OfType<ToolCompleted>().ShouldHaveSingleItem().Outcome.ShouldBe(ToolOutcome.Aborted);
        events[^1].ShouldBeOfType<LoopStopped>().Status.ShouldBe(LoopStatus.Cancelled);
        var state = await loop.Data.ReplayAsync(loop.Id);
        (state.Spend.ReservedSeconds, state.Spend.ReservedTokens, state.Open).ShouldBe((0, 0, null));
    }

    private static HolderHost HostOver(LoopCase loop, Holder holder)
    {
        var ledger = new FileLedgerReader(loop.Data.Path);
        return new HolderHost(ledger, ReadRecords.Of(ledger), holder, TimeProvider.System);
    }

    private static async Task<Holder> ConnectAsync(LoopCase loop) =>
        (await Holder.TryConnectAsync(DirectorySocket.To(loop.Data.Path), CancellationToken.None)).ShouldNotBeNull();

    private static object Spec(Script script) =>
        new
        {
            goal = "Write the answer.",
            workspace = new { files = new Dictionary<string, string> { ["README.md"] = "# answer\n" } },
            model = new { script = script.ToJson() },
            gates = new[] { new { name = "answer", run = "grep -q 42 answer.txt" } },
            sandbox = new { memory = "64m" },
        };
}
