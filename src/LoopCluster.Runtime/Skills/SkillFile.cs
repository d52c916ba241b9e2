using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Skills;

/// <summary>
/// Reads one <c>SKILL.md</c>: YAML between two lines <c>---</c>, then the body. Keys that are not known are passed over, as other readers
/// do; <c>allowed-tools</c> is one of them, since a text grants nothing.
/// </summary>
public static class SkillFile
{
    /// <summary>Bytes of a file.</summary>
    public const int MostBytes = 256 * 1024;

    private const int MostFrontMatter = 32 * 1024;
    private const string Fence = "---";
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="folder">Name of the folder it lies in.</param>
    /// <param name="place">Where it was found.</param>
    /// <param name="fault">What is wrong with it, for the person who wrote it.</param>
    public static Skill? Read(ReadOnlySpan<byte> utf8, string folder, string place, out string fault)
    {
        if (utf8.Length > MostBytes)
        {
            fault = $"has more than {MostBytes / 1024} KiB: put long material into files beside it";
            return null;
        }

        string text;
        try
        {
            text = s_strict.GetString(utf8).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        }
        catch (DecoderFallbackException)
        {
            fault = "is not UTF-8";
            return null;
        }

        if (!Split(text, out var front, out var body, out fault))
        {
            return null;
        }

        try
        {
            return Read(YamlJson.Parse(front, "skill-invalid"), body, folder, place, out fault);
        }
        catch (BadInputException invalid)
        {
            fault = $"its front matter cannot be read: {invalid.Faults[0].Message}";
            return null;
        }
    }

    private static bool Split(string text, out string front, out string body, out string fault)
    {
        (front, body, fault) = ("", "", "");
        var first = text.IndexOf('\n', StringComparison.Ordinal);
        if (first < 0 || text.AsSpan(0, first).TrimEnd() is not Fence)
        {
            fault = "does not begin with front matter: a line ---, name: and description:, and a line ---";
            return false;
        }

        for (var at = first + 1; at < text.Length && at <= MostFrontMatter; )
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end;
            if (text.AsSpan(at, end - at).TrimEnd() is Fence)
            {
                // The line above stays in, so that a fault's line is the file's.
                front = "\n" + text[(first + 1)..at];
                body = text[Math.Min(end + 1, text.Length)..].Trim('\n');
                return true;
            }

            at = end + 1;
        }

        fault = $"has no line --- that ends its front matter within {MostFrontMatter / 1024} KiB";
        return false;
    }

    private static Skill? Read(JsonElement front, string body, string folder, string place, out string fault)
    {
        fault = "";
        if (front.ValueKind != JsonValueKind.Object)
        {
            fault = "has front matter without keys: name: and description: are needed";
            return null;
        }

        var name = TextOf(front, "name");
        var description = TextOf(front, "description") is { } told
            ? string.Join(' ', told.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : null;
        fault =
            name is null ? "has no 'name' that is text"
            : !SkillNames.IsName(name) ? $"has a name that is none: 1 to {SkillNames.MostName} of a-z, 0-9 and single - between them"
            : name != folder ? $"is called '{name}' and lies in the folder '{Shown(folder)}': both must be the same"
            : string.IsNullOrEmpty(description) ? "has no 'description' that is text: say what it does and when to use it"
            : description.Length > SkillNames.MostDescription
                ? $"has a description of {description.Length} characters, the most is {SkillNames.MostDescription}"
            : body.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? "has a control character in its body"
            : string.IsNullOrWhiteSpace(body) ? "has no body below its front matter"
            : "";
        return fault.Length == 0 ? new Skill(name!, description!, body, place) : null;
    }

    private static string? TextOf(JsonElement front, string key) =>
        front.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Shown(string folder) => folder.Length <= 80 ? folder : folder[..80] + "...";
}
