using LoopCluster.Engine.Events;
using static System.FormattableString;

namespace LoopCluster.Engine.Gates;

/// <summary>A test of a gate in words, for a person.</summary>
public static class ProbeText
{
    /// <returns>Null when there is nothing to tell.</returns>
    public static string? Of(GateCompleted probe) =>
        (probe.Phase, probe.Outcome) switch
        {
            (GatePhase.Canary, GateOutcome.NotProbed) => $"gate {probe.Gate}: no canary is known for its command",
            (_, GateOutcome.NotProbed) => null,
            (_, GateOutcome.Unavailable or GateOutcome.Aborted) => $"gate {probe.Gate}: its test was not decided",
            (GatePhase.Canary, _) when IsAsItShould(probe) => $"gate {probe.Gate}: red with a failing check added, as it should be",
            (GatePhase.Canary, _) => $"gate {probe.Gate}: green with a failing check added ({probe.Probe?.Fooled ?? "it does not count"})",
            (GatePhase.Counterfactual, _) when IsAsItShould(probe) =>
                $"gate {probe.Gate}: red with only the tests of the change, as it should be",
            (GatePhase.Counterfactual, _) => $"gate {probe.Gate}: green with only the tests and settings of the change",
            (GatePhase.Sabotage, _) => Invariant(
                $"gate {probe.Gate}: {(IsAsItShould(probe) ? "notices" : "does not notice")} {string.Join(", ", probe.Probe?.Paths ?? [])} taken back ({probe.Run} of {probe.Probe?.Of})"
            ),
            _ => null,
        };

    public static bool IsAsItShould(GateCompleted probe) => probe.Outcome != GateOutcome.Passed && probe.Probe?.Fooled is null;
}
