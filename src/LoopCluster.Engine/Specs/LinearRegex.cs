using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// Regular expressions of people and models, matched in time linear in the input: no pattern can hang a loop, and no timeout decides what a
/// pattern means. The price is that look-around, back-references and atomic groups are refused.
/// </summary>
public static class LinearRegex
{
    /// <summary>Characters of a pattern.</summary>
    public const int MaxLength = 4096;

    /// <param name="multiline"><c>^</c> and <c>$</c> match at every line.</param>
    /// <param name="error">What is wrong with the pattern and what to do.</param>
    public static bool TryCreate(string pattern, bool multiline, [NotNullWhen(true)] out Regex? regex, out string error)
    {
        regex = null;
        error = "";
        if (pattern.Length > MaxLength)
        {
            error = $"the pattern is longer than {MaxLength} characters";
            return false;
        }

        try
        {
            regex = new Regex(
                pattern,
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (multiline ? RegexOptions.Multiline : RegexOptions.None)
            );
            return true;
        }
        catch (RegexParseException parse)
        {
            error = $"not a regular expression: {Reason(parse)} at character {parse.Offset}";
        }
        catch (NotSupportedException unsupported)
        {
            error = unsupported.Message.Contains("automata", StringComparison.Ordinal)
                ? "the pattern is too large: lower its repeat counts"
                : "look-around, back-references and atomic groups are not supported: patterns must match in linear time";
        }

        return false;
    }

    /// <summary>For a pattern that was checked before.</summary>
    public static Regex Create(string pattern, bool multiline) =>
        TryCreate(pattern, multiline, out var regex, out var error) ? regex : throw new ArgumentException(error, nameof(pattern));

    /// <summary>
    /// Steps a match may take at most: size of the pattern times characters of the text. The automaton of a pattern such as
    /// <c>[ab]*a[ab]{300}c</c> has too many states to be kept and is then run state by state, so that linear time alone is no bound.
    /// Counted, not timed: the answer is the same on every machine.
    /// </summary>
    private const long MostSteps = 100_000_000;

    /// <summary>Characters of a text this pattern is tried on as a whole.</summary>
    public static int MostCharacters(Regex regex) => (int)Math.Min(MostSteps / PatternSize.Of(regex.ToString()), int.MaxValue);

    /// <summary>
    /// Whether the text matches; of a text that is too long for the pattern its first and its last part are looked at, each cut at a line's
    /// end.
    /// </summary>
    public static bool IsMatch(Regex regex, string text)
    {
        var most = MostCharacters(regex);
        if (text.Length <= most)
        {
            return regex.IsMatch(text);
        }

        var half = most / 2;
        var head = text.AsSpan(0, half);
        var tail = text.AsSpan(text.Length - half);
        var headEnd = head.LastIndexOf('\n');
        var tailStart = tail.IndexOf('\n');
        return regex.IsMatch(headEnd < 0 ? head : head[..(headEnd + 1)]) || regex.IsMatch(tailStart < 0 ? tail : tail[(tailStart + 1)..]);
    }

    private static string Reason(RegexParseException parse) =>
        parse.Error switch
        {
            RegexParseError.UnterminatedBracket => "unterminated [...]",
            RegexParseError.InsufficientClosingParentheses => "a ) is missing",
            RegexParseError.InsufficientOpeningParentheses => "a ( is missing",
            RegexParseError.QuantifierAfterNothing => "a quantifier follows nothing",
            RegexParseError.UnescapedEndingBackslash => "a backslash stands at the end",
            _ => parse.Error.ToString(),
        };
}
