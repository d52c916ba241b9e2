using System.Net;

namespace LoopCluster.ClusterKit.Networks;

/// <summary>Where the nodes of a cluster stand.</summary>
public abstract class ClusterNetwork : IAsyncDisposable
{
    /// <summary>The address under which nodes reach this process.</summary>
    public abstract IPAddress Runner { get; }

    /// <summary>Null where links cannot be touched.</summary>
    public virtual INetworkFaults? Faults => null;

    public abstract Task<NetworkNode> AddAsync(string name);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <param name="Namespace">Null for this process's own.</param>
public sealed record NetworkNode(string Name, IPAddress Address, string? Namespace, Func<int> FreePort);

/// <summary>What can happen to links. Every fault is of one node, and is undone by <see cref="HealAsync"/>.</summary>
public interface INetworkFaults
{
    /// <summary>No packet gets in or out; nobody is told.</summary>
    Task CutAsync(NetworkNode node);

    /// <summary>Two nodes do not see each other; both see everybody else.</summary>
    Task SeparateAsync(NetworkNode one, NetworkNode other);

    /// <summary>Packets to the node take longer. Says how it was done.</summary>
    Task<string> DelayAsync(NetworkNode node);

    Task HealAsync(NetworkNode node);
}
