using LoopCluster.Engine.Errors;

namespace LoopCluster.Grains.Loops;

/// <summary>
/// Calls to grains that may be repeated: while silos come and go an answer may be lost, and the next activation gives it again.
/// </summary>
internal static class GrainCalls
{
    /// <summary>Longer than the detection of a silo's death, and than a silo's way out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(1);

    /// <summary>Asks until somebody answers.</summary>
    /// <param name="patience">How long it is asked again; by default longer than a silo's death can go unnoticed.</param>
    /// <exception cref="LoopClusterException">What the grain answered, or <c>cluster-unavailable</c> when nobody does.</exception>
    public static async Task AskAsync(Func<Task<LoopReply>> call, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        var given = patience ?? Patience;
        var started = TimeProvider.System.GetTimestamp();
        for (var wait = FirstWait; ; wait = wait * 2 < MostWait ? wait * 2 : MostWait)
        {
            Exception? error = null;
            try
            {
                var reply = await call().ConfigureAwait(false);
                if (!reply.IsElsewhere)
                {
                    reply.ThrowIfFailed();
                    return;
                }
            }
            catch (Exception e) when (IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                error = e;
            }

            if (TimeProvider.System.GetElapsedTime(started) > given)
            {
                throw new InfrastructureException(
                    "cluster-unavailable",
                    $"no silo has answered for {given.TotalSeconds:0.#} s; it is safe to ask again",
                    error
                );
            }

            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>True for what the cluster, not the grain's code, answered: the call may or may not have been served.</summary>
    public static bool IsTransient(Exception error) => error is OrleansException or TimeoutException;
}
