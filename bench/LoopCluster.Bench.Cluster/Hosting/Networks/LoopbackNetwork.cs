using System.Net;
using System.Net.Sockets;

namespace LoopCluster.Bench.Cluster.Hosting.Networks;

/// <summary>All nodes on 127.0.0.1, told apart by ports.</summary>
internal sealed class LoopbackNetwork : ClusterNetwork
{
    private readonly HashSet<int> _taken = [];

    public override IPAddress Runner => IPAddress.Loopback;

    public override Task<NetworkNode> AddAsync(string name) => Task.FromResult(new NetworkNode(name, IPAddress.Loopback, null, FreePort));

    private int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (_taken)
            {
                if (_taken.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
