using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>
/// The records of loops as this process sees them: what the read model keeps, and before that what this process knows better. A record that
/// is behind its loop's ledger is never shown: the loop is folded instead. The ledger is the truth; whatever happens to the read model,
/// reads are right and only slower.
/// </summary>
public sealed partial class LoopRecords(ILoopLedger ledger, IReadModel store, RecordKeeping keeping, ILogger<LoopRecords> logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(5);

    private readonly LoopLoader _loader = new(ledger);
    private readonly RecordFolder _folder = new(ledger);
    private readonly ConcurrentDictionary<LoopId, PendingRecord> _pending = new();
    private readonly Lock _starting = new();
    private HashSet<LoopId> _damaged = [];
    private Task? _complete;
    private bool _told;

    /// <summary>The record as of the loop's last durable entry, or null for an unknown loop.</summary>
    /// <exception cref="LedgerCorruptException">The loop is damaged.</exception>
    public async ValueTask<LoopRecord?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } head)
        {
            return null;
        }

        await ledger.RequireSoundAsync(loop, head.Seq, cancellationToken).ConfigureAwait(false);
        if (await FindAsOfAsync(loop, head, cancellationToken).ConfigureAwait(false) is { } found)
        {
            foreach (var ancestor in found.Ancestors)
            {
                await ledger.RequireSoundAsync(ancestor.Loop, ancestor.Seq, cancellationToken).ConfigureAwait(false);
            }

            return found;
        }

        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        var record = state is null ? null : LoopRecord.Of(state);
        Offer(loop, record);
        return record;
    }

    /// <summary>
    /// What is known or kept of a loop, as of this entry or a later one; waits a moment for who may be writing it. Null when it must be
    /// folded.
    /// </summary>
    private async ValueTask<LoopRecord?> FindAsOfAsync(LoopId loop, LedgerHead head, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        for (var pause = FirstLook; ; waited += pause, pause *= 2)
        {
            if (_pending.TryGetValue(loop, out var pending) && pending.Seq >= head.Seq)
            {
                return pending.Record;
            }

            if (
                await TryReadAsync(loop, head.Seq, cancellationToken).ConfigureAwait(false) is { } kept
                && await IsOfLedgerAsync(kept, head, cancellationToken).ConfigureAwait(false)
            )
            {
                return kept;
            }

            if (waited >= keeping.Patience)
            {
                return null;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The loop as lists show it, a damaged one too; null for an unknown one.</summary>
    public async ValueTask<LoopSummary?> FindSummaryAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (keeping.ListsAreExact)
        {
            return await store.FindAsync(loop, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return (await FindAsync(loop, cancellationToken).ConfigureAwait(false))?.Summary;
        }
        catch (LedgerCorruptException)
        {
            return (await _folder.FoldAsync(loop, cancellationToken).ConfigureAwait(false))?.Summary;
        }
    }

    /// <summary>One page, newest first. Each summary is its loop's own: a status never differs from what the chain says.</summary>
    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        if (keeping.ListsAreExact)
        {
            return await store.ListAsync(query, cancellationToken).ConfigureAwait(false);
        }

        await LookForDamageAsync(cancellationToken).ConfigureAwait(false);
        await CompleteAsync(cancellationToken).ConfigureAwait(false);
        // Taken before the store is asked: what is kept meanwhile is then found at least once.
        var pending = _pending.ToDictionary(p => p.Key, p => p.Value.Summary);
        var found = pending.Values.OfType<LoopSummary>().Where(query.Selects).ToList();
        await AddKeptAsync(query, pending, found, cancellationToken).ConfigureAwait(false);
        found.Sort((a, b) => LoopCursor.Of(b).CompareTo(LoopCursor.Of(a)));
        return found.Count > query.Limit
            ? new LoopPage(found[..query.Limit], LoopCursor.Of(found[query.Limit - 1]).ToString())
            : new LoopPage(found, null);
    }

    /// <summary>Every loop, oldest first.</summary>
    public async IAsyncEnumerable<LoopSummary> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = new List<LoopSummary>();
        for (var query = new LoopQuery { Limit = LoopQuery.MostLoops }; ; )
        {
            var page = await ListAsync(query, cancellationToken).ConfigureAwait(false);
            all.AddRange(page.Loops);
            if (page.Next is null)
            {
                break;
            }

            query = query with { Cursor = page.Next };
        }

        for (var i = all.Count - 1; i >= 0; i--)
        {
            yield return all[i];
        }
    }

    /// <summary>Done when everything that the ledger has is in the records of this process. The first caller starts it.</summary>
    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        Task complete;
        lock (_starting)
        {
            if (_complete is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _complete = Task.Run(CatchUpAsync, CancellationToken.None);
            }

            complete = _complete;
        }

        return complete.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Looks at every loop's head, and folds those whose record is missing, behind, or of another ledger: after a crash between ledger and
    /// record, after the read model was removed, after the ledger was restored.
    /// </summary>
    private async Task CatchUpAsync()
    {
        var places = await PlacesAsync().ConfigureAwait(false);
        var suspects = Suspects(places);
        var (empty, folded) = (places.Count == 0, 0);
        var missing = new List<(LoopId Loop, bool Known)>();
        await foreach (var loop in ledger.ListAsync(_stop.Token).ConfigureAwait(false))
        {
            var known = places.Remove(loop, out var place);
            if (suspects.Contains(loop))
            {
                // What is known of it, and of those that come from it, no longer counts.
                _pending.TryRemove(loop, out _);
                missing.Add((loop, known));
            }
            else if (!_pending.ContainsKey(loop) && !(known && await IsCurrentAsync(place).ConfigureAwait(false)))
            {
                missing.Add((loop, known));
            }
        }

        if (empty && keeping.Writes && missing.Count > 0)
        {
            LogRebuilding(logger, missing.Count);
        }

        foreach (var (loop, known) in missing)
        {
            var record = await _folder.FoldAsync(loop, _stop.Token).ConfigureAwait(false);
            if (known && keeping.Writes)
            {
                // What is kept may be of a later entry, of a ledger that is gone.
                await TryRemoveAsync([loop]).ConfigureAwait(false);
            }

            Offer(loop, record);
            if (++folded % MostAtOnce == 0 && keeping.Writes)
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }

        await DropAsync([.. places.Keys]).ConfigureAwait(false);
        LogComplete(logger, folded, places.Count);
    }

    /// <summary>Another set of damaged loops than before: every loop is looked at again.</summary>
    private async ValueTask LookForDamageAsync(CancellationToken cancellationToken)
    {
        var damaged = await ledger
            .ListDamagedAsync(cancellationToken)
            .ToHashSetAsync(cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        lock (_starting)
        {
            if (!damaged.SetEquals(_damaged))
            {
                (_damaged, _complete) = (damaged, null);
            }
        }
    }

    /// <summary>Damaged loops, the forks that rest on them, and what was shown as damaged and may be mended.</summary>
    private HashSet<LoopId> Suspects(Dictionary<LoopId, RecordPlace> places)
    {
        var parents = places.Values.Where(p => p.Parent is not null).ToDictionary(p => p.Loop, p => p.Parent!.Value);
        HashSet<LoopId> suspects;
        lock (_starting)
        {
            suspects = [.. _damaged];
        }

        foreach (var (loop, pending) in _pending)
        {
            if (pending.Parent is { } parent)
            {
                parents[loop] = parent;
            }

            if (pending.IsDamaged)
            {
                suspects.Add(loop);
            }
        }

        // Generations are few: each pass finds the next.
        while (
            suspects.Count > 0
            && parents.Where(p => suspects.Contains(p.Value) && !suspects.Contains(p.Key)).Select(p => p.Key).ToList()
                is { Count: > 0 } forks
        )
        {
            suspects.UnionWith(forks);
        }

        return suspects;
    }

    private async ValueTask<Dictionary<LoopId, RecordPlace>> PlacesAsync()
    {
        var places = new Dictionary<LoopId, RecordPlace>();
        try
        {
            await foreach (var place in store.ListPlacesAsync(_stop.Token).ConfigureAwait(false))
            {
                places[place.Loop] = place;
            }
        }
        catch (InfrastructureException e)
        {
            NotRead(e);
            places.Clear();
        }

        return places;
    }

    private async ValueTask<bool> IsCurrentAsync(RecordPlace place)
    {
        try
        {
            // The holder may have kept a later entry than the one a reader beside it saw.
            return await ledger.ReadHeadAsync(place.Loop, _stop.Token).ConfigureAwait(false) is { } head
                && ((head.Seq == place.Seq && head.Hash.ToString() == place.Head) || (!keeping.Writes && place.Seq > head.Seq));
        }
        catch (LedgerCorruptException)
        {
            return false;
        }
    }

    /// <summary>
    /// A record of a later entry is right when that entry came meanwhile; it may also be of a ledger that was restored from an older copy.
    /// </summary>
    private async ValueTask<bool> IsOfLedgerAsync(LoopRecord kept, LedgerHead head, CancellationToken cancellationToken)
    {
        if (kept.Seq > head.Seq && await ledger.ReadHeadAsync(kept.Summary.Id, cancellationToken).ConfigureAwait(false) is { } later)
        {
            head = later;
        }

        return kept.Seq == head.Seq ? kept.Head == head.Hash.ToString() : kept.Seq < head.Seq;
    }

    private async ValueTask DropAsync(IReadOnlyList<LoopId> gone)
    {
        if (gone.Count > 0 && keeping.Writes)
        {
            await TryRemoveAsync(gone).ConfigureAwait(false);
        }
        else
        {
            foreach (var loop in gone)
            {
                _pending.TryAdd(loop, new PendingRecord((LoopRecord?)null));
            }
        }
    }

    private async ValueTask TryRemoveAsync(IReadOnlyList<LoopId> loops)
    {
        try
        {
            await store.RemoveAsync(loops, _stop.Token).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            NotRead(e);
        }
    }

    /// <summary>A read model that cannot be read has nothing.</summary>
    private async ValueTask<LoopRecord?> TryReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(loop, atLeast, cancellationToken).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            NotRead(e);
            // It may have lost everything: the next list looks.
            LookAgain();
            return null;
        }
    }

    /// <summary>Adds what is kept and not known better, until there is one more than asked for.</summary>
    private async ValueTask AddKeptAsync(
        LoopQuery query,
        Dictionary<LoopId, LoopSummary?> better,
        List<LoopSummary> found,
        CancellationToken cancellationToken
    )
    {
        var kept = new List<LoopSummary>();
        try
        {
            for (var page = query with { Limit = Math.Min(query.Limit + 1, LoopQuery.MostLoops) }; kept.Count <= query.Limit; )
            {
                var read = await store.ListAsync(page, cancellationToken).ConfigureAwait(false);
                kept.AddRange(read.Loops.Where(l => !better.ContainsKey(l.Id)));
                if (read.Next is null)
                {
                    break;
                }

                page = page with { Cursor = read.Next };
            }

            found.AddRange(kept);
        }
        catch (InfrastructureException e)
        {
            NotRead(e);
            LookAgain();
            await AddFoldedAsync(query, better, found, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AddFoldedAsync(
        LoopQuery query,
        Dictionary<LoopId, LoopSummary?> better,
        List<LoopSummary> found,
        CancellationToken cancellationToken
    )
    {
        await foreach (var loop in ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (
                !better.ContainsKey(loop)
                && await _folder.FoldAsync(loop, cancellationToken).ConfigureAwait(false) is { Summary: var summary }
                && query.Selects(summary)
            )
            {
                found.Add(summary);
            }
        }
    }

    /// <summary>Told once: it is asked for again with every read.</summary>
    private void NotRead(InfrastructureException error)
    {
        if (!Interlocked.Exchange(ref _told, true))
        {
            LogNotRead(logger, error);
        }
    }

    /// <summary>What is kept may have been lost: the next list looks at every loop again.</summary>
    private void LookAgain()
    {
        lock (_starting)
        {
            _complete = null;
        }
    }
}
