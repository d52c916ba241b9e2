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
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (multiline ? RegexOptions.Multiline : RegexOptions.None));
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

    private static string Reason(RegexParseException parse) => parse.Error switch
    {
        RegexParseError.UnterminatedBracket => "unterminated [...]",
        RegexParseError.InsufficientClosingParentheses => "a ) is missing",
        RegexParseError.InsufficientOpeningParentheses => "a ( is missing",
        RegexParseError.QuantifierAfterNothing => "a quantifier follows nothing",
        RegexParseError.UnescapedEndingBackslash => "a backslash stands at the end",
        _ => parse.Error.ToString(),
    };
}
