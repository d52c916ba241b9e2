using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Runtime.Audit;

namespace LoopCluster.Ledgers.File.Reading;

/// <summary>Reads the lines of one chain through its index and checks every link: address, order, prev and hash.</summary>
internal static class ChainReader
{
    /// <summary>Below what the runtime takes for a large object: those are only freed by looking at the whole heap.</summary>
    private const int MaxReadBytes = 64 << 10;
    private const int MaxGapBytes = 4 << 10;

    /// <summary>The entries of a loop from <paramref name="fromSeq"/> on. A damage ends it with an exception where it lies.</summary>
    public static IEnumerable<LedgerLine> ReadLoop(IFileLayer files, DataPaths paths, ChainSnapshot chain, long fromSeq)
    {
        foreach (var (_, line) in ReadEntries(files, paths, chain, fromSeq))
        {
            yield return line;
        }

        chain.ThrowIfDamaged();
    }

    /// <summary>
    /// What is wrong with a loop's entries in one segment, as far as they lie before an offset; null when they are what was sealed.
    /// </summary>
    public static LedgerCorruptException? Check(IFileLayer files, DataPaths paths, ChainSnapshot chain, int segment, long below)
    {
        var before = chain.Positions.From(0).TakeWhile(p => p.Segment < segment).Count();
        try
        {
            foreach (var (position, _) in ReadEntries(files, paths, chain, before + 1))
            {
                if (position.Segment != segment || position.Offset >= below)
                {
                    break;
                }
            }

            return null;
        }
        catch (LedgerCorruptException damage)
        {
            return damage;
        }
    }

    private static IEnumerable<(EntryPosition Position, LedgerLine Line)> ReadEntries(
        IFileLayer files,
        DataPaths paths,
        ChainSnapshot chain,
        long fromSeq
    )
    {
        var loop = new LoopId(chain.Key);
        var expected = new ChainLink(chain.Key, LedgerHash.Genesis(loop));
        foreach (var (seq, position, line) in ReadLines(files, paths, chain, fromSeq))
        {
            if (
                !LedgerLineReader.TryRead(line.Span, out var address)
                || !expected.Accepts(address.Loop, address.Seq, seq, address.Prev, address.Hash, line.Span, fromSeq)
            )
            {
                throw Broken(chain, position, seq);
            }

            if (seq >= fromSeq)
            {
                yield return (position, new LedgerLine(loop, seq, address.Epoch, address.Prev, address.Hash, line));
            }
        }
    }

    /// <summary>The audit lines of a tenant from <paramref name="fromSeq"/> on.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadTenant(IFileLayer files, DataPaths paths, ChainSnapshot chain, long fromSeq)
    {
        var expected = new ChainLink(chain.Key, AuditLine.Genesis(chain.Key));
        foreach (var (seq, position, line) in ReadLines(files, paths, chain, fromSeq))
        {
            if (
                !AuditLine.TryRead(line.Span, out var tenant, out var shown, out var prev, out var hash)
                || !expected.Accepts(tenant, shown, seq, prev, hash, line.Span, fromSeq)
            )
            {
                throw Broken(chain, position, seq);
            }

            if (seq >= fromSeq)
            {
                yield return line;
            }
        }

        chain.ThrowIfDamaged();
    }

    /// <summary>The hash of one entry, taken from its line.</summary>
    public static LedgerHash ReadHash(IFileLayer files, DataPaths paths, ChainSnapshot chain, long seq)
    {
        var position = chain.Positions.From(seq - 1).First();
        using var file = Open(files, paths, chain, position, seq);
        var line = Read(file, position.Offset, position.Length);
        return
            LedgerLineReader.TryRead(line.Span, out var address)
            && address.Seq == seq
            && LedgerLineReader.HashMatches(line.Span, address.Prev, address.Hash)
            ? address.Hash
            : throw Broken(chain, position, seq);
    }

    /// <summary>
    /// Lines from the one before <paramref name="fromSeq"/> on, whose hash the first wanted one must continue; near ones with one read.
    /// </summary>
    private static IEnumerable<(long Seq, EntryPosition Position, ReadOnlyMemory<byte> Line)> ReadLines(
        IFileLayer files,
        DataPaths paths,
        ChainSnapshot chain,
        long fromSeq
    )
    {
        var first = Math.Max(1, fromSeq - 1);
        if (fromSeq > chain.Positions.Count)
        {
            yield break;
        }

        IOpenFile? file = null;
        var segment = 0;
        try
        {
            var seq = first;
            foreach (var run in Runs(chain.Positions.From(first - 1)))
            {
                if (file is null || segment != run[0].Segment)
                {
                    file?.Dispose();
                    file = null;
                    file = Open(files, paths, chain, run[0], seq);
                    segment = run[0].Segment;
                }

                var start = run[0].Offset;
                var bytes = Read(file, start, (int)(run[^1].Offset + run[^1].Length - start));
                foreach (var position in run)
                {
                    var at = (int)(position.Offset - start);
                    if (at + position.Length > bytes.Length)
                    {
                        throw new ChainDamage(DataPaths.Display(position.Segment), seq, "the file ends before it").ToException(chain.Key);
                    }

                    yield return (seq++, position, bytes.Slice(at, position.Length));
                }
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    private static IEnumerable<List<EntryPosition>> Runs(IEnumerable<EntryPosition> positions)
    {
        var run = new List<EntryPosition>();
        foreach (var position in positions)
        {
            if (
                run.Count > 0
                && (
                    position.Segment != run[0].Segment
                    || position.Offset - (run[^1].Offset + run[^1].Length) > MaxGapBytes
                    || position.Offset + position.Length - run[0].Offset > MaxReadBytes
                )
            )
            {
                yield return run;
                run.Clear();
            }

            run.Add(position);
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    private static IOpenFile Open(IFileLayer files, DataPaths paths, ChainSnapshot chain, EntryPosition position, long seq) =>
        files.OpenRead(paths.Segment(position.Segment))
        ?? throw new ChainDamage(DataPaths.Display(position.Segment), seq, "the file is gone").ToException(chain.Key);

    private static ReadOnlyMemory<byte> Read(IOpenFile file, long offset, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        return bytes.AsMemory(0, file.Read(bytes, offset));
    }

    private static LedgerCorruptException Broken(ChainSnapshot chain, EntryPosition position, long seq) =>
        new ChainDamage(DataPaths.Display(position.Segment), seq, "its bytes are not those that were sealed").ToException(chain.Key);
}
