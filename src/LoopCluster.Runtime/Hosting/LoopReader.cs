using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Reading a ledger that grows.</summary>
public sealed class LoopReader(ILoopLedger ledger)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the loop may have an entry <paramref name="seq"/>.</summary>
    public async ValueTask WaitAsync(LoopId loop, long seq, CancellationToken cancellationToken)
    {
        while (await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } head || head.Seq < seq)
        {
            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }
    }
}
