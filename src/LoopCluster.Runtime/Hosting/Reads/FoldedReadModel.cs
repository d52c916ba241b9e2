using System.Collections.Concurrent;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>Summaries made by folding: each loop once, and again when it has grown. For a ledger that keeps nothing beside its chains.</summary>
public sealed class FoldedReadModel(ILoopLedger ledger) : IReadModel
{
    private readonly LoopLoader _loader = new(ledger);

    /// <summary>By head: a loop that has not grown is not folded again. A summary is some 200 bytes.</summary>
    private readonly ConcurrentDictionary<LoopId, (long Seq, LoopSummary Summary)> _summaries = new();

    public async ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        try
        {
            var head = await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false);
            if (_summaries.TryGetValue(loop, out var known) && known.Seq == head?.Seq)
            {
                return known.Summary;
            }

            if (await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } state)
            {
                return null;
            }

            var summary = LoopSummary.Of(state);
            _summaries[loop] = (state.Seq, summary);
            return summary;
        }
        catch (LedgerCorruptException damage)
        {
            // One damaged loop must not hide the others.
            return await DamagedAsync(loop, damage, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        var after = query.Cursor is { } cursor ? LoopCursor.Parse(cursor) : (LoopCursor?)null;
        var found = new List<LoopSummary>();
        await foreach (var id in ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is { } loop
                && (query.Tenant is null || loop.Tenant == query.Tenant) && (query.Status is null || loop.Status == query.Status)
                && (after is null || LoopCursor.Of(loop).CompareTo(after.Value) < 0))
            {
                found.Add(loop);
            }
        }

        found.Sort((a, b) => LoopCursor.Of(b).CompareTo(LoopCursor.Of(a)));
        return found.Count > query.Limit
            ? new LoopPage(found[..query.Limit], LoopCursor.Of(found[query.Limit - 1]).ToString())
            : new LoopPage(found, null);
    }

    /// <summary>Whose it is and what it was for, as far as its beginning still tells.</summary>
    private async ValueTask<LoopSummary> DamagedAsync(LoopId loop, LedgerCorruptException damage, CancellationToken cancellationToken)
    {
        var summary = new LoopSummary(loop, "?", LoopStatus.Failed, LoopStage.Discover, 0, 0, 0, default) { Damage = damage.Message };
        try
        {
            summary = summary with { Tenant = await _loader.FindTenantAsync(loop, cancellationToken).ConfigureAwait(false) ?? "?" };
            await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
            {
                var entry = LedgerCodec.Read(line);
                summary = entry.Events[0] is LoopCreated created
                    ? summary with { Created = entry.At, Updated = entry.At, Goal = created.Spec.Goal }
                    : summary with { Created = summary.Created == default ? entry.At : summary.Created, Updated = entry.At };
            }
        }
        catch (LedgerCorruptException)
        {
            // So far it could be read.
        }

        return summary;
    }
}
