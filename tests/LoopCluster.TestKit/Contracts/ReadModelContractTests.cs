using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="IReadModel"/> driver keeps. Tenants are new in each test, so a shared server will do.</summary>
public abstract class ReadModelContractTests
{
    protected static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _tenant = $"t-{Guid.NewGuid():N}";

    protected abstract IReadModel Reads { get; }

    /// <summary>Makes it known that the loop's next entry is durable and how the loop stands after it.</summary>
    protected abstract ValueTask AppendAsync(LedgerEntryBuilder loop, LoopSummary summary);

    protected string Tenant => _tenant;

    [SkippableFact]
    public async Task Find_UnknownLoop_IsNull() => (await Reads.FindAsync(NewLoop().Loop, default)).ShouldBeNull();

    [SkippableFact]
    public async Task Find_AfterEntries_IsTheLastSummaryInFull()
    {
        var loop = NewLoop();
        await AppendAsync(loop, Summary(loop));
        var last = Summary(loop, LoopStatus.Waiting) with
        {
            Stage = LoopStage.Verify,
            Attempt = 3,
            Turns = 41,
            Cost = 1.234567m,
            Updated = Start.AddMinutes(7),
            Epoch = 2,
            Host = "silo-1/4711 \"ü\"",
        };
        await AppendAsync(loop, last);

        (await Reads.FindAsync(loop.Loop, default)).ShouldBe(last);
    }

    [SkippableFact]
    public async Task List_TenantWithoutLoops_IsEmpty()
    {
        var page = await Reads.ListAsync(new LoopQuery { Tenant = _tenant }, default);
        page.Loops.ShouldBeEmpty();
        page.Next.ShouldBeNull();
    }

    [SkippableFact]
    public async Task List_StatusChanges_EachLoopIsInOneListOnly()
    {
        var loop = NewLoop();
        LoopStatus[] way =
        [
            LoopStatus.Running,
            LoopStatus.Waiting,
            LoopStatus.Running,
            LoopStatus.Running,
            LoopStatus.Waiting,
            LoopStatus.Running,
            LoopStatus.Verified,
        ];
        foreach (var status in way)
        {
            await AppendAsync(loop, Summary(loop, status));
            foreach (var asked in Enum.GetValues<LoopStatus>())
            {
                (await IdsAsync(new LoopQuery { Tenant = _tenant, Status = asked })).ShouldBe(
                    asked == status ? [loop.Loop] : [],
                    $"{asked} after {status}"
                );
            }

            (await IdsAsync(new LoopQuery { Tenant = _tenant })).ShouldBe([loop.Loop]);
        }
    }

    [SkippableFact]
    public async Task List_Pages_NewestFirstEachOnce()
    {
        var loops = new List<LoopSummary>();
        for (var i = 0; i < 23; i++)
        {
            var loop = NewLoop();

            // Several of one millisecond, so that a page ends among them.
            var summary = Summary(loop) with { Created = Start.AddMilliseconds(i / 5) };
            await AppendAsync(loop, summary);
            loops.Add(summary);
        }

        var expected = loops.OrderByDescending(l => l.Created).ThenByDescending(l => l.Id.Value, StringComparer.Ordinal).ToArray();
        var seen = new List<LoopSummary>();
        string? cursor = null;
        do
        {
            var page = await Reads.ListAsync(
                new LoopQuery
                {
                    Tenant = _tenant,
                    Limit = 4,
                    Cursor = cursor,
                },
                default
            );
            page.Loops.Count.ShouldBeLessThanOrEqualTo(4);
            seen.AddRange(page.Loops);
            cursor = page.Next;
        } while (cursor is not null);

        seen.ShouldBe(expected);
    }

    [SkippableFact]
    public async Task List_CursorOfALoopThatLeftTheList_GoesOnBehindIt()
    {
        var loops = new List<LedgerEntryBuilder>();
        for (var i = 0; i < 6; i++)
        {
            var loop = NewLoop();
            await AppendAsync(loop, Summary(loop) with { Created = Start.AddSeconds(i) });
            loops.Add(loop);
        }

        var query = new LoopQuery
        {
            Tenant = _tenant,
            Status = LoopStatus.Running,
            Limit = 3,
        };
        var first = await Reads.ListAsync(query, default);
        await AppendAsync(loops[3], Summary(loops[3], LoopStatus.Stuck) with { Created = Start.AddSeconds(3) });

        (await IdsAsync(query with { Cursor = first.Next })).ShouldBe([loops[2].Loop, loops[1].Loop, loops[0].Loop]);
    }

    [SkippableFact]
    public async Task List_OverAllTenants_HasTheLoopsOfEach()
    {
        var (one, other) = (NewLoop(), NewLoop());
        var created = DateTimeOffset.UtcNow.AddYears(1);
        await AppendAsync(one, Summary(one) with { Created = created });
        await AppendAsync(other, Summary(other) with { Created = created, Tenant = _tenant + "-2" });

        var loops = await IdsAsync(new LoopQuery { Status = LoopStatus.Running, Limit = LoopQuery.MostLoops });
        loops.ShouldContain(one.Loop);
        loops.ShouldContain(other.Loop);
        (await IdsAsync(new LoopQuery { Tenant = _tenant })).ShouldBe([one.Loop]);
    }

    [SkippableFact]
    public async Task List_BadCursor_IsBadInput() =>
        (
            await Should.ThrowAsync<BadInputException>(async () => await Reads.ListAsync(new LoopQuery { Cursor = "next" }, default))
        ).Code.ShouldBe("bad-cursor");

    [SkippableFact]
    public async Task Read_WrittenRecord_IsTheSame()
    {
        var (loop, record) = (NewLoop(), Record(5));
        record = record with { Summary = record.Summary with { Id = loop.Loop } };
        await Reads.WriteAsync([record], default);

        var read = (await Reads.ReadAsync(loop.Loop, 5, default)).ShouldNotBeNull();
        JsonSerializer
            .Serialize(read, RecordJson.Default.LoopRecord)
            .ShouldBe(JsonSerializer.Serialize(record, RecordJson.Default.LoopRecord));
        (await Reads.ReadAsync(loop.Loop, 6, default)).ShouldBeNull("a reader that asked for entry 6 must not be given what was before it");
    }

    [SkippableFact]
    public async Task Write_OlderRecord_ChangesNothing()
    {
        var (loop, record) = (NewLoop(), Record(5));
        record = record with { Summary = record.Summary with { Id = loop.Loop } };
        await Reads.WriteAsync([record], default);
        await Reads.WriteAsync([record with { Seq = 4, Head = "older" }], default);
        await Reads.WriteAsync([record with { Seq = 6, Request = "newer" }], default);

        (await Reads.ReadAsync(loop.Loop, 0, default))!.ShouldSatisfyAllConditions(
            r => r.Seq.ShouldBe(6),
            r => r.Request.ShouldBe("newer"),
            r => r.Head.ShouldBe(record.Head)
        );
    }

    [SkippableFact]
    public async Task Remove_Record_IsGone()
    {
        var (loop, record) = (NewLoop(), Record(5));
        await Reads.WriteAsync([record with { Summary = record.Summary with { Id = loop.Loop } }], default);
        await Reads.RemoveAsync([loop.Loop], default);

        (await Reads.ReadAsync(loop.Loop, 0, default)).ShouldBeNull();
        (await Reads.ListPlacesAsync(default).AnyAsync(p => p.Loop == loop.Loop)).ShouldBeFalse();
    }

    private LoopRecord Record(int entries)
    {
        var history = new StoredLoop(NewLoop().Loop, _tenant);
        for (var i = 0; i < entries; i++)
        {
            history.Next();
        }

        return LoopRecord.Of(history.State);
    }

    protected static LedgerEntryBuilder NewLoop() => new($"c-{Guid.NewGuid():N}");

    protected LoopSummary Summary(LedgerEntryBuilder loop, LoopStatus status = LoopStatus.Running) =>
        new(loop.Loop, _tenant, status, LoopStage.Execute, 1, 2, 0.25m, Start.AddMinutes(1))
        {
            Created = Start,
            Epoch = 1,
            Host = "host/1",
        };

    protected async Task<IEnumerable<LoopId>> IdsAsync(LoopQuery query) => (await Reads.ListAsync(query, default)).Loops.Select(l => l.Id);
}
