using System.Net;

namespace LoopCluster.ClusterKit.Networks;

/// <summary>All nodes on 127.0.0.1, told apart by ports.</summary>
public sealed class LoopbackNetwork : ClusterNetwork
{
    public override IPAddress Runner => IPAddress.Loopback;

    public static NetworkNode Node(string name) => new(name, IPAddress.Loopback, null, FreePorts.Next);

    public override Task<NetworkNode> AddAsync(string name) => Task.FromResult(Node(name));
}
