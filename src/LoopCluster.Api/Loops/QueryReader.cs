using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>Reads query parameters; one that is not known, given twice or out of range is a fault, not passed over.</summary>
internal static class QueryReader
{
    public static void RequireKnown(HttpContext context, params ReadOnlySpan<string> known)
    {
        foreach (var (name, values) in context.Request.Query)
        {
            if (!known.Contains(name))
            {
                throw Fault(
                    name,
                    known.IsEmpty
                        ? "is not known: this address takes no parameters"
                        : $"is not known; known are {string.Join(", ", known!)}"
                );
            }

            if (values.Count != 1)
            {
                throw Fault(name, "is given twice");
            }
        }
    }

    public static string? Text(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } text] ? text : null;

    public static long Number(HttpContext context, string name, long absent, long least, long most)
    {
        if (Text(context, name) is not { } text)
        {
            return absent;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}"));
    }

    /// <summary>An enum by the names JSON has for its members.</summary>
    public static T? Choice<T>(HttpContext context, string name)
        where T : struct, Enum
    {
        if (Text(context, name) is not { } text)
        {
            return null;
        }

        var names = Enum.GetValues<T>().ToDictionary(v => JsonSerializer.SerializeToElement(v).GetString()!);
        return names.TryGetValue(text, out var value) ? value : throw Fault(name, $"must be one of {string.Join(", ", names.Keys)}");
    }

    private static BadInputException Fault(string name, string message) => new("query-invalid", name, message);
}
