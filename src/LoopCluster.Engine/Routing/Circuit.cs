using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// Whether an endpoint is left alone, by the outcomes of the last calls of all loops of a process. Open after some failures in a row; then
/// one call at a time tries it, and any answer, a refusal too, closes it.
/// </summary>
public sealed record Circuit
{
    public static readonly Circuit Closed = new();

    /// <summary>Failures in a row that open it.</summary>
    public const int Most = 5;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);

    /// <summary>While somebody tries it the others ask again so soon.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public int Failures { get; private init; }

    /// <summary>How often it has opened since the last answer.</summary>
    public int Opened { get; private init; }

    public DateTimeOffset Until { get; private init; }

    public DateTimeOffset FailedAt { get; private init; }

    /// <summary>A call tries whether the endpoint is there again.</summary>
    public bool Trying { get; private init; }

    /// <summary>What the last failure said.</summary>
    public string Message { get; private init; } = "";

    /// <returns>How long a call has to wait before it may ask to be sent; null when it may be sent now.</returns>
    public TimeSpan? WaitAt(DateTimeOffset now) =>
        Opened == 0 ? null
        : Until > now ? Until - now
        : Trying ? Soon
        : null;

    /// <summary>
    /// Where others can do the same, it is not asked now: it failed a moment ago. Later a call may see whether it is there again.
    /// </summary>
    public bool IsSickAt(DateTimeOffset now) => Opened > 0 ? WaitAt(now) is not null : Failures > 0 && now < FailedAt + First;

    /// <summary>A call is sent.</summary>
    public Circuit Sent() => Opened == 0 ? this : this with { Trying = true };

    /// <param name="failure">How the call failed; null for an answer.</param>
    public Circuit After(ModelFailureKind? failure, string message, DateTimeOffset now)
    {
        if (failure is ModelFailureKind.Aborted)
        {
            return this with { Trying = false };
        }

        // Too many requests, and whatever is about one request, says that the endpoint is there.
        if (failure is null or ModelFailureKind.RateLimited || !OutageRules.IsOutage(failure.Value))
        {
            return Closed;
        }

        var next = this with { Failures = Failures + 1, Trying = false, Message = message, FailedAt = now };
        if (Opened == 0 && next.Failures < Most)
        {
            return next;
        }

        var wait = First * Math.Pow(2, Math.Min(Opened, 10));
        return next with { Opened = Opened + 1, Until = now + (wait < Longest ? wait : Longest) };
    }
}
