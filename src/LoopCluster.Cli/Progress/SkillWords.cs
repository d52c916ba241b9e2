using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Events;

namespace LoopCluster.Cli.Progress;

/// <summary>Tells which skills and rules files a loop has, and which skills an attempt is shown.</summary>
internal static class SkillWords
{
    private const int Width = 110;

    public static IEnumerable<ProgressLine> Of(BaseImported e)
    {
        if (e.RuleFiles is { Count: > 0 } rules)
        {
            yield return new(Tone.Quiet, $"rules: {TerminalText.Line(string.Join(", ", rules.Select(r => r.Path)), Width)}");
        }

        foreach (var skipped in e.Skills?.Skipped ?? [])
        {
            yield return new(Tone.Bad, $"no skill: {TerminalText.Line(skipped, Width)}");
        }
    }

    public static IEnumerable<ProgressLine> Of(SkillsChosen e)
    {
        if (e.Chosen.Count == 0)
        {
            return [];
        }

        var words = e.Chosen.Select(c =>
            string.Create(CultureInfo.InvariantCulture, $"{c.Name} ({c.Score:0.0}{(c.Shown ? "" : ", by name")})")
        );
        return [new(Tone.Quiet, $"skills: {TerminalText.Line(string.Join(", ", words), Width)}")];
    }
}
