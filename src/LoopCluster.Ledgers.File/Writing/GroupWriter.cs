using System.Diagnostics;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Audit;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Runtime.Audit;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// The one writer of a data directory. Whoever appends while nothing is being written commits on its own thread, which spares a lone
/// loop two thread switches; whatever arrives meanwhile is committed in groups by the writer's thread. So at most one caller at a time
/// is held by the disk, and everyone who waits shares one write and one sync.
/// </summary>
internal sealed partial class GroupWriter : IDisposable
{
    private const int MaxGroupBytes = 4 << 20;

    private readonly DataPaths _paths;
    private readonly ILogger _logger;
    private readonly FileLedgerInstruments _instruments;
    private readonly LedgerLoader _loader;
    private readonly SegmentWriter _segment;
    private readonly AuditCopy _audit;
    private readonly CheckpointWriter _checkpoints;
    private readonly AppendGroup _group;
    private readonly AppendQueue _queue = new();
    private readonly List<AppendOperation> _taken = [];
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _wake = new(false, spinCount: 0);
    private volatile LedgerIndex _index;
    private Exception? _broken;
    private int _owned;
    private volatile bool _stopped;
    private volatile bool _exit;

    public GroupWriter(IFileLayer files, DataPaths paths, long segmentBytes, FileLedgerInstruments instruments, ILogger logger)
    {
        (_paths, _logger, _instruments) = (paths, logger, instruments);
        _audit = new AuditCopy(files, paths);
        _loader = new LedgerLoader(files, paths, _audit, logger);
        _segment = new SegmentWriter(files, paths, segmentBytes);
        _checkpoints = new CheckpointWriter(files, paths, logger);
        _group = new AppendGroup(files, paths);
        var loaded = _loader.Load();
        _segment.Resume(loaded.Segment, loaded.Length, append: true);
        (_index, Recovery) = (loaded.Index, loaded.Recovery);
        _thread = new Thread(RunThread) { IsBackground = true, Name = "ledger writer" };
        _thread.Start();
    }

    public LedgerIndex Index => _index;

    public LedgerRecovery Recovery { get; }

    /// <summary>Appends an entry whose bytes were already checked against its address, with the audit records that go before it.</summary>
    public ValueTask AppendAsync(in LedgerLine line, PendingAudit[] audit)
    {
        var operation = AppendOperation.Rent();
        (operation.Line, operation.Audit) = (line, audit);
        return Submit(operation);
    }

    public ValueTask AppendAuditAsync(PendingAudit record)
    {
        var operation = AppendOperation.Rent();
        operation.Audit = [record];
        return Submit(operation);
    }

    public void Dispose()
    {
        if (_stopped)
        {
            return;
        }

        // Whoever owns the writer finishes what was submitted; after that nobody can own it any more.
        _stopped = true;
        SpinWait.SpinUntil(() => Interlocked.CompareExchange(ref _owned, 1, 0) == 0);
        RefuseQueued();
        _exit = true;
        _wake.Set();
        _thread.Join();
        if (_broken is null)
        {
            _checkpoints.Write(_index, _segment.Number, _segment.Length, _audit);
        }

        _checkpoints.Dispose();
        _audit.Dispose();
        _segment.Dispose();
        _wake.Dispose();
    }

    private ValueTask Submit(AppendOperation operation)
    {
        var task = operation.Task;
        _queue.Enqueue(operation);
        if (Interlocked.CompareExchange(ref _owned, 1, 0) == 0)
        {
            RunGroups();
            Release();
        }
        else if (_stopped)
        {
            RefuseQueued();
        }

        return task;
    }

    /// <summary>Gives ownership to the thread when there is more to do, or up.</summary>
    private void Release()
    {
        do
        {
            if (!_queue.IsEmpty)
            {
                _wake.Set();
                return;
            }

            Interlocked.Exchange(ref _owned, 0);
        } while (!_queue.IsEmpty && Interlocked.CompareExchange(ref _owned, 1, 0) == 0);
    }

    private void RunThread()
    {
        while (true)
        {
            _wake.Wait();
            _wake.Reset();
            if (_exit)
            {
                return;
            }

            while (!_queue.IsEmpty)
            {
                RunGroups();
            }

            Release();
        }
    }

    private void RefuseQueued()
    {
        var late = new List<AppendOperation>();
        _queue.TakeAll(late);
        foreach (var operation in late)
        {
            operation.Fail(new ObjectDisposedException(nameof(FileLedger)));
        }
    }

    /// <summary>Takes what waits and commits it, in several groups when it is much. Never throws: every fault is some waiter's.</summary>
    private void RunGroups()
    {
        _queue.TakeAll(_taken);
        var next = 0;
        while (next < _taken.Count)
        {
            try
            {
                Repair();
            }
            catch (Exception e)
            {
                LogStillUnavailable(e, _paths.Ledger);
                for (; next < _taken.Count; next++)
                {
                    _taken[next].Fail(Unavailable(e));
                }

                break;
            }

            _group.Clear();
            while (next < _taken.Count && _group.Bytes < MaxGroupBytes)
            {
                _group.Accept(_taken[next++], _index);
            }

            try
            {
                Commit();
            }
            catch (Exception e)
            {
                // A failed write or sync is never tried again: what the disk holds now is found out by reading it.
                _broken = e;
                LogUnavailable(e, _paths.Ledger);
                _group.Fail(() => Unavailable(e));
            }
        }

        _taken.Clear();
    }

    private void Commit()
    {
        if (_group.Bytes == 0)
        {
            return;
        }

        if (_segment.MustRoll)
        {
            if (_segment.Number > 0)
            {
                _checkpoints.Start(_index, _segment.Number, _segment.Length, _audit);
            }

            _segment.Roll();
        }

        var start = _segment.Length;
        var clock = Stopwatch.GetTimestamp();
        _segment.Commit(_group.Lines, _index.Watch);
        _instruments.Committed(_group.Count, _group.Bytes, Stopwatch.GetElapsedTime(clock));
        _group.Publish(_segment.Number, start);
        try
        {
            if (_group.AuditLines.Length > 0)
            {
                _audit.Append(_segment.Number, _group.AuditLines);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The records are durable in the segment; the copy is completed from it before the next group.
            _broken = e;
            LogAuditCopyBehind(e, _paths.Audit);
        }

        _group.Succeed();
    }

    private void Repair()
    {
        if (_broken is null)
        {
            return;
        }

        _checkpoints.Reset();
        _audit.Close();
        _segment.CutToDurable();
        var loaded = _loader.Load();
        _segment.Resume(loaded.Segment, loaded.Length, append: false);
        _index = loaded.Index;
        _broken = null;
        LogReadBack(_paths.Ledger);
    }

    private InfrastructureException Unavailable(Exception cause) =>
        new(
            "ledger-unavailable",
            $"The ledger in '{_paths.Ledger}' cannot be written: {cause.Message.TrimEnd('.')}. Free space or mend the disk and resume the loop; "
                + "appending works again then without a restart. Whether this entry was recorded shows when it is appended again.",
            cause
        );
}
