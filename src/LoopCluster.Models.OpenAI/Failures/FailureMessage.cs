using System.Text;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>One line for a person: where, what, and a bounded piece of what the endpoint said, without the key.</summary>
internal static class FailureMessage
{
    /// <summary>Characters of the endpoint's text that are shown.</summary>
    public const int ExcerptLimit = 300;

    public static string Write(string endpoint, string what, string? said, ApiKey key, string? advice)
    {
        var text = new StringBuilder(endpoint).Append(": ").Append(what);
        if (said is not null && Excerpt(said, key) is { Length: > 0 } excerpt)
        {
            text.Append(": ").Append(excerpt);
        }

        if (text[^1] is not ('.' or '…' or '?' or '!'))
        {
            text.Append('.');
        }

        return advice is null ? text.ToString() : text.Append(' ').Append(advice).ToString();
    }

    /// <summary>Redacted before it is cut: half a key is one too.</summary>
    private static string Excerpt(string said, ApiKey key)
    {
        var text = key.Redact(Replies.JsonText.WithoutLoneSurrogates(said));
        var line = new StringBuilder(ExcerptLimit + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= ExcerptLimit)
            {
                line.Append('…');
                break;
            }

            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (line.Length > 0 && line[^1] != ' ')
                {
                    line.Append(' ');
                }
            }
            else
            {
                line.Append(rune);
            }
        }

        return line.ToString().TrimEnd();
    }
}
