using System.Globalization;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// An upper bound of how many places a match can be in at once: each character, class or group as often as its counts allow.
/// </summary>
internal static class PatternSize
{
    private const long Most = 1_000_000;

    public static long Of(string pattern)
    {
        // Size of each open group so far, and of the last thing in it, which a quantifier multiplies.
        var open = new Stack<(long Size, long Last)>();
        var (size, last) = (0L, 0L);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '(':
                    open.Push((size, last));
                    (size, last) = (0, 0);
                    break;
                case ')' when open.Count > 0:
                    var outer = open.Pop();
                    (size, last) = (Math.Min(outer.Size + size + 1, Most), size + 1);
                    break;
                case '{' when Repeats(pattern, i, out var end) is { } times:
                    size = Math.Min(size + (last * (times - 1)), Most);
                    last = Math.Min(last * times, Most);
                    i = end;
                    break;
                case '[':
                    i = EndOfClass(pattern, i);
                    (size, last) = (size + 1, 1);
                    break;
                case '\\':
                    i++;
                    (size, last) = (size + 1, 1);
                    break;
                default:
                    (size, last) = (size + 1, pattern[i] is '*' or '+' or '?' ? last : 1);
                    break;
            }
        }

        return Math.Clamp(size + open.Sum(o => o.Size), 1, Most);
    }

    /// <summary>
    /// How often <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> writes out what stands before it; null for braces that are text.
    /// </summary>
    private static long? Repeats(string pattern, int start, out int end)
    {
        end = pattern.IndexOf('}', start);
        if (end < 0)
        {
            return null;
        }

        var parts = pattern[(start + 1)..end].Split(',');
        return parts.Length > 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least) ? null
            : parts.Length == 1 ? Math.Clamp(least, 1, Most)
            : parts[1].Length == 0 ? Math.Clamp(least + 1, 1, Most)
            : long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? Math.Clamp(most, 1, Most)
            : null;
    }

    private static int EndOfClass(string pattern, int start)
    {
        var i = start + 1;
        i += i < pattern.Length && pattern[i] == '^' ? 1 : 0;
        for (var first = i; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == ']' && i > first)
            {
                return i;
            }
        }

        return pattern.Length;
    }
}
