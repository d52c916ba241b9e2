using System.Runtime.CompilerServices;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>The read half of a host, over a ledger that this process may or may not own.</summary>
public sealed class LoopReader(ILoopLedger ledger, IReadModel reads)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly LoopLoader _loader = new(ledger);

    public ValueTask<LoopState?> LoadAsync(LoopId loop, CancellationToken cancellationToken) => _loader.LoadAsync(loop, cancellationToken);

    /// <inheritdoc cref="ILoopHost.FindTenantAsync"/>
    public ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken) => _loader.FindTenantAsync(loop, cancellationToken);

    /// <summary>Every loop, in the order they were created.</summary>
    public async IAsyncEnumerable<LoopSummary> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var loop in ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await reads.FindAsync(loop, cancellationToken).ConfigureAwait(false) is { } summary)
            {
                yield return summary;
            }
        }
    }

    /// <summary>One page, newest first.</summary>
    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => reads.ListAsync(query, cancellationToken);

    /// <summary>Waits until the loop may have an entry <paramref name="seq"/>.</summary>
    public async ValueTask WaitAsync(LoopId loop, long seq, CancellationToken cancellationToken)
    {
        while (await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } head || head.Seq < seq)
        {
            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }
    }
}
