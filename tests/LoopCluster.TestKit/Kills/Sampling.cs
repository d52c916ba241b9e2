using System.Globalization;
using Xunit.Abstractions;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// All of a matrix with <c>LOOPCLUSTER_TEST_ALL=1</c>, else a sample by a seed that is printed; <c>LOOPCLUSTER_TEST_SEED</c> repeats one.
/// </summary>
internal static class Sampling
{
    public static bool All => Environment.GetEnvironmentVariable("LOOPCLUSTER_TEST_ALL") == "1";

    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> items, int count, ITestOutputHelper output)
    {
        if (All || items.Count <= count)
        {
            output.WriteLine($"all {items.Count} points");
            return items;
        }

        var seed = int.TryParse(
            Environment.GetEnvironmentVariable("LOOPCLUSTER_TEST_SEED"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var given
        )
            ? given
            : Random.Shared.Next(1, 1_000_000);
        var shuffled = items.ToArray();
        new Random(seed).Shuffle(shuffled);
        var sample = shuffled[..count];
        Console.WriteLine($"seed {seed}: {string.Join(", ", sample)} of {items.Count} points");
        output.WriteLine($"seed {seed}: {string.Join(", ", sample)} of {items.Count} points");
        return sample;
    }
}
