using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoopCluster.Runtime.Specs;

/// <summary>One scalar as a JSON value, typed by the core schema (YAML 1.2.2, chapter 10.3).</summary>
internal static partial class YamlScalar
{
    private const string Core = "tag:yaml.org,2002:";

    /// <summary>Digits of a number; what has more is no setting but an attack on whoever parses it.</summary>
    private const int DigitLimit = 64;

    /// <summary>Writes the value, or returns what is wrong with it.</summary>
    public static string? Write(Utf8JsonWriter writer, Scalar scalar)
    {
        var tag = scalar.Tag.IsEmpty ? (scalar.Style == ScalarStyle.Plain ? "?" : "!") : scalar.Tag.Value;
        switch (tag)
        {
            case "?":
                return WritePlain(writer, scalar.Value, null);
            case "!" or Core + "str":
                writer.WriteStringValue(scalar.Value);
                return null;
            case Core + "null" or Core + "bool" or Core + "int" or Core + "float":
                return WritePlain(writer, scalar.Value, tag[Core.Length..]);
            default:
                return $"the tag {scalar.Tag} is not supported";
        }
    }

    /// <param name="demanded">The type an explicit tag asks for; null lets the text decide.</param>
    private static string? WritePlain(Utf8JsonWriter writer, string text, string? demanded)
    {
        var type = TypeOf(text);
        if (demanded is not null && type != demanded && !(demanded == "float" && type == "int"))
        {
            return $"'{Shorten(text)}' is no {demanded}";
        }

        switch (type)
        {
            case "null":
                writer.WriteNullValue();
                return null;
            case "bool":
                writer.WriteBooleanValue(text[0] is 't' or 'T');
                return null;
            case "int" or "float" when text.Length > DigitLimit:
                return $"the number {Shorten(text)} is too long; quote it when it is text";
            case "int":
                writer.WriteRawValue(Integer(text), skipInputValidation: true);
                return null;
            case "float":
                return WriteFloat(writer, text);
            case "unbounded":
                return $"{text} has no place in a document of this kind; quote it when it is text";
            default:
                writer.WriteStringValue(text);
                return null;
        }
    }

    private static string TypeOf(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => "null",
            "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => "bool",
            _ when !(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.') => "str",
            _ when IntegerPattern().IsMatch(text) => "int",
            _ when FloatPattern().IsMatch(text) => "float",
            _ when UnboundedPattern().IsMatch(text) => "unbounded",
            _ => "str",
        };

    private static string Integer(string text)
    {
        BigInteger value;
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            value = BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        else if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            value = text.Skip(2).Aggregate(BigInteger.Zero, (sum, digit) => (sum * 8) + (digit - '0'));
        }
        else
        {
            value = BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps the digits as written, so that a price of 0.1 stays 0.1.</summary>
    private static string? WriteFloat(Utf8JsonWriter writer, string text)
    {
        if (!double.IsFinite(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)))
        {
            return $"the number {text} is too large";
        }

        var parts = FloatPattern().Match(text).Groups;
        var whole = parts["whole"].Value.TrimStart('0');
        var fraction = parts["fraction"].Value;
        var sign = text[0] == '-' ? "-" : "";
        writer.WriteRawValue(
            $"{sign}{(whole.Length == 0 ? "0" : whole)}{(fraction.Length == 0 ? "" : "." + fraction)}{parts["exponent"].Value}",
            skipInputValidation: true
        );
        return null;
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    [GeneratedRegex(@"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex IntegerPattern();

    [GeneratedRegex(
        @"^[-+]?(?:(?<whole>[0-9]+)(?:\.(?<fraction>[0-9]*))?|\.(?<fraction>[0-9]+))(?<exponent>[eE][-+]?[0-9]+)?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex FloatPattern();

    [GeneratedRegex(@"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex UnboundedPattern();
}
