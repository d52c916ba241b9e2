using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Gates;

/// <summary>The message of the commit that is delivered: the goal, and as trailers what it can be checked against.</summary>
public static class DeliveryMessage
{
    private const int SubjectLength = 72;
    private const int BodyLength = 2000;

    /// <param name="proof">SHA-256 of the proof's predicate, in hex. The proof itself names the commit: its own hash cannot be in here.
    /// </param>
    public static string Write(LoopState state, string proof)
    {
        var goal = Clean(state.Spec.Goal).Trim();
        var end = goal.IndexOf('\n', StringComparison.Ordinal);
        var first = (end < 0 ? goal : goal[..end]).Trim();
        var isWhole = first.Length <= SubjectLength;
        var subject = isWhole ? first : Cut(first, SubjectLength - 1).TrimEnd() + "…";
        // A line that the subject holds whole is not said again; one that was cut is.
        var body =
            !isWhole ? goal
            : end < 0 ? ""
            : goal[end..].Trim();
        var text = new StringBuilder(subject).Append("\n\n");
        if (body.Length > 0)
        {
            text.Append(body.Length <= BodyLength ? body : Cut(body, BodyLength).TrimEnd() + "…").Append("\n\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"Loop: {state.Id}\nProof: sha256:{proof}\n");
        foreach (var gate in state.Spec.Gates)
        {
            var result = state.GateResults[gate.Name];
            var how = result.Votes is { } votes
                ? FormattableString.Invariant($"{votes.Count(v => v.Verdict == JudgeVerdict.Approve)} of {votes.Count} judges approve")
                : FormattableString.Invariant($"exit code {result.ExitCode}");
            var flaky = FlakeRules.Of(state, gate) switch
            {
                { Quarantined: true } => ", in quarantine",
                { Origin: { } origin } => origin == FlakeOrigin.Change ? ", flaky since the change" : ", flaky",
                _ => "",
            };
            text.Append(CultureInfo.InvariantCulture, $"Gate: {gate.Name} ({how}{flaky})\n");
        }

        if (state.Grant is { } grant && (state.Spec.Gates.Count == 0 || grant.Asked.Reasons is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"Approved-in: entry {grant.Seq}\n");
        }

        return text.ToString();
    }

    // Half a surrogate pair would be no text, and a control character would dress a terminal up.
    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static string Clean(string text) =>
        string.Concat(text.ReplaceLineEndings("\n").Select(c => char.IsControl(c) && c != '\n' ? ' ' : c));
}
