using System.Runtime.CompilerServices;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Hosts;

/// <summary>A host's loops as a ledger to read, so that one reading code serves every host.</summary>
public sealed class HostLedger(ILoopHost host) : ILoopLedger
{
    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("only the host's driver appends");

    public async ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
        await host.GetAsync(loop, cancellationToken) is { State: var state } ? new LedgerHead(state.Seq, state.Epoch, state.Head) : null;

    public async IAsyncEnumerable<LedgerLine> ReadAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (await ReadHeadAsync(loop, cancellationToken) is not { } head || head.Seq < fromSeq)
        {
            yield break;
        }

        await foreach (var line in host.WatchAsync(loop, fromSeq, cancellationToken))
        {
            yield return line;
            if (line.Seq >= head.Seq)
            {
                yield break;
            }
        }
    }

    /// <summary>The host's own ledger looks.</summary>
    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<LoopId>();

    public async IAsyncEnumerable<LoopId> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var loop in host.ListAsync(cancellationToken))
        {
            yield return loop.Id;
        }
    }
}
