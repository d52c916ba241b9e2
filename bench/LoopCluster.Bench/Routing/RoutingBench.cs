using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Bench.Routing;

/// <summary>
/// Cost per verified outcome with tiers, beside the same loops with the cheap model alone and with the dear one alone; and where sessions
/// go among replicas.
/// </summary>
internal static class RoutingBench
{
    private const int Seed = 20_261_130;
    private static readonly decimal[] PriceRatios = [3, 5, 10, 20, 30];

    public static object Run(int loops)
    {
        var model = new CostModel();
        var tasks = Enumerable.Range(0, loops).Select(i => new ScriptedTask(model, Seed, i)).ToList();
        var cheap = Outcome.Of("always-cheap", model, tasks, false);
        var dear = Outcome.Of("always-expensive", model, tasks, true);
        var tiers = Outcome.Of("tiers", model, tasks, false, true);
        return new
        {
            loops,
            costModel = model,
            policies = new[] { cheap, dear, tiers },
            verifiedRateDifference = Math.Round(tiers.VerifiedRate - dear.VerifiedRate, 4),
            ratioToExpensive = Ratio(tiers, dear),
            ratioToCheap = Ratio(tiers, cheap),
            sensitivity = PriceRatios.Select(times => Dearer(model, times, tasks.Count)).ToList(),
            published = "routing -37 % cost (0.63x) on real traces, 500 SWE-bench tasks, 64.6 % of them solvable by the cheapest of 8 models",
            note = "scripted loops through the product's own machine and rules; only the 64.6 % is from traces, all else of costModel is assumed",
            affinity = AffinityBench.Run(Seed),
            machine = Measure.Machine(),
        };
    }

    /// <summary>The same with another ratio of prices: what is gained rests on it more than on anything else.</summary>
    private static object Dearer(CostModel model, decimal times, int loops)
    {
        model = model with
        {
            Dear = new ModelPrice
            {
                In = model.Cheap.In * times,
                Out = model.Cheap.Out * times,
                Cached = model.Cheap.Cached * times,
            },
        };
        var tasks = Enumerable.Range(0, loops).Select(i => new ScriptedTask(model, Seed, i)).ToList();
        var (dear, tiers) = (Outcome.Of("", model, tasks, true), Outcome.Of("", model, tasks, false, true));
        return new { priceRatio = times, ratioToExpensive = Ratio(tiers, dear) };
    }

    private static double Ratio(Outcome one, Outcome other) => Math.Round((double)(one.CostPerVerified / other.CostPerVerified), 3);

    private sealed record Outcome(
        string Policy,
        double VerifiedRate,
        decimal Cost,
        decimal CostPerVerified,
        double CostShareNotVerified,
        double TurnsPerLoop,
        double DearTurnShare,
        IReadOnlyDictionary<string, int> RequestsByCause
    )
    {
        public static Outcome Of(string name, CostModel model, IReadOnlyList<ScriptedTask> tasks, params bool[] tiers)
        {
            var ends = tasks.Select(task => new ScriptedLoop(model, task, tiers).Run()).ToList();
            var verified = ends.Count(e => e.Status == LoopStatus.Verified);
            var cost = ends.Sum(e => e.Spend.Cost);
            var bills = ends.SelectMany(e => e.Bills).ToList();
            return new Outcome(
                name,
                Math.Round(verified / (double)ends.Count, 4),
                Math.Round(cost, 4),
                Math.Round(cost / Math.Max(1, verified), 6),
                Math.Round((double)(ends.Where(e => e.Status != LoopStatus.Verified).Sum(e => e.Spend.Cost) / cost), 3),
                Math.Round(ends.Average(e => e.Spend.Turns), 1),
                Math.Round(bills.Where(b => b.Model == "dear").Sum(b => b.Requests) / (double)bills.Sum(b => b.Requests), 3),
                bills.GroupBy(b => b.Cause).ToDictionary(g => g.Key.ToString(), g => g.Sum(b => b.Requests))
            );
        }
    }
}
