using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Reading;
using LoopCluster.Ledgers.File.Writing;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Ledgers.File;

/// <summary>
/// The ledger of a data directory: every loop's chain in shared segment files, many appends to one sync. The audit log of the directory
/// shares its writer, so that a decision and an entry that are appended together wait for the disk once.
/// </summary>
public sealed class FileLedger : ILoopLedger, IAsyncDisposable, IDisposable
{
    private readonly IFileLayer _files;
    private readonly DataPaths _paths;
    private readonly FileLedgerInstruments _instruments = new();
    private readonly GroupWriter _writer;

    internal FileLedger(IFileLayer files, string directory, long segmentBytes, ILogger logger)
    {
        (_files, _paths) = (files, new DataPaths(directory));
        try
        {
            _paths.Create(files);
            _writer = new GroupWriter(files, _paths, segmentBytes, _instruments, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException(
                "ledger-unavailable",
                $"The ledger in '{_paths.Ledger}' cannot be opened: {e.Message} Mend the disk or its permissions and start again.",
                e
            );
        }

        Audit = new FileAuditLog(files, _paths, _writer);
    }

    /// <summary>The audit log of the same directory.</summary>
    public IAuditLog Audit { get; }

    /// <summary>What opening found: a torn tail that was cut, damaged chains.</summary>
    public LedgerRecovery Recovery => _writer.Recovery;

    /// <summary>
    /// Opens the ledger of the locked directory, cuts a torn tail and reads what no checkpoint covers. Options are taken as valid.
    /// </summary>
    /// <exception cref="InfrastructureException"><c>ledger-unavailable</c>: the directory cannot be read or written.</exception>
    public static FileLedger Open(DataDirectoryLock directory, FileLedgerOptions options, ILogger<FileLedger>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(options);
        return new FileLedger(PhysicalFileLayer.Instance, directory.Path, options.SegmentBytes, logger ?? NullLogger<FileLedger>.Instance);
    }

    /// <inheritdoc/>
    /// <remarks>The token is looked at before the entry is queued; after that the append is waited for. The lone caller of an idle ledger
    /// is held for the sync itself.</remarks>
    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Count, AuditLine.MaxRecords);
        LedgerLineReader.RequireSealed(line);
        return _writer.AppendAsync(line, records.Count == 0 ? [] : [.. records.Select(AuditLine.Render)]);
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_writer.Index.Loops.Find(loop.Value)?.Take() is not { } chain)
        {
            return new ValueTask<LedgerHead?>((LedgerHead?)null);
        }

        chain.ThrowIfDamaged();
        return new ValueTask<LedgerHead?>(chain.Head);
    }

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var index = _writer.Index;
        return Guard(() =>
        {
            index.Watch.Require(index.Loops, loop.Value, through);
            return ValueTask.CompletedTask;
        });
    }

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken)
    {
        var index = _writer.Index;
        return Guard(() => index.Watch.Damaged(index.Loops)).Select(c => new LoopId(c)).ToAsyncEnumerable();
    }

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
        _writer.Index.Loops.Find(loop.Value)?.Take() is { } chain
            ? AsyncLines.From(ChainReader.ReadLoop(_files, _paths, chain, fromSeq), _paths, cancellationToken)
            : AsyncEnumerable.Empty<LedgerLine>();

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) =>
        _writer.Index.Loops.ToArray().Select(c => new LoopId(c.Key)).ToAsyncEnumerable();

    /// <summary>Waits for what was submitted, writes a checkpoint and closes. Later appends are refused.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _instruments.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

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
