using System.Buffers;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Ledgers.File.Reading;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// The appends that become durable together: checked against their chains, rendered into one buffer, then published or failed as one.
/// </summary>
internal sealed class AppendGroup(IFileLayer files, DataPaths paths)
{
    private readonly List<AppendOperation> _waiting = [];
    private readonly List<Added> _added = [];
    private readonly Dictionary<string, Chain> _newLoops = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Chain> _newTenants = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _lines = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _auditLines = new(1 << 10);

    public int Count => _added.Count;

    public int Bytes => _lines.WrittenCount;

    public ReadOnlySpan<byte> Lines => _lines.WrittenSpan;

    public ReadOnlySpan<byte> AuditLines => _auditLines.WrittenSpan;

    public void Clear()
    {
        _waiting.Clear();
        _added.Clear();
        _newLoops.Clear();
        _newTenants.Clear();
        _lines.ResetWrittenCount();
        _auditLines.ResetWrittenCount();
    }

    /// <summary>Adds the operation's lines, or completes it at once when it is refused or already durable.</summary>
    public void Accept(AppendOperation operation, LedgerIndex index)
    {
        try
        {
            if (operation.Line is { } line && !AcceptEntry(operation, line, index))
            {
                return;
            }

            foreach (var record in operation.Line is null ? operation.Audit : [])
            {
                AddAudit(record, index);
            }

            _waiting.Add(operation);
        }
        catch (Exception e)
        {
            operation.Fail(e);
        }
    }

    /// <summary>Makes the lines, now durable from <paramref name="start"/> of a segment on, part of the index.</summary>
    public void Publish(int segment, long start)
    {
        foreach (var (table, chain, head, offset, length) in _added)
        {
            chain.Add(head, new EntryPosition(segment, start + offset, length));
            chain.Pending = null;
            if (head.Seq == 1)
            {
                table.Enlist(chain);
            }
        }
    }

    public void Succeed()
    {
        // A completed operation belongs to its waiter again; nothing of it may be read after this.
        foreach (var operation in _waiting)
        {
            operation.Succeed();
        }
    }

    public void Fail(Func<Exception> error)
    {
        foreach (var added in _added)
        {
            added.Chain.Pending = null;
        }

        foreach (var operation in _waiting)
        {
            operation.Fail(error());
        }
    }

    private static Chain Find(ChainTable table, Dictionary<string, Chain> fresh, string key)
    {
        if (table.Find(key) is { } known)
        {
            return known;
        }

        if (!fresh.TryGetValue(key, out var chain))
        {
            fresh.Add(key, chain = table.New(key));
        }

        return chain;
    }

    /// <returns>False when the operation was completed because its entry is durable already.</returns>
    private bool AcceptEntry(AppendOperation operation, in LedgerLine line, LedgerIndex index)
    {
        var chain = Find(index.Loops, _newLoops, line.Loop.Value);
        var durable = chain.Take();
        durable.ThrowIfDamaged();
        var head = chain.Pending ?? durable.Head;
        if (line.Seq <= head.Seq)
        {
            if (HashAt(line.Seq, chain, durable) != line.Hash)
            {
                throw new LedgerConflictException(
                    $"Entry {line.Seq} of loop '{line.Loop}' is already another one; another driver took the loop."
                );
            }

            if (line.Seq <= durable.Head.Seq)
            {
                operation.Succeed();
                return false;
            }

            return true;
        }

        if (line.Epoch < head.Epoch)
        {
            throw new LedgerConflictException(
                $"Loop '{line.Loop}' is at epoch {head.Epoch}; an append of epoch {line.Epoch} is too late. Another driver took the loop."
            );
        }

        if (line.Seq != head.Seq + 1 || line.Prev != head.Hash)
        {
            throw new LedgerConflictException(
                $"Entry {line.Seq} of loop '{line.Loop}' does not follow its head, entry {head.Seq} with hash {head.Hash}."
            );
        }

        foreach (var record in operation.Audit)
        {
            // Before the entry in the file: a torn group can keep records without the entry, never the entry without its records.
            AddAudit(record, index);
        }

        Add(index.Loops, chain, new LedgerHead(line.Seq, line.Epoch, line.Hash), _lines.WrittenCount, line.Utf8.Length);
        _lines.Write(line.Utf8.Span);
        _lines.Write("\n"u8);
        return true;
    }

    private void AddAudit(PendingAudit record, LedgerIndex index)
    {
        var chain = Find(index.Tenants, _newTenants, record.Tenant);
        var durable = chain.Take();
        durable.ThrowIfDamaged();
        var head = chain.Pending ?? durable.Head;
        var start = _lines.WrittenCount;
        var hash = AuditLine.Seal(_lines, record, head.Seq + 1, head.Hash);
        Add(index.Tenants, chain, new LedgerHead(head.Seq + 1, 0, hash), start, _lines.WrittenCount - start);
        _lines.Write("\n"u8);
        _auditLines.Write(_lines.WrittenSpan[start..]);
    }

    private void Add(ChainTable table, Chain chain, LedgerHead head, int offset, int length)
    {
        chain.Pending = head;
        _added.Add(new Added(table, chain, head, offset, length));
    }

    private LedgerHash HashAt(long seq, Chain chain, ChainSnapshot durable)
    {
        if (seq == durable.Head.Seq)
        {
            return durable.Head.Hash;
        }

        return seq > durable.Head.Seq
            ? _added.First(a => a.Chain == chain && a.Head.Seq == seq).Head.Hash
            : ChainReader.ReadHash(files, paths, durable, seq);
    }

    /// <summary>One line of the group: the chain it extends, the head it makes, and where it lies in the buffer.</summary>
    private readonly record struct Added(ChainTable Table, Chain Chain, LedgerHead Head, int Offset, int Length);
}
