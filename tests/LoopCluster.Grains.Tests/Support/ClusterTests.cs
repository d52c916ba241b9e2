using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Grains.Tests.Support;

/// <summary>A store of its own for each test, loops with a <c>hold</c> in the middle, and waits that end.</summary>
public abstract class ClusterTests : IAsyncLifetime
{
    protected const string Tenant = "tests";

    private ClusterSetup? _setup;
    private LoopTestCluster? _cluster;

    private protected TestFiles Files { get; } = new();

    private protected FakeShell Shell { get; } = new();

    private protected LoopTestCluster Cluster => _cluster!;

    private protected SharedStore Store => _setup!.Store;

    /// <summary>Ends every wait of a test that hangs.</summary>
    private protected CancellationToken Patient { get; } = new CancellationTokenSource(TimeSpan.FromSeconds(90)).Token;

    public async Task InitializeAsync() => _setup = new ClusterSetup(await OpenStoreAsync(Files.At("data")), Shell.Sandbox);

    public async Task DisposeAsync()
    {
        Shell.Release();
        if (_cluster is { } cluster)
        {
            await cluster.DisposeAsync();
        }

        // None where a test is skipped for what this machine lacks.
        if (_setup is { } setup)
        {
            await setup.Store.DisposeAsync();
        }

        Files.Dispose();
    }

    /// <summary>What all silos share. Default: files of one directory.</summary>
    private protected virtual ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        ValueTask.FromResult(SharedStore.OnFiles(directory));

    private protected async Task StartClusterAsync(int silos, Func<ClusterSetup, ClusterSetup>? configure = null)
    {
        var setup = _setup! with { Silos = silos };
        _cluster = await LoopTestCluster.StartAsync(configure?.Invoke(setup) ?? setup);
    }

    private protected ILoopHost AnyHost => LoopTestCluster.HostOf(Cluster.Silos.Last());

    /// <summary>A step that is done, a command that holds, and the answer.</summary>
    private protected LoopSpec HoldingSpec(string more = "") =>
        SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model:
              script:
                replies:
                  - { tools: [ { name: shell, arguments: { command: "put first.txt 1" } } ] }
                  - { tools: [ { name: shell, arguments: { command: "hold" } } ] }
                  - { tools: [ { name: write_file, arguments: { path: answer.txt, content: "42\n" } }, { name: done, arguments: { summary: ready } } ] }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            {{more}}
            """,
            SpecOrigin.File(Files.Root)
        );

    private protected async Task<LoopId> StartAsync(ILoopHost? host = null, LoopSpec? spec = null) =>
        await (host ?? AnyHost).StartAsync(new StartLoop(Tenant, spec ?? HoldingSpec()), Patient);

    private protected async Task<IReadOnlyList<LoopId>> StartAsync(int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync()));

    /// <summary>Waits until the loop's command holds in the loop's current epoch.</summary>
    private protected Task HeldAsync(LoopId loop, int epoch = 1) =>
        UntilAsync(
            () => Shell.Sandbox.Calls.Any(c => c.Owner.Loop == loop && c.Owner.Epoch >= epoch && c.Call.Command == "hold"),
            $"loop {loop} holds in epoch {epoch}"
        );

    private protected async Task<LoopState> StateAsync(LoopId loop) =>
        (await new LoopLoader(Store.Ledger).LoadAsync(loop, Patient)).ShouldNotBeNull();

    private protected async Task<LoopState> EndAsync(LoopId loop)
    {
        await foreach (var _ in AnyHost.WatchAsync(loop, 1, Patient))
        {
            // To the end.
        }

        return await StateAsync(loop);
    }

    /// <summary>Every loop ended right, and no completed step was done twice, by whichever silo.</summary>
    private protected async Task AllEndRightAsync(IReadOnlyList<LoopId> loops)
    {
        foreach (var loop in loops)
        {
            (await EndAsync(loop)).Status.ShouldBe(LoopStatus.Verified, loop.Value);
            Calls(loop, "put first.txt 1").ShouldBe(1, $"loop {loop} repeated a step that was done");
            await ReplaysAsync(loop);
        }
    }

    private protected int Calls(LoopId loop, string command) =>
        Shell.Sandbox.Calls.Count(c => c.Owner.Loop == loop && c.Call.Command == command);

    private protected async Task<IReadOnlyList<LedgerEntry>> EntriesAsync(LoopId loop)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var line in Store.Ledger.ReadAsync(loop, 1, Patient))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        return entries;
    }

    private protected async Task<IReadOnlyList<T>> EventsAsync<T>(LoopId loop)
        where T : LoopEvent => [.. (await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<T>()];

    /// <summary>Bounded polling, for what silos do in their own time.</summary>
    private protected async Task UntilAsync(Func<bool> condition, string what)
    {
        while (!condition())
        {
            Patient.IsCancellationRequested.ShouldBeFalse($"still not so: {what}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private protected async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        while (!await condition())
        {
            Patient.IsCancellationRequested.ShouldBeFalse($"still not so: {what}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task ReplaysAsync(LoopId loop)
    {
        var entries = await EntriesAsync(loop);
        var replayer = new LoopReplayer(await new LoopLoader(Store.Ledger).BeginAsync(entries[0], Patient));
        foreach (var entry in entries.Skip(1))
        {
            replayer.Next(entry);
        }

        replayer.Differences.ShouldBeEmpty($"loop {loop} does not replay");
    }
}
