using LoopCluster.Grains.Hosting;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Reviews;
using LoopCluster.TestKit.Api;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace LoopCluster.Grains.Tests.Api;

/// <summary>Two silos over Redis, each with the API in front of it.</summary>
internal sealed class GrainApi : IRunningApi
{
    private readonly SharedStore _store;
    private readonly LoopTestCluster _cluster;
    private readonly IReadOnlyList<ApiNode> _nodes;
    private readonly string _server;

    private GrainApi(string server, SharedStore store, LoopTestCluster cluster, IReadOnlyList<ApiNode> nodes) =>
        (_server, _store, _cluster, _nodes) = (server, store, cluster, nodes);

    public Uri Url => _nodes[0].Url;

    public Uri OtherUrl => _nodes[^1].Url;

    public IApiKeyStore Keys => _store.Keys;

    public static async Task<GrainApi> OpenAsync(string server, ApiSetup setup)
    {
        var store = SharedStore.OnRedis(server, setup.Host.Directory);
        var cluster = await LoopTestCluster.StartAsync(
            new ClusterSetup(store, setup.Host.Sandbox)
            {
                Silos = 2,
                Models = setup.Host.Models,
                Time = setup.Host.Time,
            }
        );
        var nodes = new List<ApiNode>();
        foreach (var silo in cluster.Silos)
        {
            nodes.Add(
                await ApiNode.StartAsync(
                    services =>
                    {
                        services.AddSingleton(LoopTestCluster.HostOf(silo));
                        services.AddSingleton(LoopTestCluster.Get<ModelCatalog>(silo));
                        services.AddSingleton(LoopTestCluster.Get<LoopReviews>(silo));
                        services.AddSingleton(store.Keys);
                        services.AddSingleton(store.Key);
                        foreach (var check in store.Checks)
                        {
                            services.AddSingleton(check);
                        }
                    },
                    setup.Settings
                )
            );
        }

        return new GrainApi(server, store, cluster, nodes);
    }

    private RedisKey LogOf(string loop) => $"{_store.Prefix}:loop:{{{loop}}}:log";

    /// <summary>Each node counts its own.</summary>
    public int OpenStreams(string tenant) => _nodes.Sum(n => n.OpenStreams(tenant));

    public void BeginDrain()
    {
        foreach (var node in _nodes)
        {
            node.BeginDrain();
        }
    }

    public async Task DamageAsync(string loop, long seq)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_server);
        await redis.GetDatabase().ListTrimAsync(LogOf(loop), seq == 1 ? 1 : 0, seq == 1 ? 0 : seq - 2);
    }

    /// <summary>Alters one byte of an entry, which Redis does not do by itself and tells nobody of.</summary>
    public async Task AlterAsync(string loop, long seq)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_server);
        var line = (byte[])(await redis.GetDatabase().ListGetByIndexAsync(LogOf(loop), seq - 1))!;
        line[LineDamage.Find(line, loop, seq)] = LineDamage.Altered;
        await redis.GetDatabase().ListSetByIndexAsync(LogOf(loop), seq - 1, line);
    }

    public async ValueTask DisposeAsync()
    {
        BeginDrain();
        // Streams end before the servers wait for them.
        foreach (var silo in _cluster.Silos)
        {
            await LoopTestCluster.Get<GrainLoopHost>(silo).DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        await _store.DisposeAsync();
    }
}
