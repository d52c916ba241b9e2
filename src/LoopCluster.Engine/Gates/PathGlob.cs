namespace LoopCluster.Engine.Gates;

/// <summary>
/// A pattern for paths from the root of a tree, as <c>protect</c> and <c>changes</c> use it: <c>*</c> and <c>?</c> within a name, <c>**</c>
/// for any number of directories, <c>[a-z]</c>, <c>[!a]</c>, <c>{a,b}</c>, backslash for a literal character. It is anchored at the root
/// and case counts. A directory that matches covers everything below it, so <c>tests</c>, <c>tests/</c> and <c>tests/**</c> are the same.
/// </summary>
public sealed class PathGlob
{
    // States of one alternative fit into the bits of a ulong.
    private const int SegmentLimit = 60;

    private readonly GlobSegment[][] _alternatives;

    private PathGlob(string pattern, GlobSegment[][] alternatives)
    {
        Pattern = pattern;
        _alternatives = alternatives;
    }

    public string Pattern { get; }

    /// <exception cref="FormatException">The pattern is malformed; the message says how.</exception>
    public static PathGlob Parse(string pattern) =>
        TryParse(pattern, out var glob, out var fault) ? glob! : throw new FormatException(fault);

    /// <param name="fault">What is wrong with the pattern, for a person.</param>
    public static bool TryParse(string pattern, out PathGlob? glob, out string? fault)
    {
        glob = null;
        fault = GlobBraces.TryExpand(pattern, out var alternatives);
        var compiled = new List<GlobSegment[]>();
        foreach (var alternative in alternatives)
        {
            var reason = Compile(alternative, out var segments);
            compiled.Add(segments);
            fault ??= reason is null ? null : $"'{pattern}' is no glob: {reason}";
        }

        if (fault is null)
        {
            glob = new PathGlob(pattern, [.. compiled]);
        }

        return fault is null;

        static string? Compile(string alternative, out GlobSegment[] segments)
        {
            segments = [];
            var text = alternative.StartsWith("./", StringComparison.Ordinal) ? alternative[2..] : alternative;
            text = text.StartsWith('/') ? text[1..] : text;
            text = text.EndsWith('/') ? text[..^1] : text;
            if (text.Length == 0)
            {
                return "it is empty; '**' means everything";
            }

            var parts = text.Split('/');
            if (parts.Length > SegmentLimit)
            {
                return $"it has more than {SegmentLimit} parts";
            }

            segments = new GlobSegment[parts.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i] is "" or "." or "..")
                {
                    return $"the part '{parts[i]}' can match nothing; write the path from the root";
                }

                if (GlobSegment.TryParse(parts[i], out segments[i]) is { } reason)
                {
                    return reason;
                }
            }

            return null;
        }
    }

    /// <summary>True when the path or a directory above it matches.</summary>
    /// <param name="path">Relative to the root, with slashes.</param>
    public bool IsMatch(ReadOnlySpan<char> path)
    {
        foreach (var segments in _alternatives)
        {
            if (Run(segments, path, stopAtMatch: true) >> segments.Length != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// True when a path below this one could match because of this one's own name. Were it a link, what it points at would appear under
    /// names that match while its real names don't.
    /// </summary>
    public bool CanMatchBelow(ReadOnlySpan<char> path)
    {
        foreach (var segments in _alternatives)
        {
            var leading = 0;
            while (leading < segments.Length && segments[leading].IsDeep)
            {
                leading++;
            }

            var end = Run(segments, path, stopAtMatch: false);
            if (end >> (leading + 1) != 0)
            {
                return true;
            }
        }

        return false;
    }

    // The set of positions in the pattern after the path, bit i for position i.
    private static ulong Run(GlobSegment[] segments, ReadOnlySpan<char> path, bool stopAtMatch)
    {
        var states = Close(1, segments);
        foreach (var range in path.Split('/'))
        {
            ulong next = 0;
            for (var i = 0; i < segments.Length; i++)
            {
                if ((states & (1UL << i)) == 0)
                {
                    continue;
                }

                if (segments[i].IsDeep)
                {
                    next |= 1UL << i;
                }
                else if (segments[i].IsMatch(path[range]))
                {
                    next |= 1UL << (i + 1);
                }
            }

            states = Close(next, segments);
            if (states == 0 || (stopAtMatch && states >> segments.Length != 0))
            {
                return states;
            }
        }

        return states;
    }

    // '**' may stand for no directory at all.
    private static ulong Close(ulong states, GlobSegment[] segments)
    {
        for (var i = 0; i < segments.Length; i++)
        {
            if ((states & (1UL << i)) != 0 && segments[i].IsDeep)
            {
                states |= 1UL << (i + 1);
            }
        }

        return states;
    }

    public override string ToString() => Pattern;
}
