using System.Text.Json;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Reports;

/// <summary>What loops cost together, what a verified outcome cost, and where it went.</summary>
public sealed record CostReport
{
    public decimal Total { get; init; }

    /// <summary>Of it, what no endpoint has billed.</summary>
    public decimal Assumed { get; init; }

    /// <summary>Loops that ended verified.</summary>
    public int Verified { get; init; }

    /// <summary>Everything that was spent, by the number of verified loops; null when none is.</summary>
    public decimal? CostPerVerified { get; init; }

    /// <summary>Of the total, what went to loops that have ended without being verified; null when nothing was spent.</summary>
    public decimal? NeverGreenShare { get; init; }

    /// <summary>What the same tokens would have cost of the dearest model that each loop has.</summary>
    public decimal AtDearest { get; init; }

    /// <summary>How much of <see cref="AtDearest"/> was not spent; null when nothing would have been.</summary>
    public decimal? SavedShare { get; init; }

    public required IReadOnlyList<CostPart> Agents { get; init; }

    public required IReadOnlyList<CostPart> Tiers { get; init; }

    public required IReadOnlyList<CostPart> Models { get; init; }

    public required IReadOnlyList<CostPart> Causes { get; init; }

    public static CostReport Of(IReadOnlyCollection<LoopReport> loops)
    {
        var total = loops.Sum(l => l.Cost);
        var verified = loops.Count(l => l.Status == LoopStatus.Verified);
        var lost = loops.Where(l => l.Status.IsFinal() && l.Status != LoopStatus.Verified).Sum(l => l.Cost);
        var dearest = loops.Sum(l => l.CostAtDearest);
        return new CostReport
        {
            Total = total,
            Assumed = loops.Sum(l => l.CostAssumed),
            Verified = verified,
            CostPerVerified = verified == 0 ? null : Math.Round(total / verified, 6),
            NeverGreenShare = total == 0 ? null : Math.Round(lost / total, 4),
            AtDearest = dearest,
            SavedShare = dearest == 0 ? null : Math.Round(1 - (total / dearest), 4),
            Agents = CostPart.By(loops, bill => bill.Agent),
            Tiers = CostPart.By(loops, bill => bill.Tier),
            Models = CostPart.By(loops, bill => bill.Model),
            Causes = CostPart.By(loops, bill => JsonSerializer.SerializeToElement(bill.Cause, ReportJson.Default.RouteCause).GetString()!),
        };
    }
}
