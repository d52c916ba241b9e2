namespace LoopCluster.Engine.Routing;

/// <summary>
/// Which replica a session's request goes to. One that has the session's prefix keeps it while it has no more to do than others; else
/// rendezvous hashing, weighted by load: as long as nobody waits anywhere, every process makes the same choice, and a replica that joins or
/// leaves moves no other's sessions.
/// </summary>
public static class AffinityRules
{
    /// <summary>A prefix is taken to be in the cache of a server for so long.</summary>
    public static readonly TimeSpan Warm = TimeSpan.FromMinutes(10);

    /// <summary>A warm replica is left when so many more wait there than where the fewest do.</summary>
    public const int MostWaiting = 6;

    /// <summary>Requests that wait weigh by steps: small differences, and figures a moment old, move nobody.</summary>
    private const int WaitingStep = 4;

    private const double CacheFull = 0.97;
    private const double CacheFree = 0.85;

    /// <param name="session">Of the loop and its agent: what has one prefix.</param>
    /// <param name="replicas">At least one.</param>
    /// <param name="last">Where the session's last request went; null for none.</param>
    /// <param name="isWarm">That was not long ago.</param>
    public static ReplicaChoice Choose(string session, IReadOnlyList<ReplicaLoad> replicas, string? last, bool isWarm)
    {
        var usable = replicas.Where(r => !r.Sick).ToList();
        usable = usable.Count > 0 ? usable : [.. replicas];
        var before = last is null ? null : usable.Find(r => r.Url == last);
        if (before is not null && isWarm && !IsLoaded(before, usable))
        {
            return new ReplicaChoice(before.Url, ReplicaCause.Warm);
        }

        var moves = last is not null && isWarm;
        var chosen = usable.Where(r => !moves || r != before || usable.Count == 1).MaxBy(r => Score(session, r))!;
        return new ReplicaChoice(
            chosen.Url,
            last is null ? ReplicaCause.First
                : moves ? ReplicaCause.Moved
                : ReplicaCause.Cold
        );
    }

    /// <summary>More wait there than elsewhere by so much that a prefix computed anew is the shorter wait.</summary>
    private static bool IsLoaded(ReplicaLoad replica, List<ReplicaLoad> all)
    {
        var least = all.Min(r => r.Waiting);
        return replica.Waiting >= least + MostWaiting
            || (replica.Cache >= CacheFull && replica.Waiting > least && all.Exists(r => r.Cache < CacheFree && r.Waiting <= least));
    }

    /// <summary>Weighted rendezvous: each replica gets sessions in proportion to its weight.</summary>
    private static double Score(string session, ReplicaLoad replica)
    {
        var weight = 1.0 / (1 + (replica.Waiting / WaitingStep) + (replica.Cache >= CacheFull ? 1 : 0));
        return -weight / Math.Log(Unit(session, replica.Url));
    }

    /// <summary>Between 0 and 1, both left out.</summary>
    private static double Unit(string session, string url)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in session)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ '\n') * 1099511628211UL;
        foreach (var c in url)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        // FNV's high bits of short texts lie together.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53UL;
        hash ^= hash >> 33;
        return ((hash >> 12) + 0.5) / (1UL << 52);
    }
}
