using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.TestKit.Hosts;

/// <summary>
/// What a loop does, whatever hosts it: real git workspaces, a real ledger, scripted models, commands without containers. A host inherits
/// these tests unchanged. Every loop a test leaves behind is replayed and must show no difference.
/// </summary>
public abstract partial class LoopHostFunctionalTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private IRunningHost? _running;

    private Func<HostSetup, HostSetup> _configure = setup => setup;

    protected TestFiles Files { get; } = new();

    protected FakeShell Shell { get; } = new();

    protected ILoopHost Host => _running!.Host;

    /// <summary>Ends every wait of a test that hangs.</summary>
    protected CancellationToken Patient { get; } = new CancellationTokenSource(Patience).Token;

    private TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>That drive loops.</summary>
    protected virtual int Processes => 1;

    protected abstract ValueTask<IRunningHost> OpenAsync(HostSetup setup);

    public async Task InitializeAsync() => await ReopenAsync();

    public async Task DisposeAsync()
    {
        await ReplayAllAsync();
        await _running!.DisposeAsync();
        Files.Dispose();
    }

    /// <summary>Parks everything and opens the same store again.</summary>
    /// <param name="between">Done while nothing is open.</param>
    /// <param name="configure">Changes what the host is made of, from here on.</param>
    protected async Task ReopenAsync(
        TimeProvider? time = null,
        string models = "models: {}",
        Action? between = null,
        Func<HostSetup, HostSetup>? configure = null
    )
    {
        _configure = configure ?? _configure;
        Time = time ?? Time;
        if (_running is { } running)
        {
            await running.DisposeAsync();
        }

        between?.Invoke();
        _running = await OpenAsync(_configure(new HostSetup(Files.At("data"), Shell.Sandbox, ModelCatalog.Parse(models), Time)));
    }

    /// <summary>A task with one gate, <c>has answer.txt 42</c>, unless <paramref name="gates"/> names others; "" for none.</summary>
    protected LoopSpec Spec(
        string replies,
        string more = "",
        string? gates = null,
        string workspace = "{ files: { readme.txt: \"hello\\n\" } }"
    ) =>
        SpecFile.Parse(
            $"""
            goal: put 42 into answer.txt
            workspace: {workspace}
            model:
              script:
                replies: {replies}
            {(gates is "" ? "" : $"gates: {gates ?? "[ { name: answer, run: has answer.txt 42 } ]"}")}
            {more}
            """,
            SpecOrigin.File(Files.Root)
        );

    protected static string Write(string text, bool done = true) =>
        $$"""{ tools: [ { name: write_file, arguments: { path: answer.txt, content: "{{text}}\n" } }{{(done ? ", { name: done, arguments: { summary: ready } }" : "")}} ] }""";

    protected static string Run(string command, bool done = false) =>
        $$"""{ tools: [ { name: shell, arguments: { command: "{{command}}" } }{{(done ? ", { name: done, arguments: { summary: ready } }" : "")}} ] }""";

    protected async Task<LoopId> StartAsync(LoopSpec spec) => await Host.StartAsync(new StartLoop("tests", spec), Patient);

    /// <summary>Runs a task until it ends or waits for a person.</summary>
    protected async Task<LoopState> RunAsync(LoopSpec spec) => await RestAsync(await StartAsync(spec));

    /// <summary>Waits until a loop has ended or waits for a person.</summary>
    protected Task<LoopState> RestAsync(LoopId loop) =>
        UntilAsync(loop, state => state.IsTerminal || state.Status is LoopStatus.Waiting or LoopStatus.Parked or LoopStatus.Paused);

    /// <summary>
    /// The state of a loop at the first entry from which on <paramref name="condition"/> holds, among those not yet durable now or the last
    /// one that is.
    /// </summary>
    protected async Task<LoopState> UntilAsync(LoopId loop, Func<LoopState, bool> condition)
    {
        var loader = new LoopLoader(new HostLedger(Host));
        var known = (await Host.GetAsync(loop, Patient))!.State.Seq;
        LoopState? state = null;
        await foreach (var line in Host.WatchAsync(loop, 1, Patient))
        {
            var entry = LedgerCodec.Read(line);
            state = state is null ? await loader.BeginAsync(entry, Patient) : LoopFold.Apply(state, entry);
            if (entry.Seq >= known && condition(state))
            {
                return state;
            }
        }

        throw new InvalidOperationException($"loop {loop} ended as {state?.Status} ({state?.StopReason}) before what was waited for");
    }

    protected async Task<IReadOnlyList<LedgerEntry>> EntriesAsync(LoopId loop)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var line in new HostLedger(Host).ReadAsync(loop, 1, Patient))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        return entries;
    }

    private async Task ReplayAllAsync()
    {
        var ledger = new HostLedger(Host);
        await foreach (var loop in ledger.ListAsync(Patient))
        {
            LoopReplayer? replayer = null;
            await foreach (var line in ledger.ReadAsync(loop, 1, Patient))
            {
                var entry = await ReplyExtras.FillAsync(LedgerCodec.Read(line), _running!.Blobs, Patient);
                if (replayer is null)
                {
                    replayer = new LoopReplayer(await new LoopLoader(ledger).BeginAsync(entry, Patient));
                }
                else
                {
                    replayer.Next(entry);
                }
            }

            replayer.ShouldNotBeNull();
            replayer.Differences.ShouldBeEmpty($"loop {loop} does not replay");
        }
    }
}
