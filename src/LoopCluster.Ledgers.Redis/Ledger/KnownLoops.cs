using System.Collections.Concurrent;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Ledgers.Redis.Ledger;

/// <summary>
/// What this process last had acknowledged of the loops it appends to. It spares the lists of loops a write a turn, and tells a head that
/// went back (Redis lost what it had acknowledged) from one that another driver moved. Forgetting costs a few writes and that distinction,
/// nothing else.
/// </summary>
internal sealed class KnownLoops
{
    private const int MostLoops = 100_000;

    private readonly ConcurrentDictionary<LoopId, KnownLoop> _loops = new();
    private int _count;

    /// <summary>The loop, if this process appended the entry that <paramref name="line"/> follows.</summary>
    public KnownLoop? Before(in LedgerLine line) =>
        _loops.TryGetValue(line.Loop, out var known) && known.Seq == line.Seq - 1 && known.Hash == line.Prev ? known : null;

    /// <param name="listed">The status under which the lists have it and no other; null when that is not certain.</param>
    public void Acknowledged(in LedgerLine line, LoopStatus? listed)
    {
        var known = new KnownLoop(line.Seq, line.Hash, listed);
        if (_loops.TryGetValue(line.Loop, out var before))
        {
            // Lost to somebody who forgot or replaced it meanwhile: then it is not known, which is always allowed.
            _loops.TryUpdate(line.Loop, known, before);
        }
        else if (_loops.TryAdd(line.Loop, known) && Interlocked.Increment(ref _count) > MostLoops)
        {
            // Counted here, because the dictionary takes all its locks to count.
            Interlocked.Exchange(ref _count, 0);
            _loops.Clear();
        }
    }

    public void Forget(LoopId loop)
    {
        if (_loops.TryRemove(loop, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }
}

internal sealed class KnownLoop(long seq, LedgerHash hash, LoopStatus? listed)
{
    public long Seq { get; } = seq;

    public LedgerHash Hash { get; } = hash;

    public LoopStatus? Listed { get; } = listed;

    /// <summary>False once an append behind it had an unknown outcome.</summary>
    public bool IsCertain { get; private set; } = true;

    public void Doubt() => IsCertain = false;
}
