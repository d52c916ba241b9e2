using LoopCluster.FaultHost.Faults;

namespace LoopCluster.FaultHost;

/// <summary>What a host is made of.</summary>
internal sealed record HostOptions
{
    /// <summary>The data directory.</summary>
    public required string Data { get; init; }

    /// <summary>Real containers, or commands without a process.</summary>
    public bool Containers { get; init; }

    /// <summary>File that the witness writes to.</summary>
    public string? Witness { get; init; }

    /// <summary>Where the process dies by its own hand.</summary>
    public WritePoint? KillAt { get; init; }

    /// <summary>Told each line of the witness.</summary>
    public Action<string>? Tell { get; init; }
}
