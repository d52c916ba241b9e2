namespace LoopCluster.Engine.Gates;

/// <summary>The pattern of one name between slashes.</summary>
internal sealed class GlobSegment
{
    private readonly record struct Token(char Literal, bool IsStar = false, bool IsAny = false, GlobSet? Set = null);

    private readonly Token[] _tokens;

    private GlobSegment(Token[] tokens, bool isDeep)
    {
        _tokens = tokens;
        IsDeep = isDeep;
    }

    /// <summary><c>**</c>: any number of directories.</summary>
    public bool IsDeep { get; }

    /// <summary>Returns what is wrong, or null.</summary>
    public static string? TryParse(string text, out GlobSegment segment)
    {
        var tokens = new List<Token>(text.Length);
        segment = new GlobSegment([], isDeep: text == "**");
        for (var i = 0; i < text.Length && !segment.IsDeep; i++)
        {
            switch (text[i])
            {
                case '*':
                    tokens.Add(new Token('\0', IsStar: true));
                    break;
                case '?':
                    tokens.Add(new Token('\0', IsAny: true));
                    break;
                case '[':
                    if (GlobSet.Parse(text, ref i) is not { } set)
                    {
                        return "a '[' is not closed; write '\\[' for the character itself";
                    }

                    tokens.Add(new Token('\0', Set: set));
                    break;
                case '\\' when i + 1 == text.Length:
                    return "it ends with a backslash";
                case '\\':
                    tokens.Add(new Token(text[++i]));
                    break;
                default:
                    tokens.Add(new Token(text[i]));
                    break;
            }
        }

        segment = new GlobSegment([.. tokens], segment.IsDeep);
        return null;
    }

    /// <summary>Time at most pattern × name: only the last star is ever reconsidered.</summary>
    public bool IsMatch(ReadOnlySpan<char> name)
    {
        int token = 0,
            at = 0,
            star = -1,
            starAt = 0;
        while (at < name.Length)
        {
            if (token < _tokens.Length && _tokens[token].IsStar)
            {
                star = token++;
                starAt = at;
            }
            else if (token < _tokens.Length && Accepts(_tokens[token], name, at) is > 0 and var length)
            {
                token++;
                at += length;
            }
            else if (star >= 0)
            {
                token = star + 1;
                at = ++starAt;
            }
            else
            {
                return false;
            }
        }

        while (token < _tokens.Length && _tokens[token].IsStar)
        {
            token++;
        }

        return token == _tokens.Length;
    }

    // How many chars of the name the token takes here; one character may be two chars.
    private static int Accepts(in Token token, ReadOnlySpan<char> name, int at)
    {
        if (token.IsAny)
        {
            return char.IsHighSurrogate(name[at]) && at + 1 < name.Length && char.IsLowSurrogate(name[at + 1]) ? 2 : 1;
        }

        return token.Set is { } set ? (set.Contains(name[at]) ? 1 : 0)
            : name[at] == token.Literal ? 1
            : 0;
    }
}

/// <summary><c>[abc]</c>, <c>[a-z]</c>, <c>[!a]</c>.</summary>
internal sealed class GlobSet(List<(char From, char To)> ranges, bool negated)
{
    public bool Contains(char c)
    {
        foreach (var (from, to) in ranges)
        {
            if (c >= from && c <= to)
            {
                return !negated;
            }
        }

        return negated;
    }

    /// <summary>Leaves the index on the closing bracket; null when there is none.</summary>
    public static GlobSet? Parse(string text, ref int i)
    {
        var p = i + 1;
        var negated = p < text.Length && text[p] is '!' or '^';
        p += negated ? 1 : 0;
        var ranges = new List<(char, char)>();
        for (var first = p; p < text.Length; p++)
        {
            if (text[p] == ']' && p > first)
            {
                i = p;
                return new GlobSet(ranges, negated);
            }

            p += text[p] == '\\' && p + 1 < text.Length ? 1 : 0;
            var from = text[p];
            if (p + 2 < text.Length && text[p + 1] == '-' && text[p + 2] != ']')
            {
                p += 2;
                p += text[p] == '\\' && p + 1 < text.Length ? 1 : 0;
            }

            ranges.Add((from, text[p]));
        }

        return null;
    }
}
