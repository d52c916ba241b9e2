using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Cli.Progress;

/// <summary>Tells a plan and how far it is.</summary>
internal static class PlanWords
{
    private const int Width = 110;

    public static IEnumerable<ProgressLine> Of(PlanMade e)
    {
        yield return new(Tone.Plain, Text($"plan: {e.Steps.Count} {(e.Steps.Count == 1 ? "step" : "steps")}"));
        foreach (var step in e.Steps)
        {
            var needs = step.Needs is { } before ? $" (after {string.Join(", ", before)})" : "";
            yield return new(Tone.Quiet, $"  {TerminalText.Line($"{step.Id}: {step.Title}{needs}", Width)}");
        }
    }

    public static IEnumerable<ProgressLine> Of(PlanRefused e) =>
        [new(Tone.Bad, $"no plan: {TerminalText.Line(e.Fault, Width)}{(e.Last ? "; goes on without one" : "")}")];

    public static IEnumerable<ProgressLine> Of(StepChecked e, LoopState state)
    {
        var done = Text($"{state.Planning.Done} of {state.Planning.Steps?.Count ?? 0} done");
        yield return e.Done
            ? new(Tone.Good, $"step {TerminalText.Line(e.Step, 60)}: done ({done})")
            : new(
                Tone.Bad,
                $"step {TerminalText.Line(e.Step, 60)}: its gate says {(e.Outcome is { } outcome ? Names.Of(outcome) : "no")} ({done})"
            );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
