namespace LoopCluster.Engine.Gates;

/// <summary>Files of the base that hold what is right: the gate compares with them.</summary>
public sealed partial class ProtectionPlan
{
    private static readonly IReadOnlySet<string> Comparers = WordList.Of("diff cmp comm sdiff colordiff numdiff dwdiff wdiff");

    private static readonly IReadOnlySet<string> Expectations = WordList.Of(
        "expected expect expectation expectations golden goldens gold oracle baseline baselines approved snapshot snapshots truth want"
    );

    private static readonly IReadOnlySet<string> Outcomes = WordList.Of(
        "out output outputs result results actual answer answers got got1 mine solution"
    );

    private static readonly IReadOnlySet<string> Code = WordList.Of(
        ".py .js .mjs .cjs .ts .go .rs .c .cc .cpp .h .java .kt .cs .rb .php .pl .lua .sh"
    );

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
                || (
                    IsExpectation(path)
                    && (
                        Comparers.Contains(name)
                        || IsFolder(path)
                        || Path.GetExtension(path) is { Length: > 0 } ending && !Code.Contains(ending)
                    )
                )
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

    private static bool IsExpectation(string path) => Words(path).Any(Expectations.Contains);

    private static bool IsOutcome(string path) => Words(path).Any(Outcomes.Contains);

    private static IEnumerable<string> Words(string path) => path.ToLowerInvariant().Split('/', '.', '_', '-');
}
