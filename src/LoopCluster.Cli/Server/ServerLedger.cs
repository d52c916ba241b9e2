using LoopCluster.Client;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Server;

/// <summary>A server's loops as a ledger to read, for folding.</summary>
internal sealed class ServerLedger(LoopClient server) : ILoopLedger
{
    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("only the server's drivers append");

    public async ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        LedgerHead? head = null;
        await foreach (var line in ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            head = new LedgerHead(line.Seq, line.Epoch, line.Hash);
        }

        return head;
    }

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
        server.EventsAsync(loop, fromSeq, follow: false, cancellationToken);

    /// <summary>The server looks itself, whatever it is asked.</summary>
    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<LoopId>();

    public async IAsyncEnumerable<LoopId> ListAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var loop in server.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new LoopId(loop.Id);
        }
    }
}
