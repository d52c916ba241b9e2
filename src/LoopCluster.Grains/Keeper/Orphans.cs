using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Keeper;

/// <summary>
/// Which running loops nobody drives, as far as the index and membership tell. Waking one too many is harmless, missing one is not.
/// </summary>
internal static class Orphans
{
    /// <param name="loop">A running loop's summary.</param>
    /// <param name="live">Addresses, with generation, of silos that drive or are about to.</param>
    /// <param name="self">This silo's address.</param>
    /// <param name="drivenHere">Whether this silo drives a loop, or will after a failure.</param>
    public static bool Is(
        LoopSummary loop,
        IReadOnlySet<string> live,
        string self,
        Func<LoopId, bool> drivenHere,
        DateTimeOffset now,
        TimeSpan newLoopAge
    ) =>
        loop switch
        {
            { Epoch: 0 } => now - loop.Created >= newLoopAge,
            { Host: { } host } when host == self => !drivenHere(loop.Id) && now - loop.Updated >= newLoopAge,
            { Host: { } host } => !live.Contains(host),
            _ => true,
        };

    /// <summary>
    /// The same silo on every silo that sees the same members, so that a loop is woken once: rendezvous hashing, so that another death
    /// moves few.
    /// </summary>
    public static string ResponsibleFor(LoopId loop, IEnumerable<string> live) => live.MaxBy(silo => Weight(loop.Value, silo))!;

    /// <summary>FNV-1a: the same in every process, which <see cref="string.GetHashCode()"/> is not.</summary>
    private static ulong Weight(string loop, string silo)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in loop.AsSpan())
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        foreach (var c in silo.AsSpan())
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        // Its low bits alone tell strings apart that differ in the last characters; mixed, all do.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        return hash ^ (hash >> 33);
    }
}
