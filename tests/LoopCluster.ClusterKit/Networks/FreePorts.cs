using System.Net;
using System.Net.Sockets;

namespace LoopCluster.ClusterKit.Networks;

/// <summary>
/// TCP ports of 127.0.0.1 that nobody listens on. None is given twice by one process, so a cluster can ask for all of its ports before it
/// opens the first.
/// </summary>
public static class FreePorts
{
    private static readonly HashSet<int> Taken = [];

    public static int Next()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (Taken)
            {
                if (Taken.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
