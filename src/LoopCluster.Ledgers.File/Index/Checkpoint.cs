using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>
/// <c>ledger/index</c>: the index as of a place in the segments, so that a start reads only what lies behind it. A cache: one that is
/// missing, damaged or does not fit the segments is ignored and everything is read again.
/// </summary>
/// <param name="Segments">Length of every segment it covers; the last may have grown since.</param>
/// <param name="Stamps">How segments looked when their bytes were last known to be right; none of those that are in doubt.</param>
/// <param name="AuditBytes">Length of the last covered segment's audit copy.</param>
internal sealed record Checkpoint(
    IReadOnlyList<(int Number, long Length)> Segments,
    IReadOnlyDictionary<int, FileStamp> Stamps,
    long AuditBytes,
    IReadOnlyList<ChainSnapshot> Loops,
    IReadOnlyList<ChainSnapshot> Tenants,
    IReadOnlyList<UnattributedDamage> Unattributed
)
{
    public const string FileName = "index";
    private const string Magic = "loopcluster-index/2";

    public void Write(IFileLayer files, DataPaths paths)
    {
        var target = Path.Combine(paths.Ledger, FileName);
        var temporary = target + ".tmp";
        files.Delete(temporary);
        using (var file = files.OpenWrite(temporary, create: true))
        {
            using var stream = new HashedOutput(file);
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                Write(writer);
            }

            stream.Finish();
            file.Sync();
        }

        files.Rename(temporary, target);
        files.SyncDirectory(paths.Ledger);
    }

    /// <summary>
    /// The stored checkpoint if it is intact and every segment it covers is still at least as long as it says; otherwise null.
    /// </summary>
    public static Checkpoint? TryRead(IFileLayer files, DataPaths paths, out string? refusal)
    {
        var checkpoint = TryReadAny(files, paths, out refusal);
        refusal ??= checkpoint?.Misfit(files, paths);
        return refusal is null ? checkpoint : null;
    }

    /// <summary>The stored checkpoint if it is intact, whether it fits the segments or not.</summary>
    public static Checkpoint? TryReadAny(IFileLayer files, DataPaths paths, out string? refusal)
    {
        refusal = null;
        using var file = files.OpenRead(Path.Combine(paths.Ledger, FileName));
        if (file is null)
        {
            return null;
        }

        var bytes = new byte[file.Length];
        var length = file.Read(bytes, 0);
        if (
            length < SHA256.HashSizeInBytes
            || !SHA256
                .HashData(bytes.AsSpan(0, length - SHA256.HashSizeInBytes))
                .AsSpan()
                .SequenceEqual(bytes.AsSpan(length - SHA256.HashSizeInBytes, SHA256.HashSizeInBytes))
        )
        {
            refusal = "its checksum is wrong";
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, 0, length - SHA256.HashSizeInBytes));
        if (reader.ReadString() != Magic)
        {
            refusal = "it has another format";
            return null;
        }

        return Read(reader);
    }

    public void Restore(LedgerIndex index)
    {
        foreach (var chain in Loops)
        {
            index.Loops.Enlist(Chain.Restore(chain));
        }

        foreach (var chain in Tenants)
        {
            index.Tenants.Enlist(Chain.Restore(chain));
        }

        index.Unattributed.AddRange(Unattributed);
        index.Watch.Restore(Stamps);
    }

    private bool KnowsDamage => Unattributed.Count > 0 || Loops.Concat(Tenants).Any(c => c.Damage is not null);

    private string? Misfit(IFileLayer files, DataPaths paths)
    {
        var onDisk = SegmentFiles.List(files, paths.Ledger);
        var last = Segments.Count == 0 ? 0 : Segments[^1].Number;
        if (!onDisk.Where(n => n <= last).SequenceEqual(Segments.Select(s => s.Number)))
        {
            return "the segments it covers are not those on disk";
        }

        foreach (var (number, length) in Segments)
        {
            if (files.Stamp(paths.Segment(number)) is not { } stamp || stamp.Length < length || (number != last && stamp.Length != length))
            {
                return $"{DataPaths.Display(number)} is not {length} bytes long";
            }

            if (KnowsDamage && stamp.Length == length && stamp != Stamps.GetValueOrDefault(number))
            {
                return $"{DataPaths.Display(number)} was changed, and may be mended";
            }
        }

        return null;
    }

    private void Write(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(Segments.Count);
        foreach (var (number, length) in Segments)
        {
            writer.Write(number);
            writer.Write(length);
            var stamp = Stamps.GetValueOrDefault(number);
            writer.Write(stamp.Modified);
            writer.Write(stamp.Length);
        }

        writer.Write(AuditBytes);
        WriteChains(writer, Loops);
        WriteChains(writer, Tenants);
        writer.Write(Unattributed.Count);
        foreach (var damage in Unattributed)
        {
            writer.Write(damage.File);
            writer.Write(damage.Offset);
            writer.Write(damage.Reason);
        }
    }

    private static Checkpoint Read(BinaryReader reader)
    {
        var segments = new (int, long)[reader.ReadInt32()];
        var stamps = new Dictionary<int, FileStamp>();
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = (reader.ReadInt32(), reader.ReadInt64());
            stamps[segments[i].Item1] = new FileStamp(reader.ReadInt64(), reader.ReadInt64());
        }

        var auditBytes = reader.ReadInt64();
        var loops = ReadChains(reader);
        var tenants = ReadChains(reader);
        var unattributed = new UnattributedDamage[reader.ReadInt32()];
        for (var i = 0; i < unattributed.Length; i++)
        {
            unattributed[i] = new UnattributedDamage(reader.ReadString(), reader.ReadInt64(), reader.ReadString());
        }

        return new Checkpoint(segments, stamps, auditBytes, loops, tenants, unattributed);
    }

    private static void WriteChains(BinaryWriter writer, IReadOnlyList<ChainSnapshot> chains)
    {
        Span<byte> hash = stackalloc byte[LedgerHash.Size];
        writer.Write(chains.Count);
        foreach (var chain in chains)
        {
            writer.Write(chain.Key);
            writer.Write(chain.Head.Seq);
            writer.Write(chain.Head.Epoch);
            chain.Head.Hash.CopyTo(hash);
            writer.Write(hash);
            writer.Write(chain.Positions.Count);
            writer.Write(chain.Positions.End);
            writer.Write(chain.Positions.Used);
            writer.Write(chain.Positions.Bytes, 0, chain.Positions.Used);
            writer.Write(chain.Damage is not null);
            if (chain.Damage is { } damage)
            {
                writer.Write(damage.File);
                writer.Write(damage.Seq);
                writer.Write(damage.Reason);
            }
        }
    }

    private static ChainSnapshot[] ReadChains(BinaryReader reader)
    {
        var chains = new ChainSnapshot[reader.ReadInt32()];
        for (var i = 0; i < chains.Length; i++)
        {
            var key = reader.ReadString();
            var head = new LedgerHead(reader.ReadInt64(), reader.ReadInt32(), LedgerHash.FromBytes(reader.ReadBytes(LedgerHash.Size)));
            var (count, end) = (reader.ReadInt32(), reader.ReadInt64());
            var positions = reader.ReadBytes(reader.ReadInt32());
            var damage = reader.ReadBoolean() ? new ChainDamage(reader.ReadString(), reader.ReadInt64(), reader.ReadString()) : null;
            chains[i] = new ChainSnapshot(key, head, new EntryPositions.Snapshot(positions, positions.Length, count, end), damage);
        }

        return chains;
    }
}
