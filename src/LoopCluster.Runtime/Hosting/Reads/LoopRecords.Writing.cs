using System.Diagnostics;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>
/// Records on their way to the read model. A driver hands over its state and waits for nothing; what came since the last group is written
/// as one group, each loop once, and a pause of some times the group's own duration follows, so that a busy process spends a few percent on
/// it and an idle one is behind by nothing.
/// </summary>
public sealed partial class LoopRecords
{
    private const int MostAtOnce = 256;
    private const int PauseFactor = 20;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _writing = new(1);
    private Task? _writer;
    private int _asked;
    private int _failures;
    private bool _disposed;

    /// <summary>Takes note of a loop after a durable entry. Costs no I/O here.</summary>
    public void Keep(LoopState state)
    {
        if (keeping.Writes)
        {
            _pending[state.Id] = new PendingRecord(state);
            AskToWrite();
        }
    }

    /// <summary>Writes what is pending now. False when that is not possible; it stays pending then.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var group in _pending.ToArray().Chunk(MostAtOnce))
            {
                var records = group.Where(p => !p.Value.IsGone).Select(p => p.Value.Record!).ToArray();
                try
                {
                    await store.WriteAsync(records, CancellationToken.None).ConfigureAwait(false);
                }
                catch (InfrastructureException e)
                {
                    Failed(e, group, records);
                    return false;
                }

                foreach (var written in group)
                {
                    // What came for the loop meanwhile stays.
                    _pending.TryRemove(written);
                }
            }

            if (_failures > 0)
            {
                _failures = 0;
                LogWrittenAgain(logger);
            }

            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes what is pending and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        Task? writer;
        Task? complete;
        lock (_starting)
        {
            (writer, complete) = (_writer, _complete);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await ((writer ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
        await ((complete ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
        if (keeping.Writes)
        {
            await FlushAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    /// <summary>Takes note of a record that was made from the ledger; one of a later entry stays.</summary>
    private void Offer(LoopId loop, LoopRecord? record)
    {
        var offered = new PendingRecord(record);
        _pending.AddOrUpdate(loop, offered, (_, known) => known.Seq >= offered.Seq && !known.IsGone ? known : offered);
        if (keeping.Writes)
        {
            AskToWrite();
        }
    }

    private void AskToWrite()
    {
        if (Interlocked.Exchange(ref _asked, 1) != 0)
        {
            return;
        }

        if (_writer is null)
        {
            lock (_starting)
            {
                _writer ??= _disposed ? Task.CompletedTask : Task.Run(WriteAsync);
            }
        }

        _work.Release();
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            await _work.WaitAsync(_stop.Token).ConfigureAwait(false);
            Volatile.Write(ref _asked, 0);
            var began = Stopwatch.GetTimestamp();
            var pause = await FlushAsync().ConfigureAwait(false)
                ? Stopwatch.GetElapsedTime(began) * PauseFactor
                : TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures, 8)));
            var longest = _failures == 0 ? LongestPause : LongestOutage;
            if (_failures > 0)
            {
                AskToWrite();
            }

            await Task.Delay(pause < longest ? pause : longest, _stop.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Of what could not be written the records are kept, which are smaller than the states they were made from.</summary>
    private void Failed(InfrastructureException error, KeyValuePair<LoopId, PendingRecord>[] group, LoopRecord[] records)
    {
        if (_failures++ == 0)
        {
            LogNotWritten(logger, error, records.Length);
        }

        LookAgain();
        var made = records.ToDictionary(r => r.Summary.Id);
        foreach (var (loop, pending) in group)
        {
            if (made.TryGetValue(loop, out var record))
            {
                _pending.TryUpdate(loop, new PendingRecord(record), pending);
            }
        }
    }
}
