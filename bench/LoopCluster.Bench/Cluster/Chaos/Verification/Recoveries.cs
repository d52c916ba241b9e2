using System.Diagnostics;
using LoopCluster.Bench.Cluster.Chaos.Faults;

namespace LoopCluster.Bench.Cluster.Chaos.Verification;

/// <summary>How long loops stood still after their silo was taken from the cluster, until another one had taken them up.</summary>
internal static class Recoveries
{
    /// <returns>One for each loop and loss, the shortest first.</returns>
    public static IReadOnlyList<Recovery> Find(WitnessBook book, IReadOnlyCollection<SiloLoss> losses)
    {
        var times = new List<Recovery>();
        foreach (var loop in book.Loops)
        {
            var entries = book.Of(loop).Where(line => line.Text.StartsWith("entry ", StringComparison.Ordinal)).ToArray();
            foreach (var loss in losses)
            {
                var next = Array.FindIndex(entries, line => line.At > loss.At);
                var taken =
                    next < 1 || entries[next - 1].Life != loss.Life ? -1 : Array.FindIndex(entries, next, line => line.Life != loss.Life);
                // Driven there until then, and by another process later; an ended loop has no later entry. One that drains goes on for a
                // while.
                if (taken > 0)
                {
                    times.Add(
                        new Recovery(
                            loss,
                            Stopwatch.GetElapsedTime(Math.Max(loss.At, entries[taken - 1].At), entries[taken].At).TotalMilliseconds
                        )
                    );
                }
            }
        }

        times.Sort((a, b) => a.Milliseconds.CompareTo(b.Milliseconds));
        return times;
    }
}

internal readonly record struct Recovery(SiloLoss Loss, double Milliseconds);
