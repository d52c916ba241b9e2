using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Cli.Progress;

/// <summary>Says at the start what the gates will take from the base.</summary>
internal static class ProtectionWords
{
    private const int Width = 110;

    public static IEnumerable<ProgressLine> Of(BaseImported imported, LoopSpec spec)
    {
        if (imported.Protection is { Files: > 0 } kept)
        {
            yield return new(
                Tone.Quiet,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"protected ({string.Join(", ", kept.Runners)}), {kept.Files} {(kept.Files == 1 ? "file" : "files")} of the base: {TerminalText.Line(string.Join(", ", kept.Names), Width)}"
                )
            );
        }

        foreach (var gate in spec.Gates.Where(g => g.Unprotected))
        {
            yield return new(Tone.Quiet, $"gate {gate.Name}: nothing is protected (protect: none)");
        }
    }
}
