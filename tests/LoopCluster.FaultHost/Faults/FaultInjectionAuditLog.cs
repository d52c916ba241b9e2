using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Faults;

/// <summary>An audit log whose every append is a point at which the process may die.</summary>
internal sealed class FaultInjectionAuditLog(IAuditLog inner, WritePoints points) : IAuditLog
{
    public async ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        var chosen = points.Begin([]);
        await inner.AppendAsync(record, cancellationToken);
        WritePoints.End(chosen);
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string tenant, long fromSeq, CancellationToken cancellationToken) =>
        inner.ReadAsync(tenant, fromSeq, cancellationToken);

    public IAsyncEnumerable<string> ListTenantsAsync(CancellationToken cancellationToken) => inner.ListTenantsAsync(cancellationToken);
}
