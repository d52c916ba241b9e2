using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Failing checks of ours among those of a gate. They stand in the files that hold its tests and are run as these are, whatever selects
/// them, so a gate that stays green is green for another reason than its tests. Pure; texts that are missing are asked for.
/// </summary>
public sealed partial record CanaryPlan
{
    private const int MostFiles = 200;
    private const int MostWhy = 200;
    private const string Given = "given";
    private const string FooledMark = " fooled: ";

    /// <summary>For which runners, or <c>given</c> by the spec.</summary>
    public required string Kind { get; init; }

    /// <summary>The whole new text of each file.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <param name="paths">Files of the tree on which the gate passed.</param>
    /// <param name="texts">Of these files, as far as they were read; null for one that is too long or no text.</param>
    /// <param name="nonce">What a check of ours says when it fails.</param>
    /// <param name="wanted">Files whose text would tell more. Call again with them.</param>
    /// <returns>Null when no canary is known for the gate's command.</returns>
    public static CanaryPlan? Make(
        CommandGate gate,
        IReadOnlyCollection<string> paths,
        IReadOnlyDictionary<string, string?> texts,
        string nonce,
        out IReadOnlyCollection<string> wanted
    )
    {
        wanted = [];
        if (gate.Canary is { } given)
        {
            return new CanaryPlan { Kind = Given, Files = given };
        }

        if (Inverts().IsMatch(gate.Run))
        {
            // A command that must fail: its canary would be green.
            return null;
        }

        var sites = ProtectionPlan.SitesOf(paths, gate, texts, out var read);
        var (kinds, files, missing) = (
            new SortedSet<string>(StringComparer.Ordinal),
            new SortedDictionary<string, string>(StringComparer.Ordinal),
            new HashSet<string>(read)
        );
        foreach (var site in sites)
        {
            var glob = PathGlob.Parse(site.Glob);
            foreach (var path in paths.Where(p => glob.IsMatch(p) && !IsVendored(p) && !files.ContainsKey(p)).Order(StringComparer.Ordinal))
            {
                if (files.Count + missing.Count >= MostFiles)
                {
                    break;
                }

                if (!texts.TryGetValue(path, out var text))
                {
                    missing.Add(path);
                }
                else if (
                    text is not null
                    && Altered(site.Runner, path, text, nonce) is { } altered
                    && files.TryAdd(altered.Path, altered.Text)
                )
                {
                    kinds.Add(site.Runner);
                }
            }
        }

        wanted = missing;
        return files.Count == 0 ? null : new CanaryPlan { Kind = string.Join(',', kinds), Files = files };
    }

    private static bool IsVendored(string path) => path.Split('/').Any(p => p is "node_modules" or "vendor" or "site-packages");

    /// <summary>What the output of a run with a canary shows.</summary>
    public static GateProbe Read(string nonce, string output)
    {
        var found = output.IndexOf(nonce + FooledMark, StringComparison.Ordinal);
        var why = found < 0 ? null : output[(found + nonce.Length + FooledMark.Length)..].Split('\n')[0];
        return new GateProbe
        {
            Seen = output.Contains(nonce, StringComparison.Ordinal),
            Fooled = why is null ? null : SafeText.Start(why, MostWhy),
        };
    }

    /// <summary>The file that makes the tests of one file fail: itself, or one beside it.</summary>
    private static (string Path, string Text)? Altered(string runner, string path, string text, string nonce) =>
        runner switch
        {
            "comparison" => (path, $"{text}{nonce}\n"),
            // It may end itself before its end, and rightly so.
            "script" when text.Contains("os._exit(", StringComparison.Ordinal) => null,
            "c" when text.Contains("_exit(", StringComparison.Ordinal) => null,
            "unittest" or "pytest" or "script" when path.EndsWith(".py", StringComparison.Ordinal) => OfPython(text, nonce) is { } python
                ? (path, python)
                : null,
            "c" => (path, text + OfC(text, nonce)),
            "go" => OfGo(path, text, nonce),
            "cargo" when text.Contains("#[test]", StringComparison.Ordinal) => (path, text + OfRust(nonce)),
            "dotnet" => OfDotnet(path, text, nonce),
            "junit" => OfJava(path, text, nonce),
            "node" or NodeTest or "jest" or "vitest" or "mocha" => OfNode(runner, text, nonce) is { } node ? (path, text + node) : null,
            _ => null,
        };

    /// <summary>Null where tests are made by the file's own protocol, which nothing of ours would be part of.</summary>
    private static string? OfPython(string text, string nonce) =>
        text.Contains("load_tests", StringComparison.Ordinal)
            ? null
            : Template("python.py")
                .Replace("@NONCE@", nonce, StringComparison.Ordinal)
                .Replace("@SOURCE@", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    private static string Template(string name)
    {
        using var stream = typeof(CanaryPlan).Assembly.GetManifestResourceStream("Canaries/" + name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?:^|[;&|(\n]|\bif|\bwhile)\s*!\s", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Inverts();
}
