using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Tests.Histories;

namespace LoopCluster.Engine.Tests.Reports;

public class CostReportTests
{
    private static readonly LoopReport Blank = LoopReport.Of(HistoryFiles.Fold(HistoryFiles.Read("red-fix-green")));

    [Fact]
    public void Of_NoLoops_HasNoRatios()
    {
        var cost = CostReport.Of([]);

        (cost.Total, cost.CostPerVerified, cost.NeverGreenShare, cost.SavedShare).ShouldBe((0m, null, null, null));
        cost.Agents.ShouldBeEmpty();
    }

    [Fact]
    public void Of_VerifiedFailedAndRunning_OnlyEndedOnesAreLost()
    {
        var cost = CostReport.Of([
            Loop("a", LoopStatus.Verified, 2m),
            Loop("b", LoopStatus.Stuck, 1m),
            Loop("c", LoopStatus.Running, 1m),
            Loop("d", LoopStatus.Verified, 0m),
        ]);

        (cost.Total, cost.Verified, cost.CostPerVerified, cost.NeverGreenShare).ShouldBe((4m, 2, 2m, 0.25m));
    }

    [Fact]
    public void Of_SeveralAgentsAndTiers_AreToldApartTheDearestFirst()
    {
        var cost = CostReport.Of([
            Loop("a", LoopStatus.Verified, 3m, Bill("make", "small", "cheap", 1m), Bill("judge/scope", "large", "strong", 2m)),
            Loop("b", LoopStatus.Verified, 4m, Bill("make", "large", "strong", 4m)),
        ]);

        cost.Agents.Select(p => (p.Name, p.Cost, p.Requests)).ShouldBe([("make", 5m, 2), ("judge/scope", 2m, 1)]);
        cost.Tiers.Select(p => (p.Name, p.Cost)).ShouldBe([("strong", 6m), ("cheap", 1m)]);
        cost.Models.Select(p => (p.Name, p.Cost)).ShouldBe([("large", 6m), ("small", 1m)]);
        cost.Causes.ShouldHaveSingleItem().Name.ShouldBe("configured");
    }

    [Fact]
    public void Of_CheaperThanTheDearest_SaysWhatWasSaved()
    {
        var cost = CostReport.Of([Loop("a", LoopStatus.Verified, 1m) with { CostAtDearest = 4m }]);

        (cost.AtDearest, cost.SavedShare).ShouldBe((4m, 0.75m));
    }

    /// <summary>A price list in which nothing is dearest in every respect must not make the bill look like a loss.</summary>
    [Fact]
    public void AtDearest_AnyPrices_IsNeverBelowTheBill()
    {
        ModelBill[] bills = [Bill("make", "a", "default", 5m), Bill("plan", "b", "default", 0.001m)];

        ModelBill.AtDearest(bills, [new() { In = 1m, Out = 2m }, new() { In = 3m, Out = 1m }]).ShouldBe(5m + 0.0031m);
    }

    [Fact]
    public void Usage_ByDayAndMonth_CountsEachLoopOnce()
    {
        LoopReport[] loops =
        [
            Blank with
            {
                Id = "a",
                Days = [Day(11, 29, 1m), Day(11, 30, 2m), Day(12, 1, 4m)],
            },
            Blank with
            {
                Id = "b",
                Days = [Day(11, 30, 8m)],
            },
        ];

        UsageReport
            .Of(loops, monthly: false)
            .Select(p => (p.Period, p.Loops, p.Cost))
            .ShouldBe([("2026-11-29", 1, 1m), ("2026-11-30", 2, 10m), ("2026-12-01", 1, 4m)]);
        UsageReport.Of(loops, monthly: true).Select(p => (p.Period, p.Loops, p.Cost)).ShouldBe([("2026-11", 2, 11m), ("2026-12", 1, 4m)]);
        UsageReport
            .Of(loops, monthly: false, new DateOnly(2026, 11, 30), new DateOnly(2026, 11, 30))
            .ShouldHaveSingleItem()
            .Cost.ShouldBe(10m);
    }

    private static LoopReport Loop(string id, LoopStatus status, decimal cost, params ModelBill[] bills) =>
        Blank with
        {
            Id = id,
            Status = status,
            Cost = cost,
            CostAtDearest = cost,
            Bills = bills,
        };

    private static ModelBill Bill(string agent, string model, string tier, decimal cost) =>
        new(agent, model, tier, RouteCause.Configured)
        {
            Requests = 1,
            Replies = 1,
            TokensIn = 1000,
            TokensOut = 100,
            Cost = cost,
        };

    private static SpendDay Day(int month, int day, decimal cost) => new(new DateOnly(2026, month, day)) { Cost = cost };
}
