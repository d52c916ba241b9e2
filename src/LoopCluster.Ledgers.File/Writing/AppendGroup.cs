using System.Buffers;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Audit;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Ledgers.File.Reading;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>The appends that become durable together: checked against their chains, rendered into one buffer, then published or failed as one.</summary>
internal sealed class AppendGroup(IFileLayer files, DataPaths paths)
{
    private readonly List<AppendOperation> _accepted = [];
    private readonly List<AppendOperation> _repeated = [];
    private readonly Dictionary<string, Chain> _newLoops = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Chain> _newTenants = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _lines = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _auditLines = new(1 << 10);

    public int Count => _accepted.Count;

    public int Bytes => _lines.WrittenCount;

    public ReadOnlySpan<byte> Lines => _lines.WrittenSpan;

    public ReadOnlySpan<byte> AuditLines => _auditLines.WrittenSpan;

    public void Clear()
    {
        _accepted.Clear();
        _repeated.Clear();
        _newLoops.Clear();
        _newTenants.Clear();
        _lines.ResetWrittenCount();
        _auditLines.ResetWrittenCount();
    }

    /// <summary>Adds the operation's line, or completes it at once when it is refused or already durable.</summary>
    public void Accept(AppendOperation operation, LedgerIndex index)
    {
        try
        {
            if (operation.Tenant is { } tenant)
            {
                AcceptAudit(operation, Find(index.Tenants, _newTenants, tenant));
            }
            else
            {
                AcceptEntry(operation, Find(index.Loops, _newLoops, operation.Line.Loop.Value));
            }
        }
        catch (Exception e)
        {
            operation.Fail(e);
        }
    }

    /// <summary>Makes the lines, now durable from <paramref name="start"/> of a segment on, part of the index.</summary>
    public void Publish(LedgerIndex index, int segment, long start)
    {
        foreach (var operation in _accepted)
        {
            var chain = operation.Chain!;
            chain.Add(operation.Head, new EntryPosition(segment, start + operation.GroupOffset, operation.Length));
            chain.Pending = null;
            if (operation.Head.Seq == 1)
            {
                (operation.Tenant is null ? index.Loops : index.Tenants).Enlist(chain);
            }
        }
    }

    public void Succeed()
    {
        // A completed operation belongs to its waiter again; nothing of it may be read after this.
        foreach (var operation in _accepted)
        {
            operation.Succeed();
        }

        foreach (var operation in _repeated)
        {
            operation.Succeed();
        }
    }

    public void Fail(Func<Exception> error)
    {
        foreach (var operation in _accepted)
        {
            operation.Chain!.Pending = null;
        }

        foreach (var operation in _accepted.Concat(_repeated))
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

    private void AcceptEntry(AppendOperation operation, Chain chain)
    {
        var line = operation.Line;
        var durable = chain.Take();
        durable.ThrowIfDamaged();
        var head = chain.Pending ?? durable.Head;
        if (line.Seq <= head.Seq)
        {
            if (HashAt(line.Seq, chain, durable) != line.Hash)
            {
                throw new LedgerConflictException($"Entry {line.Seq} of loop '{line.Loop}' is already another one; another driver took the loop.");
            }

            if (line.Seq > durable.Head.Seq)
            {
                _repeated.Add(operation);
            }
            else
            {
                operation.Succeed();
            }

            return;
        }

        if (line.Epoch < head.Epoch)
        {
            throw new LedgerConflictException($"Loop '{line.Loop}' is at epoch {head.Epoch}; an append of epoch {line.Epoch} is too late. Another driver took the loop.");
        }

        if (line.Seq != head.Seq + 1 || line.Prev != head.Hash)
        {
            throw new LedgerConflictException($"Entry {line.Seq} of loop '{line.Loop}' does not follow its head, entry {head.Seq} with hash {head.Hash}.");
        }

        Add(operation, chain, new LedgerHead(line.Seq, line.Epoch, line.Hash), _lines.WrittenCount, line.Utf8.Length);
        _lines.Write(line.Utf8.Span);
        _lines.Write("\n"u8);
    }

    private void AcceptAudit(AppendOperation operation, Chain chain)
    {
        var durable = chain.Take();
        durable.ThrowIfDamaged();
        var head = chain.Pending ?? durable.Head;
        var start = _lines.WrittenCount;
        Span<byte> tenant = stackalloc byte[AuditLine.MaxTenantLength];
        tenant = tenant[..Encoding.ASCII.GetBytes(operation.Tenant, tenant)];
        var hash = AuditLine.Seal(_lines, tenant, head.Seq + 1, operation.AuditBody, head.Hash);
        Add(operation, chain, new LedgerHead(head.Seq + 1, 0, hash), start, _lines.WrittenCount - start);
        _lines.Write("\n"u8);
        _auditLines.Write(_lines.WrittenSpan[start..]);
    }

    private void Add(AppendOperation operation, Chain chain, LedgerHead head, int offset, int length)
    {
        (operation.Chain, operation.Head, operation.GroupOffset, operation.Length) = (chain, head, offset, length);
        chain.Pending = head;
        _accepted.Add(operation);
    }

    private LedgerHash HashAt(long seq, Chain chain, ChainSnapshot durable)
    {
        if (seq == durable.Head.Seq)
        {
            return durable.Head.Hash;
        }

        return seq > durable.Head.Seq
            ? _accepted.First(o => o.Chain == chain && o.Head.Seq == seq).Head.Hash
            : ChainReader.ReadHash(files, paths, durable, seq);
    }
}
