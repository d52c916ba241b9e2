namespace LoopCluster.Workspaces.Ignore;

/// <summary>A bracket expression, read as wildmatch.c reads it.</summary>
internal sealed class CharacterSet
{
    private readonly bool[] _members = new bool[256];
    private bool _negated;

    private CharacterSet() { }

    public bool Contains(char c) => _members[c] != _negated;

    /// <summary>
    /// Reads the expression that starts at <paramref name="i"/> and leaves the index on its closing bracket. Null when it is malformed.
    /// </summary>
    public static CharacterSet? Parse(string pattern, ref int i)
    {
        var set = new CharacterSet();
        var p = i + 1;
        if (At(p) is '!' or '^')
        {
            set._negated = true;
            p++;
        }

        char previous = '\0';
        var c = At(p);
        do
        {
            if (c == '\0')
            {
                return Malformed(ref i);
            }

            if (c == '\\')
            {
                c = At(++p);
                if (c == '\0')
                {
                    return Malformed(ref i);
                }

                set._members[c] = true;
            }
            else if (c == '-' && previous != '\0' && At(p + 1) is not ('\0' or ']'))
            {
                c = At(++p);
                if (c == '\\' && (c = At(++p)) == '\0')
                {
                    return Malformed(ref i);
                }

                for (int member = previous; member <= c; member++)
                {
                    set._members[member] = true;
                }

                c = '\0';
            }
            else if (c == '[' && At(p + 1) == ':')
            {
                var end = p + 2;
                while (At(end) is not ('\0' or ']'))
                {
                    end++;
                }

                if (At(end) == '\0')
                {
                    return Malformed(ref i);
                }

                if (end - (p + 2) < 1 || At(end - 1) != ':')
                {
                    set._members['['] = true;
                }
                else if (!set.AddClass(pattern.AsSpan()[(p + 2)..(end - 1)]))
                {
                    return Malformed(ref i);
                }
                else
                {
                    p = end;
                    c = '\0';
                }
            }
            else
            {
                set._members[c] = true;
            }

            previous = c;
            c = At(++p);
        } while (c != ']');

        i = p;
        return set;

        char At(int index) => index < pattern.Length ? pattern[index] : '\0';

        CharacterSet? Malformed(ref int index)
        {
            index = pattern.Length;
            return null;
        }
    }

    private bool AddClass(ReadOnlySpan<char> name)
    {
        Func<char, bool>? test = name switch
        {
            "alnum" => char.IsAsciiLetterOrDigit,
            "alpha" => char.IsAsciiLetter,
            "blank" => c => c is ' ' or '\t',
            "cntrl" => c => c is < ' ' or '\x7f',
            "digit" => char.IsAsciiDigit,
            "graph" => c => c is > ' ' and < '\x7f',
            "lower" => char.IsAsciiLetterLower,
            "print" => c => c is >= ' ' and < '\x7f',
            "punct" => c => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            "space" => c => c is ' ' or '\t' or '\n' or '\r',
            "upper" => char.IsAsciiLetterUpper,
            "xdigit" => char.IsAsciiHexDigit,
            _ => null,
        };
        for (var c = '\0'; test is not null && c < 128; c++)
        {
            _members[c] |= test(c);
        }

        return test is not null;
    }
}
