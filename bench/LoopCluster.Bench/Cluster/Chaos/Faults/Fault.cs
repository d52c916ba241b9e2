using System.Globalization;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>Something that goes wrong at a time, and is mended after a while.</summary>
/// <param name="At">After the first loop was started.</param>
internal abstract record Fault(TimeSpan At)
{
    /// <summary>What it is done to: of two faults of one target the second waits for the end of the first.</summary>
    public abstract IReadOnlyList<string> Targets { get; }

    /// <summary>Does it, and undoes it before the task is done.</summary>
    public abstract Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken);

    protected static string Silo(int index) => string.Create(CultureInfo.InvariantCulture, $"silo-{index + 1}");
}
