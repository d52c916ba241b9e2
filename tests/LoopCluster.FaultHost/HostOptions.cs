using LoopCluster.FaultHost.Faults;

namespace LoopCluster.FaultHost;

/// <summary>What a host is made of.</summary>
internal sealed record HostOptions
{
    /// <summary>The data directory.</summary>
    public required string Data { get; init; }

    /// <summary>Keeps ledger, audit log and blobs instead of the data directory; only a host of a cluster takes it.</summary>
    public RedisStore? Redis { get; init; }

    /// <summary>Real containers, or commands without a process.</summary>
    public bool Containers { get; init; }

    /// <summary>File that the witness writes to.</summary>
    public string? Witness { get; init; }

    /// <summary>Where the process dies by its own hand.</summary>
    public WritePoint? KillAt { get; init; }

    /// <summary>Told each line of the witness.</summary>
    public Action<string>? Tell { get; init; }
}

/// <param name="Server">As a client configuration.</param>
/// <param name="Prefix">First part of every key.</param>
/// <param name="KeysDirectory">The deployment's signing key.</param>
internal sealed record RedisStore(string Server, string Prefix, string KeysDirectory);
