using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// The entries of a loop, read. Reading, checking and parsing a line needs nothing of the state: of a long ledger another thread does it, ahead of whoever folds them.
/// </summary>
internal static class EntryReader
{
    private const int Batch = 256;
    private const int MostAhead = 4;

    /// <summary>Entries up to <paramref name="last"/>.</summary>
    public static async IAsyncEnumerable<LedgerEntry> ReadAsync(ILoopLedger ledger, LoopId loop, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = ledger.ReadAsync(loop, 1, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var closed = lines.ConfigureAwait(false);
        for (var read = 0; read < Batch; read++)
        {
            if (!await lines.MoveNextAsync().ConfigureAwait(false) || lines.Current.Seq > last)
            {
                yield break;
            }

            yield return LedgerCodec.Read(lines.Current);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var batches = Channel.CreateBounded<List<LedgerEntry>>(new BoundedChannelOptions(MostAhead) { SingleReader = true, SingleWriter = true });
        var ahead = Task.Run(() => ReadAheadAsync(lines, last, batches.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var entry in batch)
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            // The reader of the lines is closed only when nobody is in it any more.
            await stop.CancelAsync().ConfigureAwait(false);
            await ahead.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the channel in any case; what went wrong reaches who reads it, behind the entries before it.</summary>
    private static async Task ReadAheadAsync(IAsyncEnumerator<LedgerLine> lines, long last, ChannelWriter<List<LedgerEntry>> batches, CancellationToken stop)
    {
        var batch = new List<LedgerEntry>(Batch);
        try
        {
            while (await lines.MoveNextAsync().ConfigureAwait(false) && lines.Current.Seq <= last)
            {
                batch.Add(LedgerCodec.Read(lines.Current));
                if (batch.Count == Batch)
                {
                    await batches.WriteAsync(batch, stop).ConfigureAwait(false);
                    batch = new List<LedgerEntry>(Batch);
                }
            }

            await batches.WriteAsync(batch, stop).ConfigureAwait(false);
            batches.TryComplete();
        }
#pragma warning disable CA1031 // Whatever it was is thrown where the channel is read.
        catch (Exception e)
#pragma warning restore CA1031
        {
            batches.TryWrite(batch);
            batches.TryComplete(e);
        }
    }
}
