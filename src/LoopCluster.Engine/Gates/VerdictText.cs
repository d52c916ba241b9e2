using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using static System.FormattableString;

namespace LoopCluster.Engine.Gates;

/// <summary>A verdict in words, for feedback to the model, reports and whoever runs a proof's gates again.</summary>
public static class VerdictText
{
    private const int MostLine = 200;

    /// <summary>Of a run that did not pass.</summary>
    public static string Of(GateSpec gate, GateCompleted result) =>
        result.Votes is { } votes
            ? Of(gate, result, votes)
            : result.Outcome switch
            {
                GateOutcome.Timeout => $"gate '{gate.Name}' did not end within {gate.Timeout}",
                GateOutcome.OutOfMemory => $"gate '{gate.Name}' ran out of memory",
                GateOutcome.Steered => $"the change steers gate '{gate.Name}': {string.Join(", ", (result.Steering ?? []).Take(20))}",
                GateOutcome.NoEvidence =>
                    $"gate '{gate.Name}' ended with exit code 0, but its output shows no evidence /{EvidenceOf(gate)}/: that is no pass",
                GateOutcome.FewerTests => result.Tests is { } tests
                    ? Invariant($"gate '{gate.Name}' ended with exit code 0, but only {tests} tests ran, fewer than on the base")
                    : $"gate '{gate.Name}' ended with exit code 0, but its output does not say that tests ran, as it did on the base",
                GateOutcome.NotRun when EvidenceOf(gate) is not null =>
                    $"gate '{gate.Name}' showed no evidence /{EvidenceOf(gate)}/ that it ran (exit code {result.ExitCode})",
                GateOutcome.NotRun => $"gate '{gate.Name}' could not start (exit code {result.ExitCode})",
                _ => $"gate '{gate.Name}' failed (exit code {result.ExitCode}): {LastLine(result.Output)}",
            };

    private static string Of(GateSpec gate, GateCompleted result, IReadOnlyList<JudgeVote> votes)
    {
        var findings = votes.SelectMany(v => v.Findings).ToList();
        return $"judge gate '{gate.Name}' did not pass: {LastLine(result.Output)}"
            + (findings.Count == 0 ? "" : FormattableString.Invariant($"; {findings[0].Path}:{findings[0].Line}: {findings[0].Message}"));
    }

    /// <summary>In few words.</summary>
    public static string Word(GateOutcome outcome) =>
        outcome switch
        {
            GateOutcome.Failed => "failed",
            GateOutcome.Timeout => "did not end in time",
            GateOutcome.OutOfMemory => "ran out of memory",
            GateOutcome.NotRun => "could not run",
            GateOutcome.Steered => "does not count",
            GateOutcome.NoEvidence => "exit code 0 without the evidence of a pass",
            GateOutcome.FewerTests => "exit code 0 with fewer tests than on the base",
            GateOutcome.NotProbed => "cannot be tested itself",
            _ => "was not decided",
        };

    private static string? EvidenceOf(GateSpec gate) => (gate as CommandGate)?.Evidence;

    public static string LastLine(OutputText output)
    {
        var text = (output.Text ?? output.Tail ?? "").Trim();
        var end = text.LastIndexOf('\n');
        var line = end < 0 ? text : text[(end + 1)..];
        return line.Length <= MostLine ? line : SafeText.Of(line[..MostLine]);
    }
}
