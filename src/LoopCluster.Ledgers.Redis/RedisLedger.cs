using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Index;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// The ledger of a deployment in Redis: a list of the exact lines and a head string per loop. Any number of processes append and read; the
/// server decides each append (<see cref="AppendScript"/>).
/// </summary>
internal sealed class RedisLedger(
    RedisConnection connection,
    LoopIndex index,
    IAuditLog audit,
    ReplicaBarrier barrier,
    RedisLedgerInstruments instruments
) : ILoopLedger
{
    private readonly KnownLoops _known = new();

    private RedisKeys Keys => connection.Keys;

    /// <inheritdoc/>
    /// <remarks>
    /// Entry and summary are one script. The records are appended before it: a tenant's chain and a loop's may lie on different servers,
    /// which no script spans.
    /// </remarks>
    public async ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        LedgerLineReader.RequireSealed(line);
        if (line.Seq == 1 && line.Prev != LedgerHash.Genesis(line.Loop))
        {
            throw new LedgerConflictException(
                $"Entry 1 of loop '{line.Loop}' does not begin its chain: its prev is not the loop's genesis."
            );
        }

        var known = _known.Before(line);
        if (records.Count > 0 && (known is { IsCertain: true } || await ContinuesAsync(line, cancellationToken).ConfigureAwait(false)))
        {
            foreach (var record in records)
            {
                await audit.AppendAsync(record, cancellationToken).ConfigureAwait(false);
            }
        }

        try
        {
            await AppendEntryAsync(line, summary, known, cancellationToken).ConfigureAwait(false);
        }
        catch (InfrastructureException)
        {
            // The entry may be there: whoever appends it again looks before its records are written a second time.
            known?.Doubt();
            throw;
        }
    }

    public async ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var (head, length) = await connection
            .RunAsync(
                (Keys, loop),
                static async (database, s) =>
                {
                    var head = database.StringGetRangeAsync(s.Keys.Head(s.loop), 0, HeadRecord.FixedBytes - 1);
                    var length = database.ListLengthAsync(s.Keys.Log(s.loop));
                    var read = (byte[]?)await head.ConfigureAwait(false) ?? [];
                    if (read.Length == 0 && await length.ConfigureAwait(false) > 0)
                    {
                        // The first entry came between the two reads, or the head was removed: one more look tells.
                        read = (byte[]?)
                            await database.StringGetRangeAsync(s.Keys.Head(s.loop), 0, HeadRecord.FixedBytes - 1).ConfigureAwait(false)
                            ?? [];
                        length = database.ListLengthAsync(s.Keys.Log(s.loop));
                    }

                    return (Head: read, Length: await length.ConfigureAwait(false));
                },
                "reading a head",
                cancellationToken
            )
            .ConfigureAwait(false);
        if (head.Length == 0)
        {
            return length == 0 ? null : throw Broken(loop, 1, "the lines are there, their head is gone");
        }

        var read = HeadRecord.Read(loop, head);

        // An append may come between the two reads; the list is read last and is then the longer one.
        return length >= read.Seq ? read : throw Broken(loop, length + 1, "the head names an entry that is not there");
    }

    public async IAsyncEnumerable<LedgerLine> ReadAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        fromSeq = Math.Max(1, fromSeq);
        if (await ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } head || fromSeq > head.Seq)
        {
            yield break;
        }

        var expected = new ChainLink(loop.Value, LedgerHash.Genesis(loop));

        // From the line before the first wanted one, whose hash that one must continue.
        var pages = new ChainPages(connection, Keys.Log(loop), Math.Max(1, fromSeq - 1), head.Seq);
        await foreach (var (seq, line) in pages.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (
                line is null
                || !LedgerLineReader.TryRead(line, out var address)
                || !expected.Accepts(address.Loop, address.Seq, seq, address.Prev, address.Hash, line, fromSeq)
                || (seq == head.Seq && address.Hash != head.Hash)
            )
            {
                throw Broken(loop, seq, line is null ? "it is gone" : "its bytes are not those that were sealed");
            }

            if (seq >= fromSeq)
            {
                yield return new LedgerLine(loop, seq, address.Epoch, address.Prev, address.Hash, line);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What Redis can lose shows where head and lines are compared. It tells nobody that a line was overwritten: that shows when the line
    /// is read.
    /// </remarks>
    public async ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken)
    {
        try
        {
            await ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerCorruptException damage) when (damage.Seq > through)
        {
            // What is gone lies behind what was asked for.
        }
    }

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<LoopId>();

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => index.ListAsync(cancellationToken);

    /// <summary>True when the entry would be taken as things are: its records are new and will not stand alone.</summary>
    private async ValueTask<bool> ContinuesAsync(LedgerLine line, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(line.Loop, cancellationToken).ConfigureAwait(false);
        return head is { } last ? last.Seq == line.Seq - 1 && last.Hash == line.Prev && last.Epoch <= line.Epoch : line.Seq == 1;
    }

    private async ValueTask AppendEntryAsync(LedgerLine line, LoopSummary? summary, KnownLoop? known, CancellationToken cancellationToken)
    {
        // The lists know a loop before its chain does, and forget it after: what they name beyond that, a read sees through.
        var moves = summary is not null && summary.Status != known?.Listed;
        if (line.Seq == 1)
        {
            await index.AddAsync(line.Loop, cancellationToken).ConfigureAwait(false);
        }

        if (moves)
        {
            await index.EnterAsync(summary!, line.Seq, cancellationToken).ConfigureAwait(false);
        }

        var reply = await AppendScript.RunAsync(connection, line, summary, cancellationToken).ConfigureAwait(false);
        if (!reply.Accepted && !(reply.Stored is { } stored && line.Utf8.Span.SequenceEqual(stored)))
        {
            _known.Forget(line.Loop);
            throw Refused(line, reply, known);
        }

        instruments.Appended(1, line.Utf8.Length);
        if (barrier.IsNeeded)
        {
            await barrier.WaitAsync(Keys.Head(line.Loop), cancellationToken).ConfigureAwait(false);
        }

        var listed = known?.Listed;
        if (moves)
        {
            listed = await index.TryLeaveOthersAsync(summary!, line.Seq, listed).ConfigureAwait(false) ? summary!.Status : null;
        }

        Remember(line, summary, listed);
    }

    /// <summary>A loop that ended or waits is not appended to for long: what is known of it is kept no longer.</summary>
    private void Remember(in LedgerLine line, LoopSummary? summary, LoopStatus? listed)
    {
        if (summary is { Status: not LoopStatus.Running })
        {
            _known.Forget(line.Loop);
        }
        else
        {
            _known.Acknowledged(line, listed);
        }
    }

    private LoopClusterException Refused(in LedgerLine line, AppendReply reply, KnownLoop? known)
    {
        var head = reply.Head.Length == 0 ? default : HeadRecord.Read(line.Loop, reply.Head);
        if (known is not null && head.Seq < known.Seq)
        {
            return new InfrastructureException(
                "ledger-lost",
                $"Redis at {connection.Servers} no longer has entries {head.Seq + 1} to {known.Seq} of loop '{line.Loop}', which it had acknowledged: it was restarted without them, or flushed. "
                    + "Set 'appendfsync always' (docs/redis.md). The loop goes on from what is left when it is resumed."
            );
        }

        if (head.Seq >= line.Seq)
        {
            instruments.Conflicted();
            return new LedgerConflictException(
                $"Entry {line.Seq} of loop '{line.Loop}' is already another one; another driver took the loop."
            );
        }

        if (head.Seq == line.Seq - 1 && (head.Seq == 0 || head.Hash == line.Prev))
        {
            if (line.Epoch >= head.Epoch)
            {
                return Broken(line.Loop, head.Seq + 1, "head and lines do not belong together, one of their keys was removed");
            }

            instruments.Conflicted();
            return new LedgerConflictException(
                $"Loop '{line.Loop}' is at epoch {head.Epoch}; an append of epoch {line.Epoch} is too late. Another driver took the loop."
            );
        }

        instruments.Conflicted();
        return new LedgerConflictException(
            $"Entry {line.Seq} of loop '{line.Loop}' does not follow its head, entry {head.Seq} with hash {head.Hash}."
        );
    }

    private LedgerCorruptException Broken(LoopId loop, long seq, string reason) =>
        new(
            $"The chain of loop '{loop}' is broken at entry {seq}: {reason}. The loop is refused; restore its keys from a backup.",
            Keys.Log(loop),
            seq
        );
}
