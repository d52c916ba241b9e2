using LoopCluster.ClusterKit.Redis;
using LoopCluster.Ledgers.Redis.Startup;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>The driver as a process has it: one container, one connection.</summary>
internal sealed class RedisDriver : IAsyncDisposable, IDisposable
{
    private readonly ServiceProvider _services;

    public RedisDriver(
        RedisServer server,
        Action<RedisLedgerOptions>? configure = null,
        ILoggerProvider? logs = null,
        TimeProvider? time = null
    )
        : this(server.Endpoint, configure, logs, time) { }

    public RedisDriver(
        string configuration,
        Action<RedisLedgerOptions>? configure = null,
        ILoggerProvider? logs = null,
        TimeProvider? time = null
    )
    {
        var services = new ServiceCollection()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        if (logs is not null)
        {
            services.AddLogging(l => l.AddProvider(logs));
        }

        _services = services
            .AddRedisLedger(o =>
            {
                o.Configuration = configuration;
                o.AllowNoPassword = true;
                configure?.Invoke(o);
            })
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public ILoopLedger Ledger => _services.GetRequiredService<ILoopLedger>();

    public IReadModel Reads => _services.GetRequiredService<IReadModel>();

    public IAuditLog Audit => _services.GetRequiredService<IAuditLog>();

    public IBlobStore Blobs => _services.GetRequiredService<IBlobStore>();

    public RedisStartup Startup => _services.GetRequiredService<RedisStartup>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public void Dispose() => _services.DisposeAsync().AsTask().GetAwaiter().GetResult();

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
