using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.Grains.Tests.Kills;

/// <summary>A deployment of its own in Redis. Each process has an empty data directory, and that of the one before is gone.</summary>
internal sealed class RedisFaultData : FaultData
{
    private readonly string _server;
    private readonly SharedStore _store;
    private int _processes;

    public RedisFaultData(string server)
    {
        _server = server;
        _store = SharedStore.OnRedis(server, System.IO.Path.Combine(Root, "store"));
    }

    public override string Path => System.IO.Path.Combine(Root, $"data-{_processes}");

    public override string KeysDirectory => System.IO.Path.Combine(Root, "keys");

    public override ILoopLedger Ledger => _store.Ledger;

    public override IReadOnlyList<string> BeginProcess()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        _processes++;
        return ["--data", Path, "--redis", _server, "--prefix", System.IO.Path.GetFileName(Root), "--keys", KeysDirectory];
    }

    /// <summary>Reading a chain checks each line of it; every loop and every tenant is read.</summary>
    protected override async Task VerifyAsync()
    {
        await foreach (var loop in _store.Ledger.ListAsync(CancellationToken.None))
        {
            (await ReadAsync(loop)).Count.ShouldBeGreaterThan(0);
        }

        await foreach (var tenant in _store.Audit.ListTenantsAsync(CancellationToken.None))
        {
            await foreach (var record in _store.Audit.ReadAsync(tenant, 1, CancellationToken.None))
            {
                record.Length.ShouldBeGreaterThan(0);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }
}
