using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Ledger;

/// <summary>A read model that keeps nothing and folds: what every other one must agree with.</summary>
public sealed class FoldedReadModel(ILoopLedger ledger) : IReadModel
{
    private readonly LoopLoader _loader = new(ledger);

    public async ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken) =>
        (await ReadAsync(loop, 0, cancellationToken))?.Summary;

    public async ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken) =>
        await _loader.LoadAsync(loop, cancellationToken) is { } state && state.Seq >= atLeast ? LoopRecord.Of(state) : null;

    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        var found = new List<LoopSummary>();
        await foreach (var id in ledger.ListAsync(cancellationToken))
        {
            if (await FindAsync(id, cancellationToken) is { } loop && query.Selects(loop))
            {
                found.Add(loop);
            }
        }

        found.Sort((a, b) => LoopCursor.Of(b).CompareTo(LoopCursor.Of(a)));
        return found.Count > query.Limit
            ? new LoopPage(found[..query.Limit], LoopCursor.Of(found[query.Limit - 1]).ToString())
            : new LoopPage(found, null);
    }

    public async IAsyncEnumerable<RecordPlace> ListPlacesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var id in ledger.ListAsync(cancellationToken))
        {
            if (await ledger.ReadHeadAsync(id, cancellationToken) is { } head)
            {
                yield return new RecordPlace(id, head.Seq, head.Hash.ToString());
            }
        }
    }

    public ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
