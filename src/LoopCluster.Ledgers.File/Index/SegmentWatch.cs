using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Reading;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>
/// Whether the segments are still what an index was built from. Of each segment it knows the stamp that this process, or the one that wrote
/// the checkpoint, left it with. A segment with another stamp was changed by somebody else: its entries are read and checked anew before
/// anyone relies on them. What the stamps do not show (a disk that returns other bytes than were written) shows when the entries are read,
/// as ever.
/// </summary>
internal sealed class SegmentWatch(IFileLayer files, DataPaths paths)
{
    private readonly Lock _lock = new();
    private readonly Lock _checking = new();
    private readonly Dictionary<int, Seen> _seen = [];
    private readonly Dictionary<int, Dictionary<string, LedgerCorruptException>> _found = [];

    /// <summary>What a checkpoint says.</summary>
    public void Restore(IReadOnlyDictionary<int, FileStamp> stamps)
    {
        lock (_lock)
        {
            foreach (var (segment, stamp) in stamps)
            {
                _seen[segment] = new Seen(stamp, 0, 0);
            }
        }
    }

    /// <summary>What a checkpoint may say: stamps of segments that nothing is wrong with or in doubt of.</summary>
    public IReadOnlyDictionary<int, FileStamp> Trusted()
    {
        lock (_lock)
        {
            return _seen.Where(s => s.Value.Doubted == 0 && !_found.ContainsKey(s.Key)).ToDictionary(s => s.Key, s => s.Value.Stamp);
        }
    }

    /// <summary>The lines from <paramref name="from"/> on are read and checked; the segment had this stamp before that.</summary>
    public void Scanned(int segment, long from, FileStamp stamp)
    {
        lock (_lock)
        {
            if (_seen.GetValueOrDefault(segment) is var seen && seen.Stamp != stamp)
            {
                _seen[segment] = new Seen(stamp, from, seen.Doubts + 1);
            }
        }
    }

    /// <summary>Writes lines of this process behind the others.</summary>
    public void Append(int segment, IOpenFile file, ReadOnlySpan<byte> lines, long offset)
    {
        lock (_lock)
        {
            var seen = offset == 0 ? default : Noticed(segment, file.Stamp);
            file.Write(lines, offset);
            _seen[segment] = seen with { Stamp = file.Mark() };
        }
    }

    /// <summary>Changes a segment on this process's own account.</summary>
    public void Change(int segment, IOpenFile file, Action change)
    {
        lock (_lock)
        {
            var seen = Noticed(segment, file.Stamp);
            change();
            _seen[segment] = seen with { Stamp = file.Mark() };
        }
    }

    /// <summary>
    /// Returns when entries 1 to <paramref name="through"/> of the chain are sound; nothing to say of a chain that is not there.
    /// </summary>
    /// <exception cref="LedgerCorruptException">One of them is not.</exception>
    public void Require(ChainTable chains, string key, long through)
    {
        if (chains.Find(key) is not { } chain)
        {
            return;
        }

        if (chain.Take() is { Damage: { } known } && known.Seq <= through)
        {
            throw known.ToException(key);
        }

        foreach (var segment in chain.Segments)
        {
            Check(segment, chains);
        }

        foreach (var segment in chain.Segments)
        {
            if (Found(segment, key) is { } damage && damage.Seq <= through)
            {
                // An exception of its own for everyone who asks.
                throw new LedgerCorruptException(damage.Message, damage.File, damage.Seq);
            }
        }
    }

    /// <summary>Keys of all chains that are broken.</summary>
    public IReadOnlyCollection<string> Damaged(ChainTable chains)
    {
        int[] segments;
        lock (_lock)
        {
            segments = [.. _seen.Keys];
        }

        foreach (var segment in segments)
        {
            Check(segment, chains);
        }

        lock (_lock)
        {
            return [.. chains.Damaged().Select(c => c.Key).Union(_found.Values.SelectMany(f => f.Keys))];
        }
    }

    /// <summary>Reads the entries of a segment that may have been changed.</summary>
    private void Check(int segment, ChainTable chains)
    {
        if (Look(segment).Doubted == 0)
        {
            return;
        }

        lock (_checking)
        {
            // Another caller may have read them meanwhile.
            var seen = Look(segment);
            if (seen.Doubted == 0)
            {
                return;
            }

            // A link to a segment that was mended is mended with it.
            foreach (var other in FoundIn().Append(segment).Distinct())
            {
                var found = ReadAll(other, other == segment ? seen.Doubted : long.MaxValue, chains);
                Keep(other, found, other == segment ? seen : null);
            }
        }
    }

    private Dictionary<string, LedgerCorruptException> ReadAll(int segment, long below, ChainTable chains)
    {
        var found = new Dictionary<string, LedgerCorruptException>();
        foreach (var chain in chains.ToArray())
        {
            if (chain.Segments.Contains(segment) && ChainReader.Check(files, paths, chain.Take(), segment, below) is { } damage)
            {
                found[chain.Key] = damage;
            }
        }

        return found;
    }

    private void Keep(int segment, Dictionary<string, LedgerCorruptException> found, Seen? checkedAs)
    {
        lock (_lock)
        {
            _found.Remove(segment);
            if (found.Count > 0)
            {
                _found[segment] = found;
            }

            // What came while it was read is looked at the next time.
            if (checkedAs is { } seen && _seen[segment] is var now && now.Doubts == seen.Doubts)
            {
                _seen[segment] = now with { Doubted = 0 };
            }
        }
    }

    private Seen Look(int segment)
    {
        lock (_lock)
        {
            return _seen[segment] = Noticed(segment, files.Stamp(paths.Segment(segment)) ?? default);
        }
    }

    /// <summary>What is known of a segment that looks like this now: another stamp than it was left with puts all of it in doubt.</summary>
    private Seen Noticed(int segment, FileStamp stamp) =>
        _seen.GetValueOrDefault(segment) is var seen && seen.Stamp == stamp ? seen : new Seen(stamp, long.MaxValue, seen.Doubts + 1);

    private int[] FoundIn()
    {
        lock (_lock)
        {
            return [.. _found.Keys];
        }
    }

    private LedgerCorruptException? Found(int segment, string key)
    {
        lock (_lock)
        {
            return _found.GetValueOrDefault(segment)?.GetValueOrDefault(key);
        }
    }

    /// <param name="Stamp">As it was left, or noticed last.</param>
    /// <param name="Doubted">Bytes at its beginning that were not read since it was changed.</param>
    /// <param name="Doubts">How often it was found changed.</param>
    private readonly record struct Seen(FileStamp Stamp, long Doubted, int Doubts);
}
