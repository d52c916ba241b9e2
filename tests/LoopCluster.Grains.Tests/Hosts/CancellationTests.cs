using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>Callers that give up, and what grains answer in our own words.</summary>
[Trait("Category", "Cluster")]
public sealed class CancellationTests : ClusterTests
{
    [Fact]
    public async Task Watch_CancelledByItsReader_EndsAndTheGrainForgetsIt()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);
        using var hangsUp = new CancellationTokenSource();
        var seen = 0;

        var watching = Task.Run(async () =>
        {
            await foreach (var _ in AnyHost.WatchAsync(loop, 1, hangsUp.Token))
            {
                seen++;
            }
        });
        await UntilAsync(async () => seen == (await StateAsync(loop)).Seq, "it has read everything");
        await hangsUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => watching);
        Shell.Release();
        await AllEndRightAsync([loop]);
    }

    [Fact]
    public async Task Signal_CallerGivesUp_TheGrainsWorkIsCancelledToo()
    {
        await StartClusterAsync(2, s =>
            s with
            {
                Configuration = new Dictionary<string, string?> { ["LoopCluster:Keeper:NewLoopAge"] = "01:00:00" },
            }
        );
        var first = Cluster.Silos.First();
        var created = await LoopTestCluster.Get<LoopStarter>(first).CreateAsync(new StartLoop(Tenant, HoldingSpec()), Patient);
        var grain = LoopTestCluster.Get<IGrainFactory>(first).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, created.Id));
        var lives = Cluster.Silos.Select(Cluster.LifeOf).ToArray();
        var gate = new TaskCompletionSource();
        Array.ForEach(lives, life => life.Gate = gate.Task);
        using var givesUp = new CancellationTokenSource();

        var signal = grain.SignalAsync(SignalMessage.Of(new MessageSignal("m1", "ann", "hello")), givesUp.Token);
        await UntilAsync(() => Cluster.SiloOf(grain.GetGrainId()) is not null, "the call has arrived");
        await givesUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => signal);
        await UntilAsync(() => lives.Sum(l => l.CancelledReads) > 0, "the grain stops reading");
        Array.ForEach(lives, life => life.Gate = null);
        gate.SetResult();
        (await EventsAsync<MessageReceived>(created.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Signal_CallerGivesUpWhileTheClusterDoesNotAnswer_StopsAskingAndAskingAgainIsSafe()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);
        using var givesUp = new CancellationTokenSource();
        var grain = new SilentGrain();

        var asking = GrainCalls.AskAsync(() => grain.AskAsync(givesUp.Token), givesUp.Token);
        await grain.Asked;
        await givesUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await AnyHost.SignalAsync(loop, new MessageSignal("m1", "ann", "hello"), Patient);
        await AnyHost.SignalAsync(loop, new MessageSignal("m1", "ann", "hello"), Patient);
        (await EventsAsync<MessageReceived>(loop)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Ask_TransientFailures_AreAskedAgain()
    {
        var calls = 0;

        await GrainCalls.AskAsync(
            () =>
                ++calls switch
                {
                    1 => throw new SiloUnavailableException("died"),
                    2 => throw new TimeoutException(),
                    3 => Task.FromResult(LoopReply.Elsewhere),
                    _ => Task.FromResult(LoopReply.Done),
                },
            Patient
        );

        calls.ShouldBe(4);
    }

    [Fact]
    public async Task Ask_OurOwnRefusal_IsThrownAtOnceAsItWas()
    {
        var refusal = new BadInputException(
            "approval-not-open",
            [new InputFault("seq", "waits for another"), new InputFault("", "and more")]
        );

        var error = await Should.ThrowAsync<BadInputException>(() =>
            GrainCalls.AskAsync(() => Task.FromResult(LoopReply.Of(refusal)), Patient)
        );

        (error.Code, error.Message).ShouldBe((refusal.Code, refusal.Message));
        error.Faults.ShouldBe(refusal.Faults);
        var broken = LoopReply.Of(new InfrastructureException("ledger-unavailable", "away"));
        Should.Throw<InfrastructureException>(broken.ThrowIfFailed).Code.ShouldBe("ledger-unavailable");
        LoopReply.Of(new LedgerConflictException("lost")).IsElsewhere.ShouldBeTrue();
    }

    [Fact]
    public void Key_OfAnyTenant_IsReadBack()
    {
        var loop = new Engine.Loops.LoopId("a-1");
        foreach (var tenant in new[] { "t", "a/b", "", "ä b" })
        {
            LoopKey.Parse(LoopKey.Of(tenant, loop)).ShouldBe((tenant, loop));
        }

        Should.Throw<ArgumentException>(() => LoopKey.Parse("no-loop"));
    }

    private sealed class SilentGrain
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public async Task<LoopReply> AskAsync(CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return LoopReply.Done;
        }
    }
}
