using System.Diagnostics;
using LoopCluster.Engine.Loops;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>Containers whose harness is gone end by themselves: nothing is restarted here and nobody reaps.</summary>
public abstract class OrphanContract(SandboxRig rig) : IDisposable
{
    protected const int Kill = 9;
    private const int Stop = 19;
    private const int Continue = 18;
    protected static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private readonly LoopId _loop = new($"orphan-{Environment.ProcessId}-{Random.Shared.Next():x}");
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");
    private readonly DirectoryInfo _workspace = SandboxRig.CreateWorkspace();

    public void Dispose()
    {
        _state.Delete(recursive: true);
        _workspace.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task HarnessKilled_RunningAndPreparedContainers_AreGoneInTime()
    {
        await rig.SkipWithoutEngineAsync();
        await using var harness = await StartHarnessAsync();

        harness.Signal(Kill);

        (await UntilGoneAsync()).ShouldBeLessThan(Bound);
    }

    [SkippableFact]
    public async Task HarnessStopped_ItsLease_EndsTheContainersAndTheCallSaysSo()
    {
        await rig.SkipWithoutEngineAsync();
        await using var harness = await StartHarnessAsync();

        harness.Signal(Stop);
        var elapsed = await UntilGoneAsync();
        harness.Signal(Continue);

        elapsed.ShouldBeLessThan(Bound + TimeSpan.FromSeconds(1));
        (await harness.ReadOutcomeAsync())!.ShouldContain("without a report");
    }

    protected Task<HarnessProcess> StartHarnessAsync() =>
        HarnessProcess.StartAsync(GetType().Assembly, rig, _loop, _workspace.FullName, _state.FullName);

    protected Task<IReadOnlyList<string>> ListAsync() => rig.ListAsync(_loop);

    protected async Task<TimeSpan> UntilGoneAsync()
    {
        var watch = Stopwatch.StartNew();
        while ((await rig.ListAsync(_loop)).Count > 0 && watch.Elapsed < TimeSpan.FromSeconds(30)) { }

        return watch.Elapsed;
    }
}
