using System.Net;
using System.Net.Sockets;
using LoopCluster.Grains;
using LoopCluster.Ledgers.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

namespace LoopCluster.Silo;

/// <summary>How silos find each other: membership and grain directory in the deployment's Redis, or one node by itself.</summary>
internal static class SiloClustering
{
    public static void AddLoopCluster(this ISiloBuilder silo, SiloOptions options)
    {
        silo.AddLoopGrains();
        if (options.Localhost)
        {
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort);
            return;
        }

        var redis = silo.Configuration.GetSection(RedisLedgerOptions.Section).Get<RedisLedgerOptions>() ?? new RedisLedgerOptions();
        var connection = ConfigurationOptions.Parse(redis.Configuration);
        // Both would be keys and channels outside the prefix, which an ACL user may not touch.
        (connection.TieBreaker, connection.ConfigurationChannel) = ("", "");
        var address = options.AdvertisedAddress is { } given ? IPAddress.Parse(given) : OwnAddress();
        silo
        // Orleans' own keys begin with these: PREFIX/members/PREFIX and PREFIX/directory/….
        .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (redis.Prefix, redis.Prefix))
            .Configure<EndpointOptions>(endpoints =>
            {
                (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) = (
                    address,
                    options.SiloPort,
                    options.GatewayPort
                );
                endpoints.SiloListeningEndpoint = new IPEndPoint(address, options.SiloPort);
                endpoints.GatewayListeningEndpoint = new IPEndPoint(address, options.GatewayPort);
            })
            .UseRedisClustering(membership => membership.ConfigurationOptions = connection.Clone())
            .UseRedisGrainDirectoryAsDefault(directory => directory.ConfigurationOptions = connection.Clone())
            .ConfigureLoopMembership();
    }

    private static IPAddress OwnAddress() =>
        Array.Find(Dns.GetHostAddresses(Dns.GetHostName()), a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
        ?? IPAddress.Loopback;
}
