using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>How long an outage is waited for and when the next try is made, from events and spec alone.</summary>
public static class OutageRules
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Tries that may have been billed are spread over the whole patience: this many at most at the longest wait.</summary>
    private const int BilledTries = 10;

    /// <summary>An image that is not there does not come by waiting.</summary>
    private static readonly HashSet<string> NeedAPerson = new(StringComparer.Ordinal) { "image-missing", "image-digest-mismatch" };

    /// <summary>The endpoint is not there, or not able to answer now; the request itself may be as good as any.</summary>
    public static bool IsOutage(ModelFailureKind kind) =>
        kind
            is ModelFailureKind.RateLimited
                or ModelFailureKind.ServerError
                or ModelFailureKind.Timeout
                or ModelFailureKind.Unreachable
                or ModelFailureKind.BrokenReply
                or ModelFailureKind.Overloaded
                or ModelFailureKind.CircuitOpen;

    /// <summary>The outage after one more failed call of a model.</summary>
    public static Outage After(LoopState state, ModelFailed failed, DateTimeOffset at)
    {
        var begun = Begun(state, OutageOf.Model, failed.Message, at);
        if (failed.RetryAfterMs is { } asked)
        {
            // Whoever asks for no wait at all is not asked without end.
            var wait = TimeSpan.FromMilliseconds(
                Math.Clamp(asked, (long)First.TotalMilliseconds, (long)TimeSpan.FromDays(30).TotalMilliseconds)
            );
            var next = at + wait;
            if (failed.Kind == ModelFailureKind.CircuitOpen)
            {
                // A word of our own: nothing was sent, and it is no reason to ask more often than the endpoint is asked.
                var due = Waiting(state, begun, Longest).NextTry;
                return Until(state, failed, next > due ? next : due, at);
            }

            // A try before the time the endpoint named would only be refused again.
            return next > End(state, begun) ? begun with { NextTry = End(state, begun), Hopeless = true } : begun with { NextTry = next };
        }

        var patience = state.Spec.Patience.Value;
        return Waiting(state, begun, failed.Assumed ? Larger(Longest, patience / BilledTries) : Longest);
    }

    /// <summary>The outage after a failed call, when no model that may answer is to be asked before <paramref name="next"/>.</summary>
    internal static Outage Until(LoopState state, ModelFailed failed, DateTimeOffset next, DateTimeOffset at)
    {
        var begun = Begun(state, OutageOf.Model, failed.Message, at);
        // Waits of our own choosing are short: a longer one was asked for, and a try before it would only be refused again.
        return next > End(state, begun)
            ? begun with
            {
                NextTry = End(state, begun),
                Hopeless = next - at > Longest,
            }
            : begun with
            {
                NextTry = next,
            };
    }

    /// <summary>The outage after one more effect that something broken underneath prevented.</summary>
    /// <param name="open">The intent it happened in, if there is one.</param>
    public static Outage After(LoopState state, InfrastructureFailed failed, LoopEvent? open, DateTimeOffset at)
    {
        var of =
            open is ModelRequested ? OutageOf.Model
            : open is AllotmentRequested ? OutageOf.Budget
            : failed.Code == "gate-unavailable" ? OutageOf.Gate
            : state.IsImported ? OutageOf.Sandbox
            : OutageOf.Workspace;
        var begun = Begun(state, of, failed.Message, at);
        return NeedAPerson.Contains(failed.Code) ? begun with { Hopeless = true } : Waiting(state, begun, Longest);
    }

    /// <summary>
    /// The wait for what other loops of the tenant may give back; where they hold nothing, only a person or the calendar helps.
    /// </summary>
    public static Outage After(LoopState state, AllotmentRefused refused, DateTimeOffset at)
    {
        var begun = Begun(state, OutageOf.Budget, refused.Reason, at);
        return refused.Held ? Waiting(state, begun, Longest) : begun with { Hopeless = true };
    }

    /// <summary>Why the loop is to be parked, or null while there is patience left.</summary>
    public static string? Exhausted(LoopState state) =>
        state.Outage switch
        {
            null => null,
            { Hopeless: true } outage => outage.Message,
            { } outage when outage.Last >= End(state, outage) => FormattableString.Invariant(
                $"the {Word(outage.Of)} was unavailable for {(outage.Last - outage.Since).TotalSeconds:0} s ({outage.Failures} {(outage.Failures == 1 ? "try" : "tries")}): {outage.Message}"
            ),
            _ => null,
        };

    /// <summary>
    /// Whether a host takes a parked loop up again by itself: what it waited for may be there. One that people paused waits for them.
    /// </summary>
    /// <param name="since">When the loop was parked.</param>
    public static bool IsTriedAgain(LoopStatus status, DateTimeOffset since, DateTimeOffset now, TimeSpan period) =>
        status == LoopStatus.Parked && now - since >= period;

    /// <summary>True while the deadline stands still: the loop waits for something outside it.</summary>
    public static bool DeadlineStands(LoopState state) =>
        state.Status != LoopStatus.Running || (state.Outage is not null && state.Open is null);

    public static string Word(OutageOf of) =>
        of switch
        {
            OutageOf.Model => "model",
            OutageOf.Gate => "gates' sandbox",
            OutageOf.Workspace => "workspace's source",
            OutageOf.Budget => "tenant's budget",
            _ => "sandbox",
        };

    private static DateTimeOffset End(LoopState state, Outage outage) => outage.Since + state.Spec.Patience.Value;

    private static Outage Begun(LoopState state, OutageOf of, string message, DateTimeOffset at) =>
        state.Outage is { } before && before.Of == of
            ? before with
            {
                Last = at,
                Failures = before.Failures + 1,
                Message = message,
            }
            : new Outage(of, at, at, 1, message, at);

    private static Outage Waiting(LoopState state, Outage outage, TimeSpan longest)
    {
        var wait = First * Math.Pow(2, Math.Min(outage.Failures - 1, 20));
        var next = outage.Last + (wait < longest ? wait : longest) * Jitter(state.Id, outage.Failures);
        var end = End(state, outage);
        // The last try is at the end of patience, not before it.
        return outage with { NextTry = next < end ? next : end };
    }

    /// <summary>
    /// From 0.75 to 1.25: loops that lost the same endpoint at the same moment do not come back at the same moment. From the loop's id, so
    /// that replay knows it.
    /// </summary>
    private static double Jitter(LoopId loop, int failures)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in loop.Value)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ (uint)failures) * 1099511628211UL;
        hash ^= hash >> 32;
        return 0.75 + (hash % 1024 / 2048.0);
    }

    private static TimeSpan Larger(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
