using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>The read half of a host, over a ledger that this process may or may not own.</summary>
public sealed class LoopReader(ILoopLedger ledger)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly LoopLoader _loader = new(ledger);

    /// <summary>Summaries by head: a loop that has not grown is not folded again. A summary is some 200 bytes.</summary>
    private readonly ConcurrentDictionary<LoopId, (long Seq, LoopSummary Summary)> _summaries = new();

    public ValueTask<LoopState?> LoadAsync(LoopId loop, CancellationToken cancellationToken) => _loader.LoadAsync(loop, cancellationToken);

    /// <inheritdoc cref="ILoopHost.FindTenantAsync"/>
    public async ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (ledger is IIndexedLedger indexed && await indexed.FindAsync(loop, cancellationToken).ConfigureAwait(false) is { } summary)
        {
            return summary.Tenant;
        }

        // A fork is its parent's tenant's. Its chain holds the parent's hash, so forks never go in a circle.
        for (var ancestor = loop; ;)
        {
            switch (await ReadFirstAsync(ancestor, cancellationToken).ConfigureAwait(false))
            {
                case LoopCreated created:
                    return created.Tenant;
                case LoopForked forked:
                    ancestor = forked.Parent;
                    break;
                case null when ancestor == loop:
                    return null;
                default:
                    throw new LedgerCorruptException($"loop {loop} cannot be traced to its beginning: that of loop {ancestor} is not here", null, 1);
            }
        }
    }

    public async IAsyncEnumerable<LoopSummary> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var loop in ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await SummaryAsync(loop, cancellationToken).ConfigureAwait(false) is { } summary)
            {
                yield return summary;
            }
        }
    }

    /// <summary>One page, newest first. A ledger with an index is asked; else every loop is folded once and then remembered.</summary>
    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        if (ledger is IIndexedLedger indexed)
        {
            return await indexed.ListAsync(query, cancellationToken).ConfigureAwait(false);
        }

        var after = query.Cursor is { } cursor ? LoopCursor.Parse(cursor) : (LoopCursor?)null;
        var found = new List<LoopSummary>();
        await foreach (var loop in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if ((query.Tenant is null || loop.Tenant == query.Tenant) && (query.Status is null || loop.Status == query.Status)
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

    /// <summary>Waits until the loop may have an entry <paramref name="seq"/>.</summary>
    public async ValueTask WaitAsync(LoopId loop, long seq, CancellationToken cancellationToken)
    {
        while (await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } head || head.Seq < seq)
        {
            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }
    }

    public static bool IsTerminal(LedgerLine line) =>
        line.Utf8.Span.IndexOf("\"type\":\"loop-verified\""u8) >= 0 || line.Utf8.Span.IndexOf("\"type\":\"loop-stopped\""u8) >= 0;

    private async ValueTask<LoopEvent?> ReadFirstAsync(LoopId loop, CancellationToken cancellationToken)
    {
        await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            return LedgerCodec.Read(line).Events[0];
        }

        return null;
    }

    private async ValueTask<LoopSummary?> SummaryAsync(LoopId loop, CancellationToken cancellationToken)
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

    /// <summary>Whose it is and what it was for, as far as its beginning still tells.</summary>
    private async ValueTask<LoopSummary> DamagedAsync(LoopId loop, LedgerCorruptException damage, CancellationToken cancellationToken)
    {
        var summary = new LoopSummary(loop, "?", LoopStatus.Failed, LoopStage.Discover, 0, 0, 0, default) { Damage = damage.Message };
        try
        {
            summary = summary with { Tenant = await FindTenantAsync(loop, cancellationToken).ConfigureAwait(false) ?? "?" };
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
