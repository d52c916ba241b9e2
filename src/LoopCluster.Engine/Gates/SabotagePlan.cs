using System.Globalization;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>The parts of a change that a gate should notice when they are taken back: its hunks, the largest first.</summary>
public static partial class SabotagePlan
{
    private const int MostParts = 1000;

    /// <param name="diff">Unified, from the base to the tree a gate passed on.</param>
    public static IReadOnlyList<ChangePart> PartsOf(LoopSpec spec, string diff)
    {
        var parts = new List<ChangePart>();
        foreach (var file in diff.Split("\ndiff --git ", StringSplitOptions.None))
        {
            if (parts.Count < MostParts && PathOf(file) is { } path && SteeringPart.Of(spec, [path]).Count == 0)
            {
                parts.AddRange(HunksOf(path, file));
            }
        }

        return [.. parts.OrderByDescending(p => p.Size).ThenBy(p => p.Path, StringComparer.Ordinal).ThenBy(p => p.Line)];
    }

    private static string? PathOf(string file)
    {
        foreach (var line in file.Split('\n'))
        {
            if (line.StartsWith("@@", StringComparison.Ordinal))
            {
                break;
            }

            // A name with odd characters is quoted; of such a file no part is taken.
            if (
                (line.StartsWith("+++ b/", StringComparison.Ordinal) || line.StartsWith("--- a/", StringComparison.Ordinal))
                && line.Length > 6
            )
            {
                var path = line[6..].TrimEnd('\t');
                if (line[0] == '+' || file.Contains("\n+++ /dev/null", StringComparison.Ordinal))
                {
                    return path;
                }
            }
        }

        return null;
    }

    private static IEnumerable<ChangePart> HunksOf(string path, string file)
    {
        // A file that is new or gone is one part.
        if (file.Contains("\n--- /dev/null", StringComparison.Ordinal) || file.Contains("\n+++ /dev/null", StringComparison.Ordinal))
        {
            yield return new ChangePart(path, 1, file.Count(c => c == '\n'), IsWhole: true, [], []);
            yield break;
        }

        var lines = file.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            if (Hunk().Match(lines[at]) is not { Success: true } header)
            {
                continue;
            }

            var (before, after, size) = (new List<string>(), new List<string>(), 0);
            for (at++; at < lines.Length && lines[at] is [' ' or '+' or '-' or '\\', ..] line; at++)
            {
                if (line[0] is ' ' or '-')
                {
                    before.Add(line[1..]);
                }

                if (line[0] is ' ' or '+')
                {
                    after.Add(line[1..]);
                }

                size += line[0] is '+' or '-' ? 1 : 0;
            }

            at--;
            yield return new ChangePart(
                path,
                int.Parse(header.Groups[1].Value, CultureInfo.InvariantCulture),
                size,
                IsWhole: false,
                before,
                after
            );
        }
    }

    [GeneratedRegex("^@@ -[0-9]+(?:,[0-9]+)? \\+([0-9]{1,9})(?:,[0-9]+)? @@", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Hunk();
}

/// <summary>A hunk of a change, or a file of it that is new or gone.</summary>
/// <param name="Line">Where it begins in the changed file, from 1.</param>
/// <param name="Size">Lines added and removed.</param>
/// <param name="Before">Its lines in the base, those around it included.</param>
/// <param name="After">Its lines in the change.</param>
public sealed record ChangePart(string Path, int Line, int Size, bool IsWhole, IReadOnlyList<string> Before, IReadOnlyList<string> After)
{
    /// <summary>The changed file without this part; null when it is not there as expected, and the whole file is taken back.</summary>
    public string? TakenFrom(string? changed)
    {
        if (changed is null)
        {
            return null;
        }

        var lines = changed.Split('\n').ToList();
        var at = After.Count == 0 ? Line : Line - 1;
        if (at < 0 || at + After.Count > lines.Count || !lines.Skip(at).Take(After.Count).SequenceEqual(After))
        {
            return null;
        }

        lines.RemoveRange(at, After.Count);
        lines.InsertRange(at, Before);
        return string.Join('\n', lines);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path}:{Line}");
}
