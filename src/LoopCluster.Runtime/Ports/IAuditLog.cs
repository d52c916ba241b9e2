using System.Text.Json;

namespace LoopCluster.Runtime.Ports;

/// <summary>What was decided, per tenant, hash-chained like a ledger. Durable before the act it allows.</summary>
public interface IAuditLog
{
    /// <summary>Appends one record to the tenant's chain; durable when the task completes.</summary>
    ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken);

    /// <summary>The tenant's lines from <paramref name="fromSeq"/> on, byte for byte, chain-checked.</summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The chain is broken at the entry named.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string tenant, long fromSeq, CancellationToken cancellationToken);

    IAsyncEnumerable<string> ListTenantsAsync(CancellationToken cancellationToken);
}

/// <summary>One decision or act. <paramref name="Type"/> is kebab-case; <paramref name="Data"/> a JSON object without secrets.</summary>
public sealed record AuditRecord(string Tenant, string Loop, DateTimeOffset At, string Type, JsonElement Data);
