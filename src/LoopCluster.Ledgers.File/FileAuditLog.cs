using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Reading;
using LoopCluster.Ledgers.File.Writing;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File;

/// <summary>The audit chains of a data directory, durable with the ledger's own sync.</summary>
internal sealed class FileAuditLog(IFileLayer files, DataPaths paths, GroupWriter writer) : IAuditLog
{
    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.AppendAuditAsync(AuditLine.Render(record));
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string tenant, long fromSeq, CancellationToken cancellationToken) =>
        writer.Index.Tenants.Find(tenant)?.Take() is { } chain
            ? AsyncLines.From(ChainReader.ReadTenant(files, paths, chain, fromSeq), paths, cancellationToken)
            : AsyncEnumerable.Empty<ReadOnlyMemory<byte>>();

    public IAsyncEnumerable<string> ListTenantsAsync(CancellationToken cancellationToken) =>
        writer.Index.Tenants.ToArray().Select(c => c.Key).ToAsyncEnumerable();
}
