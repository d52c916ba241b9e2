using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Reviews;

/// <summary>
/// Reviews of verified loops. Nothing follows a terminal event, so they are in the tenant's audit log and nowhere else; what was read of it
/// is remembered, and each question reads on from there. Which loops there are comes from the read model.
/// </summary>
public sealed class LoopReviews(IAuditLog audit, LoopRecords records, TimeProvider time)
{
    /// <summary>Loops that one question looks at, the newest first.</summary>
    public const int MostLoops = 10_000;

    /// <summary>In characters.</summary>
    public const int MostReason = 4 * 1024;

    private const string Type = "loop-reviewed";
    private const int PageLoops = 500;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, Tail> _tails = new(StringComparer.Ordinal);

    /// <summary>Verified loops that are in the sample, or were reviewed, newest first.</summary>
    /// <param name="tenant">Null for every tenant's.</param>
    /// <param name="isOpen">True for those that nobody has reviewed, false for the others, null for all.</param>
    /// <param name="most">Verified loops that are looked at, the newest.</param>
    public async ValueTask<IReadOnlyList<ReviewedLoop>> ListAsync(
        string? tenant,
        bool? isOpen,
        int most,
        CancellationToken cancellationToken
    )
    {
        var found = new List<ReviewedLoop>();
        var query = new LoopQuery { Tenant = tenant, Status = LoopStatus.Verified };
        await foreach (var loop in ScanAsync(query, most, cancellationToken).ConfigureAwait(false))
        {
            var isOpenHere = loop.Review is null;
            if ((!isOpenHere || loop.Record.Report!.Sampled) && (isOpen ?? isOpenHere) == isOpenHere)
            {
                found.Add(loop with { Record = loop.Record with { Report = loop.Record.Report! with { Log = [] } } });
            }
        }

        return found;
    }

    /// <summary>What the newest loops show of their gates.</summary>
    /// <param name="tenant">Null for every tenant's.</param>
    /// <param name="most">Loops that are looked at, the newest.</param>
    public async ValueTask<IReadOnlyList<GateRecord>> GatesAsync(string? tenant, int most, CancellationToken cancellationToken)
    {
        var loops = new List<GateRecordSource>();
        await foreach (var loop in ScanAsync(new LoopQuery { Tenant = tenant }, most, cancellationToken).ConfigureAwait(false))
        {
            // Thousands of them are held: without what their gates wrote.
            loops.Add(new GateRecordSource(loop.Record.Summary.Tenant, loop.Record.Report! with { Log = [] }, loop.Review?.Verdict));
        }

        return GateRecords.Of(loops);
    }

    /// <summary>Durable in the audit log when it completes. The same answer of the same person again changes nothing.</summary>
    /// <exception cref="BadInputException"><c>not-verified</c> or <c>request-invalid</c>.</exception>
    public async ValueTask<ReviewedLoop> AnswerAsync(
        LoopRecord record,
        ReviewVerdict verdict,
        string? reason,
        string by,
        CancellationToken cancellationToken
    )
    {
        var report = record.Report;
        if (report?.Status != LoopStatus.Verified)
        {
            throw new BadInputException(
                "not-verified",
                "id",
                $"loop {record.Summary.Id} is {Word(record.Summary.Status)}: only a verified loop can be reviewed"
            );
        }

        reason = string.IsNullOrWhiteSpace(reason) ? null : SafeText.Of(reason.Trim());
        if (reason?.Length > MostReason || (reason is null && verdict == ReviewVerdict.Rejected))
        {
            throw new BadInputException(
                "request-invalid",
                "reason",
                reason is null ? "is missing: say what is wrong with the change" : $"has more than {MostReason} characters"
            );
        }

        var tenant = record.Summary.Tenant;
        var before = await FindAsync(tenant, record.Summary.Id, cancellationToken).ConfigureAwait(false);
        if (before is not { } known || (known.Verdict, known.Reason, known.By) != (verdict, reason, by))
        {
            before = new LoopReview(verdict, reason, by, time.GetUtcNow());
            await audit.AppendAsync(Entry(record, before), cancellationToken).ConfigureAwait(false);
        }

        return new ReviewedLoop(record, before);
    }

    /// <summary>The newest review of a loop, or null.</summary>
    public async ValueTask<LoopReview?> FindAsync(string tenant, LoopId loop, CancellationToken cancellationToken) =>
        (await TailOf(tenant).ReadAsync(cancellationToken).ConfigureAwait(false)).GetValueOrDefault(loop.Value);

    private Tail TailOf(string tenant) => _tails.GetOrAdd(tenant, t => new Tail(audit, t));

    private async IAsyncEnumerable<ReviewedLoop> ScanAsync(
        LoopQuery query,
        int most,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reviews = new Dictionary<string, IReadOnlyDictionary<string, LoopReview>>(StringComparer.Ordinal);
        query = query with { Limit = Math.Min(most, PageLoops), Brief = true };
        for (var seen = 0; seen < most; )
        {
            var page = await records.ListAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var summary in page.Loops.Take(most - seen))
            {
                seen++;
                if (await RecordAsync(summary, cancellationToken).ConfigureAwait(false) is not { } record)
                {
                    continue;
                }

                var tenant = record.Summary.Tenant;
                if (!reviews.TryGetValue(tenant, out var said))
                {
                    said = await TailOf(tenant).ReadAsync(cancellationToken).ConfigureAwait(false);
                    reviews.Add(tenant, said);
                }

                yield return new ReviewedLoop(record, said.GetValueOrDefault(summary.Id.Value));
            }

            if (page.Next is null)
            {
                yield break;
            }

            query = query with { Cursor = page.Next };
        }
    }

    /// <summary>Null for a loop that is damaged: it shows nothing that could be counted.</summary>
    private async ValueTask<LoopRecord?> RecordAsync(LoopSummary summary, CancellationToken cancellationToken)
    {
        try
        {
            return
                summary.Damage is null
                && await records.FindAsync(summary.Id, cancellationToken).ConfigureAwait(false) is { Report: not null } record
                ? record
                : null;
        }
        catch (LedgerCorruptException)
        {
            return null;
        }
    }

    private static AuditRecord Entry(LoopRecord record, LoopReview review)
    {
        using var stream = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("by", review.By);
            writer.WriteString("verdict", Word(review.Verdict));
            writer.WriteString("reason", review.Reason);
            writer.WriteString("commit", record.Report!.Commit);
            writer.WriteString("head", record.Head);
            writer.WriteStartArray("gates");
            foreach (var gate in record.Report.Gates)
            {
                writer.WriteStringValue(gate.Name);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        return new AuditRecord(record.Summary.Tenant, record.Summary.Id.Value, review.At, Type, JsonElement.ParseValue(ref reader));
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value).GetString()!;

    /// <summary>The newest review of each loop of a tenant, as far as its chain was read.</summary>
    private sealed class Tail(IAuditLog audit, string tenant)
    {
        private readonly Lock _one = new();
        private ImmutableDictionary<string, LoopReview> _newest = ImmutableDictionary<string, LoopReview>.Empty;
        private Task _reading = Task.CompletedTask;
        private long _next = 1;

        /// <summary>As of now: one reader after the other, whoever stops waiting.</summary>
        public async ValueTask<IReadOnlyDictionary<string, LoopReview>> ReadAsync(CancellationToken cancellationToken)
        {
            Task<ImmutableDictionary<string, LoopReview>> reading;
            lock (_one)
            {
                _reading = reading = ReadOnAsync(_reading);
            }

            return await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        private async Task<ImmutableDictionary<string, LoopReview>> ReadOnAsync(Task before)
        {
            // Never on the caller's thread, who holds the lock: files are read without a pause.
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            await foreach (var line in audit.ReadAsync(tenant, _next, CancellationToken.None).ConfigureAwait(false))
            {
                _next++;
                if (line.Span.IndexOf("\"type\":\"loop-reviewed\""u8) >= 0 && Read(line) is { } read)
                {
                    _newest = _newest.SetItem(read.Loop, read.Review);
                }
            }

            return _newest;
        }

        private static (string Loop, LoopReview Review)? Read(ReadOnlyMemory<byte> line)
        {
            using var json = JsonDocument.Parse(line);
            var (root, data) = (json.RootElement, json.RootElement.GetProperty("data"));
            return root.GetProperty("type").GetString() != Type
                ? null
                : (
                    root.GetProperty("loop").GetString()!,
                    new LoopReview(
                        data.GetProperty("verdict").Deserialize<ReviewVerdict>(),
                        data.GetProperty("reason").GetString(),
                        data.GetProperty("by").GetString()!,
                        root.GetProperty("at").GetDateTimeOffset()
                    )
                );
        }
    }
}
