using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>
/// What is known of one chain (a loop's or a tenant's): its durable head, where its entries lie, and whether it is damaged.
/// </summary>
internal sealed class Chain(string key, LedgerHash genesis)
{
    private readonly Lock _lock = new();
    private readonly EntryPositions _positions = new();
    private LedgerHead _head = new(0, 0, genesis);
    private ChainDamage? _damage;
    private int[]? _segments;

    private Chain(ChainSnapshot snapshot)
        : this(snapshot.Key, snapshot.Head.Hash) =>
        (_positions, _head, _damage) = (
            new EntryPositions(snapshot.Positions.Bytes, snapshot.Positions.Count, snapshot.Positions.End),
            snapshot.Head,
            snapshot.Damage
        );

    public string Key { get; } = key;

    /// <summary>The head as it will be when the group being written is durable. Touched by the writer alone.</summary>
    public LedgerHead? Pending { get; set; }

    /// <summary>Numbers of the segments that its entries are in, ascending.</summary>
    public IReadOnlyList<int> Segments
    {
        get
        {
            lock (_lock)
            {
                return _segments ??= [.. _positions.Take().From(0).Select(p => p.Segment).Distinct()];
            }
        }
    }

    public bool IsDamaged
    {
        get
        {
            lock (_lock)
            {
                return _damage is not null;
            }
        }
    }

    public static Chain Restore(ChainSnapshot snapshot) => new(snapshot);

    public ChainSnapshot Take()
    {
        lock (_lock)
        {
            return new ChainSnapshot(Key, _head, _positions.Take(), _damage);
        }
    }

    /// <summary>Adds a durable entry behind the head.</summary>
    public void Add(in LedgerHead head, EntryPosition position)
    {
        lock (_lock)
        {
            _positions.Add(position);
            _head = head;
            if (_segments is { } segments && (segments.Length == 0 || segments[^1] != position.Segment))
            {
                _segments = [.. segments, position.Segment];
            }
        }
    }

    /// <summary>Refuses the chain from here on. The first damage stays. <see cref="ChainTable.Damage"/> calls it.</summary>
    public void Damage(ChainDamage damage)
    {
        lock (_lock)
        {
            _damage ??= damage;
        }
    }
}

/// <summary>One state of a chain.</summary>
internal readonly record struct ChainSnapshot(string Key, LedgerHead Head, EntryPositions.Snapshot Positions, ChainDamage? Damage)
{
    public void ThrowIfDamaged()
    {
        if (Damage is { } damage)
        {
            throw damage.ToException(Key);
        }
    }
}

/// <summary>The first entry of a chain that is not what it was, or is missing.</summary>
internal sealed record ChainDamage(string File, long Seq, string Reason)
{
    public LedgerCorruptException ToException(string chain) =>
        new(
            $"The chain of '{chain}' is broken at entry {Seq} in {File}: {Reason}. Restore the file from a copy, or give the loop up; other loops are not touched.",
            File,
            Seq
        );
}
