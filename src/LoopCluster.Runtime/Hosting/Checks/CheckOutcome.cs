using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Hosting.Checks;

/// <param name="Findings">In the order in which a run would meet them.</param>
/// <param name="End">Where the loop would stand before its first model call; null when it could not be created.</param>
public sealed record CheckOutcome(IReadOnlyList<CheckFinding> Findings, LoopState? End)
{
    /// <summary>What a run would end on, or null when the task is fit to run.</summary>
    public CheckFinding? Verdict { get; } = CheckRules.Verdict(Findings);
}
