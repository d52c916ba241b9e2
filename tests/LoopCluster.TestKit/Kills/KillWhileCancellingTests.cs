using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Kills;

/// <summary>SIGKILL between a signal and its acknowledgement, and between a cancel and the end it brings.</summary>
public abstract class KillWhileCancellingTests : KillTests
{
    [SkippableTheory]
    [InlineData("after:cancel-requested")]
    [InlineData("before:loop-stopped")]
    [InlineData("after:loop-stopped")]
    public async Task Resume_AfterKillWhileCancelling_EndsCancelledOnce(string point)
    {
        using var loop = await KillAtSignalAsync(point, new CancelSignal("c-1", "tester", "enough"));
        await using var process = loop.Resume();
        var end = await process.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Cancelled, end.Errors);
        var events = await loop.EventsAsync();
        events.OfType<CancelRequested>().ShouldHaveSingleItem();
        events.OfType<LoopStopped>().ShouldHaveSingleItem().Status.ShouldBe(LoopStatus.Cancelled);
        loop.Witnessed("tool start").ShouldBe(1, "what a cancel cut off is not begun again");
        (await loop.Data.ReplayAsync(loop.Id)).Open.ShouldBeNull();
    }

    [SkippableTheory]
    [InlineData("before:message-received", 0)]
    [InlineData("after:message-received", 1)]
    public async Task Signal_SentAgainAfterKill_CountsOnce(string point, int kept)
    {
        var message = new MessageSignal("m-1", "tester", "the answer is 42");
        using var loop = await KillAtSignalAsync(point, message);
        (await loop.EventsAsync()).OfType<MessageReceived>().Count().ShouldBe(kept);

        await using var process = loop.Resume();
        await process.SeeAsync("sandbox start sleep");
        await SendAsync(loop, message);
        await SendAsync(loop, message);
        (await process.EndAsync()).ExitCode.ShouldBe(ExitCodes.Verified);
        (await loop.EventsAsync()).OfType<MessageReceived>().ShouldHaveSingleItem();
        await loop.Data.ReplayAsync(loop.Id);
    }

    /// <summary>A loop whose process died over the signal; who sent it was not told that it was kept.</summary>
    private async Task<LoopCase> KillAtSignalAsync(string point, LoopSignal signal)
    {
        var loop = (await OpenAsync()).NewCase(
            new
            {
                goal = "Write the answer.",
                workspace = new { files = new Dictionary<string, string> { ["README.md"] = "# answer\n" } },
                model = new { script = new Script().Shell("sleep 3 && echo a >> log.txt").Write("answer.txt", "42\n").Done().ToJson() },
                gates = new[] { new { name = "answer", run = "grep -q 42 answer.txt" } },
            },
            containers: false
        );
        await using var process = loop.Run("--kill", point);
        await process.SeeAsync("sandbox start sleep");
        try
        {
            await SendAsync(loop, signal);
        }
        catch (InfrastructureException gone)
        {
            gone.Code.ShouldBe("server-unavailable");
        }

        (await process.EndAsync()).ExitCode.ShouldBe(HostProcess.Killed);
        return loop;
    }

    private static async Task SendAsync(LoopCase loop, LoopSignal signal)
    {
        await using var holder = (
            await Holder.TryConnectAsync(DirectorySocket.To(loop.Data.Path), CancellationToken.None)
        ).ShouldNotBeNull();
        await holder.Api.SignalAsync(loop.Id, signal, CancellationToken.None);
    }
}
