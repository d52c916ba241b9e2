using LoopCluster.Bench.Turns;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Recovery;

/// <summary>Holds a loop's ledger against what the model server recorded, which no silo wrote.</summary>
internal sealed class LedgerReckoning(ILoopLedger ledger, int turns)
{
    /// <summary>The ledger's times are cut to milliseconds.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(1);

    /// <param name="requests">What the model was asked for this loop, oldest first.</param>
    public async Task<LoopReckoning> ReckonAsync(LoopId loop, IReadOnlyList<StubRequest> requests)
    {
        var entries = new List<LedgerEntry>();
        // The ledger checks the chain and that no seq is missing; folding checks that every step follows from the one before.
        await foreach (var line in ledger.ReadAsync(loop, 1, CancellationToken.None))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        var state = await new LoopLoader(ledger).LoadAsync(loop, CancellationToken.None);
        var replies = entries.SelectMany(e => e.Events.OfType<ModelReplied>().Select(_ => e.At.UtcDateTime)).ToList();
        var results = entries.Sum(e => e.Events.OfType<ToolCompleted>().Count());
        var isWhole =
            state is { Status: LoopStatus.Waiting } && entries[^1].Seq == entries.Count && replies.Count >= turns + 1 && results >= turns;
        var again = requests.Count(r => r.Turn < replies.Count && r.At > replies[r.Turn] + Slack);
        return new LoopReckoning(isWhole, again + Math.Max(0, replies.Count - turns - 1) + Math.Max(0, results - turns), entries);
    }
}

/// <param name="IsWhole">It ended as it should, every step is there.</param>
/// <param name="Repeated">Requests made although the ledger had their reply, and steps that are there twice.</param>
internal sealed record LoopReckoning(bool IsWhole, int Repeated, IReadOnlyList<LedgerEntry> Entries)
{
    /// <summary>When a driver took the loop after <paramref name="epoch"/>; null when none did.</summary>
    public DateTime? TakenAfter(int epoch) => Entries.FirstOrDefault(e => e.Epoch > epoch)?.At.UtcDateTime;
}
