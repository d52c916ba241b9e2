namespace LoopCluster.Engine.Gates;

/// <summary>Expands <c>{a,b}</c>, nested too, into alternatives without braces. Escapes and bracket expressions pass through.</summary>
internal static class GlobBraces
{
    private const int AlternativeLimit = 256;
    private const int LengthLimit = 4096;

    /// <summary>Returns what is wrong, or null.</summary>
    public static string? TryExpand(string pattern, out List<string> alternatives)
    {
        alternatives = [];
        if (pattern.Length > LengthLimit)
        {
            return $"a glob may have at most {LengthLimit} characters";
        }

        var pending = new Stack<string>();
        pending.Push(pattern);
        while (pending.TryPop(out var next))
        {
            if (!FindBraces(next, out var open, out var commas, out var close))
            {
                return $"'{pattern}' is no glob: a '{{' or '}}' stands alone; write '\\{{' for the character itself";
            }

            if (open < 0)
            {
                alternatives.Add(next);
            }
            else
            {
                // Last first, so that the alternatives come out in the order written.
                commas.Add(close);
                for (var i = commas.Count - 1; i >= 0; i--)
                {
                    var from = i == 0 ? open + 1 : commas[i - 1] + 1;
                    pending.Push(string.Concat(next.AsSpan(0, open), next.AsSpan(from, commas[i] - from), next.AsSpan(close + 1)));
                }
            }

            if (alternatives.Count + pending.Count > AlternativeLimit)
            {
                return $"'{pattern}' is no glob: its braces stand for more than {AlternativeLimit} patterns";
            }
        }

        return null;
    }

    private static bool FindBraces(string text, out int open, out List<int> commas, out int close)
    {
        open = close = -1;
        commas = [];
        var depth = 0;
        var inBrackets = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    break;
                case '[' when !inBrackets && text.IndexOf(']', Math.Min(i + 2, text.Length)) >= 0:
                    // A ']' right after the opening is a member.
                    inBrackets = true;
                    i += i + 1 < text.Length && text[i + 1] is '!' or '^' ? 2 : 1;
                    break;
                case ']':
                    inBrackets = false;
                    break;
                case '{' when !inBrackets:
                    open = depth++ == 0 ? i : open;
                    break;
                case ',' when !inBrackets && depth == 1:
                    commas.Add(i);
                    break;
                case '}' when !inBrackets && --depth <= 0:
                    close = i;
                    return depth == 0;
            }
        }

        return depth == 0;
    }
}
