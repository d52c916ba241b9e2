using LoopCluster.Ledgers.File.Audit;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// Writes index checkpoints, beside the appends when a segment is full. A checkpoint is a cache: when it fails, the next start takes
/// longer.
/// </summary>
internal sealed partial class CheckpointWriter(IFileLayer files, DataPaths paths, ILogger logger) : IDisposable
{
    private readonly List<IOpenFile> _unsealed = [];
    private Task _running = Task.CompletedTask;
    private volatile bool _copyLost;

    /// <summary>
    /// Begins a checkpoint that covers everything up to <paramref name="length"/> of segment <paramref name="number"/>, which is full and
    /// durable.
    /// </summary>
    public void Start(LedgerIndex index, int number, long length, AuditCopy audit)
    {
        var auditBytes = audit.Length;
        if (audit.Detach() is { } copy)
        {
            _unsealed.Add(copy);
        }

        if (_running.IsCompleted && !_copyLost)
        {
            var covered = Take(index, number, length, auditBytes);
            var copies = _unsealed.ToArray();
            _unsealed.Clear();
            _running = Task.Run(() => Run(covered, copies));
        }
    }

    /// <summary>Writes a checkpoint of the whole index now.</summary>
    public void Write(LedgerIndex index, int number, long length, AuditCopy audit)
    {
        Wait();
        Start(index, number, length, audit);
        Wait();
    }

    public void Wait() => _running.Wait();

    /// <summary>The copies were completed from the segments again.</summary>
    public void Reset()
    {
        Dispose();
        _copyLost = false;
    }

    public void Dispose()
    {
        Wait();
        _unsealed.ForEach(f => f.Dispose());
        _unsealed.Clear();
    }

    private static Checkpoint Take(LedgerIndex index, int number, long length, long auditBytes) =>
        new(
            [(number, length)],
            index.Watch.Trusted(),
            auditBytes,
            [.. index.Loops.ToArray().Select(c => c.Take())],
            [.. index.Tenants.ToArray().Select(c => c.Take())],
            [.. index.Unattributed]
        );

    private void Run(Checkpoint covered, IOpenFile[] copies)
    {
        try
        {
            // The copies first: what a checkpoint covers is not copied again. When one cannot be synced no later checkpoint may cover it
            // either.
            _copyLost = true;
            foreach (var copy in copies)
            {
                copy.Sync();
            }

            files.SyncDirectory(paths.Audit);
            _copyLost = false;
            var (last, length) = covered.Segments[^1];
            var before = SegmentFiles.List(files, paths.Ledger).Where(n => n < last).Select(n => (n, Length(n)));
            (covered with { Segments = [.. before, (last, length)] }).Write(files, paths);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogCheckpointFailed(e, paths.Ledger);
        }
        finally
        {
            foreach (var copy in copies)
            {
                copy.Dispose();
            }
        }
    }

    private long Length(int number)
    {
        using var file = files.OpenRead(paths.Segment(number));
        return file?.Length ?? 0;
    }
}
