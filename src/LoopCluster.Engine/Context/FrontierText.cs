using System.Globalization;
using System.Text;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Context;

/// <summary>The second message: where the loop stands, made from the ledger alone. The newest gate result stands last, verbatim.</summary>
internal static class FrontierText
{
    private const int MostFailedShown = 20;

    public static string Write(LoopState state, Frontier frontier, TextLimits texts)
    {
        var text = new StringBuilder(512);
        var budget = state.Spec.Budget;
        text.Append(CultureInfo.InvariantCulture, $"# Where you stand\nAttempt {frontier.Attempt} of at most {budget.Attempts + state.InheritedAttempts}.\n");
        text.Append(CultureInfo.InvariantCulture, $"Left when it began: {budget.Turns - frontier.Spend.Turns} turns, {budget.Tokens - frontier.Spend.Tokens} tokens, {Math.Max(0, budget.SandboxSeconds - frontier.Spend.SandboxSeconds):0} sandbox seconds.\n");
        AppendChanges(text, frontier);
        AppendFailures(text, frontier);
        AppendList(text, "Your notes", frontier.Notes.Select(n => texts.Clip(n)));
        AppendList(text, "Messages from people", frontier.Messages.Select(m => $"{m.By}: {texts.Clip(m.Text)}"));
        if (state.Conversation.DroppedTurns > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{state.Conversation.DroppedTurns} earlier turns of this attempt are left out here; their effects are in the files.\n");
        }

        if (frontier.LastGate is { } gate)
        {
            var exit = gate.ExitCode is { } code ? $", exit code {code}" : "";
            text.Append(CultureInfo.InvariantCulture, $"\n# Gate `{gate.Gate}`: {Word(gate.Outcome)}{exit}{(gate.Phase == Events.GatePhase.Baseline ? ", before any change" : "")}\n");
            AppendList(text, "Changes of yours that did not count here (protected)", gate.Restored);
            AppendList(text, "Files that git ignores and the gate therefore did not see", gate.Scratch);
            text.Append("Its output:\n").Append(texts.Show(gate.Output));
        }
        else if (frontier.LastReason is { } reason)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# The last attempt was not accepted\n{texts.Clip(reason)}");
        }

        return text.ToString();
    }

    private static void AppendChanges(StringBuilder text, Frontier frontier)
    {
        if (frontier.Files == 0)
        {
            text.Append("No file differs from the base yet.\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{frontier.Files} files differ from the base: {string.Join(", ", frontier.Changed.Take(50))}{(frontier.Files > 50 ? ", ..." : "")}\n");
    }

    private static void AppendFailures(StringBuilder text, Frontier frontier)
    {
        var skipped = Math.Max(0, frontier.Failed.Count - MostFailedShown);
        AppendList(text, skipped == 0 ? "Tried and failed" : $"Tried and failed (the last {MostFailedShown} of {frontier.Failed.Count})",
            frontier.Failed.Skip(skipped).Select(a => $"attempt {a.Attempt}: {(a.Reason.Length <= 300 ? a.Reason : a.Reason[..300])}"));
    }

    private static void AppendList(StringBuilder text, string title, IEnumerable<string> lines)
    {
        var first = true;
        foreach (var line in lines)
        {
            if (first)
            {
                text.Append(title).Append(":\n");
                first = false;
            }

            text.Append("- ").Append(line).Append('\n');
        }
    }

    private static string Word(Events.GateOutcome outcome) => outcome switch
    {
        Events.GateOutcome.Failed => "failed",
        Events.GateOutcome.Timeout => "did not end in time",
        Events.GateOutcome.OutOfMemory => "ran out of memory",
        Events.GateOutcome.NotRun => "could not run",
        _ => "was not decided",
    };
}
