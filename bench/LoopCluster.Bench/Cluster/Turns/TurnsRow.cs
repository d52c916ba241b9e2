namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>One row of the table: medians over its rounds. Plain tasks and the embedded host ran between the cluster's own runs.</summary>
internal sealed record TurnsRow
{
    public required int Silos { get; init; }

    public required int Sessions { get; init; }

    /// <summary>From the first request to start a loop until the last is done.</summary>
    public required double TurnsPerSecond { get; init; }

    /// <summary>Plain tasks: the same model client, one fenced append a turn.</summary>
    public required double BareAppendTurnsPerSecond { get; init; }

    public required double EmbeddedTurnsPerSecond { get; init; }

    /// <summary>Of each round's pair, the median.</summary>
    public required double RatioToBareAppend { get; init; }

    /// <summary>All silos together, without Redis.</summary>
    public required double CpuMsPerTurn { get; init; }

    public required double RedisCpuMsPerTurn { get; init; }

    public required double BareAppendCpuMsPerTurn { get; init; }

    public required double EmbeddedCpuMsPerTurn { get; init; }

    /// <summary>From a session's request to its next, as the model saw them.</summary>
    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double BareAppendP50Ms { get; init; }

    /// <summary>Calls of grains, activations included.</summary>
    public required double GrainCallsPerSession { get; init; }

    /// <summary>Messages between silos of any kind: calls, replies, load figures, probes.</summary>
    public required double MessagesPerSession { get; init; }

    public required double RedisScriptsPerTurn { get; init; }

    public required double AllocatedBytesPerTurn { get; init; }

    /// <summary>Of the time, in which collections had a silo stopped.</summary>
    public required double PauseShare { get; init; }

    /// <summary>All silos together, after the run.</summary>
    public required double RssMb { get; init; }
}
