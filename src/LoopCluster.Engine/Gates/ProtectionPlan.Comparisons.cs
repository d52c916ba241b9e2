namespace LoopCluster.Engine.Gates;

/// <summary>Files of the base that hold what is right: the gate compares with them.</summary>
public sealed partial class ProtectionPlan
{
    private static readonly HashSet<string> Comparers = ["diff", "cmp", "comm", "sdiff", "colordiff", "numdiff", "dwdiff", "wdiff"];
    private static readonly HashSet<string> Code =
    [
        ".py",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".go",
        ".rs",
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".java",
        ".kt",
        ".cs",
        ".rb",
        ".php",
        ".pl",
        ".lua",
        ".sh",
        "",
    ];

    private void ReadComparison(string? program, List<string?> arguments, string directory)
    {
        var name = program is null ? "" : program[(program.LastIndexOf('/') + 1)..];
        var found = arguments
            .Select(a => a is ['-', ..] ? null : ShellReader.Resolve(directory, a))
            .OfType<string>()
            .Where(p => p.Length > 0 && (_files.Contains(p) || IsFolder(p)))
            .Distinct()
            .ToList();
        var isSum = name.EndsWith("sum", StringComparison.Ordinal) && arguments.Any(a => a is "-c" or "--check");
        // Of two files that are both there, which is the work and which is what it should be shows in no more than their names.
        var isOne = Comparers.Contains(name) && found.Count == 1;
        foreach (var path in found)
        {
            if (
                isSum
                || (isOne && !IsOutcome(path))
                || (IsExpectation(path) && (Comparers.Contains(name) || IsFolder(path) || !Code.Contains(Path.GetExtension(path))))
            )
            {
                _runners.Add("comparison");
                if (isOne && !IsFolder(path))
                {
                    AddTests("comparison", "", Escape(path));
                }

                _existing.Add(IsFolder(path) ? $"{Escape(path)}/**" : Escape(path));
            }
        }
    }

    private static bool IsExpectation(string path) =>
        Words(path)
            .Any(w =>
                w
                    is "expected"
                        or "expect"
                        or "expectation"
                        or "expectations"
                        or "golden"
                        or "goldens"
                        or "gold"
                        or "oracle"
                        or "baseline"
                        or "baselines"
                        or "approved"
                        or "snapshot"
                        or "snapshots"
                        or "truth"
                        or "want"
            );

    private static bool IsOutcome(string path) =>
        Words(path)
            .Any(w =>
                w
                    is "out"
                        or "output"
                        or "outputs"
                        or "result"
                        or "results"
                        or "actual"
                        or "answer"
                        or "answers"
                        or "got"
                        or "got1"
                        or "mine"
                        or "solution"
            );

    private static IEnumerable<string> Words(string path) => path.ToLowerInvariant().Split('/', '.', '_', '-');
}
