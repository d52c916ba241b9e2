using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// When the ledger was last known to be this driver's. The ledger refuses what a stopped process appends after another took its loop, but
/// not what it does before: a process that was stopped between an intent and its act (SIGSTOP, a suspended machine, a long pause of any
/// kind) asks again first.
/// </summary>
internal sealed class Tenure(ILoopLedger ledger, LoopId loop, TimeProvider time)
{
    /// <summary>
    /// Less than it takes until a driver that lives is given up for dead and another one is through with the step it was at; more than
    /// usually lies between an append and the act it allows, so that asking costs nothing in the long run.
    /// </summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// An answer that took longer is asked for again: the process may have been stopped between question and answer. More than an answer
    /// takes on a busy machine, less than the detection of a death.
    /// </summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(2);

    private long _known = time.GetTimestamp();

    /// <summary>The ledger took an entry of this driver; <paramref name="asked"/> is the timestamp from before it was sent.</summary>
    public void Renew(long asked) => Volatile.Write(ref _known, asked);

    /// <summary>Done when the loop was this driver's, at <paramref name="epoch"/>, a moment ago.</summary>
    /// <exception cref="LedgerConflictException">Another driver has taken it: nothing may be begun.</exception>
    public ValueTask RequireAsync(int epoch, CancellationToken cancellationToken) =>
        time.GetElapsedTime(Volatile.Read(ref _known)) < Fresh ? ValueTask.CompletedTask : AskAsync(epoch, cancellationToken);

    private async ValueTask AskAsync(int epoch, CancellationToken cancellationToken)
    {
        long asked;
        do
        {
            asked = time.GetTimestamp();
            if (await ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is { } head && head.Epoch != epoch)
            {
                throw new LedgerConflictException(
                    $"Loop '{loop}' is at epoch {head.Epoch}; the driver of epoch {epoch} was stopped meanwhile and begins nothing more."
                );
            }
        } while (time.GetElapsedTime(asked) > LongestAnswer);
        Renew(asked);
    }
}
