using LoopCluster.ClusterKit.Networks;

namespace LoopCluster.ClusterKit.Redis;

/// <summary>How a redis-server is started.</summary>
public sealed record RedisSetup
{
    /// <summary>Where its files go. Default: a temporary directory, gone with the server.</summary>
    public string? Directory { get; init; }

    /// <summary>Where it listens. Default: 127.0.0.1.</summary>
    public NetworkNode? Node { get; init; }

    /// <summary>Default: none.</summary>
    public string? Password { get; init; }

    /// <summary>A node of a Redis Cluster, without slots.</summary>
    public bool IsClusterNode { get; init; }

    /// <summary>More settings, such as <c>"--appendonly", "yes"</c>. Default: it keeps nothing on disk.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Settings of one whose append-only file is synced before each reply.</summary>
    public static IReadOnlyList<string> Durable { get; } =
    ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];
}
