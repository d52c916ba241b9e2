using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Ledgers.File.Tests;

public sealed class FileLedgerContractTests : LoopLedgerContractTests, IDisposable
{
    private readonly DataDirectory _directory = new();
    private FileLedger _ledger;

    public FileLedgerContractTests() => _ledger = _directory.Open();

    protected override ILoopLedger Ledger => _ledger;

    protected override IAuditLog Audit => _ledger.Audit;

    public void Dispose() => _directory.Dispose();

    protected override ValueTask<ILoopLedger> ReopenAsync()
    {
        _ledger.Dispose();
        return ValueTask.FromResult<ILoopLedger>(_ledger = _directory.Open());
    }
}

/// <summary>The same with segments so small that every few entries start a new one.</summary>
public sealed class FileLedgerSmallSegmentsContractTests : LoopLedgerContractTests, IDisposable
{
    private readonly DataDirectory _directory = new();
    private FileLedger _ledger;

    public FileLedgerSmallSegmentsContractTests() => _ledger = _directory.Open(segmentBytes: 2048);

    protected override ILoopLedger Ledger => _ledger;

    protected override IAuditLog Audit => _ledger.Audit;

    public void Dispose() => _directory.Dispose();

    protected override ValueTask<ILoopLedger> ReopenAsync()
    {
        _ledger.Dispose();
        _directory.ForgetCheckpoint();
        return ValueTask.FromResult<ILoopLedger>(_ledger = _directory.Open(segmentBytes: 2048));
    }
}

public sealed class FileAuditLogContractTests : AuditLogContractTests, IDisposable
{
    private readonly DataDirectory _directory = new();
    private FileLedger _ledger;

    public FileAuditLogContractTests() => _ledger = _directory.Open(segmentBytes: 16 << 10);

    protected override IAuditLog Audit => _ledger.Audit;

    public void Dispose() => _directory.Dispose();

    protected override ValueTask<IAuditLog> ReopenAsync()
    {
        _ledger.Dispose();
        return ValueTask.FromResult((_ledger = _directory.Open()).Audit);
    }
}

public sealed class FileBlobStoreContractTests : BlobStoreContractTests, IDisposable
{
    private readonly DataDirectory _directory = new();

    protected override IBlobStore Blobs => field ??= FileBlobStore.Open(_directory.Lock);

    public void Dispose() => _directory.Dispose();

    protected override ValueTask<IBlobStore> ReopenAsync() => ValueTask.FromResult<IBlobStore>(FileBlobStore.Open(_directory.Lock));
}
