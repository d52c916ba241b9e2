using System.Buffers.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>
/// Walks segments from where it stopped the last time and adds their entries to an index. It decides what a broken entry is: damage where
/// only durable bytes can be, otherwise the torn tail of a group that was never acknowledged.
/// </summary>
internal sealed class IndexScan(IFileLayer files, DataPaths paths, LedgerIndex index, int segment, long offset)
{
    /// <summary>
    /// No group is longer, so bytes further from the end of the last segment than this were synced before the group was written.
    /// </summary>
    public const int MaxUnsyncedBytes = 16 << 20;

    /// <summary>Called for each intact audit line with the segment it is in.</summary>
    public Action<int, ReadOnlyMemory<byte>>? OnAuditLine { get; init; }

    /// <summary>A place known to have been durable, besides what the mark says.</summary>
    public DurableMark KnownDurable { get; init; }

    /// <summary>True to read each line as JSON too, as a verification does.</summary>
    public bool Strict { get; init; }

    /// <summary>Everything before this place has been read.</summary>
    public int Segment { get; private set; } = segment;

    public long Offset { get; private set; } = offset;

    public long Lines { get; private set; }

    /// <summary>
    /// Reads on to the end. Returns the torn tail of the last segment, if there is one; <see cref="Offset"/> then stands before it.
    /// </summary>
    /// <param name="shrunk">True when a segment is shorter than what was read of it before: the index must be built anew.</param>
    public TornTail? Advance(out bool shrunk)
    {
        shrunk = false;
        var mark = DurableMark.Read(files, paths.Ledger);
        var numbers = SegmentFiles.List(files, paths.Ledger);
        for (var i = Math.Max(0, numbers.BinarySearch(Segment)); i < numbers.Count; i++)
        {
            var number = numbers[i];
            if (number < Segment)
            {
                continue;
            }

            using var file = files.OpenRead(paths.Segment(number));
            // Taken before the bytes are read: what is changed meanwhile has another one.
            var stamp = file?.Stamp ?? default;
            var length = file?.Length ?? 0;
            if (number == Segment && length < Offset)
            {
                shrunk = true;
                return null;
            }

            (Segment, Offset) = (number, number == Segment ? Offset : 0);
            var last = i == numbers.Count - 1;
            var durable = !last
                ? long.MaxValue
                : Math.Max(
                    Math.Max(mark.Segment == number ? mark.Length : 0, KnownDurable.Segment == number ? KnownDurable.Length : 0),
                    length - MaxUnsyncedBytes
                );
            if (last && mark.Segment >= number && mark.Length > (mark.Segment == number ? length : 0))
            {
                Report(
                    new UnattributedDamage(
                        DataPaths.Display(mark.Segment),
                        mark.Segment == number ? length : 0,
                        $"the file was {mark.Length} bytes long when it was last synced and is shorter now"
                    )
                );
            }

            if (file is not null && length > Offset)
            {
                index.Watch.Scanned(number, Offset, stamp);
                if (Read(file, number, length, durable) is { } torn)
                {
                    return torn;
                }
            }
        }

        return null;
    }

    private TornTail? Read(IOpenFile file, int number, long length, long durable)
    {
        TornTail? torn = null;
        SegmentScanner.Scan(file, Offset, (line, offset, whole) =>
        {
            if (!(whole && TryAdd(line, number, offset)))
            {
                if (offset >= durable)
                {
                    torn = new TornTail(DataPaths.Display(number), offset, length - offset);
                    return false;
                }

                Damage(line, number, offset, whole ? "its bytes are not those that were sealed" : "it is cut short");
            }

            Offset = offset + line.Length + (whole ? 1 : 0);
            return true;
        });
        return torn;
    }

    private bool TryAdd(ReadOnlySpan<byte> line, int number, long offset)
    {
        if (Strict && !LedgerLineReader.IsOneObject(line))
        {
            return false;
        }

        var position = new EntryPosition(number, offset, line.Length);
        if (line.StartsWith("{\"tenant\""u8))
        {
            if (
                !AuditLine.TryRead(line, out var tenant, out var seq, out var prev, out var hash)
                || !LedgerLineReader.HashMatches(line, prev, hash)
            )
            {
                return false;
            }

            Link(index.Tenants, tenant, new LedgerHead(seq, 0, hash), prev, position);
            OnAuditLine?.Invoke(number, line.ToArray());
        }
        else
        {
            if (!LedgerLineReader.TryRead(line, out var address) || !LedgerLineReader.HashMatches(line, address.Prev, address.Hash))
            {
                return false;
            }

            Link(index.Loops, address.Loop, new LedgerHead(address.Seq, address.Epoch, address.Hash), address.Prev, position);
        }

        Lines++;
        return true;
    }

    /// <summary>Adds an intact line to its chain, or finds that something before it is missing.</summary>
    private static void Link(ChainTable table, ReadOnlySpan<byte> key, in LedgerHead entry, in LedgerHash prev, EntryPosition position)
    {
        var chain = table.Find(key, create: true)!;
        var (_, head, positions, damage) = chain.Take();
        if (damage is null)
        {
            if (entry.Seq == head.Seq + 1 && prev == head.Hash && entry.Epoch >= head.Epoch)
            {
                chain.Add(entry, position);
            }
            else
            {
                table.Damage(
                    chain,
                    new ChainDamage(
                        DataPaths.Display(position.Segment),
                        head.Seq + 1,
                        entry.Seq > head.Seq + 1
                            ? $"entry {entry.Seq} follows entry {head.Seq}"
                            : $"entry {entry.Seq} does not continue entry {head.Seq}"
                    )
                );
            }
        }

        if (positions.Count == 0)
        {
            table.Enlist(chain);
        }
    }

    /// <summary>
    /// Names the chain a broken line belonged to: by its prev, which is some chain's head, or else by the address it still shows.
    /// </summary>
    private void Damage(ReadOnlySpan<byte> line, int number, long offset, string reason)
    {
        var place = DataPaths.Display(number);
        var table = line.StartsWith("{\"tenant\""u8) ? index.Tenants : index.Loops;
        var known = LedgerLineReader.TryReadSeal(line, out _, out var prev, out _);
        foreach (var chain in known ? table.ToArray() : [])
        {
            var head = chain.Take().Head;
            if (head.Hash == prev)
            {
                table.Damage(chain, new ChainDamage(place, head.Seq + 1, reason));
                return;
            }
        }

        if (
            TryReadShownAddress(line, out var key, out var seq)
            && table.Find(key, create: true) is { } shown
            && shown.Take().Head.Seq + 1 == seq
        )
        {
            table.Damage(shown, new ChainDamage(place, seq, reason));
            table.Enlist(shown);
            return;
        }

        Report(new UnattributedDamage(place, offset, $"{line.Length} bytes at offset {offset} are no entry"));
    }

    private void Report(UnattributedDamage damage)
    {
        if (!index.Unattributed.Contains(damage))
        {
            index.Unattributed.Add(damage);
        }
    }

    private static bool TryReadShownAddress(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> key, out long seq)
    {
        var start =
            line.StartsWith("{\"loop\":\""u8) ? 9
            : line.StartsWith("{\"tenant\":\""u8) ? 11
            : line.Length;
        key = line[start..];
        seq = 0;
        var end = key.IndexOf("\",\"seq\":"u8);
        if (end <= 0 || key[..end].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return false;
        }

        var digits = key[(end + 8)..];
        key = key[..end];
        return Utf8Parser.TryParse(digits, out seq, out _);
    }
}

/// <summary>Bytes behind the last whole entry, left by a crash in the middle of a write nobody was told had succeeded.</summary>
internal sealed record TornTail(string File, long Offset, long Bytes);
