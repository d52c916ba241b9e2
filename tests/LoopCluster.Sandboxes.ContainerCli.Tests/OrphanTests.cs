using System.Diagnostics;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

/// <summary>Containers whose harness is gone end by themselves: nothing is restarted here and nobody reaps.</summary>
[Trait("Category", "Docker")]
public sealed class OrphanTests : IDisposable
{
    private const int Kill = 9;
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private readonly LoopId _loop = new($"orphan-{Environment.ProcessId}-{Random.Shared.Next():x}");
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");
    private readonly DirectoryInfo _workspace = LiveEngine.CreateWorkspace();

    public void Dispose()
    {
        _state.Delete(recursive: true);
        _workspace.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task HarnessKilled_RunningAndPreparedContainers_AreGoneInTime()
    {
        await LiveEngine.SkipWithoutAsync();
        await using var harness = await HarnessProcess.StartAsync(_loop, _workspace.FullName, _state.FullName);

        harness.Signal(Kill);

        (await UntilGoneAsync()).ShouldBeLessThan(Bound);
    }

    [SkippableFact]
    public async Task HarnessAndClientsKilled_RunningAndPreparedContainers_AreGoneInTime()
    {
        await LiveEngine.SkipWithoutAsync();
        await using var harness = await HarnessProcess.StartAsync(_loop, _workspace.FullName, _state.FullName);

        HarnessProcess.Send(Kill, [harness.Id, .. harness.Clients]);

        (await UntilGoneAsync()).ShouldBeLessThan(Bound);
    }

    [SkippableFact]
    public async Task HarnessStopped_ItsLease_EndsTheContainersAndTheCallSaysSo()
    {
        await LiveEngine.SkipWithoutAsync();
        await using var harness = await HarnessProcess.StartAsync(_loop, _workspace.FullName, _state.FullName);

        harness.Signal(Stop);
        var elapsed = await UntilGoneAsync();
        harness.Signal(Continue);

        elapsed.ShouldBeLessThan(Bound + TimeSpan.FromSeconds(1));
        (await harness.ReadOutcomeAsync())!.ShouldContain("without a report");
    }

    [SkippableFact]
    public async Task ClientKilled_RunningCall_FailsAsInfrastructureWithNothingLeft()
    {
        await LiveEngine.SkipWithoutAsync();
        await using var harness = await HarnessProcess.StartAsync(_loop, _workspace.FullName, _state.FullName);

        HarnessProcess.Send(Kill, harness.Clients);

        (await harness.ReadOutcomeAsync())!.ShouldContain("without a report");
        (await LiveEngine.ListAsync(_loop)).ShouldBeEmpty();
    }

    private async Task<TimeSpan> UntilGoneAsync()
    {
        var watch = Stopwatch.StartNew();
        while ((await LiveEngine.ListAsync(_loop)).Count > 0 && watch.Elapsed < TimeSpan.FromSeconds(30))
        {
        }

        return watch.Elapsed;
    }
}
