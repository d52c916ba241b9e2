using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Audit;

/// <summary>
/// This process's end of one tenant's audit chain. One run of records is under way at a time and takes everybody along who came while the
/// one before it was. A run that another process was faster than is sealed again behind the new head.
/// </summary>
internal sealed partial class TenantChain(
    string tenant,
    RedisConnection connection,
    ReplicaBarrier barrier,
    RedisLedgerInstruments instruments,
    ILogger<TenantChain> logger,
    TimeProvider time
)
{
    private const int MostRecords = 500;
    private const int MostBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _queue = new();
    private bool _running;
    private bool _listed;
    private long _seq;
    private LedgerHash _head = AuditLine.Genesis(tenant);

    public Task AppendAsync(PendingAudit record, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(record);
        bool start;
        lock (_lock)
        {
            _queue.Enqueue(waiting);
            start = !_running;
            _running = true;
        }

        if (start)
        {
            _ = RunAsync();
        }

        return waiting.Done.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } group)
        {
            try
            {
                await AppendGroupAsync(group).ConfigureAwait(false);
                group.ForEach(w => w.Done.TrySetResult());
            }
            catch (Exception e)
            {
                // Each caller is told; whether the group was written is found out by the next one, from the head.
                group.ForEach(w => w.Done.TrySetException(e));
            }
        }
    }

    private List<Waiting> Take()
    {
        var group = new List<Waiting>();
        lock (_lock)
        {
            var bytes = 0;
            while (group.Count < MostRecords && bytes < MostBytes && _queue.TryDequeue(out var waiting))
            {
                group.Add(waiting);
                bytes += waiting.Record.Body.Length;
            }

            _running = group.Count > 0;
        }

        return group;
    }

    private async Task AppendGroupAsync(List<Waiting> group)
    {
        if (!_listed)
        {
            // Before the first record: a tenant with records is never missing from the list.
            await connection
                .RunAsync(
                    (connection.Keys.Tenants, tenant),
                    static (database, s) => database.SetAddAsync(s.Tenants, s.tenant),
                    "listing a tenant",
                    CancellationToken.None
                )
                .ConfigureAwait(false);
            await barrier.WaitAsync(connection.Keys.Tenants, CancellationToken.None).ConfigureAwait(false);
            _listed = true;
        }

        var records = group.ConvertAll(w => w.Record);
        while (true)
        {
            var run = Seal(records, out var last);
            var reply = await AuditScript.RunAsync(connection, tenant, run).ConfigureAwait(false);
            if (reply.Accepted || (reply.LastLine is { } stored && stored.AsSpan().SequenceEqual(run.Lines[^1])))
            {
                (_seq, _head) = (run.LastSeq, last);
                instruments.Appended(records.Count, run.Lines.Sum(l => l.Length));
                instruments.AuditGroup(records.Count);
                await barrier.WaitAsync(connection.Keys.AuditHead(tenant), CancellationToken.None).ConfigureAwait(false);
                return;
            }

            Follow(reply, records);
        }
    }

    private AuditRun Seal(List<PendingAudit> records, out LedgerHash last)
    {
        var (seq, head) = (_seq, _head);
        var before = seq == 0 ? [] : HeadRecord.Address(seq, head);
        var lines = new List<byte[]>(records.Count);
        var buffer = new ArrayBufferWriter<byte>(512);
        foreach (var record in records)
        {
            buffer.ResetWrittenCount();
            head = AuditLine.Seal(buffer, record, ++seq, head);
            lines.Add(buffer.WrittenSpan.ToArray());
        }

        last = head;
        return new AuditRun(before, HeadRecord.Address(seq, head), seq, lines);
    }

    /// <summary>
    /// Takes over the server's head. When the last record this process had acknowledged is not in front of it any more, the chain itself
    /// says so, first thing.
    /// </summary>
    private void Follow(AuditReply reply, List<PendingAudit> records)
    {
        var (seq, head) = (0L, AuditLine.Genesis(tenant));
        if (reply.Head.Length > 0 && !HeadRecord.TryReadAddress(reply.Head, out seq, out head))
        {
            throw new LedgerCorruptException(
                $"The head of the audit chain of tenant '{tenant}' in Redis was altered. Restore its keys from a backup.",
                connection.Keys.AuditHead(tenant),
                0
            );
        }

        if (seq == _seq && head == _head)
        {
            throw new LedgerCorruptException(
                $"The audit chain of tenant '{tenant}' is broken at record {seq + 1}: head and lines do not belong together, one of their keys was removed. Restore them from a backup.",
                connection.Keys.AuditLog(tenant),
                seq + 1
            );
        }

        if (_seq > 0 && !(AuditLine.TryRead(reply.KnownLine, out _, out _, out _, out var still) && still == _head))
        {
            LogLost(tenant, connection.Servers, _seq, seq);
            var data = JsonSerializer.SerializeToElement(
                new Dictionary<string, string>
                {
                    ["seq"] = _seq.ToString(CultureInfo.InvariantCulture),
                    ["hash"] = _head.ToString(),
                    ["head"] = seq.ToString(CultureInfo.InvariantCulture),
                }
            );
            records.Insert(0, AuditLine.Render(new AuditRecord(tenant, "", time.GetUtcNow(), "audit-records-lost", data)));
        }

        (_seq, _head) = (seq, head);
    }

    private sealed record Waiting(PendingAudit Record)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
