namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary>What a run is asked to do.</summary>
internal sealed record ChaosOptions
{
    public required int Seed { get; init; }

    public int Loops { get; init; } = 200;

    public int Silos { get; init; } = 3;

    /// <summary>How long faults go on; loops are started during the first four fifths of it.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long the loops may take after the last fault was undone.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Faults of links need namespaces; null lets the machine decide.</summary>
    public bool? Network { get; init; }

    /// <summary>Which of a seed's faults happen. Default: all.</summary>
    public Func<Faults.Fault, bool> Chosen { get; init; } = _ => true;

    /// <summary>One loop in twenty in real containers, if there is an engine.</summary>
    public bool Containers { get; init; } = true;
}
