namespace LoopCluster.Bench.Cluster.Recovery;

/// <summary>One scenario. Times run from the blow to a loop's next request to the model by a new driver.</summary>
internal sealed record RecoveryResult
{
    public required string Scenario { get; init; }

    public required int Loops { get; init; }

    /// <summary>Loops whose driver the blow hit.</summary>
    public required int Hit { get; init; }

    /// <summary>Loops that another driver took.</summary>
    public required int Moved { get; init; }

    /// <summary>Loops that were not hit and changed drivers all the same.</summary>
    public required int MovedNeedlessly { get; init; }

    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>Loops that did not end as they should, or lack a step.</summary>
    public required int Lost { get; init; }

    /// <summary>Completed steps performed again.</summary>
    public required int Repeated { get; init; }
}
