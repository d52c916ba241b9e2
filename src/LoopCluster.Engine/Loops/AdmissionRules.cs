using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// How many loops of a tenant run at once. A loop that was admitted keeps its place until it ends, parks or waits for a person, and is
/// always taken up again.
/// </summary>
public static class AdmissionRules
{
    /// <summary>Id of the signal that admits a loop: it happens once.</summary>
    public const string SignalId = "admission";

    /// <param name="running">Loops that have a place.</param>
    /// <param name="limit">0 for no limit.</param>
    public static bool HasPlace(int running, int limit) => limit <= 0 || running < limit;

    /// <summary>What a first entry says beside the creation, where the tenant has a limit: a new loop stands in the queue first.</summary>
    public static LoopQueued? Queued(int limit) => limit > 0 ? new LoopQueued(limit) : null;
}
