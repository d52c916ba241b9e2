using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Hosts;

/// <summary>What all loops of a tenant together may spend.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private const string PerDay = "LoopCluster:Tenants:Ceilings:poor:TokensPerDay";

    [SkippableFact]
    public async Task Ceiling_IsReached_ParksAndGoesOnOnceItIsRaised()
    {
        await LimitedAsync((PerDay, "7000"));
        var loop = await Host.StartAsync(new StartLoop("poor", Spending()), Patient);

        var parked = await UntilAsync(loop, s => s.Status == LoopStatus.Parked);

        parked.StopReason.ShouldNotBeNull().ShouldStartWith("of the 7000 tokens of a day that the tenant may spend, 3900 are left; ");
        (parked.Spend.Tokens, parked.Allotment!.IsReturned).ShouldBe((3100, true));
        await LimitedAsync((PerDay, "100000"));
        await Host.ResumeAsync(loop, Patient);
        var done = await UntilAsync(loop, s => s.IsTerminal);
        done.Status.ShouldBe(LoopStatus.Verified);
    }

    /// <summary>Many at once: each request is held back in the tenant's account before it is sent.</summary>
    [SkippableFact]
    public async Task Ceiling_ManyLoopsAtOnce_TogetherStayBelowIt()
    {
        await LimitedAsync((PerDay, "20000"));
        var loops = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => Host.StartAsync(new StartLoop("poor", Spending()), Patient).AsTask())
        );
        var rich = await Host.StartAsync(new StartLoop("rich", Spending()), Patient);

        var ends = await Task.WhenAll(loops.Select(loop => UntilAsync(loop, s => s.IsTerminal || s.Status == LoopStatus.Parked)));

        ends.Sum(s => s.Spend.Tokens).ShouldBeInRange(12_000, 20_000);
        ends.ShouldAllBe(s => s.Allotment == null || s.Status == LoopStatus.Verified || s.Allotment.IsReturned);
        ends.ShouldContain(s => s.Status == LoopStatus.Verified);
        (await UntilAsync(rich, s => s.IsTerminal)).ShouldSatisfyAllConditions(
            s => s.Status.ShouldBe(LoopStatus.Verified),
            s => s.Account.ShouldBeFalse()
        );
    }

    /// <summary>Another process finds in the ledgers what was spent, also by loops that have ended.</summary>
    [SkippableFact]
    public async Task Ceiling_HostStartsAnew_KnowsWhatWasSpent()
    {
        await LimitedAsync((PerDay, "12000"));
        var first = await Host.StartAsync(new StartLoop("poor", Spending()), Patient);
        (await UntilAsync(first, s => s.IsTerminal)).Spend.Tokens.ShouldBe(6200);

        await LimitedAsync((PerDay, "12000"));
        var second = await Host.StartAsync(new StartLoop("poor", Spending()), Patient);

        var parked = await UntilAsync(second, s => s.IsTerminal || s.Status == LoopStatus.Parked);
        (parked.Status, parked.Spend.Tokens).ShouldBe((LoopStatus.Parked, 3100), parked.StopReason);
    }

    [SkippableFact]
    public async Task Ceiling_OfCostAndModelWithoutPrice_IsRefusedAndLeavesNoLoop()
    {
        await LimitedAsync(("LoopCluster:Tenants:Ceilings:poor:CostPerDay", "1"));
        var spec = Spending();
        spec = spec with
        {
            Models = new SortedDictionary<string, ModelSpec>
            {
                ["make"] = new()
                {
                    Url = "http://127.0.0.1:9/v1",
                    Model = "unpriced",
                    Window = 32_768,
                },
            },
        };

        var refused = await Should.ThrowAsync<Engine.Errors.BadInputException>(() =>
            Host.StartAsync(new StartLoop("poor", spec), Patient).AsTask()
        );

        refused.Code.ShouldBe("price-missing");
        refused.Message.ShouldContain("the tenant has a ceiling of cost");
    }

    /// <summary>Two turns of 3,100 tokens.</summary>
    private LoopSpec Spending()
    {
        const string usage = "{ usage: { in: 3000, out: 100 }, ";
        return Spec($"[ {usage}{Run("say 1")[1..]}, {usage}{Write("42")[1..]} ]");
    }
}
