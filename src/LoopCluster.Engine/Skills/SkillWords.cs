using System.Collections.Frozen;

namespace LoopCluster.Engine.Skills;

/// <summary>
/// The words of a text as skills are found by them: letters and digits in lower case, the parts of camelCase one by one, plurals as their
/// singular, every sign of a script without spaces alone. The commonest words of English are none.
/// </summary>
internal static class SkillWords
{
    /// <summary>A longer one is a hash or a blob, which nobody searches for.</summary>
    private const int Longest = 40;

    private static readonly FrozenSet<string> s_common = FrozenSet.ToFrozenSet(
        (
            "a an and are as at be been but by can do does for from has have how i if in into is it its may more must no nor not of on or our "
            + "should so such t than that the their them then there these they this those to use used using was we were what when where which "
            + "while who will with you your"
        ).Split(' '),
        StringComparer.Ordinal
    );

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_commonSpan = s_common.GetAlternateLookup<
        ReadOnlySpan<char>
    >();

    /// <param name="take">Gets every word, in order; the characters are its only for the call.</param>
    public static void Read(ReadOnlySpan<char> text, WordTaker take)
    {
        Span<char> word = stackalloc char[Longest + 1];
        var length = 0;
        var before = '\0';
        foreach (var c in text)
        {
            if (IsAlone(c))
            {
                End(word, ref length, take);
                take([c]);
            }
            else if (!char.IsLetterOrDigit(c))
            {
                End(word, ref length, take);
            }
            else
            {
                if (char.IsUpper(c) && char.IsLower(before))
                {
                    End(word, ref length, take);
                }

                // One character over the longest says that it is too long.
                word[Math.Min(length, Longest)] = char.ToLowerInvariant(c);
                length = Math.Min(length + 1, Longest + 1);
            }

            before = c;
        }

        End(word, ref length, take);
    }

    /// <summary>Every word once.</summary>
    public static HashSet<string> Of(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var spans = words.GetAlternateLookup<ReadOnlySpan<char>>();
        Read(text, word => spans.Add(word));
        return words;
    }

    private static void End(Span<char> word, ref int length, WordTaker take)
    {
        var whole = word[..Math.Min(length, Longest)];
        if (length is > 0 and <= Longest && !s_commonSpan.Contains(whole))
        {
            var singular = Singular(whole);
            take(singular);
        }

        length = 0;
    }

    /// <summary>Harman's rules for the s at the end.</summary>
    private static ReadOnlySpan<char> Singular(Span<char> word)
    {
        if (word.Length < 4 || word[^1] != 's')
        {
            return word;
        }

        if (word[^2] == 'e' && word[^3] == 'i')
        {
            if (word[^4] is 'a' or 'e')
            {
                return word;
            }

            word[^3] = 'y';
            return word[..^2];
        }

        return word[^2] is 'u' or 's' ? word
            : word[^2] == 'e' && word[^3] is 'a' or 'o' ? word
            : word[..^1];
    }

    /// <summary>Han, kana and hangul.</summary>
    private static bool IsAlone(char c) =>
        c is (>= '\u3040' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff') or (>= '\uac00' and <= '\ud7a3');
}

internal delegate void WordTaker(ReadOnlySpan<char> word);
