using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Ledgers.File.Reading;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File;

/// <summary>
/// Reads a data directory that another process may be writing, without a lock. Each call sees what was appended since the last one and
/// reads only that. An entry may be seen a moment before its sync has ended.
/// </summary>
public sealed class FileLedgerReader : ILoopLedger, IAuditLog
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly IFileLayer _files;
    private readonly DataPaths _paths;
    private readonly LedgerFollower _follower;
    private readonly TimeProvider _time;

    /// <param name="directory">The data directory; one without a ledger has no loops.</param>
    public FileLedgerReader(string directory, TimeProvider? time = null)
        : this(PhysicalFileLayer.Instance, directory, time) { }

    internal FileLedgerReader(IFileLayer files, string directory, TimeProvider? time)
    {
        (_files, _paths, _time) = (files, new DataPaths(directory), time ?? TimeProvider.System);
        _follower = new LedgerFollower(files, _paths);
    }

    /// <summary>Ends when the ledger has changed since the last read, whatever loop it was; looks every 20 ms.</summary>
    public async ValueTask WaitForGrowthAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PollInterval, _time);
        while (!Guard(_follower.HasChanged))
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <exception cref="LoopClusterException"><c>ledger-read-only</c>, always.</exception>
    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    /// <exception cref="LoopClusterException"><c>ledger-read-only</c>, always.</exception>
    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken) => throw ReadOnly();

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var chain = Find(i => i.Loops, loop.Value);
        chain?.ThrowIfDamaged();
        return new ValueTask<LedgerHead?>(chain?.Head);
    }

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Guard(() =>
        {
            var index = _follower.Refresh();
            index.Watch.Require(index.Loops, loop.Value, through);
            return ValueTask.CompletedTask;
        });
    }

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) =>
        Guard(() =>
            {
                var index = _follower.Refresh();
                return index.Watch.Damaged(index.Loops);
            })
            .Select(c => new LoopId(c))
            .ToAsyncEnumerable();

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
        Find(i => i.Loops, loop.Value) is { } chain
            ? AsyncLines.From(ChainReader.ReadLoop(_files, _paths, chain, fromSeq), _paths, cancellationToken)
            : AsyncEnumerable.Empty<LedgerLine>();

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) =>
        Guard(_follower.Refresh).Loops.ToArray().Select(c => new LoopId(c.Key)).ToAsyncEnumerable();

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string tenant, long fromSeq, CancellationToken cancellationToken) =>
        Find(i => i.Tenants, tenant) is { } chain
            ? AsyncLines.From(ChainReader.ReadTenant(_files, _paths, chain, fromSeq), _paths, cancellationToken)
            : AsyncEnumerable.Empty<ReadOnlyMemory<byte>>();

    public IAsyncEnumerable<string> ListTenantsAsync(CancellationToken cancellationToken) =>
        Guard(_follower.Refresh).Tenants.ToArray().Select(c => c.Key).ToAsyncEnumerable();

    private static LoopClusterException ReadOnly() =>
        new("ledger-read-only", "This process only reads the data directory. Hand the change to the process that holds its lock.");

    private ChainSnapshot? Find(Func<LedgerIndex, ChainTable> table, string key) => table(Guard(_follower.Refresh)).Find(key)?.Take();

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException("ledger-unavailable", $"The ledger in '{_paths.Ledger}' cannot be read: {e.Message}", e);
        }
    }
}
