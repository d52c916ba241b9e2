using System.Globalization;
using System.Text;
using System.Text.Json;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Files;

/// <summary>
/// Names that a person, or a file system that folds names (macOS, Windows), takes for the same: other case, other Unicode form, invisible
/// or look-alike characters.
/// </summary>
internal static class NearNames
{
    private const int MostLooked = 10_000;

    /// <summary>The name in <paramref name="folder"/> that comes nearest to the one that is not there, or null.</summary>
    public static string? Find(Folder folder, string name)
    {
        if (KeyOf(name) is not { } wanted)
        {
            return null;
        }

        string? near = null;
        foreach (var other in folder.ReadNames().Take(MostLooked))
        {
            // Of several the first by name, so that the same files are told in the same way.
            if (other != name && (near is null || string.CompareOrdinal(other, near) < 0) && KeyOf(other) is { } key && key == wanted)
            {
                near = other;
            }
        }

        return near;
    }

    /// <summary>
    /// How two near names differ, and the one that is there as it has to be written: what looks the same on a screen is told apart by its
    /// escapes.
    /// </summary>
    public static string Describe(RawPath there, string wanted)
    {
        var name = new RawPath(there.Name).ToString();
        var asked = new RawPath(wanted).ToString();
        var differs =
            name.Equals(asked, StringComparison.OrdinalIgnoreCase) ? "only in case"
            : Decompose(name, fold: false) == Decompose(asked, fold: false) ? "only in its Unicode form (composed or decomposed characters)"
            : "only in characters that look alike, their Unicode form or case";
        return $"{JsonSerializer.Serialize(there.ToString())}, whose name differs {differs}";
    }

    /// <summary>Equal for near names; null when it is no UTF-8, which nobody can have meant.</summary>
    internal static string? KeyOf(string raw)
    {
        var text = new RawPath(raw).ToString();
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? null : Decompose(text, fold: true);
    }

    private static string Decompose(string text, bool fold)
    {
        var key = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            Add(key, c, fold);
        }

        // Marks of one letter may come in any order.
        var all = key.ToString().ToCharArray();
        for (var start = 0; start < all.Length; start++)
        {
            var end = start;
            while (end < all.Length && IsMark(all[end]))
            {
                end++;
            }

            Array.Sort(all, start, end - start);
            start = end;
        }

        var whole = new string(all);
        return fold ? whole.ToLowerInvariant() : whole;
    }

    private static void Add(StringBuilder key, char c, bool fold)
    {
        if (ComposedLetters.Parts.TryGetValue(c, out var parts))
        {
            Add(key, parts.Letter, fold);
            key.Append(parts.Mark);
        }
        else if (c is >= '\uac00' and <= '\ud7a3')
        {
            // Unicode, chapter 3.12: a syllable is a leading consonant, a vowel and perhaps a trailing one.
            var (letter, trailing) = Math.DivRem(c - 0xac00, 28);
            key.Append((char)(0x1100 + (letter / 21))).Append((char)(0x1161 + (letter % 21)));
            _ = trailing > 0 ? key.Append((char)(0x11a7 + trailing)) : key;
        }
        else if (!fold)
        {
            key.Append(c);
        }
        else if (LooksLike(c) is { } plain)
        {
            key.Append(plain);
        }
    }

    /// <summary>The plain character; null for one that is not seen.</summary>
    private static char? LooksLike(char c) =>
        c switch
        {
            '\u2018' or '\u2019' or '\u02bc' => '\'',
            '\u201c' or '\u201d' => '"',
            >= '\u2010' and <= '\u2015' or '\u2212' => '-',
            >= '\uff01' and <= '\uff5e' => (char)(c - 0xfee0),
            _ when CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator => ' ',
            _ when CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format || c is >= '\ufe00' and <= '\ufe0f' => null,
            _ => c,
        };

    private static bool IsMark(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark;
}
