using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Context;

/// <summary>The second message: where the loop stands, made from the ledger alone. The newest gate result stands last, verbatim.</summary>
internal static class FrontierText
{
    private const int MostFailedShown = 20;
    private const int MostLine = 300;

    public static string Write(in RequestHead head, TextLimits texts)
    {
        var frontier = head.Frontier;
        var text = new StringBuilder(512);
        var lines = texts.Within(MostLine);
        var budget = head.Spec.Budget;
        text.Append(
            CultureInfo.InvariantCulture,
            $"# Where you stand\nAttempt {frontier.Attempt} of at most {budget.Attempts + head.InheritedAttempts}.\n"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"Left when it began: {budget.Turns - frontier.Spend.Turns} turns, {budget.Tokens - frontier.Spend.Tokens} tokens, {Math.Max(0, budget.SandboxSeconds - frontier.Spend.SandboxSeconds):0} sandbox seconds.\n"
        );
        AppendChanges(text, frontier, lines, texts.Most);
        AppendFirst(text, PlanText.Title, frontier.Plan is { } plan ? PlanText.Lines(plan) : [], texts, texts.Most);
        AppendFailures(text, frontier, lines, texts.Most);
        AppendNewest(text, "Your notes", [.. frontier.Notes.Select(texts.Clip)], texts.Most);
        AppendNewest(text, "Messages from people", [.. frontier.Messages.Select(m => $"{m.By}: {texts.Clip(m.Text)}")], texts.Most);
        AppendNewest(text, "Flaky, perhaps without any fault of yours", [.. frontier.Flaky.Select(lines.Start)], texts.Most);
        if (head.DroppedTurns > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{head.DroppedTurns} earlier turns of this attempt are left out here; their effects are in the files.\n"
            );
        }

        SkillText.Append(text, head.Skills, texts);
        if (frontier.LastGate is { } gate)
        {
            var exit = gate.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $", exit code {code}") : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n# Gate `{gate.Gate}`: {VerdictText.Word(gate.Outcome)}{exit}{(gate.Phase == GatePhase.Baseline ? ", before any change" : "")}\n"
            );
            AppendFirst(text, "Changes of yours that did not count here (protected)", gate.Restored, lines, texts.Most / 2);
            AppendFirst(
                text,
                "Files of yours that steer the gate: without them nobody has to be asked before the change counts",
                gate.Steers ?? [],
                lines,
                texts.Most / 2
            );
            AppendFirst(text, "Files that git ignores and the gate therefore did not see", gate.Scratch, lines, texts.Most / 2);
            text.Append("Its output:\n").Append(texts.Show(gate.Output));
        }
        else if (frontier.LastReason is { } reason)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# The last attempt was not accepted\n{texts.Clip(reason)}");
        }

        return text.ToString();
    }

    private static void AppendChanges(StringBuilder text, Frontier frontier, TextLimits lines, int room)
    {
        if (frontier.Files == 0)
        {
            text.Append("No file differs from the base yet.\n");
            return;
        }

        var shown = 0;
        text.Append(CultureInfo.InvariantCulture, $"{frontier.Files} files differ from the base: ");
        foreach (var path in frontier.Changed.Take(50).Select(lines.Start).TakeWhile(p => (room -= p.Length + 2) >= 0))
        {
            text.Append(shown++ == 0 ? "" : ", ").Append(path);
        }

        text.Append(shown < frontier.Files ? ", ...\n" : "\n");
    }

    private static void AppendFailures(StringBuilder text, Frontier frontier, TextLimits lines, int room)
    {
        var skipped = Math.Max(0, frontier.Failed.Count - MostFailedShown);
        AppendNewest(
            text,
            skipped == 0
                ? "Tried and failed"
                : string.Create(CultureInfo.InvariantCulture, $"Tried and failed (the last {MostFailedShown} of {frontier.Failed.Count})"),
            [
                .. frontier
                    .Failed.Skip(skipped)
                    .Select(a => string.Create(CultureInfo.InvariantCulture, $"attempt {a.Attempt}: {OneLine(lines.Start(a.Reason))}")),
            ],
            room
        );
    }

    /// <summary>A list whose oldest lines go first when it is too long.</summary>
    private static void AppendNewest(StringBuilder text, string title, List<string> lines, int room)
    {
        var first = lines.Count;
        while (first > 0 && (room -= lines[first - 1].Length) >= 0)
        {
            first--;
        }

        // At least the newest, which is within the limit of one text.
        first = Math.Min(first, Math.Max(0, lines.Count - 1));
        var left = first == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"- ({first} earlier ones are left out)\n");
        text.Append(lines.Count == 0 ? "" : $"{title}:\n{left}{string.Concat(lines.Skip(first).Select(l => $"- {l}\n"))}");
    }

    private static void AppendFirst(StringBuilder text, string title, IReadOnlyList<string> all, TextLimits lines, int room)
    {
        var shown = all.Select(lines.Start).TakeWhile(l => (room -= l.Length) >= 0).ToList();
        var left = all.Count == shown.Count ? "" : string.Create(CultureInfo.InvariantCulture, $"- (and {all.Count - shown.Count} more)\n");
        text.Append(all.Count == 0 ? "" : $"{title}:\n{string.Concat(shown.Select(l => $"- {l}\n"))}{left}");
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
