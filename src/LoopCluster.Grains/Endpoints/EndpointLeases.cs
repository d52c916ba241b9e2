namespace LoopCluster.Grains.Endpoints;

/// <summary>
/// Who holds how much of an endpoint. What a holder was granted, or may still have open under an older and larger share, counts as held
/// until it has told otherwise or its lease has run out; nobody is granted more than is left. So the sum of what may be open never passes
/// the concurrency.
/// </summary>
internal sealed class EndpointLeases(TimeSpan lease)
{
    private readonly SortedDictionary<string, Entry> _holders = new(StringComparer.Ordinal);

    public int Held => _holders.Values.Sum(h => h.Held);

    public bool IsEmpty => _holders.Count == 0;

    /// <summary>Notes what somebody holds already, after a former activation is gone.</summary>
    public void Claim(EndpointUse use, TimeSpan now)
    {
        if (!_holders.ContainsKey(use.Holder))
        {
            _holders[use.Holder] = new Entry(use.Number, use.Wanted, use.Held, use.Held, now + lease, null);
        }
    }

    public int Grant(EndpointUse use, TimeSpan now)
    {
        foreach (var expired in _holders.Where(h => h.Value.Expires <= now).Select(h => h.Key).ToArray())
        {
            _holders.Remove(expired);
        }

        var known = _holders.GetValueOrDefault(use.Holder);
        if (known is not null && use.Number <= known.Number)
        {
            return known.Granted;
        }

        var others = _holders.Where(h => h.Key != use.Holder).Sum(h => h.Value.Held);
        _holders[use.Holder] = known = new Entry(use.Number, use.Wanted, 0, use.Held, now + lease, known?.StarvedSince);
        var granted = Math.Max(0, Math.Min(TargetOf(use.Holder, use.Concurrency), use.Concurrency - others));
        _holders[use.Holder] = known with
        {
            Granted = granted,
            Held = Math.Max(granted, use.Held),
            StarvedSince = granted > 0 || use.Wanted == 0 ? null : known.StarvedSince ?? now,
        };
        return granted;
    }

    /// <summary>Whom a holder that got less than it wants waits for: those that were granted more than they would be now.</summary>
    public IReadOnlyList<string> AheadOf(string holder, int concurrency) =>
        _holders.TryGetValue(holder, out var starved) && starved.Granted < Math.Min(starved.Wanted, TargetOf(holder, concurrency))
            ? [.. _holders.Where(h => h.Value.Granted > TargetOf(h.Key, concurrency)).Select(h => h.Key)]
            : [];

    public void Return(string holder) => _holders.Remove(holder);

    /// <summary>
    /// Everybody gets one in turn until nobody wants more, those that have had none the longest first. What is left then is spread as well:
    /// a burst need not wait for a renewal.
    /// </summary>
    private int TargetOf(string holder, int concurrency)
    {
        var left = concurrency;
        var targets = _holders
            .Where(h => h.Value.Wanted > 0)
            .OrderBy(h => h.Value.StarvedSince ?? TimeSpan.MaxValue)
            .ThenBy(h => h.Key, StringComparer.Ordinal)
            .Select(h => new Target(h.Key, h.Value.Wanted))
            .ToArray();
        for (var given = true; given && left > 0; )
        {
            given = false;
            foreach (var target in targets.Where(t => t.Given < t.Wanted))
            {
                if (left > 0)
                {
                    target.Given++;
                    left--;
                    given = true;
                }
            }
        }

        var mine = targets.FirstOrDefault(t => t.Holder == holder);
        return mine is null ? 0 : mine.Given + (left / targets.Length);
    }

    private sealed record Entry(long Number, int Wanted, int Granted, int Held, TimeSpan Expires, TimeSpan? StarvedSince);

    private sealed record Target(string Holder, int Wanted)
    {
        public int Given { get; set; }
    }
}
