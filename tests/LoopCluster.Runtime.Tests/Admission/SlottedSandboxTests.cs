using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Tests.Admission;

public sealed class SlottedSandboxTests
{
    private static readonly SandboxShape Shape = new()
    {
        ImageId = FakeSandbox.ImageId,
        WorkspaceDirectory = "/nowhere",
        Limits = new SandboxLimits(),
    };
    private static readonly SandboxCall Call = new() { Command = "true", Timeout = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Run_MoreCallsThanSlots_OthersWait()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gauge = new GaugeSandbox(
            new FakeSandbox(
                async (_, token) =>
                {
                    await go.Task.WaitAsync(token);
                    return FakeSandbox.Exited(0);
                }
            )
        );
        using var slotted = new SlottedSandbox(gauge, 2);

        var calls = Enumerable.Range(0, 5).Select(i => slotted.RunAsync(Owner(i), Shape, Call, CancellationToken.None).AsTask()).ToArray();
        slotted.Free.ShouldBe(0);
        go.SetResult();

        (await Task.WhenAll(calls)).ShouldAllBe(r => r.Outcome == SandboxOutcome.Exited);
        gauge.Most.ShouldBe(2);
        slotted.Free.ShouldBe(2);
    }

    [Fact]
    public async Task Run_CancelledWhileItWaits_NeverBeganAndTakesNoSlot()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sandbox = new FakeSandbox(
            async (_, token) =>
            {
                await go.Task.WaitAsync(token);
                return FakeSandbox.Exited(0);
            }
        );
        using var slotted = new SlottedSandbox(sandbox, 1);
        using var cancel = new CancellationTokenSource();
        var first = slotted.RunAsync(Owner(1), Shape, Call, CancellationToken.None).AsTask();
        var second = slotted.RunAsync(Owner(2), Shape, Call, cancel.Token).AsTask();

        await cancel.CancelAsync();

        (await second).Outcome.ShouldBe(SandboxOutcome.Cancelled);
        go.SetResult();
        await first;
        sandbox.Calls.Count.ShouldBe(1);
        slotted.Free.ShouldBe(1);
    }

    [Fact]
    public async Task Prewarm_NoSlotIsFree_PreparesNothing()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sandbox = new FakeSandbox(
            async (_, token) =>
            {
                await go.Task.WaitAsync(token);
                return FakeSandbox.Exited(0);
            }
        );
        using var slotted = new SlottedSandbox(sandbox, 1);
        slotted.Prewarm(Owner(1), Shape);
        var running = slotted.RunAsync(Owner(1), Shape, Call, CancellationToken.None).AsTask();

        slotted.Prewarm(Owner(2), Shape);

        sandbox.Prewarmed.ShouldHaveSingleItem().Owner.ShouldBe(Owner(1));
        go.SetResult();
        await running;
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("3", true)]
    public void AddSandboxSlots_Configured_BoundsWhatWasRegistered(string slots, bool bounded)
    {
        var sandbox = new FakeSandbox();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection([new("LoopCluster:Limits:SandboxSlots", slots)]).Build()
        );
        services.AddSingleton<ISandbox>(sandbox);

        using var provider = services.AddSandboxSlots().AddSandboxSlots().BuildServiceProvider();

        if (bounded)
        {
            provider.GetRequiredService<ISandbox>().ShouldBeOfType<SlottedSandbox>().Free.ShouldBe(3);
        }
        else
        {
            provider.GetRequiredService<ISandbox>().ShouldBeSameAs(sandbox);
        }
    }

    [Fact]
    public void Limits_BelowZero_AreRefusedWithTheKey() =>
        new ProcessLimitsValidator()
            .Validate(null, new ProcessLimits { SandboxSlots = -1 })
            .FailureMessage.ShouldNotBeNull()
            .ShouldContain("LoopCluster:Limits:SandboxSlots");

    private static SandboxOwner Owner(int loop) => new(new LoopId($"loop{loop}"), 1, "tests");
}
