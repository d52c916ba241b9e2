namespace LoopCluster.Workspaces.Ignore;

/// <summary>One line of a .gitignore, understood as dir.c understands it.</summary>
internal sealed class IgnorePattern
{
    private const string Special = "*?[\\";

    private readonly bool _folderOnly;
    private readonly bool _nameOnly;
    private readonly string _literal;
    private readonly WildMatch? _rest;

    private IgnorePattern(string pattern, bool negative)
    {
        Negative = negative;
        _folderOnly = pattern.EndsWith('/');
        if (_folderOnly)
        {
            pattern = pattern[..^1];
        }

        _nameOnly = !pattern.Contains('/', StringComparison.Ordinal);
        if (!_nameOnly && pattern.StartsWith('/'))
        {
            pattern = pattern[1..];
        }

        // Git compares the part before the first special character as text and gives only the rest to wildmatch, for which that is the
        // start.
        var wild = pattern.AsSpan().IndexOfAny(Special);
        _literal =
            wild < 0 ? pattern
            : _nameOnly ? ""
            : pattern[..wild];
        _rest = wild < 0 ? null : new WildMatch(pattern[_literal.Length..]);
    }

    /// <summary>A match takes the path back in (<c>!pattern</c>).</summary>
    public bool Negative { get; }

    public static IgnorePattern? Parse(string line)
    {
        line = TrimTrailingSpaces(line);
        var negative = line.StartsWith('!');
        var pattern = negative ? line[1..] : line;
        return pattern.Length == 0 || line.StartsWith('#') || pattern == "/" ? null : new IgnorePattern(pattern, negative);
    }

    /// <param name="path">Relative to the directory of the .gitignore.</param>
    public bool IsMatch(ReadOnlySpan<char> path, ReadOnlySpan<char> name, bool isFolder, ref long budget)
    {
        budget--;
        if (_folderOnly && !isFolder)
        {
            return false;
        }

        var text = _nameOnly ? name : path;
        if (_rest is null)
        {
            return text.SequenceEqual(_literal);
        }

        if (!text.StartsWith(_literal))
        {
            return false;
        }

        text = text[_literal.Length..];
        budget -= _rest.CostOf(text.Length);
        return _rest.IsMatch(text);
    }

    // Spaces at the end don't count unless a backslash stands before them.
    private static string TrimTrailingSpaces(string line)
    {
        var end = -1;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == ' ')
            {
                end = end < 0 ? i : end;
                continue;
            }

            if (line[i] == '\\' && ++i == line.Length)
            {
                return line;
            }

            end = -1;
        }

        return end < 0 ? line : line[..end];
    }
}
