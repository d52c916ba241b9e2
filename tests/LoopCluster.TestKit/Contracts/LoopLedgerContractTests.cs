using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="ILoopLedger"/> driver keeps. Loop ids are new in each test, so a shared server will do.</summary>
public abstract class LoopLedgerContractTests
{
    /// <summary>The driver under test; skips with a reason when what it needs is absent.</summary>
    protected abstract ILoopLedger Ledger { get; }

    /// <summary>The audit log of the same driver.</summary>
    protected abstract IAuditLog Audit { get; }

    /// <summary>Closes the driver and opens another one over the same storage.</summary>
    protected abstract ValueTask<ILoopLedger> ReopenAsync();

    protected static LedgerEntryBuilder NewLoop() => new($"c-{Guid.NewGuid():N}");

    [SkippableFact]
    public async Task ReadHead_UnknownLoop_IsNull() => (await Ledger.ReadHeadAsync(NewLoop().Loop, default)).ShouldBeNull();

    [SkippableFact]
    public async Task Read_UnknownLoop_IsEmpty() => (await ReadAsync(Ledger, NewLoop().Loop)).ShouldBeEmpty();

    [SkippableFact]
    public async Task Append_Chain_ReadsBackByteForByte()
    {
        var loop = NewLoop();
        var lines = await AppendAsync(loop, 20);

        (await ReadAsync(Ledger, loop.Loop)).ShouldBe(lines, LineComparer.Instance);
        (await Ledger.ReadHeadAsync(loop.Loop, default)).ShouldBe(new LedgerHead(20, 1, lines[^1].Hash));
    }

    [SkippableFact]
    public async Task Read_FromTheMiddle_StartsThere()
    {
        var loop = NewLoop();
        var lines = await AppendAsync(loop, 10);

        (await ReadAsync(Ledger, loop.Loop, 7)).ShouldBe(lines.Skip(6), LineComparer.Instance);
        (await ReadAsync(Ledger, loop.Loop, 10)).ShouldBe(lines.Skip(9), LineComparer.Instance);
        (await ReadAsync(Ledger, loop.Loop, 11)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Read_WhileAppended_EndsAtTheHeadItBeganWith()
    {
        var loop = NewLoop();
        await AppendAsync(loop, 5);
        await using var reading = Ledger.ReadAsync(loop.Loop, 1, default).GetAsyncEnumerator();
        (await reading.MoveNextAsync()).ShouldBeTrue();
        await AppendAsync(loop, 5);

        var seen = 1;
        while (await reading.MoveNextAsync())
        {
            seen++;
        }

        seen.ShouldBe(5);
    }

    [SkippableFact]
    public async Task Append_SameEntryAgain_IsSuccessOnce()
    {
        var loop = NewLoop();
        var lines = await AppendAsync(loop, 3);
        foreach (var line in lines)
        {
            await Ledger.AppendAsync(line, default);
        }

        (await ReadAsync(Ledger, loop.Loop)).ShouldBe(lines, LineComparer.Instance);
    }

    [SkippableFact]
    public async Task Append_WithRecords_HasThemInOrderAndOnce()
    {
        var (loop, tenant) = (NewLoop(), $"t-{Guid.NewGuid():N}");
        await AppendAsync(loop, 1);
        var line = loop.Next();
        await Ledger.AppendAsync(line, [Record(loop, tenant, "first"), Record(loop, tenant, "second")], default);
        await Ledger.AppendAsync(line, [Record(loop, tenant, "again")], default);
        await Ledger.AppendAsync(loop.Next(), [Record(loop, tenant, "third")], default);

        (await RecordsAsync(tenant)).ShouldBe(["first", "second", "third"]);
        (await ReadAsync(Ledger, loop.Loop)).Count.ShouldBe(3);
    }

    [SkippableFact]
    public async Task Append_RefusedEntryWithRecords_HasNoRecord()
    {
        var (loop, tenant) = (NewLoop(), $"t-{Guid.NewGuid():N}");
        await AppendAsync(loop, 2);
        var other = LedgerEntryBuilder.Seal(loop.Loop, 2, 1, LedgerHash.Genesis(loop.Loop), "note-kept", "{\"other\":true}");
        await Should.ThrowAsync<LedgerConflictException>(async () =>
            await Ledger.AppendAsync(other, [Record(loop, tenant, "refused")], default)
        );

        (await RecordsAsync(tenant)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Append_SameEntryWhileInFlight_AllSucceed()
    {
        var line = NewLoop().Next();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await Ledger.AppendAsync(line, default))));

        (await ReadAsync(Ledger, line.Loop)).Count.ShouldBe(1);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_OtherEntryAtATakenSeq_Conflicts(long seq)
    {
        var loop = NewLoop();
        var lines = await AppendAsync(loop, 3);
        var taken = lines[(int)seq - 1];
        var other = LedgerEntryBuilder.Seal(loop.Loop, seq, 1, taken.Prev, "note-kept", "{\"other\":true}");

        await ShouldConflictAsync(other);
        (await ReadAsync(Ledger, loop.Loop)).ShouldBe(lines, LineComparer.Instance);
    }

    [SkippableFact]
    public async Task Append_Gap_Conflicts()
    {
        var loop = NewLoop();
        await AppendAsync(loop, 2);
        loop.Next();

        await ShouldConflictAsync(loop.Next());
    }

    [SkippableFact]
    public async Task Append_SecondEntryOfAnUnknownLoop_Conflicts()
    {
        var loop = NewLoop();
        loop.Next();

        await ShouldConflictAsync(loop.Next());
        (await Ledger.ReadHeadAsync(loop.Loop, default)).ShouldBeNull();
    }

    [SkippableFact]
    public async Task Append_OtherPrev_Conflicts()
    {
        var loop = NewLoop();
        await AppendAsync(loop, 2);

        await ShouldConflictAsync(LedgerEntryBuilder.Seal(loop.Loop, 3, 1, LedgerHash.Of("elsewhere"u8), "note-kept", "{}"));
        await ShouldConflictAsync(LedgerEntryBuilder.Seal(NewLoop().Loop, 1, 1, LedgerHash.Of("elsewhere"u8), "note-kept", "{}"));
    }

    [SkippableFact]
    public async Task Append_OlderEpoch_Conflicts()
    {
        var loop = NewLoop();
        await AppendAsync(loop, 2);
        loop.Epoch = 2;
        await AppendAsync(loop, 1);
        loop.Epoch = 1;

        await ShouldConflictAsync(loop.Next());
        (await Ledger.ReadHeadAsync(loop.Loop, default))!.Value.Epoch.ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_ManyDriversAtOneSeq_OneWins()
    {
        var loop = NewLoop();
        var head = (await AppendAsync(loop, 1))[0];
        var won = await Task.WhenAll(
            Enumerable
                .Range(2, 12)
                .Select(epoch =>
                    Task.Run(async () =>
                    {
                        try
                        {
                            await Ledger.AppendAsync(
                                LedgerEntryBuilder.Seal(loop.Loop, 2, epoch, head.Hash, "driver-started", $"{{\"epoch\":{epoch}}}"),
                                default
                            );
                            return epoch;
                        }
                        catch (LedgerConflictException)
                        {
                            return 0;
                        }
                    })
                )
        );

        won.Count(e => e > 0).ShouldBe(1);
        (await Ledger.ReadHeadAsync(loop.Loop, default))!.Value.Epoch.ShouldBe(won.Max());
    }

    [SkippableFact]
    public async Task Append_CancelledBefore_Throws()
    {
        var line = NewLoop().Next();
        await Should.ThrowAsync<OperationCanceledException>(async () => await Ledger.AppendAsync(line, new CancellationToken(true)));

        // The outcome of a cancelled append is asked for by appending it again.
        await Ledger.AppendAsync(line, default);
        (await ReadAsync(Ledger, line.Loop)).Count.ShouldBe(1);
    }

    [SkippableFact]
    public async Task Append_LargeEntry_ReadsBack()
    {
        var loop = NewLoop();
        var line = loop.Next(size: 2 << 20);
        await Ledger.AppendAsync(line, default);
        await Ledger.AppendAsync(loop.Next(), default);

        (await ReadAsync(Ledger, loop.Loop))[0].Utf8.Span.SequenceEqual(line.Utf8.Span).ShouldBeTrue();
    }

    [SkippableFact]
    public async Task Append_ManyLoopsAtOnce_KeepsEachChain()
    {
        var loops = Enumerable.Range(0, 50).Select(_ => NewLoop()).ToArray();
        await Task.WhenAll(loops.Select(loop => Task.Run(() => AppendAsync(loop, 20))));

        foreach (var loop in loops)
        {
            (await ReadAsync(Ledger, loop.Loop)).Count.ShouldBe(20);
            (await Ledger.ReadHeadAsync(loop.Loop, default))!.Value.Hash.ShouldBe(loop.Prev);
        }
    }

    [SkippableFact]
    public async Task List_Loops_OldestFirst()
    {
        var loops = new List<LoopId>();
        for (var i = 0; i < 5; i++)
        {
            var loop = NewLoop();
            await AppendAsync(loop, 2);
            loops.Add(loop.Loop);
        }

        var listed = new List<LoopId>();
        await foreach (var loop in Ledger.ListAsync(default))
        {
            listed.Add(loop);
        }

        listed.Where(loops.Contains).ShouldBe(loops);
    }

    [SkippableFact]
    public async Task Reopen_AfterAppends_HasEverythingAndGoesOn()
    {
        var loop = NewLoop();
        var lines = (await AppendAsync(loop, 6)).ToList();
        var reopened = await ReopenAsync();
        (await ReadAsync(reopened, loop.Loop)).ShouldBe(lines, LineComparer.Instance);

        await reopened.AppendAsync(lines[^1], default);
        lines.Add(loop.Next());
        await reopened.AppendAsync(lines[^1], default);
        (await ReadAsync(reopened, loop.Loop)).ShouldBe(lines, LineComparer.Instance);
    }

    protected static async Task<List<LedgerLine>> ReadAsync(ILoopLedger ledger, LoopId loop, long fromSeq = 1)
    {
        var lines = new List<LedgerLine>();
        await foreach (var line in ledger.ReadAsync(loop, fromSeq, default))
        {
            lines.Add(line);
        }

        return lines;
    }

    private async Task<IReadOnlyList<LedgerLine>> AppendAsync(LedgerEntryBuilder loop, int count)
    {
        var lines = loop.Take(count);
        foreach (var line in lines)
        {
            await Ledger.AppendAsync(line, default);
        }

        return lines;
    }

    private async Task ShouldConflictAsync(LedgerLine line) =>
        await Should.ThrowAsync<LedgerConflictException>(async () => await Ledger.AppendAsync(line, default));

    private static AuditRecord Record(LedgerEntryBuilder loop, string tenant, string type) =>
        new(tenant, loop.Loop.Value, DateTimeOffset.UnixEpoch, type, JsonSerializer.SerializeToElement(new { why = "test" }));

    private async Task<List<string>> RecordsAsync(string tenant)
    {
        var types = new List<string>();
        await foreach (var line in Audit.ReadAsync(tenant, 1, default))
        {
            types.Add(JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()!);
        }

        return types;
    }
}
