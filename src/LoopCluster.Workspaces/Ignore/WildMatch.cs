namespace LoopCluster.Workspaces.Ignore;

/// <summary>
/// Git's wildmatch with WM_PATHNAME (wildmatch.c), on bytes held in chars. Works on a set of states, so the time is at most pattern × text
/// whatever an agent writes into a pattern; the recursive original can be made to take for ever.
/// </summary>
internal sealed class WildMatch
{
    private enum Kind
    {
        Literal,
        Any,
        Set,
        Star,
        DeepStar,

        /// <summary><c>**/</c>: nothing (skip two), or go into the next.</summary>
        FoldersStart,

        /// <summary>Anything up to a slash that ends it.</summary>
        FoldersInside,

        /// <summary>Matches nothing: the pattern is malformed.</summary>
        Never,
    }

    private readonly record struct Token(Kind Kind, char Literal = '\0', CharacterSet? Set = null);

    private readonly Token[] _tokens;

    public WildMatch(string pattern) => _tokens = Compile(pattern);

    /// <summary>An upper bound of the steps a match against this many bytes takes.</summary>
    public long CostOf(int length) => (long)(_tokens.Length + 1) * (length + 1);

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        var size = _tokens.Length + 1;
        Span<bool> current = size <= 512 ? stackalloc bool[size] : new bool[size];
        Span<bool> next = size <= 512 ? stackalloc bool[size] : new bool[size];
        current[0] = true;
        Close(current);
        foreach (var c in text)
        {
            next.Clear();
            for (var i = 0; i < _tokens.Length; i++)
            {
                if (current[i])
                {
                    Step(i, c, next);
                }
            }

            Close(next);
            var swap = current;
            current = next;
            next = swap;
        }

        return current[^1];
    }

    private void Step(int i, char c, Span<bool> next)
    {
        switch (_tokens[i].Kind)
        {
            case Kind.Literal when c == _tokens[i].Literal:
            case Kind.Any when c != '/':
            case Kind.Set when c != '/' && _tokens[i].Set!.Contains(c):
                next[i + 1] = true;
                break;
            case Kind.Star when c != '/':
            case Kind.DeepStar:
                next[i] = true;
                break;
            case Kind.FoldersInside:
                next[i] = true;
                next[i + 1] |= c == '/';
                break;
        }
    }

    // What can be skipped without a character.
    private void Close(Span<bool> states)
    {
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (!states[i])
            {
                continue;
            }

            if (_tokens[i].Kind is Kind.Star or Kind.DeepStar)
            {
                states[i + 1] = true;
            }
            else if (_tokens[i].Kind == Kind.FoldersStart)
            {
                states[i + 1] = states[i + 2] = true;
            }
        }
    }

    private static Token[] Compile(string pattern)
    {
        var tokens = new List<Token>(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '?':
                    tokens.Add(new Token(Kind.Any));
                    break;
                case '[':
                    var set = CharacterSet.Parse(pattern, ref i);
                    tokens.Add(set is null ? new Token(Kind.Never) : new Token(Kind.Set, Set: set));
                    break;
                case '\\':
                    i++;
                    tokens.Add(i < pattern.Length ? new Token(Kind.Literal, pattern[i]) : new Token(Kind.Never));
                    break;
                case '*':
                    CompileStar(pattern, ref i, tokens);
                    break;
                default:
                    tokens.Add(new Token(Kind.Literal, pattern[i]));
                    break;
            }
        }

        return [.. tokens];
    }

    // Leaves the index on the last character it used.
    private static void CompileStar(string pattern, ref int i, List<Token> tokens)
    {
        var start = i;
        while (i + 1 < pattern.Length && pattern[i + 1] == '*')
        {
            i++;
        }

        var after = i + 1 < pattern.Length ? pattern.AsSpan(i + 1) : "";
        var deep = i > start && (start == 0 || pattern[start - 1] == '/') && (after.IsEmpty || after[0] == '/' || after.StartsWith("\\/"));
        if (!deep)
        {
            tokens.Add(new Token(Kind.Star));
        }
        else if (after.StartsWith("/"))
        {
            tokens.Add(new Token(Kind.FoldersStart));
            tokens.Add(new Token(Kind.FoldersInside));
            i++;
        }
        else
        {
            tokens.Add(new Token(Kind.DeepStar));
        }
    }
}
