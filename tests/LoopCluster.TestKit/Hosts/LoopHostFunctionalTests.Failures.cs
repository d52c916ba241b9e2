using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.TestKit.Hosts;

/// <summary>
/// Something breaks in a way nobody foresaw, inside each kind of effect: it costs that effect, with a reason in the ledger, and never the
/// drive.
/// </summary>
public abstract partial class LoopHostFunctionalTests
{
    private readonly BrokenParts _broken = new();

    [SkippableTheory]
    [InlineData(BrokenPart.Import, "ImportBase")]
    [InlineData(BrokenPart.Image, "PrepareBase")]
    [InlineData(BrokenPart.Prepare, "PrepareBase")]
    [InlineData(BrokenPart.Model, "CallModel")]
    [InlineData(BrokenPart.Tool, "RunTool")]
    [InlineData(BrokenPart.Gate, "RunGate")]
    [InlineData(BrokenPart.GateTree, "RunGate")]
    [InlineData(BrokenPart.Delivery, "Prove")]
    public async Task Effect_BreaksUnforeseen_IsParkedWithAReasonAndGoesOnOnceMended(BrokenPart part, string effect)
    {
        await ReopenAsync(new SwiftTime(), configure: Breakable);
        _broken.Break(part);

        var parked = await RunAsync(Spec($"[ {Run("put first.txt 1")}, {Write("42")} ]", "outage: 2s\nprepare: { run: say prepared }"));

        parked.Status.ShouldBe(LoopStatus.Parked);
        parked
            .StopReason.ShouldNotBeNull()
            .ShouldContain($"{effect} failed in a way that was not foreseen (KeyNotFoundException): {part} is broken on purpose");
        parked.Open.ShouldBeNull();
        _broken.Mend();
        await Host.ResumeAsync(parked.Id, Patient);

        (await UntilAsync(parked.Id, s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Verified);
    }

    [SkippableFact]
    public async Task Effect_ExternalCallBreaksUnforeseen_OutcomeIsUnknownAndItIsNotRepeated()
    {
        await ReopenAsync(new SwiftTime(), configure: Breakable);
        _broken.Break(BrokenPart.Tool);

        var state = await RunAsync(Spec($"[ {Run("put first.txt 1")}, {Write("42")} ]", "sandbox: { egress: [\"example.com:443\"] }"));

        state.Status.ShouldBe(LoopStatus.Verified);
        Shell.Sandbox.Calls.Count(c => c.Call.Command == "put first.txt 1").ShouldBe(1);
        (await EntriesAsync(state.Id)).SelectMany(e => e.Events).OfType<ToolCompleted>().First().Outcome.ShouldBe(ToolOutcome.Unknown);
    }

    private HostSetup Breakable(HostSetup setup)
    {
        Shell.Sandbox.Resolving = () =>
        {
            _broken.ThrowIf(BrokenPart.Image);
            return Task.CompletedTask;
        };
        Shell.BeforeCommand = command =>
            _broken.ThrowIf(
                command switch
                {
                    "say prepared" => BrokenPart.Prepare,
                    "has answer.txt 42" => BrokenPart.Gate,
                    _ => BrokenPart.Tool,
                }
            );
        return setup with
        {
            Configure = services =>
            {
                services.AddSingleton<IModelClient>(new BreakingModels(_broken));
                services.AddSingleton<IWorkspaces>(provider => new BreakingWorkspaces(_broken, provider));
            },
        };
    }
}
