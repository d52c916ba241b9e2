using System.Globalization;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Ledger;

/// <summary>A loop that is said to and cancelled, entry by entry, as a driver would write it.</summary>
public sealed class StoredLoop(LoopId id, string tenant = "acme")
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private LoopState? _state;

    public StoredLoop(string id)
        : this(new LoopId(id)) { }

    public LoopId Id => id;

    public LoopState State => _state ?? throw new InvalidOperationException("nothing was sealed yet");

    private long Seq => _state?.Seq ?? 0;

    /// <summary>The next entry: the creation, a driver, then messages.</summary>
    public LedgerLine Next() =>
        Seq switch
        {
            0 => Seal(Created()),
            1 => Seal(new DriverStarted(1, "host/1")),
            var seq => Seal(new MessageReceived($"m{seq}", "a person", string.Create(CultureInfo.InvariantCulture, $"message {seq}"))),
        };

    /// <summary>The first entry of another loop that goes on from here.</summary>
    public StoredLoop Fork(string id, out LedgerLine line)
    {
        var fork = new StoredLoop(new LoopId(id), tenant);
        var forked = new LoopForked
        {
            Parent = Id,
            Seq = Seq,
            Hash = State.Head.ToString(),
            Commit = State.Workspace.Commit,
            Budget = State.Spec.Budget,
            Versions = EngineVersions.Current,
        };
        line = LedgerCodec.Seal(fork.Id, 1, Start.AddHours(1), 0, [forked], LedgerHash.Genesis(fork.Id));
        fork._state = LoopFold.BeginFork(State, LedgerCodec.Read(line));
        return fork._state.Fault is { } fault ? throw new InvalidOperationException(fault) : fork;
    }

    /// <summary>The last entry.</summary>
    public LedgerLine Cancel() => Seal(new CancelRequested("c", "a person", "enough"), new LoopStopped(LoopStatus.Cancelled, "cancelled"));

    public async ValueTask AppendAsync(ILoopLedger ledger, int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            await ledger.AppendAsync(Next(), default);
        }
    }

    private LedgerLine Seal(params LoopEvent[] events)
    {
        var line = LedgerCodec.Seal(id, Seq + 1, Start.AddSeconds(Seq), Seq == 0 ? 0 : 1, events, _state?.Head ?? LedgerHash.Genesis(id));
        var entry = LedgerCodec.Read(line);
        _state = _state is null ? LoopFold.Begin(entry) : LoopFold.Apply(_state, entry);
        return _state.Fault is { } fault ? throw new InvalidOperationException(fault) : line;
    }

    private LoopCreated Created() =>
        new()
        {
            Tenant = tenant,
            Spec = new LoopSpec
            {
                Goal = $"what {id} is for",
                Workspace = new WorkspaceSpec { Files = new Dictionary<string, string>() },
                Models = new Dictionary<string, ModelSpec> { [AgentNames.Make] = new() { Name = "stub" } },
                Mode = LoopMode.SingleShot,
            },
            Models = new Dictionary<string, ModelBinding>
            {
                [AgentNames.Make] = new()
                {
                    Name = "stub",
                    Model = "stub",
                    Window = 131_072,
                    MaxTokens = 4_096,
                },
            },
            Tools = [],
            Versions = EngineVersions.Current,
            Request = "0123",
        };
}
