using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What a read model keeps whose lists are written by the append itself.</summary>
public abstract class AppendedReadModelContractTests : ReadModelContractTests
{
    protected abstract ILoopLedger Ledger { get; }

    [SkippableFact]
    public async Task Find_AfterAnEntryWithoutSummary_IsTheSummaryBefore()
    {
        var loop = NewLoop();
        var summary = Summary(loop);
        await AppendAsync(loop, summary);
        await Ledger.AppendAsync(loop.Next(), default);

        (await Reads.FindAsync(loop.Loop, default)).ShouldBe(summary);
        (await Ledger.ReadHeadAsync(loop.Loop, default))!.Value.Seq.ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_RefusedEntry_LeavesTheSummary()
    {
        var loop = NewLoop();
        var summary = Summary(loop);
        await AppendAsync(loop, summary);
        var other = LedgerEntryBuilder.Seal(loop.Loop, 1, 1, LedgerHash.Genesis(loop.Loop), "note-kept", "{\"other\":true}");
        await Should.ThrowAsync<LedgerConflictException>(async () =>
            await Ledger.AppendAsync(other, summary with { Status = LoopStatus.Failed }, default)
        );

        (await Reads.FindAsync(loop.Loop, default)).ShouldBe(summary);
        (await IdsAsync(new LoopQuery { Tenant = Tenant, Status = LoopStatus.Running })).ShouldBe([loop.Loop]);
        (await IdsAsync(new LoopQuery { Tenant = Tenant, Status = LoopStatus.Failed })).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Append_SecondFirstEntryCreatedAtAnotherTime_ListsTheLoopOnce()
    {
        var loop = NewLoop();
        var summary = Summary(loop);
        await AppendAsync(loop, summary);
        var other = LedgerEntryBuilder.Seal(loop.Loop, 1, 1, LedgerHash.Genesis(loop.Loop), "note-kept", "{\"other\":true}");
        await Should.ThrowAsync<LedgerConflictException>(async () =>
            await Ledger.AppendAsync(other, summary with { Created = summary.Created.AddSeconds(5) }, default)
        );

        (await Reads.ListAsync(new LoopQuery { Tenant = Tenant }, default)).Loops.ShouldBe([summary]);
        (await Reads.ListAsync(new LoopQuery { Tenant = Tenant, Status = LoopStatus.Running }, default)).Loops.ShouldBe([summary]);
    }

    protected override ValueTask AppendAsync(LedgerEntryBuilder loop, LoopSummary summary) =>
        Ledger.AppendAsync(loop.Next(), summary, default);
}
