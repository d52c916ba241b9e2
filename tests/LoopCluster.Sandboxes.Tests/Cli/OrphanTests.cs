using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.Cli;

/// <summary>With client processes between harness and engine, those may die as well.</summary>
[Trait("Category", "Docker")]
public sealed class OrphanTests() : OrphanContract(LiveEngine.Rig)
{
    [SkippableFact]
    public async Task HarnessAndClientsKilled_RunningAndPreparedContainers_AreGoneInTime()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        await using var harness = await StartHarnessAsync();

        HarnessProcess.Send(Kill, [harness.Id, .. harness.Clients]);

        (await UntilGoneAsync()).ShouldBeLessThan(Bound);
    }

    [SkippableFact]
    public async Task ClientKilled_RunningCall_FailsAsInfrastructureWithNothingLeft()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        await using var harness = await StartHarnessAsync();

        HarnessProcess.Send(Kill, harness.Clients);

        (await harness.ReadOutcomeAsync())!.ShouldContain("without a report");
        (await ListAsync()).ShouldBeEmpty();
    }
}
