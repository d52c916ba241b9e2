using System.Globalization;

namespace LoopCluster.ClusterTests.Support;

/// <summary>
/// Times a cluster must keep. They hold for a machine that has a core to spare; where more wants to run than there are cores, processes
/// wait for their turn and a limit is longer by as much.
/// </summary>
internal static class Limit
{
    public static TimeSpan Of(double seconds) => TimeSpan.FromSeconds(seconds * Math.Max(1, Load() / Environment.ProcessorCount));

    /// <summary>Processes that want to run, averaged over the last minute.</summary>
    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
