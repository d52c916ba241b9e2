using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>A locked data directory on the real disk that goes away with the test.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly List<IDisposable> _opened = [];

    public DataDirectory() =>
        Lock = DataDirectoryLock.Acquire(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"loopcluster-ledger-{Guid.NewGuid():N}"));

    public DataDirectoryLock Lock { get; }

    public string Path => Lock.Path;

    public string LedgerPath => System.IO.Path.Combine(Path, "ledger");

    public string Segment(int number) => System.IO.Path.Combine(LedgerPath, $"{number:D10}.jsonl");

    public FileLedger Open(long segmentBytes = 64 << 20, ILogger<FileLedger>? logger = null)
    {
        var ledger = FileLedger.Open(Lock, new FileLedgerOptions { SegmentBytes = segmentBytes }, logger);
        _opened.Add(ledger);
        return ledger;
    }

    /// <summary>Makes the next open read the segments, as after a kill before any checkpoint.</summary>
    public void ForgetCheckpoint() => System.IO.File.Delete(System.IO.Path.Combine(LedgerPath, "index"));

    public void ForgetMark() => System.IO.File.Delete(System.IO.Path.Combine(LedgerPath, "durable"));

    public void Dispose()
    {
        _opened.ForEach(o => o.Dispose());
        Lock.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}
