using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>Makes a loop's record from its ledger.</summary>
internal sealed class RecordFolder(ILoopLedger ledger)
{
    private readonly LoopLoader _loader = new(ledger);

    /// <summary>Null for an unknown loop. A damaged one says so: it must not hide the others.</summary>
    public async ValueTask<LoopRecord?> FoldAsync(LoopId loop, CancellationToken cancellationToken)
    {
        try
        {
            return await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is { } state ? LoopRecord.Of(state) : null;
        }
        catch (LedgerCorruptException damage)
        {
            return new LoopRecord { Summary = await DamagedAsync(loop, damage, cancellationToken).ConfigureAwait(false) };
        }
    }

    /// <summary>Whose it is and what it was for, as far as its beginning still tells.</summary>
    private async ValueTask<LoopSummary> DamagedAsync(LoopId loop, LedgerCorruptException damage, CancellationToken cancellationToken)
    {
        var summary = new LoopSummary(loop, "?", LoopStatus.Failed, LoopStage.Discover, 0, 0, 0, default) { Damage = damage.Message };
        try
        {
            summary = summary with { Tenant = await _loader.FindTenantAsync(loop, cancellationToken).ConfigureAwait(false) ?? "?" };
            await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
            {
                var entry = LedgerCodec.Read(line);
                summary = entry.Events[0] is LoopCreated created
                    ? summary with
                    {
                        Created = entry.At,
                        Updated = entry.At,
                        Goal = created.Spec.Goal,
                    }
                    : summary with
                    {
                        Created = summary.Created == default ? entry.At : summary.Created,
                        Updated = entry.At,
                    };
            }
        }
        catch (LedgerCorruptException)
        {
            // So far it could be read.
        }

        return summary;
    }
}
