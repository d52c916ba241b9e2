using System.Text;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Ignore;

/// <summary>
/// The .gitignore files from the root down to one directory. Evaluated here and not by git, which would have to be run in the directory.
/// Only files count that git does not track; the caller sees to that.
/// </summary>
internal sealed class IgnoreRules
{
    public const string FileName = ".gitignore";

    /// <summary>Longest .gitignore that is honoured.</summary>
    public const int FileLimit = 64 * 1024;

    private const int PatternLimit = 1000;

    private readonly IgnoreRules? _parent;
    private readonly IgnorePattern[] _patterns;
    private readonly int _prefix;
    private readonly IgnoreBudget _budget;

    private IgnoreRules(IgnoreRules? parent, IgnorePattern[] patterns, int prefix, IgnoreBudget budget)
    {
        _parent = parent;
        _patterns = patterns;
        _prefix = prefix;
        _budget = budget;
    }

    public static IgnoreRules None(IgnoreBudget budget) => new(null, [], 0, budget);

    /// <summary>
    /// These rules and those of a .gitignore in <paramref name="folder"/>. Null when it holds more patterns than are honoured.
    /// </summary>
    public IgnoreRules? With(RawPath folder, ReadOnlySpan<byte> content)
    {
        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            content = content[3..];
        }

        var patterns = new List<IgnorePattern>();
        foreach (var range in content.Split((byte)'\n'))
        {
            var line = Encoding.Latin1.GetString(content[range]);
            if (IgnorePattern.Parse(line.EndsWith('\r') && range.End.Value < content.Length ? line[..^1] : line) is { } pattern)
            {
                patterns.Add(pattern);
            }
        }

        // The last match decides, so the last pattern is asked first.
        patterns.Reverse();
        return patterns.Count > PatternLimit
            ? null
            : new IgnoreRules(this, [.. patterns], folder.IsRoot ? 0 : folder.Bytes.Length + 1, _budget);
    }

    /// <summary>Whether git would ignore this path, given that it does not ignore a directory above.</summary>
    public bool Ignores(RawPath path, string name, bool isFolder)
    {
        for (var rules = this; rules is not null; rules = rules._parent)
        {
            foreach (var pattern in rules._patterns)
            {
                if (_budget.Left <= 0)
                {
                    return false;
                }

                if (pattern.IsMatch(path.Bytes.AsSpan(rules._prefix), name, isFolder, ref _budget.Left))
                {
                    return !pattern.Negative;
                }
            }
        }

        return false;
    }
}

/// <summary>
/// Steps of pattern matching one walk may take, so that hostile patterns cost a bounded time. With none left nothing is ignored.
/// </summary>
internal sealed class IgnoreBudget
{
    public long Left = 400_000_000;
}
